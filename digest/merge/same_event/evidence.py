"""What speaks for two reports being of one event, as named figures of each pair; pure.

Each figure times its weight (weights.py), summed up, is the log-odds of one event. What speaks
against is in vetoes.py.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from digest.merge.same_event.sparse import Doubles, Flags, Ints, Shared, shared
from digest.merge.same_event.vectors import Vectors
from digest.merge.same_event.weights import WITH_SUMMARIES, WITHOUT

# A report of one event comes within so long of another.
WINDOW_HOURS = 72
# A word of more reports than this, and of more than this share of the window, joins no two: it
# costs most and says least. It still counts in the length of each report.
MANY, MUCH = 400, 0.008
# Less alike than this is not looked at.
FAINT = 0.05
# Beside two likenesses that are compared, so that next to nothing is not many times nothing.
BESIDE = 0.02
# So many terms beyond the headline are a summary.
SUMMARY_TERMS = 4
# The neighbourhood of a report is told by the words of at most so many reports, as a power mean
# over at most so many others, in which ten reports of its event weigh hardly more than three.
RARE, NEIGHBOURS, POWER = 90, 1000, 8
# A window of two reports has no neighbourhood: so many stand beside them that share nothing with
# either, for the plain mean and for the power mean.
UNLIKE, UNLIKE_NEAR = 50, 300


class Weights(NamedTuple):
    """How much each figure says: where both reports have a summary, and where not."""

    with_summaries: Mapping[str, float]
    without: Mapping[str, float]


LEARNED = Weights(WITH_SUMMARIES, WITHOUT)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What there is to know of each report alone.

    `background` is how alike it is to all the others in the mean; `near` the same by a power mean,
    which the nearest rule. Neither grows where all events are told more often. `particular` are
    reports whose headline has a name and a number.
    """

    terms: Ints
    headline: Doubles
    background: Doubles
    near: Doubles
    has_summary: Flags
    particular: Flags
    searched: Ints


@dataclass(frozen=True, slots=True)
class Evidence:
    """Pairs `left` < `right`, each of `figures` for each of them, and more.

    `both` are pairs of which each has a summary; `enough` those that share two terms that count.
    """

    left: Ints
    right: Ints
    figures: Mapping[str, Doubles]
    both: Flags
    enough: Flags

    def log_odds(self, weights: Weights) -> Doubles:
        """What speaks for each pair, summed up."""
        of_all = (
            sum((weight * self.figures[name] for name, weight in chosen.items()), np.zeros(1))
            for chosen in (weights.with_summaries, weights.without)
        )
        return np.where(self.both, *of_all)

    def parts(self, pair: int, weights: Weights) -> dict[str, float]:
        """What each figure adds to the log-odds of one pair."""
        chosen = weights.with_summaries if self.both[pair] else weights.without
        return {name: weight * float(self.figures[name][pair]) for name, weight in chosen.items()}


def survey(vectors: Vectors) -> Surroundings:
    """Look at each row by itself, and among the others."""
    rows = vectors.rows
    frequency = np.bincount(rows.columns, minlength=rows.width)
    searched = np.flatnonzero(frequency[rows.columns] <= max(MANY, MUCH * len(rows)))
    terms = np.diff(rows.begins)
    squares = rows.values.astype(np.float64) ** 2
    sums = np.bincount(rows.columns, rows.values, rows.width)
    others_and_imagined = len(rows) + UNLIKE
    row_of, column_of = rows.row_of_entry[searched], rows.columns[searched]
    in_headline = vectors.in_headline[searched]
    has_name, has_number = (
        np.bincount(row_of, in_headline & which[column_of], len(rows)) > 0
        for which in (vectors.name, vectors.number)
    )
    return Surroundings(
        terms=terms,
        headline=np.sqrt(rows.sums(squares * vectors.in_headline)),
        background=(rows.products_with(sums.astype(np.float64)) - (terms > 0))
        / others_and_imagined,
        near=_near(vectors, frequency),
        has_summary=terms - rows.sums(vectors.in_headline) >= SUMMARY_TERMS,
        particular=has_name & has_number,
        searched=searched,
    )


