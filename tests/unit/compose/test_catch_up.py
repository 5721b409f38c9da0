"""Several issues in one mail: each story and event once, ranked, within the limits of one issue."""

from dataclasses import replace
from datetime import date, timedelta

from digest.compose.catch_up import away, catch_up, is_absence
from digest.compose.issue import SUBJECT_LIMIT, variant
from digest.model import Origin, Topic
from tests.builders import DAY, NOON, TREE, issue, newsletter, story


def of(day, *stories, more=(), **changes):
    return issue(*stories, more=more, date=day, **changes)


def told(number, days_ago=0, **more):
    day = DAY - timedelta(days=days_ago)
    then = NOON - timedelta(days=days_ago)
    return story(number, dropped=day, collected_at=then, **more)


def days(count):
    return [DAY - timedelta(days=ago) for ago in reversed(range(count))]


def test_all_stories_of_all_issues_are_told_best_first_under_the_last_date():
    older = of(days(2)[0], told(1, 1), told(2, 1, source_count=40), more=(told(3, 1),))
    today = of(DAY, told(4))
    one = catch_up([older, today], newsletter(), TREE)
    assert [each.id for each in one.stories] == [2, 4, 1, 3]
    assert (one.date, one.subject, one.key) == (DAY, "Headline 2", today.key)
    assert one.since == days(2)[0]


def test_the_limits_are_those_of_one_issue():
    issues = [
        of(day, *(told(100 * at + n, 6 - at) for n in range(10))) for at, day in enumerate(days(7))
    ]
    letter = newsletter(max_stories=5, stories_per_topic=5, max_more=7, max_source_share=1.0)
    one = catch_up(issues, letter, TREE)
    assert (len(one.stories), len(one.more)) == (5, 7)
    assert one.stories[0].id >= 600


def test_an_event_is_told_once_by_its_last_story_with_what_came_before():
    first = told(1, 2, bullets=("It broke.", "Nobody was hurt."))
    update = told(2, 1, bullets=("One was hurt.",), event_id=1, update_since=date(2026, 11, 19))
    last = told(3, bullets=("It is mended.",), event_id=1, update_since=date(2026, 11, 20))
    whole = catch_up([of(days(3)[0], first), of(days(2)[0], update), of(DAY, last)],
                     newsletter(), TREE)  # fmt: skip
    (one,) = whole.stories
    assert (one.id, one.update_since) == (3, None)
    assert one.bullets == ("It is mended.", "One was hurt.", "It broke.", "Nobody was hurt.")
    # Of what was told before the subscriber went away, there is news.
    (one,) = catch_up([of(days(2)[0], update), of(DAY, last)], newsletter(), TREE).stories
    assert one.update_since == date(2026, 11, 19)


def test_bullets_of_an_earlier_story_keep_their_origin_but_no_number_of_another_list():
    was, now = Origin("a", "1", 3, 2), Origin("b", "2", 1, 1)
    first = told(1, 1, bullets=("It broke.",), origins=(was,), machine_written=True)
    last = told(2, bullets=("It is mended.",), origins=(now,), event_id=1)
    (one,) = catch_up([of(days(2)[0], first), of(DAY, last)], newsletter(), TREE).stories
    assert one.origins == (now, replace(was, number=None))
    assert one.source_numbers == (1, None)
    assert one.machine_written


def test_the_topics_of_all_issues_stand_in_the_order_of_the_settings_and_one_that_is_gone_last():
    sport = Topic("sport", "Team Sport")
    older = of(
        days(2)[0],
        told(1, 1, topic="sport"),
        told(3, 1, topic="space"),
        topics=(sport, *TREE.topics[::-1]),
    )
    today = of(DAY, told(2, topic="medicine"), topics=TREE.topics[::-1])
    one = catch_up([older, today], newsletter(), TREE)
    used = [topic for topic in one.topics if topic.id in ("space", "medicine", "sport")]
    wanted = [topic for topic in TREE.topics if topic.id in ("space", "medicine")]
    assert used == [*wanted, sport]
    chosen = variant(one, frozenset({"sport"}), newsletter())
    assert chosen is not None
    assert [each.id for each in chosen.stories] == [1]
    assert variant(one, frozenset({"culture"}), newsletter()) is None


def test_more_than_two_issues_are_an_absence():
    assert [is_absence([issue()] * count) for count in (1, 2, 3)] == [False, False, True]


def test_the_subject_says_so_and_stays_short():
    one = away(issue(), "While you were away: %(headline)s")
    assert one.subject == "While you were away: Headline 1"
    long = replace(told(1), headline="A very long headline " * 20)
    assert len(away(issue(long), "While you were away: %(headline)s").subject) <= SUBJECT_LIMIT
