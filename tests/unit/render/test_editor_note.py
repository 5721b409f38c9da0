"""An editor's note: plain text in which addresses are links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.render.editor_note import NotePiece, note_pieces


@pytest.mark.parametrize(
    ("paragraph", "pieces"),
    [
        ("Hello.", [("Hello.", "")]),
        ("", []),
        (
            "See https://example.org/a, or not.",
            [("See ", ""), ("https://example.org/a", "https://example.org/a"), (", or not.", "")],
        ),
        (
            "[page](https://e.org/(1)) now",
            [("[page](", ""), ("https://e.org/(1", "https://e.org/(1"), (")) now", "")],
        ),
        (
            "[Ours](https://example.org/) is here",
            [("Ours", "https://example.org/"), (" is here", "")],
        ),
        ("[x](javascript:alert)", [("[x](javascript:alert)", "")]),
        ("https://", [("https://", "")]),
    ],
)
def test_addresses_are_links_and_nothing_else_is(paragraph, pieces):
    assert note_pieces([paragraph])[0] == tuple(NotePiece(*piece) for piece in pieces)


@given(st.text("ab [](https://e.org)", max_size=60))
def test_a_note_without_named_links_is_read_as_it_was_written(text):
    (pieces,) = note_pieces([text])
    if "](" not in text:
        assert "".join(piece.text for piece in pieces) == text
