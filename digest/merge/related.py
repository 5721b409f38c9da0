"""More Stories: which stories go with one, by the words that they share; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from digest.merge.same_event.features import Features
from digest.merge.same_event.vectors import Vectors, vectorise

# Below it two stories have words in common and no subject: the sample stories say where.
FLOOR = 0.045
# Scores of one step are the same to a subscriber: of those the newer story comes first.
STEP = 0.01
SHOWN_TERMS = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story as this module sees it. `event` is that of the story which told the event first."""

    id: int
    features: Features
    day: date
    topic: str
    event: int


@dataclass(frozen=True, slots=True)
class Related:
    """A story to name; `shared` are the words that say why, weightiest first.

    One that stands here as the newest of the same topic has the score 0, and no words.
    """

    id: int
    score: float
    shared: tuple[str, ...] = ()


def related(
    story: Candidate, others: Iterable[Candidate], *, count: int = 5
) -> tuple[Related, ...]:
    """At most `count` of the others, each event once and the story's own not at all.

    First those that share enough words, the most alike first; then the newest of its topic. The
    same whatever order they come in.
    """
    pool = [story, *sorted(_of_other_events(story, others), key=_newest_first)]
    vectors = vectorise([one.features for one in pool])
    scores = (vectors.matrix @ vectors.matrix[[0]].T).toarray().ravel()
    rows = sorted(range(1, len(pool)), key=lambda row: -round(float(scores[row]) / STEP))
    found: dict[int, Related] = {}
    for row in (row for row in rows if scores[row] >= FLOOR):
        if pool[row].event not in found and len(found) < count:
            shared = _shared(vectors, story.features, row)
            found[pool[row].event] = Related(pool[row].id, float(scores[row]), shared)
    for one in pool[1:]:
        if one.topic == story.topic and len(found) < count:
            found.setdefault(one.event, Related(one.id, 0.0))
    return tuple(found.values())


def _of_other_events(story: Candidate, others: Iterable[Candidate]) -> Sequence[Candidate]:
    return [other for other in others if other.event != story.event]


def _newest_first(one: Candidate) -> tuple[int, int]:
    return (-one.day.toordinal(), -one.id)


def _shared(vectors: Vectors, features: Features, row: int) -> tuple[str, ...]:
    """The words of the first row that `row` has too, by their part of the score."""
    ids = np.frombuffer(features.ids, "<u4")
    parts = vectors.weights_of(0, ids) * vectors.weights_of(row, ids)
    best = np.argsort(-parts, kind="stable")[:SHOWN_TERMS]
    return tuple(features.words[int(at)] for at in best if parts[at] > 0)