def _near(vectors: Vectors, frequency: Ints) -> Doubles:
    """The power mean of how alike each row is to the others, as far as rarer words tell."""
    rows = vectors.rows
    everyone = np.arange(len(rows))
    total = np.zeros(len(rows))
    rare = np.flatnonzero(frequency[rows.columns] <= RARE)
    for part in shared(rows, everyone, np.zeros_like(everyone), everyone, entries=rare):
        alike = part.sums(rows.values[part.mine] * rows.values[part.theirs]) ** POWER
        total += np.bincount(part.left, alike, len(rows))
        total += np.bincount(part.right, alike, len(rows))
    means: Doubles = (total / (min(len(rows), NEIGHBOURS) + UNLIKE_NEAR)) ** (1 / POWER)
    return means


def evidence(
    vectors: Vectors, around: Surroundings, hours: Doubles, fresh: Flags
) -> Iterator[Evidence]:
    """The pairs within the window of which at least one is `fresh`; rows are sorted by `hours`."""
    asked = np.flatnonzero(fresh)
    first = np.searchsorted(hours, hours[asked] - WINDOW_HOURS)
    last = np.searchsorted(hours, hours[asked] + WINDOW_HOURS, side="right")
    if fresh.all():
        last = asked
    for part in shared(vectors.rows, asked, first, last, entries=around.searched):
        # A pair of fresh ones comes from either, and a row meets itself.
        once = (part.right < part.left) | ~fresh[part.right]
        values = vectors.rows.values
        alike = part.sums(values[part.mine] * values[part.theirs])
        likely = once & (alike >= FAINT)
        if likely.any():
            yield _figures(vectors, around, part.of_pairs(likely), alike[likely])


def of_pair(vectors: Vectors, around: Surroundings, left: int, right: int) -> Evidence:
    """The same of one pair alone."""
    rows = vectors.rows
    mine, theirs = (np.arange(rows.begins[row], rows.begins[row + 1]) for row in (left, right))
    mine, theirs = (np.intersect1d(own, around.searched) for own in (mine, theirs))
    _, at, there = np.intersect1d(
        rows.columns[mine], rows.columns[theirs], assume_unique=True, return_indices=True
    )
    pair = Shared(
        np.array([left]), np.array([right]), np.zeros(1, np.int64), mine[at], theirs[there]
    )
    values = rows.values
    return _figures(vectors, around, pair, pair.sums(values[pair.mine] * values[pair.theirs]))


def _figures(vectors: Vectors, around: Surroundings, pairs: Shared, alike: Doubles) -> Evidence:
    """What each pair shares, and how that compares to what each has."""
    left, right = np.minimum(pairs.left, pairs.right), np.maximum(pairs.left, pairs.right)
    columns = vectors.rows.columns[pairs.mine]
    values = vectors.rows.values
    headlines = vectors.in_headline[pairs.mine] & vectors.in_headline[pairs.theirs]
    rarity = vectors.rarity[columns]

    def mean(of_rows: Doubles) -> Doubles:
        half: Doubles = (of_rows[left] + of_rows[right]) / 2
        return half

    def either(choose: Callable[[Ints, Ints], Ints]) -> Doubles:
        return np.log1p(choose(around.terms[left], around.terms[right]))

    of_headlines = pairs.sums(values[pairs.mine] * values[pairs.theirs] * headlines)
    names, numbers = pairs.sums(rarity * vectors.name[columns]), pairs.sums(vectors.number[columns])
    words = pairs.sums(vectors.counts[columns])
    other_particulars = around.particular[left] & around.particular[right] & (names + numbers == 0)
    figures = {
        "start": np.ones(len(left)),
        "alike": alike,
        "headlines alike": of_headlines
        / np.maximum(around.headline[left] * around.headline[right], 1e-9),
        "rarity shared": np.log1p(pairs.sums(rarity)),
        "words shared": np.log(np.maximum(words, 1)),
        "names shared": np.log1p(names),
        "numbers shared": np.minimum(numbers, 2),
        "other names and numbers": other_particulars.astype(np.float64),
        "length of the shorter": either(np.minimum),
        "length of the longer": either(np.maximum),
        "background": mean(around.background),
        "neighbourhood": np.maximum(around.near[left], around.near[right]),
        "against neighbours": np.log((alike + BESIDE) / (mean(around.near) + BESIDE)),
    }
    return Evidence(
        left,
        right,
        figures,
        both=around.has_summary[left] & around.has_summary[right],
        enough=words >= 2,
    )
