"""Why a report is where it is, in figures and words that a person can check; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from digest.merge.same_event.agglomerate import ALONE, mean_of
from digest.merge.same_event.evidence import Surroundings, Weights, of_pair
from digest.merge.same_event.features import Features, term_id
from digest.merge.same_event.links import ScoredPairs, crowding, fading
from digest.merge.same_event.series import is_series
from digest.merge.same_event.sparse import Doubles, Ints
from digest.merge.same_event.vectors import Vectors
from digest.merge.same_event.vetoes import Reason, Side, contradiction, doubts

SHOWN_TERMS = 8


@dataclass(frozen=True, slots=True)
class Part:
    """What a figure adds to the log-odds of one event, or takes from it."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class SharedTerm:
    """A word of both reports and its part of their likeness, which is 1 for equal texts."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """A report's place: beside others, or alone.

    `score` is the chance of one event: the mean over the story's other reports where it joined,
    and that of the nearest report where it did not. `nearest` is that report's key, None where
    none shares enough words; `parts` add up to the log-odds of the two. `against` says what speaks
    against the two being one event. `copy_of` is the report that has
    the very same text.
    """

    joined: bool
    score: float
    threshold: float
    nearest: str | None = None
    shared: tuple[SharedTerm, ...] = ()
    parts: tuple[Part, ...] = ()
    against: tuple[str, ...] = ()
    copy_of: str | None = None

    def __str__(self) -> str:
        if self.copy_of is not None:
            return f"the very text of {self.copy_of}"
        if self.nearest is None:
            return "no report of the last days shares enough words"
        place = "with" if self.joined else "apart from"
        words = ", ".join(f"{term.word} {term.weight:.2f}" for term in self.shared) or "none"
        parts = ", ".join(f"{part.name} {part.weight:+.1f}" for part in self.parts)
        total = sum(part.weight for part in self.parts)
        against = "".join(f"; {reason}" for reason in self.against)
        return (
            f"{place} {self.nearest}: score {self.score:.2f}, threshold {self.threshold:.2f}"
            f"{against}; shared words: {words}; log-odds {total:.1f}: {parts}"
        )


@dataclass(frozen=True, slots=True)
class Window:
    """What a grouping was made from, by row, with the final labels; `at` finds the row of a key."""

    keys: tuple[str, ...]
    features: tuple[Features, ...]
    vectors: Vectors
    around: Surroundings
    hours: Doubles
    links: ScoredPairs
    labels: Ints
    threshold: float
    weights: Weights
    sources: tuple[str, ...]
    at: Mapping[str, int]


def explain(window: Window, key: str) -> Explanation:
    """Why the report of this key is in its group, or is alone."""
    row = window.at[key]
    links = window.links
    mine = np.flatnonzero((links.left == row) | (links.right == row))
    partners = links.left[mine] + links.right[mine] - row
    inside = window.labels[partners] == window.labels[row]
    joined = bool(inside.any())
    if joined:
        mine, partners = mine[inside], partners[inside]
    elif not len(mine):
        return Explanation(joined=False, score=0, threshold=window.threshold)
    best = int(np.lexsort((partners, -links.score[mine]))[0])
    nearest = int(partners[best])
    size = int((window.labels == window.labels[row]).sum())
    score = mean_of(links.score[mine].sum(), float(size - 1)) if joined else links.score[mine[best]]
    of_both = np.isin(window.labels, window.labels[[row, nearest]]).sum()
    return Explanation(
        joined=joined,
        score=float(score),
        threshold=max(window.threshold, ALONE) if of_both == 2 else window.threshold,
        nearest=window.keys[nearest],
        shared=tuple(_shared(window, row, nearest)),
        parts=tuple(_parts(window, *sorted((row, nearest)))),
        against=tuple(_against(window, *sorted((row, nearest)))),
    )


def _shared(window: Window, row: int, right: int) -> Iterator[SharedTerm]:
    """The words of both, by their part of the score."""
    features = window.features[row]
    ids = np.frombuffer(features.ids, "<u4")
    theirs = np.frombuffer(window.features[right].ids, "<u4")
    both, here, _ = np.intersect1d(ids, theirs, assume_unique=True, return_indices=True)
    weights = window.vectors.weights_of(row, both) * window.vectors.weights_of(right, both)
    for at in np.argsort(-weights, kind="stable")[:SHOWN_TERMS]:
        if weights[at] > 0:
            yield SharedTerm(features.words[int(here[at])], float(weights[at]))


def _parts(window: Window, left: int, right: int) -> Iterator[Part]:
    """All that was added up for the two, the earlier first."""
    pair = of_pair(window.vectors, window.around, left, right)
    for name, weight in pair.parts(0, window.weights).items():
        yield Part(name, weight)
    yield Part("time between", -float(fading(window.hours[right] - window.hours[left])))
    if crowded := crowding(len(window.hours)):
        yield Part("large window", -crowded)
    for doubt in doubts(*(Side(window.features[row].facts) for row in (left, right))):
        yield Part(doubt.reason.kind.rstrip(":"), -doubt.less)


def _against(window: Window, row: int, later: int) -> Iterator[str]:
    """What speaks against the two, the earlier first, in their own words."""
    left, right = window.features[row], window.features[later]
    source = window.sources[row]
    if source and source == window.sources[later] and is_series(left.facts, right.facts):
        yield "two parts of a series"
    mine, theirs = Side(left.facts), Side(right.facts)
    ruled_out = contradiction(mine, theirs)
    reasons = [doubt.reason for doubt in doubts(mine, theirs)]
    for reason in [ruled_out, *reasons] if ruled_out else reasons:
        first = tuple(_written(left, right, term) for term in reason.left)
        second = tuple(_written(left, right, term) for term in reason.right)
        yield str(Reason(reason.kind, first, second))


def _written(left: Features, right: Features, term: str) -> str:
    wanted = term_id(term)
    for features in (left, right):
        places = np.flatnonzero(np.frombuffer(features.ids, "<u4") == wanted)
        if len(places):
            return features.words[int(places[0])]
    return term
