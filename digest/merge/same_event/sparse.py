"""A matrix that is mostly zeros, and the product of its rows with each other; pure.

By numpy alone: scipy, which has this and more, takes 110 MB (decision 27).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
# So many single products are held at once: some 50 MB.
BLOCK = 1 << 20


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
        found = np.zeros(self.width, np.float32)
        own = slice(self.begins[row], self.begins[row + 1])
        found[self.columns[own]] = self.values[own]
        return found

    def products_with(self, row: int) -> npt.NDArray[np.float64]:
        """The product of each row with one of them."""
        parts = self.dense(row)[self.columns] * self.values
        return np.bincount(self.row_of_entry, parts, len(self)).astype(np.float64)

    def of_columns(self, kept: npt.NDArray[np.bool_]) -> "SparseRows":
        """Without the columns that are not `kept`; the others keep their number."""
        entries = kept[self.columns]
        begins = np.concatenate(([0], np.cumsum(entries)))[self.begins]
        return SparseRows(begins, self.columns[entries], self.values[entries], self.width)


@dataclass(frozen=True, slots=True)
class Products:
    """Pairs of rows that share a column, and the product of the two."""

    one: Ints
    other: Ints
    product: npt.NDArray[np.float64]


def products(
    rows: SparseRows, asked: Ints, first: Ints, last: Ints, *, block: int = BLOCK
) -> Iterator[Products]:
    """The product of each row in `asked` with those from its `first` to before its `last`.

    It comes in parts of some `block` single products; `asked` rises, and all three are as long.
    """
    row_of_entry = rows.row_of_entry
    by_column = np.lexsort((row_of_entry, rows.columns))
    codes = (rows.columns * len(rows) + row_of_entry)[by_column]
    lengths = rows.begins[asked + 1] - rows.begins[asked]
    own = ranges(rows.begins[asked], lengths)
    column = rows.columns[own] * len(rows)
    # The partners of an entry stand side by side among those of its column.
    begin = np.searchsorted(codes, column + np.repeat(first, lengths))
    met = np.searchsorted(codes, column + np.repeat(last, lengths)) - begin
    ends = np.concatenate(([0], np.cumsum(lengths)))
    so_far = np.concatenate(([0], np.cumsum(met)))[ends]
    at = 0
    while at < len(asked):
        end = max(at + 1, int(np.searchsorted(so_far, so_far[at] + block, side="right")) - 1)
        part = slice(ends[at], ends[end])
        entry = np.repeat(own[part], met[part])
        partner = by_column[ranges(begin[part], met[part])]
        pair = row_of_entry[entry] * len(rows) + row_of_entry[partner]
        yield _summed(pair, rows.values[entry] * rows.values[partner], len(rows))
        at = end


def ranges(begins: Ints, lengths: Ints) -> Ints:
    """`begin`, `begin + 1`, ... for each begin, as many as its length says."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(begins - ends + lengths, lengths)


def _summed(pair: Ints, part: Floats, rows: int) -> Products:
    """The parts of each pair as one."""
    order = np.argsort(pair)
    pair = pair[order]
    begins = np.flatnonzero(np.diff(pair, prepend=-1))
    one, other = np.divmod(pair[begins], rows)
    return Products(one, other, np.add.reduceat(part[order], begins, dtype=np.float64))
