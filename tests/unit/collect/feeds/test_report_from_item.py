"""An item becomes a report: its words, its publisher, its language, and a hash that keeps still."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.collect.feeds.language import language_of, language_tag
from digest.collect.feeds.report_from_item import key_of, title_form, to_report
from digest.collect.feeds.values import Item
from digest.model import Image, Report, SourceRef

NOW = datetime(2025, 3, 24, 12, 0, tzinfo=UTC)
ITEM = Item(
    title="Stem cells let a man walk",
    paragraphs=("He walks again.", "Four were treated."),
    url="http://www.a.example/1/?utm_source=rss&b=1",
    guid="tag:1",
    published=NOW + timedelta(hours=1),
    image=Image("https://a.example/1.jpg", "A man"),
    language="en",
)


def test_a_report_has_the_items_words_and_names_its_publisher():
    assert to_report(ITEM, "times", "Example Times", NOW) == Report(
        source="times",
        key=key_of("tag:1", "https://a.example/1?b=1", ITEM.title),
        headline="Stem cells let a man walk",
        bullets=(),
        image=ITEM.image,
        sources=(SourceRef("Example Times", "http://www.a.example/1/?b=1"),),
        source_count=1,
        summary="He walks again.\nFour were treated.",
        url="https://a.example/1?b=1",
        published=NOW,
        language="en",
        guid="tag:1",
    )


def test_an_item_that_is_passed_on_is_its_first_publishers():
    passed_on = replace(ITEM, publisher=SourceRef("Other News", "https://other.example/"))
    assert to_report(passed_on, "s", "Aggregator", NOW).sources[0].name == "Other News"


@pytest.mark.parametrize("separator", [" - ", " | ", " – ", " — "])
def test_the_publishers_name_at_the_end_of_a_title_goes(separator):
    item = replace(ITEM, title=f"A title{separator}Example Times")
    assert to_report(item, "s", "Example Times", NOW).headline == "A title"
    assert to_report(item, "s", "Times", NOW).headline == item.title


@pytest.mark.parametrize(
    "changes",
    [
        {"guid": "tag:2"},
        {"url": "https://a.example/1"},
        {"published": NOW - timedelta(days=1)},
        {"image": None},
        {"language": "fr"},
    ],
)
def test_what_changes_without_a_word_being_different_changes_no_hash(changes):
    first = to_report(ITEM, "s", "A", NOW)
    assert to_report(replace(ITEM, **changes), "s", "A", NOW).content_hash == first.content_hash


@pytest.mark.parametrize("changes", [{"title": "B"}, {"paragraphs": ("Other.",)}])
def test_another_word_changes_the_hash(changes):
    first = to_report(ITEM, "s", "A", NOW)
    assert to_report(replace(ITEM, **changes), "s", "A", NOW).content_hash != first.content_hash


def test_the_same_text_of_another_publisher_is_another_report():
    first, second = (to_report(ITEM, "s", name, NOW) for name in "AB")
    assert first.content_hash != second.content_hash


def test_the_hash_of_a_story_file_is_what_it_was_before_there_were_feeds():
    report = Report("seeds", "a.txt", "A headline", ("One.", "Two."), source_count=3)
    assert report.content_hash == HASH


HASH = "cf7ae869475e482e7082286f131c5398a0cfeeec9c07a63d95383549a0254351"


def test_titles_are_compared_by_their_words():
    assert title_form("“Größe”: 5\N{NARROW NO-BREAK SPACE}% ") == title_form("GRÖSSE 5")
    assert title_form("???") == "???"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en-GB", "en"), ("EN", "en"), ("zh_Hans", "zh"), ("", None), ("english", None)],
)
def test_a_language_is_the_first_part_of_its_tag(tag, language):
    assert language_tag(tag) == language


GERMAN = "Der Mann kann nach einer Behandlung mit Stammzellen wieder laufen, sagen die Ärzte."
ENGLISH = "Stem cells let a man walk again, say the doctors of the hospital where it was done."


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (GERMAN, None, "de"),
        (GERMAN, "en", "de"),
        (ENGLISH, "en", "en"),
        (ENGLISH, None, "en"),
        ("Ja", "en", "en"),
        ("Ja", None, None),
        ("12345 " * 100, "fr", "fr"),
    ],
)
def test_a_text_says_its_language_and_a_short_one_is_believed(text, declared, language):
    assert language_of(text, declared) == language
