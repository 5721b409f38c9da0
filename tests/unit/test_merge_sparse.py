"""The product of sparse rows, held against numpy's own of the dense matrix."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.merge.same_event.sparse import SparseRows, products, ranges

ROWS = st.lists(st.lists(st.sampled_from((0, 0, 1, 2, 3)), min_size=5, max_size=5), max_size=9)


def sparse_rows(dense: list[list[int]]) -> SparseRows:
    matrix = np.array(dense, np.float32).reshape(-1, 5)
    rows, columns = np.nonzero(matrix)
    begins = np.searchsorted(rows, np.arange(len(matrix) + 1))
    return SparseRows(begins, columns, matrix[rows, columns], 5)


@given(ROWS, st.data())
def test_each_asked_row_meets_those_of_its_span_that_share_a_column(dense, data):
    rows, matrix = sparse_rows(dense), np.array(dense, float).reshape(-1, 5)
    asked = np.array(sorted(data.draw(st.sets(st.integers(0, 8)))), np.int64)
    asked = asked[asked < len(dense)]
    first = np.maximum(asked - data.draw(st.integers(0, 9)), 0)
    last = np.minimum(asked + data.draw(st.integers(0, 9)), len(dense))

    found = {
        (int(one), int(other)): float(product)
        for part in products(rows, asked, first, last)
        for one, other, product in zip(part.one, part.other, part.product, strict=True)
    }

    whole = matrix @ matrix.T
    assert found == {
        (one, other): whole[one, other]
        for one, begin, end in zip(asked.tolist(), first.tolist(), last.tolist(), strict=True)
        for other in range(begin, end)
        if whole[one, other]
    }


def test_the_parts_of_a_long_product_are_the_whole():
    rows = sparse_rows([[1, 0, 2, 0, 1]] * 40)
    asked = np.arange(40)

    parts = list(products(rows, asked, np.zeros(40, np.int64), asked, block=7))

    assert len(parts) > 10
    assert sum(len(part.one) for part in parts) == 40 * 39 // 2
    assert {float(value) for part in parts for value in part.product} == {6.0}


@given(ROWS)
def test_one_row_times_all(dense):
    rows, matrix = sparse_rows(dense), np.array(dense, float).reshape(-1, 5)
    for row in range(len(dense)):
        assert rows.products_with(row).tolist() == (matrix @ matrix[row]).tolist()
        assert rows.dense(row).tolist() == matrix[row].tolist()


def test_a_left_out_column_is_empty_and_the_others_keep_their_number():
    rows = sparse_rows([[1, 2, 0, 0, 3], [0, 2, 0, 1, 0]])

    kept = rows.of_columns(np.array([True, False, True, True, True]))

    assert [kept.dense(row).tolist() for row in (0, 1)] == [[1, 0, 0, 0, 3], [0, 0, 0, 1, 0]]


def test_ranges_lie_one_behind_the_other():
    assert ranges(np.array([7, 2, 5]), np.array([2, 0, 3])).tolist() == [7, 8, 5, 6, 7]
    assert ranges(np.array([], np.int64), np.array([], np.int64)).tolist() == []
