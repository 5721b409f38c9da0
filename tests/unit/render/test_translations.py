"""The fixed words in other languages: complete, with the right plurals and dates."""

from datetime import time
from functools import cache

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.translations import clock_time, locale_of, long_date, reading_time, translations
from tests.builders import DAY, issue, newsletter, story
from tests.paths import ROOT

CATALOGUES = sorted((ROOT / "digest" / "locale").glob("*/LC_MESSAGES/digest.po"))


@cache
def messages() -> set[str]:
    """Every fixed word of the templates and of the code, as Babel finds them."""
    found = set()
    for folder, methods in (
        (ROOT / "templates", [("**.j2", "jinja2")]),
        (ROOT / "digest", [("**.py", "python")]),
    ):
        for _, _, message, _, _ in extract_from_dir(folder, method_map=methods):
            found.add(message if isinstance(message, str) else message[0])
    return found


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_fixed_word_is_translated_and_none_is_left_over(path):
    with path.open("rb") as file:
        catalogue = read_po(file)
    assert not [e for message in catalogue for e in message.check(catalogue) if message.id]
    translated = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }
    wanted = messages()
    assert len(wanted) >= 8
    assert translated == wanted


def test_there_are_a_right_to_left_and_another_language():
    assert {path.parts[-3] for path in CATALOGUES} >= {"ar", "de"}


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        ("en", 1, "Summary based on 1 source:"),
        ("en", 2, "Summary based on 2 sources:"),
        ("de", 1, "Zusammenfassung aus 1 Quelle:"),
        ("de-AT", 3, "Zusammenfassung aus 3 Quellen:"),
        ("ar", 1, "ملخص مبني على مصدر واحد:"),
        ("ar", 2, "ملخص مبني على مصدرين:"),
        ("ar-EG", 5, "ملخص مبني على 5 مصادر:"),
        ("ar", 12, "ملخص مبني على 12 مصدرًا:"),
        ("xx", 2, "Summary based on 2 sources:"),
    ],
)
def test_plurals_are_those_of_the_language_in_both_parts(language, count, words):
    whole = issue(story(source_count=count))
    letter = newsletter(language=language)
    mail = assemble(Renderer((), Links("https://x.test", "k")).render(whole, letter), whole, letter)
    assert words in mail.html
    assert words in mail.text


def test_dates_are_written_as_the_language_writes_them():
    assert long_date(DAY, "en") == "Saturday, November 21, 2026"
    assert long_date(DAY, "en-GB").endswith("21 November 2026")
    assert long_date(DAY, "de") == "Samstag, 21. November 2026"
    assert "نوفمبر" in long_date(DAY, "ar")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "6:05\N{NO-BREAK SPACE}AM"), ("de", "06:05"), ("es-US", "6:05\N{NO-BREAK SPACE}a.m.")],
)
def test_a_time_has_no_space_that_fonts_lack(language, words):
    told = clock_time(time(6, 5), language)
    assert "\N{NARROW NO-BREAK SPACE}" not in told
    assert told == words


def test_reading_times_have_plurals_too():
    assert reading_time(1, "en") == "1 min"
    assert reading_time(2, "ar") == "دقيقتان"


@pytest.mark.parametrize("tag", ["", "not a tag", "zz-ZZ", "../../etc", "e" * 400])
def test_a_tag_that_nobody_knows_is_english(tag):
    assert str(locale_of(tag)) == "en"
    assert translations(tag).gettext("Unsubscribe") == "Unsubscribe"
