"""Many features as one sparse matrix, each term weighed by how rare it is in the window; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from digest.merge.language.commonwords import COMMON
from digest.merge.language.tokens import plain, stem
from digest.merge.same_event.features import CAPITAL, COUNT, SMALL, Features, term_id
from digest.merge.same_event.sparse import Floats, Ints, SparseRows

# A window of two reports cannot say what is rare: three thousand imagined ones stand beside them.
# Half of one has any given term; COMMON_PRIOR have a word that is in the news every day.
IMAGINED = 3000
PRIOR = 0.5
COMMON_PRIOR = 300
# A term that is always written with a capital counts half as much again.
NAME_BONUS = 0.5
# Texts share more the longer they are; from FULL_TEXT terms on a score counts FULL_SCALE of it.
SHORT_TEXT, FULL_TEXT, FULL_SCALE = 8, 16, 0.4


@dataclass(frozen=True, slots=True)
class Vectors:
    """A row for each report, a column for each of the term ids in `known`, which are sorted.

    The product of two rows is how alike they are: 1 for equal short texts.
    """

    known: npt.NDArray[np.uint32]
    rows: SparseRows

    def weights_of(self, row: int, ids: npt.NDArray[np.uint32]) -> Floats:
        """What a row has for some term ids."""
        return self.rows.dense(row)[np.searchsorted(self.known, ids)]


def vectorise(features: Sequence[Features]) -> Vectors:
    """The rows of reports, in their order."""
    sizes = np.fromiter((len(one.counts) for one in features), np.int64, len(features))
    ids = np.frombuffer(b"".join(one.ids for one in features), "<u4")
    counts = np.frombuffer(b"".join(one.counts for one in features), np.uint8)
    known, columns = np.unique(ids, return_inverse=True)
    columns = columns.astype(np.int64, copy=False)
    frequency = (counts & COUNT).astype(np.float32) / 2
    values = np.where(frequency >= 1, 1 + np.log(np.maximum(frequency, 1)), frequency)
    values = values * _weights(known, columns, counts, len(features))[columns]
    begins = np.concatenate(([0], np.cumsum(sizes)))
    scaled = values * np.repeat(_row_scales(values, begins, sizes), sizes)
    return Vectors(known, SparseRows(begins, columns, scaled.astype(np.float32), len(known)))


def _weights(
    known: npt.NDArray[np.uint32],
    columns: Ints,
    counts: npt.NDArray[np.uint8],
    rows: int,
) -> npt.NDArray[np.float64]:
    """The weight of each term: its rarity, more for a name."""

    def tally(chosen: npt.NDArray[np.bool_] | None = None) -> Ints:
        return np.bincount(columns if chosen is None else columns[chosen], minlength=len(known))

    prior = np.where(np.isin(known, _common_ids()), PRIOR + COMMON_PRIOR, PRIOR)
    rarity = np.log(1 + (rows + IMAGINED) / (tally() + prior))
    capital, small = tally((counts & CAPITAL) > 0), tally((counts & SMALL) > 0)
    weights: npt.NDArray[np.float64] = rarity * (
        1 + NAME_BONUS * (capital + 1 / 3) / (capital + small + 1)
    )
    return weights


@lru_cache(maxsize=1)
def _common_ids() -> npt.NDArray[np.uint32]:
    terms = {stem(plain(word)) or plain(word) for word in COMMON}
    return np.array(sorted(map(term_id, terms)), np.uint32)


def _row_scales(values: npt.NDArray[np.float64], begins: Ints, sizes: Ints) -> Floats:
    """What makes each row's length one, and the score of long texts comparable."""
    squares = np.concatenate(([0.0], np.cumsum(values.astype(np.float64) ** 2)))
    norms = np.sqrt(squares[begins[1:]] - squares[begins[:-1]])
    length = np.clip((sizes - SHORT_TEXT) / (FULL_TEXT - SHORT_TEXT), 0, 1)
    # The score has the factor of either text.
    scale = np.sqrt(1 - length * (1 - FULL_SCALE))
    scales: Floats = (scale / np.maximum(norms, 1e-9)).astype(np.float32)
    return scales
