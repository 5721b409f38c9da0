"""The original beside the change."""

from hypothesis import given
from hypothesis import strategies as st

from digest.web.admin.word_diff import DiffPiece, word_diff


def test_what_is_gone_stands_before_what_is_new_and_the_rest_stays():
    assert word_diff("A star wakes.", "A quiet star wakes!") == (
        DiffPiece("same", "A"),
        DiffPiece("new", " quiet"),
        DiffPiece("same", " star wakes"),
        DiffPiece("gone", "."),
        DiffPiece("new", "!"),
    )


@given(st.text("ab \n.", max_size=30), st.text("ab \n.", max_size=30))
def test_both_texts_are_in_it_whole(before, after):
    pieces = word_diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == after
