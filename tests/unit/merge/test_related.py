"""More Stories: the nearest of other events, newest first where they are equally near."""

import random
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from digest.collect.files.folder import read_folder
from digest.collect.files.result import ReadStory
from digest.merge.related import FLOOR, Candidate, Related, RelatedPool, related
from digest.merge.same_event.features import make_features
from tests.builders import DAY
from tests.paths import SEEDS

CORAL = "Coral bleaching spreads along the Great Barrier Reef"


def candidate(number, headline, *, age=0, topic="oceans", event=None):
    features = make_features(headline)
    return Candidate(number, features, DAY - timedelta(days=age), topic, event or number)


def ids(found):
    return [one.id for one in found]


def test_those_that_share_most_come_first():
    others = [
        candidate(2, "Parliament votes on the budget", topic="politics"),
        candidate(3, "Divers count fish on the Barrier Reef", topic="other"),
        candidate(4, "Coral bleaching reaches the Barrier Reef of Belize", topic="other"),
    ]
    first, second = related(candidate(1, CORAL), others)
    assert (first.id, second.id) == (4, 3)
    assert first.score > second.score >= FLOOR


def test_what_is_of_the_same_event_is_not_related():
    others = [candidate(2, CORAL, event=1), candidate(3, "Coral bleaching in Belize")]
    assert ids(related(candidate(1, CORAL), others)) == [3]
    update = candidate(4, CORAL, event=1)
    assert ids(related(update, [candidate(1, CORAL), *others])) == [3]


def test_another_event_is_named_once_whatever_is_told_of_it():
    told = candidate(2, "Coral bleaching in Belize", age=2)
    update = candidate(3, "Coral bleaching in Belize", event=2)
    assert ids(related(candidate(1, CORAL), [told, update])) == [3]


def test_of_equally_near_ones_the_newest_comes_first():
    ages = {2: 1, 3: 3, 4: 1}
    same = [candidate(n, "Coral bleaching in Belize", age=age) for n, age in ages.items()]
    assert ids(related(candidate(1, CORAL), same)) == [4, 2, 3]


def test_where_nothing_is_near_the_newest_of_the_topic_stand_in():
    others = [
        candidate(2, "Tides turn a turbine", age=1),
        candidate(3, "Whales sing lower", age=2),
        candidate(4, "Parliament votes on the budget", topic="politics"),
    ]
    assert related(candidate(1, CORAL), others) == (Related(2, 0.0), Related(3, 0.0))


def test_a_pool_says_of_each_of_its_stories_what_is_said_of_it_among_the_others():
    every = [candidate(1, CORAL), candidate(2, "Coral bleaching in Belize"), candidate(3, "Tides")]
    pool = RelatedPool(every)
    for one in every:
        assert one.id in pool
        assert pool.related_to(one.id) == related(one, every)
    assert 4 not in pool


def test_there_are_never_more_than_asked_for():
    others = [candidate(n, "Coral bleaching in Belize") for n in range(2, 20)]
    assert len(related(candidate(1, CORAL), others)) == 5
    assert len(related(candidate(1, CORAL), others, count=3)) == 3
    assert related(candidate(1, CORAL), others, count=0) == ()
    assert related(candidate(1, CORAL), []) == ()


words = st.lists(
    st.sampled_from(["coral", "reef", "whale", "budget", "tax", "the", "a", "12"]), max_size=8
)
built = st.builds(
    lambda number, text, age, topic, event: candidate(
        number, " ".join(text), age=age, topic=topic, event=event
    ),
    st.integers(1, 1000),
    words,
    st.integers(0, 3),
    st.sampled_from(["oceans", "politics"]),
    st.integers(1, 9),
)


@given(st.lists(built, min_size=1, max_size=15, unique_by=lambda one: one.id), st.randoms())
def test_the_answer_does_not_depend_on_the_order(every, chance):
    story, *others = every
    shuffled = random.Random(chance.random()).sample(others, len(others))
    found = related(story, others)
    assert related(story, shuffled) == found
    events = {one.id: one.event for one in others}
    assert len({events[one.id] for one in found} | {story.event}) == len(found) + 1


def test_of_the_sample_stories_those_are_near_that_a_person_would_name():
    items = read_folder(SEEDS, source="seeds", today=date.max, hashes={})
    reports = [item.report for item in items if isinstance(item, ReadStory)]
    every = {
        Path(report.key).stem: Candidate(
            number,
            make_features(report.headline, " ".join(report.bullets)),
            DAY,
            "",
            number,
        )
        for number, report in enumerate(reports)
    }
    names = {one.id: name for name, one in every.items()}
    for name, nearest in (
        ("fruit-fly-connectome", "human-cortex-map"),
        ("click-chemistry-nobel", "alphafold-nobel"),
        ("parker-solar-probe-record", "dart-asteroid-deflection"),
        ("nitroplast-organelle", "giant-bacterium"),
        ("complete-human-genome", "otzi-genome"),
    ):
        found = related(every[name], every.values())
        assert names[found[0].id] == nearest
