"""Text as it may be shown: what is taken out, and what has to stay."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.text import clean_line, digest_of, is_web_address, plural, shorten, slugify

# Any code point, also the surrogates that no UTF-8 can hold.
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


@given(ANY_TEXT)
@settings(deadline=None)
def test_a_clean_line_is_one_line_that_can_be_encoded(text):
    line = clean_line(text)
    assert line == line.strip()
    assert len(line.splitlines()) <= 1
    assert not {unicodedata.category(character) for character in line} & {"Cc", "Cs", "Zl", "Zp"}
    assert line.encode("utf-8").decode() == line
    assert clean_line(line) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two\t spaces\u00a0here \n", "two spaces here"),
        ("a\x00b\x1b[31mc\x7f\x9f", "a b [31mc"),
        ("one\u2028two\u2029three\x85four\x0bfive", "one two three four five"),
        ("safe\u202egnp.exe\u2066", "safegnp.exe"),
        ("soft\u00adhyphen zero\u200bwidth \ufeffmark", "softhyphen zerowidth mark"),
        ("no\ufffe\uffff\ud800 half", "no half"),
        ("Cafe\u0301", "Café"),
        ("", ""),
        (" \u200d\u200f\u2060\u0301\ufe0f ", ""),
    ],
)
def test_what_no_subscriber_sees_is_taken_out(text, line):
    assert clean_line(text) == line


@pytest.mark.parametrize(
    "text",
    ["👩🏽‍🔬 finds 🏴󠁧󠁢󠁳󠁣󠁴󠁿", "می‌خواهم", "مرحبا بالعالم", "שלום עולם", "中文，标点。", "E = mc²", "❤️"],
)
def test_emoji_and_every_script_stay_as_they_are(text):
    assert clean_line(text) == text


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://example.org:8080/a?b=c&d#e",
        "HTTPS://EXAMPLE.ORG/",
        "https://bücher.example/ü",
        "https://[2001:db8::1]/",
    ],
)
def test_addresses_that_may_be_shown(url):
    assert is_web_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/a",
        "//example.org/a",
        "/a.png",
        "https://",
        "https:///path",
        "javascript:alert(1)",
        "data:text/html,hello",
        "file:///etc/passwd",
        "mailto:a@example.org",
        "https://example.org/a b",
        'https://example.org/"onclick="x',
        "https://example.org/<b>",
        "https://example.org\\@other.example",
        "https://example.org/\n",
        "https://example.org/\x00",
        "https://example.org/\x85\x9b",
        "https://example.org/\u202egnp",
        "https://example.org/\ud800",
        "https://[::1",
        "https://exa\u2100mple.org",
    ],
)
def test_addresses_that_may_not(url):
    assert not is_web_address(url)


@given(ANY_TEXT)
@settings(deadline=None)
def test_an_address_that_may_be_shown_has_nothing_that_could_break_out(text):
    url = f"https://example.org/{text}"
    if is_web_address(url):
        assert clean_line(url) == unicodedata.normalize("NFC", url)
        assert not set(url) & set('<>"\\ ')


@given(st.text(), st.integers(min_value=1, max_value=50))
@settings(deadline=None)
def test_a_shortened_text_keeps_to_its_limit_and_to_its_beginning(text, limit):
    short = shorten(text, limit)
    assert len(short) <= limit
    assert text.startswith(short.removesuffix("…"))
    if len(text) <= limit:
        assert short == text


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one, two", 6, "one…"),
        ("one – two", 8, "one…"),
        ("undivided", 5, "undi…"),
        ("👩‍🔬👩‍🔬", 3, "👩…"),
    ],
)
def test_it_is_cut_between_words_without_loose_ends(text, limit, short):
    assert shorten(text, limit) == short


@given(st.text(), st.integers(min_value=5, max_value=80))
@settings(deadline=None)
def test_a_slug_fits_any_address(text, limit):
    slug = slugify(text, limit=limit)
    assert slug
    assert len(slug) <= limit
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug == slug.strip("-")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Stem cells let a man walk!", "stem-cells-let-a-man-walk"),
        ("Sōichi’s CO₂ – “naïve”", "soichis-co2-naive"),
        ("مرحبا", "story"),
        ("🦠", "story"),
        ("", "story"),
        ("a" * 70, "a" * 60),
        ("word " * 20, "-".join(["word"] * 12)),
    ],
)
def test_a_slug_is_readable(text, slug):
    assert slugify(text) == slug


def test_the_digest_of_a_value_does_not_depend_on_the_order_of_its_keys():
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})
    assert digest_of("\ud800") != digest_of("\ud801")


def test_one_is_not_many():
    told = [plural(1, "delivery"), plural(2, "delivery"), plural(2_000, "day"), plural(0, "story")]
    assert told == ["1 delivery", "2 deliveries", "2,000 days", "0 stories"]
    assert [plural(2, word) for word in ("process", "branch")] == ["2 processes", "2 branches"]
