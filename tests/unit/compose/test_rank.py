"""What leads an issue, in points with their sentences; and who gets how many of its places."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.compose.issue import compose
from digest.compose.rank import score
from digest.compose.select import ranked
from digest.compose.story_places import allot, source_of
from digest.model import SourceRef, Topic, TopicTree
from tests.builders import DAY, TREE, newsletter, story

SIX = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
YESTERDAY = DAY - timedelta(days=1)


def fed(number=1, *, hours=0.0, **changes):
    """A story of a feed, collected so many hours before the issue."""
    at = SIX - timedelta(hours=hours)
    return story(number, dropped=None, collected_at=at, **changes)


def total(told, tree=TREE, **changes):
    return score(told, newsletter(**changes), tree, DAY).total


def by_rank(*stories, tree=TREE):
    return [told.id for told in ranked(stories, newsletter(), tree, DAY)]


def of(name, number, **changes):
    return story(number, sources=(SourceRef(name),), **changes)


# the score


def test_the_score_is_the_sum_of_its_parts_and_says_each_as_a_sentence():
    tree = TopicTree((Topic("space", "Space", weight=2),))
    told = fed(hours=8, source_count=3, weight=0.5)
    assert str(score(told, newsletter(), tree, DAY)) == (
        "1.00: +2.00 3 sources, -1.00 collected 8.0 hours before, "
        "-1.00 its source's weight 0.5, +1.00 the weight 2 of space"
    )


def test_what_changes_nothing_is_left_out():
    assert str(score(story(), newsletter(), TREE, DAY)) == "1.00: +1.00 1 source"


def test_a_day_weighs_as_much_as_eight_times_the_sources():
    today, yesterday = fed(source_count=1), fed(source_count=15, hours=24)
    assert total(today) == total(yesterday)


def test_of_a_folder_the_day_counts_and_of_a_feed_the_hour():
    assert total(story(dropped=DAY)) == total(fed())
    assert total(story(dropped=YESTERDAY)) == total(fed(hours=24))
    assert total(fed(hours=1)) > total(fed(hours=2)) > total(fed(hours=20))


def test_the_hours_count_to_the_newsletters_own_time():
    told = fed(hours=6)
    assert total(told, time=time(0, 0)) > total(told) > total(told, time=time(12, 0))
    assert total(told, timezone="Asia/Tokyo") > total(told)


def test_what_is_collected_after_the_hour_is_as_new_as_can_be():
    assert total(fed(hours=-5)) == total(fed())


def test_on_a_date_that_its_zone_never_had_nothing_is_old():
    letter = newsletter(timezone="Pacific/Apia")
    assert score(fed(hours=9), letter, TREE, date(2011, 12, 30)).total == 1


def test_a_topic_has_the_weight_of_its_ancestors_too_and_an_unknown_one_none():
    tree = TopicTree((Topic("science", "S", weight=0.5), Topic("space", "S", "science", weight=8)))
    assert (tree.weight("science"), tree.weight("space"), tree.weight("other")) == (0.5, 4, 1)


def test_a_source_of_no_weight_comes_last_and_is_not_lost():
    assert by_rank(story(1, weight=0), story(2)) == [2, 1]


# the order


def test_a_pin_comes_before_everything():
    huge = story(1, source_count=1000, weight=10)
    old = story(2, dropped=DAY - timedelta(days=2), weight=0, pinned=True)
    assert by_rank(huge, old) == [2, 1]
    assert str(score(old, newsletter(), TREE, DAY)).startswith("pinned, before all others; ")


def test_a_heavier_topic_comes_first():
    tree = TopicTree((Topic("space", "Space", weight=1), Topic("medicine", "M", weight=3)))
    assert by_rank(story(1), story(2, topic="medicine"), tree=tree) == [2, 1]


def test_a_tie_goes_to_the_later_date_in_the_text():
    assert by_rank(story(1), story(2, dated=YESTERDAY), story(3, dated=DAY)) == [3, 2, 1]


def stories_of(**changes):
    values = {
        "source_count": st.integers(1, 50),
        "weight": st.sampled_from([0, 0.5, 1, 4]),
        "topic": st.sampled_from(["space", "medicine", "culture"]),
        "sources": st.sampled_from([(SourceRef(name),) for name in "ABCD"] + [()]),
        "dropped": st.sampled_from([DAY, YESTERDAY, None]),
        "pinned": st.booleans(),
    }
    built = st.fixed_dictionaries({**values, **changes})
    return st.lists(built, min_size=1, max_size=40).map(
        lambda every: [story(number, **each) for number, each in enumerate(every, 1)]
    )


letters = st.builds(
    newsletter,
    max_source_share=st.sampled_from([0.01, 0.3, 0.5, 0.9, 1.0]),
    max_stories=st.integers(1, 16),
    stories_per_topic=st.integers(1, 8),
)


@given(stories_of(), st.data())
def test_more_of_anything_good_never_lowers_a_story(every, data):
    told = data.draw(st.sampled_from(every))
    better = replace(
        told,
        source_count=told.source_count + data.draw(st.integers(0, 5)),
        weight=told.weight + data.draw(st.integers(0, 3)),
        pinned=told.pinned or data.draw(st.booleans()),
    )
    after = [better if each is told else each for each in every]
    assert by_rank(*after).index(told.id) <= by_rank(*every).index(told.id)


# the places


@given(stories_of(pinned=st.just(False)), letters)
def test_no_source_has_more_than_its_share_of_the_places(order, letter):
    told, _ = allot(order, letter)
    free, _ = allot(order, replace(letter, max_source_share=1.0))
    most = max(1, int(letter.max_source_share * len(free)))
    counts = Counter(source_of(each) for each in told)
    del counts[None]
    if len({source_of(each) for each in order}) > 1:
        assert max(counts.values(), default=0) <= most


@given(stories_of(), letters)
def test_each_story_is_told_or_named_once_and_the_best_is_told(order, letter):
    told, named = allot(order, letter)
    assert sorted(each.id for each in told + named) == [each.id for each in order]
    assert told[0] is order[0]
    assert len(told) <= letter.max_stories
    for part in (told, named):
        assert part == sorted(part, key=lambda each: each.id)


@given(stories_of(), letters)
def test_a_pinned_story_is_named_only_where_the_issue_is_full(order, letter):
    order.sort(key=lambda each: not each.pinned)
    told, named = allot(order, letter)
    assert len(told) == letter.max_stories or not any(each.pinned for each in named)


@given(stories_of(sources=st.sampled_from([(SourceRef("A"),), (SourceRef(" a "),)])), letters)
def test_where_all_is_of_one_source_its_share_is_not_limited(order, letter):
    assert allot(order, letter) == allot(order, replace(letter, max_source_share=1.0))


def test_what_is_over_a_sources_share_goes_to_more_stories_and_others_take_its_places():
    flood = [of("Flood", n, source_count=9, topic=f"t{n}") for n in range(1, 9)]
    others = [of(name, n, topic=f"t{n}") for n, name in enumerate("ABCD", 9)]
    made = compose(newsletter(max_stories=6), DAY, flood + others, TREE)
    assert made is not None
    assert [told.id for told in made.stories] == [1, 2, 3, 9, 10, 11]
    assert [told.id for told in made.more] == [4, 5, 6, 7, 8, 12]


def test_a_story_of_many_sources_counts_for_its_first():
    both = (SourceRef("A"), SourceRef("B"))
    order = [story(n, sources=both, topic=f"t{n}") for n in (1, 2)]
    order += [of("B", n, topic=f"t{n}") for n in (3, 4)]
    told, _ = allot(order, newsletter(max_source_share=0.5))
    assert [each.id for each in told] == [1, 2, 3, 4]


def test_stories_that_name_no_source_are_not_taken_for_one_sources():
    order = [story(n, sources=(), topic=f"t{n}") for n in range(1, 6)]
    told, _ = allot([*order, of("A", 6)], newsletter(max_source_share=0.2))
    assert len(told) == 6
