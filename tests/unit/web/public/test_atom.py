"""Atom feeds and maps: well-formed whatever the text, valid by their standard."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import feedparser
from hypothesis import given
from hypothesis import strategies as st

from digest.web.public.atom import AtomEntry, AtomFeed, to_atom
from digest.web.public.sitemaps import to_index, to_urlset
from tests.builders import NOON

ATOM = "{http://www.w3.org/2005/Atom}"
SITE = "https://news.example.org"


def entry(**changes) -> AtomEntry:
    values = {
        "path": "/stories/1-a",
        "title": "A",
        "published": NOON,
        "updated": NOON,
        "content": "<p>x</p>",
    }
    return AtomEntry(**{**values, **changes})


def feed(*entries: AtomEntry, title: str = "Daily") -> AtomFeed:
    return AtomFeed("/feeds/daily.xml", "/issues/daily", title, "", "Daily", "en", entries)


def read(made: AtomFeed) -> ET.Element:
    return ET.fromstring(to_atom(made, SITE, empty_since=NOON))


@given(st.text(), st.text())
def test_any_text_makes_a_feed_that_can_be_read(title, content):
    root = read(feed(entry(title=title, content=content), title=title))
    assert root.tag == f"{ATOM}feed"
    assert len(root.findall(f"{ATOM}entry")) == 1


def test_a_feed_has_what_rfc_4287_asks_for():
    late = NOON.replace(hour=18)
    root = read(feed(entry(updated=late, category=("space", "Space")), entry(path="/stories/2-b")))
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1
    assert root.findtext(f"{ATOM}updated") == "2026-11-21T18:00:00+00:00"
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Daily"
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {"self": f"{SITE}/feeds/daily.xml", "alternate": f"{SITE}/issues/daily"}


def test_an_id_may_stay_where_the_address_changes():
    root = read(feed(entry(id_path="/stories/1")))
    assert root.findtext(f"{ATOM}entry/{ATOM}id") == f"{SITE}/stories/1"
    link = root.find(f"{ATOM}entry/{ATOM}link")
    assert link is not None
    assert link.get("href") == f"{SITE}/stories/1-a"


def test_a_feed_without_entries_is_one_all_the_same():
    found = feedparser.parse(to_atom(feed(), SITE, empty_since=NOON))
    assert (found.bozo, found.entries, found.feed.updated) == (
        False,
        [],
        "2026-11-21T12:00:00+00:00",
    )


def test_a_map_escapes_addresses_and_names_times():
    changed = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    root = ET.fromstring(to_urlset([(f"{SITE}/?a=1&b=<", changed), (f"{SITE}/", None)]))
    (first, *last), (second,) = root
    assert (first.text, second.text) == (f"{SITE}/?a=1&b=<", f"{SITE}/")
    assert [each.text for each in last] == ["2026-01-02T03:04:05+00:00"]
    assert [part[0].text for part in ET.fromstring(to_index([f"{SITE}/x&y"]))] == [f"{SITE}/x&y"]
