"""More Stories: which stories go with one, by the words that they share; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from digest.merge.same_event.features import Features
from digest.merge.same_event.sparse import Doubles
from digest.merge.same_event.vectors import vectorise

# Below it two stories have words in common and no subject: the sample stories say where.
FLOOR = 0.045
# Scores of one step are the same to a subscriber: of those the newer story comes first.
STEP = 0.01
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
    """A story to name; one that stands here as the newest of the same topic has the score 0."""

    id: int
    score: float


class RelatedPool:
    """Stories to look among, weighed against each other once; the newer ones come first."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        in_order = sorted(candidates, key=lambda one: (one.day, one.id), reverse=True)
        self._pool = in_order
        self._row_of = {candidate.id: row for row, candidate in enumerate(in_order)}
        self._rows = vectorise([candidate.features for candidate in in_order]).rows
        # Long texts share more: their scores are made comparable by the length of either.
        sizes = np.diff(self._rows.begins)
        length = np.clip((sizes - SHORT_TEXT) / (FULL_TEXT - SHORT_TEXT), 0, 1)
        self._scale: Doubles = np.sqrt(1 - length * (1 - FULL_SCALE))

    def __contains__(self, story_id: int) -> bool:
        return story_id in self._row_of

    def related_to(self, story_id: int, *, count: int = 5) -> tuple[Related, ...]:
        """At most `count` of the others, each event once and the story's own not at all.

        First those that share enough words, the most alike first; then the newest of its topic.
        The same whatever order they came in.
        """
        own, rows = self._row_of[story_id], self._rows
        story, scale = self._pool[own], self._scale
        scores = rows.products_with(rows.dense(own)) * (scale * scale[own])
        by_event: dict[int, Related] = {}
        for row in np.argsort(-np.round(scores / STEP), kind="stable"):
            if scores[row] < FLOOR or len(by_event) == count:
                break
            other = self._pool[row]
            if other.event != story.event and other.event not in by_event:
                by_event[other.event] = Related(other.id, float(scores[row]))
        for other in self._pool:
            if len(by_event) >= count:
                break
            if other.topic == story.topic and other.event != story.event:
                by_event.setdefault(other.event, Related(other.id, 0.0))
        return tuple(by_event.values())


def related(
    story: Candidate, others: Iterable[Candidate], *, count: int = 5
) -> tuple[Related, ...]:
    """What `RelatedPool.related_to` says of a story that need not be among the others."""
    pool = RelatedPool([story, *(other for other in others if other.event != story.event)])
    return pool.related_to(story.id, count=count)
