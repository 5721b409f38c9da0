"""Many features as one sparse matrix, each term weighed by how rare it is in the window; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from digest.merge.language.commonwords import COMMON, LISTING
from digest.merge.language.tokens import plain, stem
from digest.merge.same_event.features import (
    ADDRESS,
    CAPITAL,
    COUNT,
    HEADLINE,
    NUMBER,
    SMALL,
    Features,
    term_id,
)
from digest.merge.same_event.sparse import Doubles, Flags, Floats, Ints, SparseRows

# A window of two reports cannot say what is rare: three thousand imagined ones stand beside them.
# Half of one has any given term; COMMON_PRIOR have a number, or a word that is in the news every
# day.
IMAGINED = 3000
PRIOR = 0.5
COMMON_PRIOR = 100
# A term that is always written with a capital counts half as much again, and is a name where most
# of its places have one.
NAME_BONUS = 0.5
NAME = 0.6
# Beyond so many reports a word's count is taken per so many: an event is told more often in a large
# window, and its words say no less for that.
LARGE = 1000


@dataclass(frozen=True, slots=True)
class Vectors:
    """A row for each report, a column for each of the `term_ids`, which are sorted.

    A row's length is one, so the product of two is how alike they are. By column: its `rarity`,
    whether it is a `name`, a `number`, and whether it `counts`: neither a number nor a word of
    lists. `in_headline` says it of each entry.
    """

    term_ids: npt.NDArray[np.uint32]
    rows: SparseRows
    rarity: Doubles
    name: Flags
    number: Flags
    counts: Flags
    in_headline: Flags

    def weights_of(self, row: int, ids: npt.NDArray[np.uint32]) -> Floats:
        """What a row has for some term ids."""
        return self.rows.dense(row)[np.searchsorted(self.term_ids, ids)]


def vectorise(features: Sequence[Features], sources: Sequence[str] = ()) -> Vectors:
    """The rows of reports, in their order; `sources`, if given, says whose each is, or nothing."""
    sizes = np.fromiter((len(report.counts) for report in features), np.int64, len(features))
    ids = np.frombuffer(b"".join(report.ids for report in features), "<u4")
    counts = np.frombuffer(b"".join(report.counts for report in features), np.uint8)
    term_ids, columns = np.unique(ids, return_inverse=True)
    columns = columns.astype(np.int64, copy=False)
    if any(sources):
        row_of_entry = np.repeat(np.arange(len(features)), sizes)
        own = ~_of_the_site(row_of_entry, columns, counts, sources)
        columns, counts = columns[own], counts[own]
        sizes = np.bincount(row_of_entry[own], minlength=len(features))
    begins = np.concatenate(([0], np.cumsum(sizes)))

    def tally(chosen: Flags) -> Ints:
        return np.bincount(columns[chosen], minlength=len(term_ids))

    number = tally((counts & NUMBER) > 0) > 0
    listing = np.isin(term_ids, _ids_of(LISTING))
    common = np.isin(term_ids, _ids_of(COMMON)) | number | listing
    counted = np.bincount(columns, minlength=len(term_ids)) * min(1, LARGE / max(1, len(features)))
    frequency = counted + np.where(common, PRIOR + COMMON_PRIOR, PRIOR)
    rarity = np.log(1 + (min(len(features), LARGE) + IMAGINED) / frequency)
    capital, small = tally((counts & CAPITAL) > 0), tally((counts & SMALL) > 0)
    named = (capital + 1 / 3) / (capital + small + 1)
    times = (counts & COUNT).astype(np.float64) / 2
    values = np.where(times >= 1, 1 + np.log(np.maximum(times, 1)), times)
    values *= (rarity * (1 + NAME_BONUS * named))[columns]
    lengths = np.sqrt(
        np.bincount(np.repeat(np.arange(len(features)), sizes), values**2, len(features))
    )
    values /= np.repeat(lengths, sizes)
    return Vectors(
        term_ids,
        SparseRows(begins, columns, values.astype(np.float32), len(term_ids)),
        rarity,
        name=named > NAME,
        number=number,
        counts=~(number | listing),
        in_headline=(counts & HEADLINE) > 0,
    )


def _of_the_site(
    row_of_entry: Ints, columns: Ints, counts: npt.NDArray[np.uint8], sources: Sequence[str]
) -> Flags:
    """The words that stand in several addresses of one source, and in no text: `daily-podcast-`.

    They are the site's own, and no evidence.
    """
    number = {source: at for at, source in enumerate(dict.fromkeys(sources)) if source}
    source_of = np.array([number.get(source, -1) for source in sources])[row_of_entry]
    in_address = np.flatnonzero((counts == ADDRESS) & (source_of >= 0))
    codes = source_of[in_address] * (columns.max(initial=0) + 1) + columns[in_address]
    _, code_of, times = np.unique(codes, return_inverse=True, return_counts=True)
    of_site = np.zeros(len(columns), np.bool_)
    of_site[in_address[times[code_of] > 1]] = True
    return of_site


@lru_cache(maxsize=2)
def _ids_of(words: frozenset[str]) -> npt.NDArray[np.uint32]:
    terms = {stem(plain(word)) or plain(word) for word in words}
    return np.array(sorted(map(term_id, terms)), np.uint32)
