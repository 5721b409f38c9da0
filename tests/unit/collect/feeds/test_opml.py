"""Lists of feeds: what feed readers write is read, and what is written is read back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect.feeds.opml import Outline, Outlines, read_opml, write_opml

NOW = datetime(2025, 3, 24, 10, 0, tzinfo=UTC)
LIST = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY x SYSTEM "file:///etc/hostname">]>
<opml version="1.0"><head><title>Mine</title></head><body>
<outline text="Science"><outline text="Space &amp; sky">
<outline type="rss" text="A &amp;amp; B" title="A &amp; B" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/>
</outline><outline text="B" XMLURL=" http://b.example/feed?a=1&b=2 "/></outline>
<outline type="rss" text="C" url="http://c.example/feed" category="/News/World,Other"/>
<outline type="link" text="no feed" url="http://d.example/"/>
<outline text="twice" xmlUrl="https://a.example/feed"/>
<outline text="bad" xmlUrl="javascript:alert(1)"/><outline text="&x;" xmlUrl="feed.xml"/>
<outline xmlUrl="http://e.example/feed">
</body>"""


def read(body) -> Outlines:
    found = read_opml(body)
    assert found is not None
    return found


def test_a_list_is_read_with_its_folders():
    found = read(LIST)
    assert found.feeds == (
        Outline("A & B", "https://a.example/feed", "https://a.example/", "Science/Space & sky"),
        Outline("B", "http://b.example/feed?a=1&b=2", None, "Science"),
        Outline("C", "http://c.example/feed", None, "News/World"),
        Outline("http://e.example/feed", "http://e.example/feed"),
    )
    assert [str(fault) for fault in found.faults] == [
        "feed 5: 'javascript:alert(1)' is no web address",
        "feed 6: 'feed.xml' is no web address",
    ]


@pytest.mark.parametrize("body", [b"", b"hello", b"<rss/>", b"<html><opml/></html>", b"\0\xff"])
def test_what_is_no_list_is_none(body):
    assert read_opml(body) is None


def test_a_list_cut_short_has_the_feeds_before_the_cut():
    cut = LIST.index(b'url="http://c')
    assert len(read(LIST[:cut]).feeds) == 2


NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
OUTLINES = st.builds(
    Outline,
    NAMES | st.sampled_from(["a & b", "5 < 6", '"quoted"', "Größe"]),
    NAMES.map(lambda name: f"https://{name.lower()}.example/feed?a=1&b=2"),
    st.none() | st.just("https://a.example/"),
    st.none() | st.lists(NAMES, min_size=1, max_size=3).map("/".join),
)


@given(st.lists(OUTLINES, max_size=6, unique_by=lambda outline: outline.feed_url))
def test_what_is_written_is_read_back(outlines):
    found = read(write_opml(outlines, title="My <feeds>", now=NOW))
    key = lambda outline: outline.feed_url  # noqa: E731
    assert sorted(found.feeds, key=key) == sorted(outlines, key=key)
    assert found.faults == ()
