"""Why a report is where it is, in figures and words that a person can check; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digest.merge.same_event.features import Features, term_id
from digest.merge.same_event.links import ScoredPairs
from digest.merge.same_event.vectors import Vectors
from digest.merge.same_event.vetoes import Reason, Side, contradiction, doubts

SHOWN_TERMS = 8


@dataclass(frozen=True, slots=True)
class SharedTerm:
    """A word of both reports and its part of their likeness, which is 1 for equal texts."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """A report's place: beside others, or alone.

    `score` is the mean over the story's other reports where it joined, and that of the nearest
    report where it did not. `nearest` is that report's key, None where none shares enough words.
    `against` says what speaks against the two being one event. `copy_of` is the report that has
    the very same text.
    """

    joined: bool
    score: float
    threshold: float
    nearest: str | None = None
    shared: tuple[SharedTerm, ...] = ()
    against: tuple[str, ...] = ()
    copy_of: str | None = None

    def __str__(self) -> str:
        if self.copy_of is not None:
            return f"the very text of {self.copy_of}"
        if self.nearest is None:
            return "no report of the last days shares enough words"
        place = "with" if self.joined else "apart from"
        words = ", ".join(f"{one.word} {one.weight:.2f}" for one in self.shared) or "none"
        against = "".join(f"; {reason}" for reason in self.against)
        return (
            f"{place} {self.nearest}: score {self.score:.2f}, threshold {self.threshold:.2f}"
            f"{against}; shared words: {words}"
        )


@dataclass(frozen=True, slots=True)
class Window:
    """What a grouping was made from, by row, with the final labels; `at` finds the row of a key."""

    keys: tuple[str, ...]
    features: tuple[Features, ...]
    vectors: Vectors
    links: ScoredPairs
    labels: npt.NDArray[np.int64]
    threshold: float
    at: Mapping[str, int]


def explain(window: Window, key: str) -> Explanation:
    """Why the report of this key is in its group, or is alone."""
    row = window.at[key]
    links = window.links
    mine = np.flatnonzero((links.one == row) | (links.other == row))
    partners = links.one[mine] + links.other[mine] - row
    inside = window.labels[partners] == window.labels[row]
    joined = bool(inside.any())
    if joined:
        mine, partners = mine[inside], partners[inside]
    elif not len(mine):
        return Explanation(joined=False, score=0, threshold=window.threshold)
    best = int(np.lexsort((partners, -links.score[mine]))[0])
    nearest = int(partners[best])
    size = int((window.labels == window.labels[row]).sum())
    score = links.score[mine].sum() / (size - 1) if joined else links.score[mine[best]]
    return Explanation(
        joined=joined,
        score=float(score),
        threshold=window.threshold,
        nearest=window.keys[nearest],
        shared=tuple(_shared(window, row, nearest)),
        against=tuple(_against(*(window.features[at] for at in sorted((row, nearest))))),
    )


def _shared(window: Window, row: int, other: int) -> Iterator[SharedTerm]:
    """The words of both, by their part of the score."""
    features = window.features[row]
    ids = np.frombuffer(features.ids, "<u4")
    theirs = np.frombuffer(window.features[other].ids, "<u4")
    both, here, _ = np.intersect1d(ids, theirs, assume_unique=True, return_indices=True)
    weights = window.vectors.weights_of(row, both) * window.vectors.weights_of(other, both)
    for at in np.argsort(-weights, kind="stable")[:SHOWN_TERMS]:
        yield SharedTerm(features.words[int(here[at])], float(weights[at]))


def _against(one: Features, other: Features) -> Iterator[str]:
    """What speaks against the two, the earlier first, in their own words."""
    mine, theirs = Side(one.facts), Side(other.facts)
    ruled_out = contradiction(mine, theirs)
    reasons = [doubt.reason for doubt in doubts(mine, theirs)]
    for reason in [ruled_out, *reasons] if ruled_out else reasons:
        first = tuple(_written(one, other, term) for term in reason.one)
        second = tuple(_written(one, other, term) for term in reason.other)
        yield str(Reason(reason.kind, first, second))


def _written(one: Features, other: Features, term: str) -> str:
    wanted = term_id(term)
    for features in (one, other):
        found = np.flatnonzero(np.frombuffer(features.ids, "<u4") == wanted)
        if len(found):
            return features.words[int(found[0])]
    return term
