"""What is looked for in the archive, and where a text has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.search_terms import LONGEST, MOST_TERMS, SearchQuery, Term, excerpt, marked, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Élan, naïve ÜBER straße", ["elan", "naive", "uber", "strasse"]),
        ("Neptune's 1.5-degree ½", ["neptune", "s", "1", "5", "degree", "12"]),
        ("大阪で", ["大", "阪", "て"]),
        ("علوم اليوم", ["علوم", "اليوم"]),
        ("— … 💩", []),
    ],
)
def test_words_are_compared_without_case_and_accents(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("whale", [Term(("whale",), True)], []),
        ('"grey whales" ice', [Term(("grey", "whales"), False), Term(("ice",), True)], []),
        ("sea -ice", [Term(("sea",), True)], [Term(("ice",), True)]),
        ('-"sea ice"', [], [Term(("sea", "ice"), False)]),
        ("of 2024", [Term(("of",), False), Term(("2024",), False)], []),
        ("Willow's", [Term(("willow", "s"), False)], []),
        ('" - "" OR *', [Term(("or",), False)], []),
        ("", [], []),
    ],
)
def test_words_phrases_and_what_is_not_wanted_are_told_apart(text, wanted, unwanted):
    query = SearchQuery(text)
    assert (list(query.wanted), list(query.unwanted)) == (wanted, unwanted)
    assert query.is_empty == (not wanted)


def test_a_long_text_asks_for_a_bounded_number_of_words():
    assert len(SearchQuery("a b c d " * 10_000).wanted) == MOST_TERMS
    assert all(len(word) <= LONGEST for word in words_of("x" * 10_000))


def test_what_was_looked_for_is_marked_as_it_is_written():
    pieces = marked("Grey Whales and gray whales", SearchQuery('whale "grey whales"').wanted)
    assert pieces == [("Grey Whales", True), (" and gray ", False), ("whales", True)]


def test_an_excerpt_is_of_the_point_that_has_most_of_what_was_looked_for():
    points = ("Whales sing.", "Whales move through ice.", "Ice.")
    assert excerpt(points, SearchQuery("whale ice").wanted) == [
        ("Whales", True),
        (" move through ", False),
        ("ice", True),
        (".", False),
    ]
    assert excerpt((), SearchQuery("whale").wanted) == []
    assert excerpt(points, ()) == [("Whales sing.", False)]


def test_an_excerpt_of_a_long_point_stands_around_the_first_place():
    point = "word " * 100 + "whales " + "word " * 100
    text = "".join(piece for piece, _ in excerpt((point,), SearchQuery("whale").wanted))
    assert text.startswith("… word")
    assert text.endswith("word …")
    assert "whales" in text
    assert len(text) < 250


@given(st.text(max_size=80), st.text(max_size=20))
def test_the_pieces_of_a_text_are_the_text(text, asked):
    pieces = marked(text, SearchQuery(asked).wanted)
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)
