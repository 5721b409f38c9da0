"""What is new, in what order, and how much of it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.compose.issue import PREHEADER_LIMIT, SUBJECT_LIMIT, compose, variant
from digest.compose.select import is_new
from digest.issue_edits import NO_EDITS, Edit, EditKind, Edits
from digest.model import Newsletter, SourceRef, Story, Topic, TopicTree
from tests.builders import DAY, NOON, TREE, issue, newsletter, story


@pytest.mark.parametrize(
    ("age", "new"), [(-1, False), (0, True), (1, True), (2, True), (3, False), (30, False)]
)
def test_a_story_is_new_for_the_days_of_the_window(age, new):
    dropped = story(dropped=DAY - timedelta(days=age))
    assert is_new(dropped, newsletter(window_days=3), DAY) is new


def test_the_date_in_the_text_plays_no_part():
    assert is_new(story(dated=date(1912, 1, 1)), newsletter(), DAY)


def test_outside_a_dated_folder_the_day_of_collecting_counts_in_the_newsletters_zone():
    late = story(dropped=None, collected_at=datetime(2026, 11, 21, 23, 0, tzinfo=UTC))
    tokyo = newsletter(timezone="Asia/Tokyo")
    assert not is_new(late, tokyo, date(2026, 11, 21))
    assert is_new(late, tokyo, date(2026, 11, 22))


def test_nothing_new_is_no_issue():
    assert compose(newsletter(), DAY, [], TREE) is None
    assert compose(newsletter(), DAY, [story(dropped=DAY - timedelta(days=9))], TREE) is None


def test_a_topic_that_the_newsletter_does_not_have_is_left_out():
    made = compose(newsletter(topics=("science",)), DAY, [story(topic="culture")], TREE)
    assert made is None
    both = [story(1, topic="culture"), story(2, topic="space")]
    made = compose(newsletter(topics=("science",)), DAY, both, TREE)
    assert made is not None
    assert [s.id for s in made.stories] == [2]


def test_the_lead_has_the_most_sources_of_the_day():
    stories = [
        story(1, source_count=9, dropped=DAY - timedelta(days=1)),
        story(2, source_count=2),
        story(3, source_count=3),
    ]
    made = compose(newsletter(), DAY, stories, TREE)
    assert made is not None
    assert [s.id for s in made.stories] == [3, 2, 1]


def test_the_order_does_not_depend_on_the_order_in_the_store():
    stories = [story(n, source_count=1 + n % 3) for n in range(1, 12)]
    first = compose(newsletter(), DAY, stories, TREE)
    second = compose(newsletter(), DAY, reversed(stories), TREE)
    assert first == second


def test_groups_follow_the_configured_order_and_leave_out_the_lead():
    stories = [
        story(1, topic="medicine", source_count=5),
        story(2, topic="medicine"),
        story(3, topic="space"),
        story(4, topic="culture"),
    ]
    made = compose(newsletter(topics=("culture", "science")), DAY, stories, TREE)
    assert made is not None
    assert made.lead.id == 1
    assert [(g.topic.id, [s.id for s in g.stories]) for g in made.groups] == [
        ("culture", [4]),
        ("space", [3]),
        ("medicine", [2]),
    ]


def test_the_overflow_goes_to_more_stories_and_what_is_left_stays_for_tomorrow():
    stories = [story(n, topic="space") for n in range(1, 6)]
    stories += [story(n, topic="medicine") for n in range(6, 11)]
    letter = newsletter(stories_per_topic=3, max_stories=5, max_more=2)
    made = compose(letter, DAY, stories, TREE)
    assert made is not None
    assert len(made.stories) == 5
    assert max(sum(s.topic == t for s in made.stories) for t in ("space", "medicine")) == 3
    assert len(made.more) == 2


def test_a_story_of_an_unknown_topic_has_a_group_of_its_own():
    made = compose(newsletter(), DAY, [story(1), story(2, topic="other")], TREE)
    assert made is not None
    assert {g.topic.title for g in made.groups} | {"Space"} == {"Space", "Other"}


def test_subject_and_preheader_come_from_the_lead_and_are_cut_between_words():
    long = story(headline="word " * 40, bullets=("bullet " * 60,))
    made = compose(newsletter(), DAY, [long], TREE)
    assert made is not None
    assert len(made.subject) <= SUBJECT_LIMIT
    assert made.subject.endswith("word…")
    assert len(made.preheader) <= PREHEADER_LIMIT


def test_where_the_lead_is_a_headline_alone_the_preheader_is_what_comes_next():
    bare = [story(n, bullets=()) for n in (1, 2)]
    letter = newsletter(tagline="A tagline")
    for stories, preheader in ((bare, "Headline 2"), (bare[:1], "A tagline")):
        made = compose(letter, DAY, stories, TREE)
        assert made is not None
        assert made.preheader == preheader


def test_the_preheader_of_a_variant_tells_of_nothing_that_is_not_in_it():
    bare = [story(n, topic=topic, bullets=()) for n, topic in enumerate(("space", "medicine"))]
    whole = issue(*bare, more=(story(2, topic="space"),))
    for topic, preheader in (("space", "Headline 2"), ("medicine", "Example Times")):
        part = variant(whole, frozenset({topic}), newsletter())
        assert part is not None
        assert part.preheader == preheader


def test_a_variant_holds_the_chosen_topics_and_leads_with_one_of_them():
    whole = issue(
        story(1, topic="space"), story(2, topic="medicine"), more=(story(3, topic="space"),)
    )
    part = variant(whole, frozenset({"medicine"}), newsletter())
    assert part is not None
    assert [s.id for s in part.stories] == [2]
    assert part.more == ()
    assert part.subject == "Headline 2"
    assert part.preheader == "First bullet of 2."


def test_a_chosen_parent_stands_for_its_leaves():
    whole = issue(story(1, topic="space"), story(2, topic="culture"))
    part = variant(whole, frozenset({"science"}), newsletter())
    assert part is not None
    assert [s.id for s in part.stories] == [1]


def test_no_choice_is_everything_and_a_choice_without_stories_is_nothing():
    whole = issue()
    assert variant(whole, frozenset(), newsletter()) is whole
    assert variant(whole, frozenset({"culture"}), newsletter()) is None


def test_places_that_other_topics_leave_go_to_the_best_of_what_is_named():
    whole = issue(
        *(story(n, topic=topic) for n, topic in enumerate(("space", "medicine", "culture"))),
        more=tuple(story(n, topic="medicine" if n % 2 else "space") for n in range(3, 9)),
    )
    letter = newsletter(stories_per_topic=2)
    told = {
        topics: variant(whole, frozenset(topics), letter)
        for topics in (("medicine",), ("medicine", "space"))
    }
    ids = {
        topics: ([s.id for s in part.stories], [s.id for s in part.more])
        for topics, part in told.items()
        if part is not None
    }
    assert ids == {
        ("medicine",): ([1, 3], [5, 7]),
        ("medicine", "space"): ([0, 1, 3], [4, 5, 6, 7, 8]),
    }


@given(st.data())
def test_a_variant_tells_what_the_issue_tells_and_no_more_than_the_limits_allow(data):
    topics, sources = ("space", "medicine", "culture"), ("A", "B", "C")
    made = [
        story(
            n,
            topic=data.draw(st.sampled_from(topics)),
            sources=(SourceRef(data.draw(st.sampled_from(sources))),),
        )
        for n in range(data.draw(st.integers(1, 25)))
    ]
    letter = newsletter(stories_per_topic=data.draw(st.integers(1, 6)), max_stories=8)
    whole = compose(letter, DAY, made, TREE)
    assert whole is not None
    chosen = frozenset(data.draw(st.sets(st.sampled_from(topics), min_size=1)))
    part = variant(whole, chosen, letter)
    every = [s for s in (*whole.stories, *whole.more) if s.topic in chosen]
    if part is None:
        assert not every
        return
    kept = [s for s in whole.stories if s.topic in chosen]
    assert list(part.stories[: len(kept)]) == kept
    assert sorted(s.id for s in (*part.stories, *part.more)) == sorted(s.id for s in every)
    assert len(part.stories) <= len(whole.stories)
    assert max(Counter(s.topic for s in part.stories).values()) <= letter.stories_per_topic
    if chosen == set(topics):
        assert part.stories == whole.stories


def test_where_only_headlines_are_left_the_first_becomes_the_story():
    whole = issue(
        story(1, topic="space"), more=(story(2, topic="medicine"), story(3, topic="medicine"))
    )
    part = variant(whole, frozenset({"medicine"}), newsletter())
    assert part is not None
    assert [s.id for s in part.stories] == [2]
    assert [s.id for s in part.more] == [3]


def test_any_edit_changes_the_content_hash():
    whole = issue()
    edited: Story = story(1, headline="Headline 1 ")
    assert issue(edited, story(2, topic="medicine")).content_hash != whole.content_hash
    assert issue().content_hash == whole.content_hash


def test_the_frozen_issue_carries_its_topics_without_their_keywords():
    tree = TopicTree((Topic("space", "Space", None, ("galaxy",)),))
    made = compose(newsletter(), DAY, [story()], tree)
    assert made is not None
    assert made.topics == (Topic("space", "Space"),)


def test_after_the_cut_off_only_what_somebody_wants_enters():
    letter = newsletter(cut_off=60, time=time(13))
    early, late, wanted = (
        story(number, dropped=None, collected_at=NOON + timedelta(minutes=minutes))
        for number, minutes in ((1, -1), (2, 0), (3, 0))
    )
    written = Edits((Edit(EditKind.STORY, ("By hand",), 3),))

    def told(letter: Newsletter, *stories: Story, edits: Edits = NO_EDITS) -> set[int]:
        composed = compose(letter, DAY, stories, TREE, edits)
        return {one.id for one in composed.all_stories} if composed else set()

    assert told(letter, early, late) == {1}
    written = Edits((Edit(EditKind.STORY, ("By hand",), 3),))
    assert told(letter, early, late, wanted, edits=written) == {1, 3}
    on_sundays = replace(letter, days=("sun",))
    assert told(on_sundays, early, late) == {1, 2}, "who sends by hand sends what there is"
