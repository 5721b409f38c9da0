"""The same story or another: in a new file by its content, in a changed file by its words."""

from dataclasses import replace
from datetime import date

import pytest

from digest.collect.files.story_file import read_story
from digest.merge.identity import is_same_story
from digest.model import Image, SourceRef
from tests.builders import report

ICE = report(
    headline="Antarctic drillers reach the oldest ice on record",
    bullets=(
        "The core holds air that was sealed more than a million years ago.",
        "Bubbles in it record how much carbon dioxide the atmosphere contained.",
        "The team worked at Little Dome C, where summers are minus thirty-five degrees.",
        "Analysis in European laboratories is expected to take several years.",
    ),
)
PROBE = report(
    headline="A spacecraft flies closer to the Sun than any before",
    bullets=(
        "The probe passed the surface of the star at a distance of six million kilometres.",
        "Its shield of carbon foam withstood more than nine hundred degrees.",
        "Engineers heard nothing from it for several days during the passage.",
    ),
)


def read(text, **changes):
    place = {"source": "seeds", "key": "a.txt", "dropped": None, **changes}
    return read_story(text.encode(), **place)


def test_the_same_text_under_another_name_and_in_another_folder_has_the_same_hash():
    text = "A headline\nMarch 24, 2025\n• A bullet.\n"
    first = read(text)
    for other in (
        read(text, key="2026-11-21/b.txt", dropped=date(2026, 11, 21)),
        read(text, source="elsewhere"),
        read(text.replace("\n", "\r\n")),
        read("\ufeff" + text.replace("• ", "  •\u00a0 ") + "\n\n"),
    ):
        assert other.content_hash == first.content_hash


@pytest.mark.parametrize(
    "change",
    [
        {"headline": "Another headline"},
        {"bullets": ("A first bullet.", "A second bullet, mended.")},
        {"bullets": ("A second bullet.", "A first bullet.")},
        {"dated": date(2025, 3, 24)},
        {"topic": "space"},
        {"image": Image("https://example.org/a.jpg")},
        {"sources": (SourceRef("Example Times"),)},
        {"source_count": 2},
    ],
)
def test_any_change_that_a_subscriber_could_see_changes_the_hash(change):
    assert report(**change).content_hash != report().content_hash


def test_bullets_that_are_joined_are_another_text():
    assert report(bullets=("a b",)).content_hash != report(bullets=("a", "b")).content_hash


@pytest.mark.parametrize(
    "edited",
    [
        replace(ICE, headline="OLDEST ICE ON RECORD IS REACHED"),
        replace(ICE, headline="Oldest ice: drillers arrive", bullets=ICE.bullets[1:]),
        replace(ICE, bullets=tuple(reversed(ICE.bullets)), headline="Ice cores: what is new"),
        replace(ICE, headline=ICE.headline.upper(), bullets=("Every word here is new.",)),
        replace(ICE, source="elsewhere", key="b.txt", dropped=date(2026, 11, 21)),
    ],
)
def test_an_edited_story_is_the_same_story(edited):
    assert is_same_story(ICE, edited)
    assert is_same_story(edited, ICE)


def test_a_flash_that_grows_into_a_long_report_is_the_same_story():
    flash = report(headline="Ice core: first news", bullets=ICE.bullets[:1])
    grown = replace(ICE, bullets=(*ICE.bullets, *PROBE.bullets))
    assert is_same_story(flash, grown)
    assert is_same_story(grown, flash)


def test_a_file_that_is_overwritten_with_another_story_is_another_story():
    assert not is_same_story(ICE, PROBE)
    assert not is_same_story(PROBE, ICE)
    assert not is_same_story(replace(ICE, bullets=ICE.bullets[:1]), PROBE)


def test_short_words_alone_make_no_two_stories_the_same():
    one = report(headline="It is on", bullets=("We go in.",))
    two = report(headline="It is off", bullets=("We are out.",))
    assert not is_same_story(one, two)
    assert is_same_story(one, one)


def test_a_story_in_arabic_is_known_again():
    old = report(
        headline="أقدم جليد في العالم",
        bullets=("وصل العلماء إلى أقدم جليد معروف في القارة القطبية الجنوبية.",),
    )
    new = replace(old, headline="العلماء يصلون إلى أقدم جليد معروف")
    assert is_same_story(old, new)
