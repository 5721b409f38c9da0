"""Scores of the pairs of reports that share words within the window; pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

WINDOW_HOURS = 72
# Two reports a day apart score 1/e of what they would at the same moment.
FADE_HOURS = 24
# Less than this is left out, and counts as nothing.
FLOOR = 0.02
_ROWS = 512
# A word of more reports than this, and of more than this share of the window, joins no two: it
# costs most and says least. It still counts in the length of each report.
MANY, MUCH = 400, 0.008

Ints = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]


@dataclass(slots=True)
class ScoredPairs:
    """Pairs `one` < `other` of rows, each with its score."""

    one: Ints
    other: Ints
    score: Scores


def find_links(
    matrix: sparse.csr_array, hours: npt.NDArray[np.float64], fresh: npt.NDArray[np.bool_]
) -> ScoredPairs:
    """The pairs of which at least one is `fresh`; rows are sorted by `hours`."""
    searched = _without_frequent(matrix)
    rows = np.flatnonzero(fresh)
    found = [
        _links_of(searched, hours, fresh, rows[at : at + _ROWS])
        for at in range(0, len(rows), _ROWS)
    ]
    if not found:
        return ScoredPairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    return ScoredPairs(*(np.concatenate(part) for part in zip(*found, strict=True)))


def _without_frequent(matrix: sparse.csr_array) -> sparse.csr_array:
    counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    limit = max(MANY, MUCH * matrix.shape[0])
    if not (counts > limit).any():
        return matrix
    return matrix[:, np.flatnonzero(counts <= limit)].tocsr()


def _links_of(
    matrix: sparse.csr_array,
    hours: npt.NDArray[np.float64],
    fresh: npt.NDArray[np.bool_],
    rows: Ints,
) -> tuple[Ints, Ints, Scores]:
    """The links of some fresh rows: each pair of fresh ones once, from its later row."""
    begin = np.searchsorted(hours, hours[rows[0]] - WINDOW_HOURS)
    end = np.searchsorted(hours, hours[rows[-1]] + WINDOW_HOURS, side="right")
    if fresh.all():
        end = rows[-1] + 1
    product = (matrix[rows] @ matrix[begin:end].T.tocsr()).tocoo()
    one, other, score = rows[product.row], product.col + begin, product.data
    gap = np.abs(hours[one] - hours[other])
    score = score * np.exp(-gap / FADE_HOURS)
    once = (other < one) | ((other > one) & ~fresh[other])
    kept = once & (gap <= WINDOW_HOURS) & (score >= FLOOR)
    one, other, score = one[kept], other[kept], score[kept].astype(np.float64)
    return np.minimum(one, other), np.maximum(one, other), score
