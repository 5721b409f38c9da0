"""Keywords: what each finds, what a list lets through, and how long that takes."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.keywords import (
    MOST_KEYWORDS,
    MOST_OF_SUBSCRIBER,
    KeywordFilter,
    Removal,
    keyword_filter,
    keyword_text,
    not_about,
    only_about,
    read_keyword,
    read_keywords,
    without_unknown_prefix,
    words_of,
)


def found(keyword, title="", *lines, sources=(), topics=()):
    text = keyword_text(title, lines, sources, topics)
    return KeywordFilter([keyword], ()).removal(text) is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The brown fox can't jump 32.3 feet.", "the brown fox can t jump 32.3 feet"),
        ("e-mail: $1,000.50 foo_bar __ U.S.", "e mail 1,000.50 foo_bar u.s"),
        ("L\u2019élection d'Europe", "l élection d europe"),
        ("STRASSE Straße", "strasse strasse"),
        ("हिन्दी में समाचार", "हिन्दी में समाचार"),
        ('צה"ל ג\u05f3ורג\u05f3', 'צה"ל ג\u05f3ורג\u05f3'),
        ("col·lecció", "col·lecció"),
        ("サッカー日本", "サッカー 日 本"),
        ("zero\u200bwidth soft\u00adhyphen", "zero width softhyphen"),
        ("\uff26\uff55\uff4c\uff4c width", "full width"),
        ("★ — …", ""),
    ],
)
def test_words_are_those_of_unicode_but_for_the_apostrophe(text, words):
    assert words_of(text) == tuple(words.split())


@pytest.mark.parametrize(
    ("keyword", "text", "is_found"),
    [
        ("football", "FOOTBALL is back", True),
        ("foot", "Football is back", False),
        ("foot*", "Football is back", True),
        ("art", "A party", False),
        ("cup final", "The Cup-Final today", True),
        ("cup final", "The cup, a final", False),
        ("champions lea*", "The Champions League", True),
        ("trump", "Trump\u2019s plan", True),
        ("europe", "L'Europe", True),
        ("don't", "I don\u2019t know", True),
        ("schon", "Wie schön", False),
        ("schön", unicodedata.normalize("NFD", "Wie Schön"), True),
        ("ΣΊΣΥΦΟΣ", "ο σίσυφος", True),
        ("足球", "昨天足球比赛", True),
        ("ฟุตบอล", "ข่าวฟุตบอลไทย", True),
        ("\u00bfqué?", "Qué pasa", True),
    ],
)
def test_a_keyword_is_found_as_whole_words_in_any_case(keyword, text, is_found):
    assert found(keyword, text) is is_found
    assert found(keyword, "", "Another line.", text) is is_found


def test_a_place_is_where_alone_a_keyword_is_looked_for():
    assert found("title:cup", "The cup")
    assert not found("title:cup", "", "The cup")
    assert found("TITLE: cup*", "The cups")
    assert found("source:daily mail", sources=("The Times", "The Daily Mail"))
    assert not found("source:daily mail", "The Daily Mail")
    assert not found("times", "A star", sources=("The Times",))
    assert found("topic:outer space", topics=("space", "Outer Space"))
    assert not found("topic:space", topics=("Outer Space",))
    assert found("place:cup", "In place: cup")


@pytest.mark.parametrize(
    ("keyword", "fault"),
    [
        ("", "a keyword is empty"),
        ("***", "that is not at its end"),
        ("title:", "has no word"),
        ("fo*t", "that is not at its end"),
        ("f*", "is too short"),
        ("one two three four five six seven eight nine", "more than 8 words"),
        ("x" * 81, "longer than 80 characters"),
    ],
)
def test_what_is_no_keyword_is_refused_and_named(keyword, fault):
    with pytest.raises(ValueError, match=fault):
        read_keyword(keyword)


def test_a_list_is_read_by_commas_semicolons_and_lines_each_keyword_once():
    read = read_keywords(" football, Cup  final;foot*\n+ climate、title:足球,football;")
    assert read == ("football", "Cup final", "foot*", "+climate", "title:足球")
    assert not_about(read) == ("football", "Cup final", "foot*", "title:足球")
    assert only_about(read) == ("climate",)
    assert read_keywords(";".join(read)) == read
    with pytest.raises(ValueError, match="51 keywords"):
        read_keywords(",".join(f"word{n}" for n in range(MOST_OF_SUBSCRIBER + 1)))


def test_block_is_stronger_than_keep_and_each_says_why():
    def removal(title, block=(), keep=()):
        return keyword_filter(block, keep).removal(keyword_text(title, (), (), ()))

    assert removal("A star") is None
    assert removal("A star", keep=("sun", "star")) is None
    assert removal("A star", ("star",), ("star",)) == Removal("star")
    assert str(removal("A star", ("Star*",))) == "blocked by the keyword Star*"
    assert str(removal("A star", (), ("sun",))) == "it has none of the keywords that are kept"


@pytest.mark.parametrize("written", ["block:x", "titel:cup", "+not:x", "http://e.org/", "Ort:Köln"])
def test_a_word_before_a_colon_that_names_no_place_is_refused_with_what_there_is(written):
    with pytest.raises(ValueError, match=r"where there are title:, source:, topic:; .* write"):
        read_keywords(f"football, {written}")
    for_words = without_unknown_prefix(written)
    assert read_keywords(for_words) == (" ".join(for_words.split()),)
    assert read_keyword(for_words.removeprefix("+")).words == words_of(written)


@pytest.mark.parametrize(
    "written", ["title:cup", "+Topic: space", "10:30", "3:1", "so: it", "a :b"]
)
def test_other_colons_are_signs_that_do_not_count(written):
    assert read_keywords(written) == (written,)
    assert without_unknown_prefix(written) == written


def test_no_list_makes_a_long_text_take_longer_than_its_words():
    """The worst there is: a text of one word, and phrases that all begin with it and fail late."""
    steps = {}
    phrases = [" ".join(["a"] * 7 + [f"b{n}"]) for n in range(MOST_KEYWORDS)]
    for length in (500, 1000):
        compiled, count = KeywordFilter(phrases, ()), 0

        def tick(_frame, event, _argument):
            nonlocal count
            count += event == "call"

        text = keyword_text("a " * length, (), (), ())
        sys.setprofile(tick)
        try:
            assert compiled.removal(text) is None
        finally:
            sys.setprofile(None)
        steps[length] = count
    assert steps[1000] < 2.1 * steps[500]


@given(st.text(max_size=200))
def test_any_text_has_words_and_a_word_of_it_is_found_in_it(text):
    words = words_of(text)
    assert words_of(" ".join(words)) == words
    for word in words[:3]:
        if len(word) <= 80:
            assert found(f"title:{word}", text)
