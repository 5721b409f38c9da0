"""A matrix that is mostly zeros, and what its rows share with each other; pure.

By numpy alone: scipy, which has this and more, takes 110 MB (decision 27).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
# So many entries are looked at together.
BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class SparseRows:
    """The entries of row `r` are those from `begins[r]` to `begins[r + 1]`."""

    begins: Ints
    columns: Ints
    values: Floats
    width: int

    def __len__(self) -> int:
        return len(self.begins) - 1

    @property
    def row_of_entry(self) -> Ints:
        """The row of each entry."""
        return np.repeat(np.arange(len(self)), np.diff(self.begins))

    def dense(self, row: int) -> Floats:
        """One row with its zeros."""
        values_of_row = np.zeros(self.width, np.float32)
        own = slice(self.begins[row], self.begins[row + 1])
        values_of_row[self.columns[own]] = self.values[own]
        return values_of_row

    def products_with(self, vector: npt.NDArray[np.floating]) -> Doubles:
        """The product of each row with a vector of all columns."""
        return self.sums(vector[self.columns] * self.values)

    def sums(self, of_entries: npt.NDArray[np.generic]) -> Doubles:
        """The sum over each row's entries of something that each has."""
        return np.bincount(self.row_of_entry, of_entries, len(self)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Shared:
    """Pairs of rows, `left` before `right`, and the entries in which both have the same column.

    Those of pair `p` are `mine` and `theirs` from `begins[p]` to before that of the next pair.
    """

    left: Ints
    right: Ints
    begins: Ints
    mine: Ints
    theirs: Ints

    def sums(self, of_entries: npt.NDArray[np.generic]) -> Doubles:
        """The sum over each pair's shared entries of something that each has."""
        return np.add.reduceat(of_entries, self.begins, dtype=np.float64)

    def of_pairs(self, chosen: Flags) -> "Shared":
        """Those of some pairs alone."""
        sizes = np.diff(self.begins, append=len(self.mine))
        entries = np.repeat(chosen, sizes)
        begins = np.cumsum(sizes[chosen]) - sizes[chosen]
        mine, theirs = self.mine[entries], self.theirs[entries]
        return Shared(self.left[chosen], self.right[chosen], begins, mine, theirs)


def shared(
    rows: SparseRows,
    asked: Ints,
    first: Ints,
    last: Ints,
    *,
    entries: Ints | None = None,
    block: int = BLOCK,
) -> Iterator[Shared]:
    """What each row in `asked` shares with those from its `first` to before its `last`.

    It comes in parts of some `block` shared entries; `asked` rises, and all three are as long. Of
    the rows only some `entries` are looked at, if given, which rise, too.
    """
    if entries is None:
        entries = np.arange(len(rows.columns))
    row_of_entry = rows.row_of_entry
    by_column = entries[np.argsort(rows.columns[entries], kind="stable")]
    place = np.zeros(len(rows.columns), np.int64)
    place[by_column] = np.arange(len(by_column))
    begins = np.searchsorted(entries, rows.begins)
    lengths = begins[asked + 1] - begins[asked]
    own = entries[ranges(begins[asked], lengths)]
    # The partners of an entry stand side by side among those of its column.
    of_column = np.searchsorted(rows.columns[by_column], np.arange(rows.width))
    begin, met_end = of_column[rows.columns[own]], place[own]
    codes = rows.columns[by_column] * len(rows) + row_of_entry[by_column]
    for bound, asked_bound, is_there in (
        (begin, first, first == 0),
        (met_end, last, last == asked),
    ):
        missing = np.repeat(~is_there, lengths)
        sought = rows.columns[own[missing]] * len(rows) + np.repeat(asked_bound, lengths)[missing]
        bound[missing] = np.searchsorted(codes, sought)
    met = met_end - begin
    ends = np.concatenate(([0], np.cumsum(lengths)))
    so_far = np.concatenate(([0], np.cumsum(met)))[ends]
    at = 0
    while at < len(asked):
        end = max(at + 1, int(np.searchsorted(so_far, so_far[at] + block, side="right")) - 1)
        part = slice(ends[at], ends[end])
        mine = np.repeat(own[part], met[part])
        theirs = by_column[ranges(begin[part], met[part])]
        if len(mine):
            yield _by_pair(
                row_of_entry[mine] * len(rows) + row_of_entry[theirs], mine, theirs, len(rows)
            )
        at = end


def ranges(begins: Ints, lengths: Ints) -> Ints:
    """`begin`, `begin + 1`, ... for each begin, as many as its length says."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(begins - ends + lengths, lengths)


def _by_pair(pair: Ints, mine: Ints, theirs: Ints, rows: int) -> Shared:
    # The number of each in its low bits: a sort of that is faster than an argsort.
    bits = len(pair).bit_length()
    ordered = np.sort((pair << bits) | np.arange(len(pair)))
    order, pair = ordered & ((1 << bits) - 1), ordered >> bits
    begins = np.flatnonzero(np.diff(pair, prepend=-1))
    left, right = np.divmod(pair[begins], rows)
    return Shared(left, right, begins, mine[order], theirs[order])
