"""More Stories: which stories go with one, by the words that they share; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from digest.merge.same_event.features import Features
from digest.merge.same_event.sparse import Doubles
from digest.merge.same_event.vectors import Vectors, vectorise

# Below it two stories have words in common and no subject: the sample stories say where.
FLOOR = 0.045
# Scores of one step are the same to a subscriber: of those the newer story comes first.
STEP = 0.01
SHOWN_TERMS = 5
# Texts share more the longer they are; from FULL_TEXT terms on a score counts FULL_SCALE of it.
SHORT_TEXT, FULL_TEXT, FULL_SCALE = 8, 16, 0.4


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
    of_other_events = [other for other in others if other.event != story.event]
    of_other_events.sort(key=lambda other: (other.day, other.id), reverse=True)
    pool = [story, *of_other_events]
    vectors = vectorise([candidate.features for candidate in pool])
    # Long texts share more: their scores are made comparable by the length of either.
    sizes = np.diff(vectors.rows.begins)
    length = np.clip((sizes - SHORT_TEXT) / (FULL_TEXT - SHORT_TEXT), 0, 1)
    scale: Doubles = np.sqrt(1 - length * (1 - FULL_SCALE))
    scores = vectors.rows.products_with(vectors.rows.dense(0)) * (scale * scale[0])
    rows = sorted(range(1, len(pool)), key=lambda row: -round(float(scores[row]) / STEP))
    by_event: dict[int, Related] = {}
    for row in (row for row in rows if scores[row] >= FLOOR):
        if pool[row].event not in by_event and len(by_event) < count:
            shared = _shared(vectors, story.features, row)
            by_event[pool[row].event] = Related(pool[row].id, float(scores[row]), shared)
    for other in of_other_events:
        if other.topic == story.topic and len(by_event) < count:
            by_event.setdefault(other.event, Related(other.id, 0.0))
    return tuple(by_event.values())


def _shared(vectors: Vectors, features: Features, row: int) -> tuple[str, ...]:
    """The words of the first row that `row` has too, by their part of the score."""
    ids = np.frombuffer(features.ids, "<u4")
    parts = vectors.weights_of(0, ids) * vectors.weights_of(row, ids)
    best = np.argsort(-parts, kind="stable")[:SHOWN_TERMS]
    return tuple(features.words[int(at)] for at in best if parts[at] > 0)
