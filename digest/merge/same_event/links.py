"""Scores of the pairs of reports that share words within the window; pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digest.merge.same_event.sparse import SparseRows, products

WINDOW_HOURS = 72
# Two reports a day apart score 1/e of what they would at the same moment.
FADE_HOURS = 24
# Less than this is left out, and counts as nothing.
FLOOR = 0.02
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


def find_links(rows: SparseRows, hours: Scores, fresh: npt.NDArray[np.bool_]) -> ScoredPairs:
    """The pairs of which at least one is `fresh`; rows are sorted by `hours`."""
    frequency = np.bincount(rows.columns, minlength=rows.width)
    searched = rows.of_columns(frequency <= max(MANY, MUCH * len(rows)))
    asked = np.flatnonzero(fresh)
    first = np.searchsorted(hours, hours[asked] - WINDOW_HOURS)
    last = np.searchsorted(hours, hours[asked] + WINDOW_HOURS, side="right")
    if fresh.all():
        last = asked
    found = [ScoredPairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    for pairs in products(searched, asked, first, last):
        gap = np.abs(hours[pairs.other] - hours[pairs.one])
        score = pairs.product * np.exp(-gap / FADE_HOURS)
        # A pair of fresh ones comes from either, and a row meets itself.
        once = (pairs.other < pairs.one) | ~fresh[pairs.other]
        kept = once & (score >= FLOOR)
        one, other = pairs.one[kept], pairs.other[kept]
        found.append(ScoredPairs(np.minimum(one, other), np.maximum(one, other), score[kept]))
    return ScoredPairs(
        np.concatenate([part.one for part in found]),
        np.concatenate([part.other for part in found]),
        np.concatenate([part.score for part in found]),
    )
