"""What sparse rows share, held against numpy's own product of the dense matrix."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.merge.same_event.sparse import SparseRows, ranges, shared

ROWS = st.lists(st.lists(st.sampled_from((0, 0, 1, 2, 3)), min_size=5, max_size=5), max_size=9)


def sparse_rows(dense: list[list[int]]) -> SparseRows:
    matrix = np.array(dense, np.float32).reshape(-1, 5)
    rows, columns = np.nonzero(matrix)
    begins = np.searchsorted(rows, np.arange(len(matrix) + 1))
    return SparseRows(begins, columns, matrix[rows, columns], 5)


def products(rows, *args, **options):
    return {
        (int(one), int(other)): float(product)
        for part in shared(rows, *args, **options)
        for one, other, product in zip(
            part.left,
            part.right,
            part.sums(rows.values[part.mine] * rows.values[part.theirs]),
            strict=True,
        )
    }


@given(ROWS, st.data())
def test_each_asked_row_meets_those_of_its_span_that_share_a_column(dense, data):
    rows, matrix = sparse_rows(dense), np.array(dense, float).reshape(-1, 5)
    asked = np.array(sorted(data.draw(st.sets(st.integers(0, 8)))), np.int64)
    asked = asked[asked < len(dense)]
    first = np.maximum(asked - data.draw(st.integers(0, 9)), 0)
    last = np.minimum(asked + data.draw(st.integers(0, 9)), len(dense))

    whole = matrix @ matrix.T
    assert products(rows, asked, first, last) == {
        (one, other): whole[one, other]
        for one, begin, end in zip(asked.tolist(), first.tolist(), last.tolist(), strict=True)
        for other in range(begin, end)
        if whole[one, other]
    }


def test_the_parts_of_a_long_product_are_the_whole():
    rows = sparse_rows([[1, 0, 2, 0, 1]] * 40)
    asked = np.arange(40)

    parts = list(shared(rows, asked, np.zeros(40, np.int64), asked, block=7))

    assert len(parts) > 10
    assert sum(len(part.left) for part in parts) == 40 * 39 // 2
    assert {float(size) for part in parts for size in part.sums(np.ones(len(part.mine)))} == {3.0}


def test_entries_that_are_left_out_join_no_two():
    rows = sparse_rows([[1, 2, 0, 0, 3], [1, 2, 0, 1, 0]])
    asked, zero = np.arange(2), np.zeros(2, np.int64)
    kept = np.flatnonzero(rows.columns != 1)

    assert products(rows, asked, zero, asked) == {(1, 0): 5.0}
    assert products(rows, asked, zero, asked, entries=kept) == {(1, 0): 1.0}


def test_of_some_pairs_the_entries_stay():
    rows = sparse_rows([[1, 2, 0, 0, 3], [1, 0, 0, 1, 0], [0, 2, 0, 0, 3]])
    asked, zero = np.arange(3), np.zeros(3, np.int64)
    (part,) = shared(rows, asked, zero, asked)

    kept = part.of_pairs(part.left == 2)

    assert (kept.left.tolist(), kept.right.tolist()) == ([2], [0])
    assert sorted(rows.columns[kept.mine].tolist()) == [1, 4]


@given(ROWS)
def test_one_row_times_all(dense):
    rows, matrix = sparse_rows(dense), np.array(dense, float).reshape(-1, 5)
    for row in range(len(dense)):
        assert rows.products_with(rows.dense(row)).tolist() == (matrix @ matrix[row]).tolist()
        assert rows.dense(row).tolist() == matrix[row].tolist()


def test_ranges_lie_one_behind_the_other():
    assert ranges(np.array([7, 2, 5]), np.array([2, 0, 3])).tolist() == [7, 8, 5, 6, 7]
    assert ranges(np.array([], np.int64), np.array([], np.int64)).tolist() == []
