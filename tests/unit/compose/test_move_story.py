"""A story that is dragged: the edits that this takes, and what they make of the issue."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.compose.issue import compose
from digest.compose.move_story import move, step
from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind, Edits
from digest.model import Issue
from tests.builders import DAY, TREE, newsletter, story
from tests.sampling import examples

TOPICS = ("space", "medicine", "space", "medicine", "space", "culture", "space", "medicine")
STORIES = [story(number, topic=topic) for number, topic in enumerate(TOPICS, 1)]
LETTER = newsletter(max_stories=6, stories_per_topic=9)


def composed(*made: Edit) -> Issue:
    issue = compose(LETTER, DAY, STORIES, TREE, Edits(made))
    assert issue is not None
    return issue


def rank(issue: Issue) -> list[int]:
    return [told.id for told in issue.stories]


def in_topic(issue: Issue, topic: str) -> list[int]:
    return [told.id for told in issue.stories[1:] if told.topic == topic]


def test_within_its_topic_a_story_changes_places_and_the_others_stay():
    issue = composed()
    assert rank(issue) == [1, 2, 3, 4, 5, 6]
    edits = move(issue, 5, "space", before=3)
    assert edits == [Edit(EditKind.ORDER, ("1", "2", "5", "4", "3"))]
    assert rank(composed(*edits)) == [1, 2, 5, 4, 3, 6]


def test_a_step_up_or_down_is_a_move_and_at_the_end_nothing():
    issue = composed()
    assert in_topic(composed(*step(issue, 5, -1)), "space") == [5, 3]
    assert in_topic(composed(*step(issue, 3, 1)), "space") == [5, 3]
    assert step(issue, 3, -1) == step(issue, 5, 1) == step(issue, 1, 1) == step(issue, 7, -1) == []


def test_before_the_lead_it_leads():
    assert move(composed(), 4, "space", before=1) == [Edit(EditKind.LEAD, story=4)]


def test_in_another_topic_it_has_the_place_that_it_was_given():
    edits = move(composed(), 6, "medicine", before=4)
    assert edits[0] == Edit(EditKind.TOPIC, ("medicine",), 6)
    assert in_topic(composed(*edits), "medicine") == [2, 6, 4]


def test_what_was_named_by_headline_is_told_in_full():
    issue = composed()
    assert [told.id for told in issue.more] == [7, 8]
    made = composed(*move(issue, 8, "medicine", before=4))
    assert in_topic(made, "medicine") == [2, 8, 4]
    assert rank(made)[0] == 1
    assert in_topic(composed(*move(issue, 8, "medicine", before=None)), "medicine")[-1] == 8


def test_what_was_put_first_before_stays_there():
    made = [Edit(EditKind.ORDER, ("1", "2", "4", "3", "6", "5"))]
    made += move(composed(*made), 4, "medicine", before=2)
    assert rank(composed(*made)) == [1, 4, 2, 3, 6, 5]


def test_a_story_that_is_not_there_is_not_moved():
    with pytest.raises(UsageError, match="story 99 is not in the issue"):
        move(composed(), 99, "space", None)


@settings(max_examples=examples(500), deadline=None)
@given(st.lists(st.tuples(st.integers(2, 8), st.sampled_from(TOPICS), st.integers(2, 8))))
def test_whatever_is_dragged_where_it_stands_there_then(drags):
    made: list[Edit] = []
    for number, topic, before in drags:
        issue = composed(*made)
        if issue.lead.id in (number, before):
            continue
        target = before if before in in_topic(issue, topic) and before != number else None
        made += move(issue, number, topic, target)
        after = composed(*made)
        members = in_topic(after, topic)
        assert number in members
        if target in members:  # it may have given its place
            assert members.index(number) == members.index(target) - 1
        assert after.lead.id == issue.lead.id
