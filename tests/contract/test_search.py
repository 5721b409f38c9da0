"""Searching the archive: the same stories on both databases, and none that is not public."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model import SourceRef
from digest.search_terms import SearchQuery
from digest.store import issues, search, stories
from tests.builders import DAY, NOON, issue, story

LETTERS = ("daily",)
YESTERDAY = DAY - timedelta(days=1)


@pytest.fixture
def archive(database):
    """Three stories of two days, one of a draft, and one of a newsletter that is there no more."""
    whales = story(
        0,
        headline="Grey whales take a new route",
        bullets=("They swim through warm water.", "Élan is what they have."),
        topic="oceans",
        sources=(SourceRef("Example Times"),),
    )
    ice = story(
        0,
        headline="Sea ice is thin",
        bullets=("A whale was seen. New routes are open.",),
        topic="climate",
        sources=(SourceRef("Nature"), SourceRef("Water Post")),
    )
    japanese = story(0, headline="大阪で地震", bullets=(), topic="climate", sources=())
    hidden = story(0, headline="Grey whales in a draft", bullets=())
    with database.write() as connection:
        kept = [
            replace(one, id=stories.add(connection, one, NOON))
            for one in (whales, ice, japanese, hidden, hidden)
        ]
        issues.seal(connection, issue(kept[0], date=YESTERDAY), NOON - timedelta(days=1))
        issues.seal(connection, issue(*kept[1:3]), NOON)
        issues.save_draft(connection, issue(kept[3], date=DAY + timedelta(days=1)), NOON)
        issues.seal(connection, issue(kept[4], newsletter="gone"), NOON)
        yield connection, {"whales": kept[0], "ice": kept[1], "quake": kept[2], "gone": kept[4]}


def names(archive, topics=(), limit=9, offset=0, **asked):
    connection, kept = archive
    found = search.find(
        connection, SearchQuery(**asked), LETTERS, topics=topics, limit=limit, offset=offset
    )
    by_number = {one.id: name for name, one in kept.items()}
    return [by_number[number] for number in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("whale", ["ice", "whales"]),
        ("WHALES", ["whales"]),
        ("grey whale", ["whales"]),
        ('"grey whales"', ["whales"]),
        ('"whales grey"', []),
        ('"new route"', ["whales"]),
        ("new route", ["ice", "whales"]),
        ("whale -ice", ["whales"]),
        ("elan", ["whales"]),
        ("oute", []),
        ("times", []),  # a word of a source, which is asked for apart
        ("大阪", ["quake"]),
        ("阪大", []),
        ("or AND \"' ) NEAR( *:^", []),
    ],
)
def test_words_and_phrases_find_the_stories_that_have_all_of_them(archive, text, found):
    assert names(archive, text=text) == found


def test_topic_source_and_date_narrow_what_is_found(archive):
    assert names(archive, text="whale", topics={"climate"}) == ["ice"]
    assert names(archive, topics={"climate"}) == ["quake", "ice"]
    assert names(archive, source="nature") == ["ice"]
    assert names(archive, source="example time", text="whale") == ["whales"]
    assert names(archive, source="water") == ["ice"]
    assert names(archive, text="whale", since=DAY) == ["ice"]
    assert names(archive, until=YESTERDAY) == ["whales"]
    assert names(archive, text="whale", since=YESTERDAY, until=YESTERDAY) == ["whales"]
    assert names(archive, text="whale", since=DAY + timedelta(days=1)) == []


def test_what_is_found_comes_in_pages_newest_first(archive):
    assert names(archive, text="whale", limit=1) == ["ice"]
    assert names(archive, text="whale", limit=1, offset=1) == ["whales"]


def test_nothing_is_found_that_is_not_public(archive):
    connection, _ = archive
    hidden = SearchQuery(text="draft")
    assert search.find(connection, hidden, LETTERS, limit=9) == []
    assert search.find(connection, hidden, ("gone",), limit=9) != []
    search.index_all(connection)
    assert search.find(connection, hidden, LETTERS, limit=9) == []
    assert names(archive, text="whale") == ["ice", "whales"]


def test_a_published_story_that_is_told_anew_is_found_by_its_new_words_alone(archive):
    connection, kept = archive
    told = story(kept["whales"].id, headline="Narwhals take a new route", bullets=())
    stories.update(connection, told, NOON)
    assert names(archive, text="narwhal") == ["whales"]
    assert names(archive, text="grey") == []
