"""What a subscriber wants more or less of: how weights move, and what they do to an issue."""

from dataclasses import replace
from random import Random

import pytest

from digest.compose.likes import KEPT, MOST, LikedStories, moved, with_full
from digest.model import Likes, SourceRef
from tests.builders import issue, newsletter, story

TIMES, POST = SourceRef("Example Times"), SourceRef("Example Post")
# Three in full, one of each topic; the others are named, each the best of its topic.
SPACE = story(1, topic="space", sources=(TIMES,))
MEDICINE = story(2, topic="medicine", sources=(POST,))
OCEANS = story(3, topic="oceans", sources=(TIMES,))
MORE_SPACE = story(4, topic="space", sources=(POST,))
MORE_OCEANS = story(5, topic="oceans", sources=(POST,))
WHOLE = issue(SPACE, MEDICINE, OCEANS, more=(MORE_SPACE, MORE_OCEANS))
# Of each topic the first may lead: that is how an issue is rendered.
LEADS = frozenset({1, 2, 3})
LETTER = newsletter(more_like_this=True)


def in_full(likes, seen=WHOLE):
    return sorted(LikedStories(seen, seen, LETTER, LEADS).in_full(tuple(likes.items())))


def test_one_click_moves_the_topic_and_the_first_source_and_stays_within_bounds():
    likes: Likes = moved((), SPACE, 1)
    assert likes == (("topic:space", 1), ("source:Example Times", 1))
    for _ in range(5):
        likes = moved(likes, SPACE, 1)
    assert dict(likes) == {"topic:space": MOST, "source:Example Times": MOST}
    likes = moved(likes, OCEANS, -1)
    assert likes[0] == ("topic:oceans", -1)
    assert dict(likes)["source:Example Times"] == MOST - 1
    assert moved(moved((), SPACE, 1), SPACE, -1) == ()
    assert moved((), replace(SPACE, sources=()), -1) == (("topic:space", -1),)


def test_what_was_pressed_long_ago_is_forgotten():
    likes: Likes = ()
    for number in range(100):
        likes = moved(likes, story(topic=f"t{number}"), 1)
    assert len(likes) == KEPT
    assert likes[0] == ("topic:t99", 1)


@pytest.mark.parametrize(
    ("likes", "told"),
    [
        ({}, [1, 2, 3]),
        ({"topic:oceans": 1}, [1, 3, 5]),
        ({"topic:medicine": -1}, [1, 3, 4]),
        ({"source:Example Times": -1}, [2, 4, 5]),
        ({"topic:space": 2, "topic:oceans": 3}, [1, 3, 5]),  # the heavier of them
        ({"topic:oceans": 1, "topic:space": 1}, [1, 3, 5]),  # the later of them
        ({"topic:oceans": 1, "source:Example Post": -1}, [1, 3, 5]),  # they outweigh each other
        ({"topic:climate": 3, "source:Somebody": -3}, [1, 2, 3]),  # in nothing of this issue
    ],
)
def test_the_heaviest_wish_of_each_way_chooses_what_is_told_in_full(likes, told):
    assert in_full(likes) == told


def test_what_an_editor_pinned_stays_and_no_issue_is_emptied():
    pinned = replace(MEDICINE, pinned=True)
    seen = replace(WHOLE, stories=(SPACE, pinned, OCEANS))
    assert 2 in in_full({"topic:medicine": -3}, seen)
    assert in_full({"topic:space": -3}, issue(SPACE)) == [1]
    no_lead = {"topic:medicine": -1, "source:Example Times": -1}  # nothing left that may lead
    assert in_full(no_lead, issue(SPACE, MORE_SPACE)) == [1, 4]


def test_the_others_are_named_in_their_order_and_the_subject_is_that_of_the_lead():
    told = with_full(WHOLE, frozenset({2, 4, 5}), LEADS)
    assert [entry.id for entry in told.stories] == [2, 4, 5]
    assert [entry.id for entry in told.more] == [1, 3]
    assert told.subject == MEDICINE.headline
    assert [entry.id for entry in with_full(WHOLE, frozenset({3, 4}), LEADS).stories] == [3, 4]
    swapped = replace(WHOLE, stories=(MORE_SPACE, OCEANS, MEDICINE), more=(SPACE,))
    assert [entry.id for entry in with_full(swapped, frozenset({4, 3}), LEADS).stories] == [3, 4]
    written = replace(WHOLE, subject="As an editor wrote it")
    assert with_full(written, frozenset({1, 3, 5}), LEADS).subject == "As an editor wrote it"


def test_a_thousand_subscribers_need_few_mails_whatever_they_want():
    chance = Random(17)
    topics = [f"t{number}" for number in range(6)]
    names = [SourceRef(f"Source {number}") for number in range(10)]

    def some_story(number):
        (source,) = chance.choices(names, [1 / place for place in range(1, 11)])
        return story(number, topic=chance.choice(topics), sources=(source,))

    stories = tuple(some_story(number) for number in range(1, 31))
    whole = issue(*stories[:16], more=stories[16:])
    choices, mails = LikedStories(whole, whole, LETTER, frozenset(range(1, 31))), set()
    for _ in range(1_000):
        likes: Likes = ()
        for _ in range(chance.randint(1, 12)):
            likes = moved(likes, some_story(99), chance.choice([1, -1]))
        told = choices.in_full(likes)
        assert 1 <= len(told) <= 16
        mails.add(told)
    assert len(mails) <= (1 + len(topics) + len(names)) ** 2
    assert len(mails) < 150
