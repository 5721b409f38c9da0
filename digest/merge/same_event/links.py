"""The chance that two reports are of one event, for each pair that shares words; pure."""

from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from digest.merge.same_event.evidence import Surroundings, Weights, evidence
from digest.merge.same_event.sparse import Doubles, Flags, Ints
from digest.merge.same_event.vectors import Vectors

# So much of the log-odds goes a day apart, four times that in two. Fixed by hand: the times in the
# files that the weights are learned from are not those of the world.
FADE = 3.0
# In a window of more reports than this, so much goes with each e-fold: the more reports of other
# events there are, the more of them are alike by chance.
CROWD, CROWDING = 5000, 1.0
# Less than this is left out, and counts as nothing.
FLOOR = 0.02


@dataclass(slots=True)
class ScoredPairs:
    """Pairs `left` < `right` of rows, the chance of each, and whether they share enough words.

    Two reports alone become one story only where those are enough.
    """

    left: Ints
    right: Ints
    score: Doubles
    enough: Flags


def find_links(
    vectors: Vectors, around: Surroundings, hours: Doubles, fresh: Flags, weights: Weights
) -> ScoredPairs:
    """The pairs of which at least one is `fresh`; rows are sorted by `hours`."""
    none = np.empty(0, np.int64)
    parts = [ScoredPairs(none, none, np.empty(0), np.empty(0, np.bool_))]
    for pairs in evidence(vectors, around, hours, fresh):
        gap = hours[pairs.right] - hours[pairs.left]
        score = chance(pairs.log_odds(weights) - fading(gap) - crowding(len(hours)))
        likely = score >= FLOOR
        parts.append(
            ScoredPairs(
                pairs.left[likely], pairs.right[likely], score[likely], pairs.enough[likely]
            )
        )
    return ScoredPairs(
        np.concatenate([part.left for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.enough for part in parts]),
    )


def fading(hours: Doubles) -> Doubles:
    """What the time between two reports takes from the log-odds."""
    return FADE * (hours / 24) ** 2


def crowding(reports: int) -> float:
    """What a large window takes from the log-odds of any two of its reports."""
    return CROWDING * log(max(reports, CROWD) / CROWD)


def chance(log_odds: npt.ArrayLike) -> Doubles:
    """Log-odds as a number from 0 to 1."""
    probability: Doubles = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return probability
