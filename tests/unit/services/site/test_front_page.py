"""How the front page lays an issue out."""

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from digest.services.site.front_page import FEATURES, front_page
from tests.builders import issue, picture, story

TOPICS = ("space", "medicine", "culture")


def told(number, topic="space", *, pictured=True):
    return story(number, topic=topic, picture=picture() if pictured else None)


def test_features_are_the_best_with_a_picture_of_different_topics_first():
    stories = (
        told(1),
        told(2, "medicine", pictured=False),
        told(3, "space"),
        told(4, "space"),
        told(5, "medicine"),
        told(6, "culture"),
    )
    front = front_page(issue(*stories))
    assert front.lead.id == 1
    assert [one.id for one in front.features] == [3, 5, 6]
    assert [[one.id for one in group.stories] for group in front.groups] == [[4], [2]]


def test_one_picture_alone_makes_no_row():
    front = front_page(issue(told(1), told(2), told(3, pictured=False)))
    assert front.features == ()
    assert [one.id for one in front.groups[0].stories] == [2, 3]


@given(st.lists(st.tuples(st.sampled_from(TOPICS), st.booleans()), min_size=1, max_size=12))
def test_every_story_stands_on_it_once(kinds):
    whole = issue(
        *(told(n, topic, pictured=pictured) for n, (topic, pictured) in enumerate(kinds, start=1))
    )
    front = front_page(whole)
    river = chain.from_iterable(group.stories for group in front.groups)
    shown = [front.lead, *front.features, *river]
    assert sorted(one.id for one in shown) == [one.id for one in whole.stories]
    assert len(front.features) <= FEATURES
    assert all(one.topic in front.topics for one in shown)
