"""Any bytes at all: a feed is cut, bent and mixed, and never does reading it raise."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.collect.feeds.opml import read_opml
from digest.collect.feeds.parse import parse_feed
from digest.collect.feeds.values import Feed, NotAFeed
from tests.sampling import examples

URL = "https://feeds.example/feed"
RSS = (
    b'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>F</title>'
    + b"".join(
        b"<item><title>T%d</title><link>http://a.example/%d</link><description><![CDATA[<p>"
        b"Text &amp; more \xc3\xa9</p>]]></description></item>" % (number, number)
        for number in range(4)
    )
    + b"</channel></rss>"
)
ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>' + b"".join(
    b'<entry xml:lang="en"><id>%d</id><title type="html">T%d</title><link href="/%d"/><content'
    b' type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Text</p></div></content></entry>'
    % (number, number, number)
    for number in range(4)
)
JSON = json.dumps(
    {"title": "F", "items": [{"id": str(n), "title": f"T{n}", "tags": ["{"]} for n in range(4)]}
).encode()
ENDS = {"rss": (RSS, b"</item>"), "atom": (ATOM, b"</entry>"), "json": (JSON, b"}")}
PIECES = st.sampled_from(
    [
        *(b"<rss>", b"<item>", b"</item>", b"<entry>", b"<title>", b"</title>", b"<description>"),
        *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE", b"[", b"]>", b"<!ENTITY a 'b'>"),
        *(b"&", b"&#", b"&a;", b"&amp;", b"<a:b", b'="', b">", b"<p>", b"xml:base='http://["),
        *(b"{", b'{"items":[', b'"title":', b'"a"', b"}", b"<pubDate>1 Jan 2025", b"<opml>"),
        *(b"\xff\xfe", b"\0", b"\xef\xbb\xbf", b"<outline "),
    ]
)


def read(body):
    feed = parse_feed(body, "", URL)
    assert isinstance(feed, Feed | NotAFeed)
    read_opml(body)
    return feed


@given(st.binary(max_size=300) | st.lists(PIECES, max_size=30).map(b"".join), st.text(max_size=30))
@settings(deadline=None, max_examples=examples(300))
def test_reading_any_bytes_of_any_type_does_not_raise(body, content_type):
    assert isinstance(parse_feed(body, content_type, URL), Feed | NotAFeed)
    read(body)


@given(st.sampled_from([RSS, ATOM, JSON]), st.data())
@settings(deadline=None, max_examples=examples(300))
def test_reading_a_bent_feed_does_not_raise(body, data):
    bent = bytearray(body)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(bent) - 1))
        bent[place] ^= 1 << data.draw(st.integers(0, 7))
    read(bytes(bent))


@given(st.sampled_from([RSS, ATOM]), st.integers(0, 2000), PIECES)
@settings(deadline=None, max_examples=examples(300))
def test_reading_a_feed_with_something_in_it_does_not_raise(body, place, piece):
    read(body[:place] + piece + body[place:])


@pytest.mark.parametrize("kind", ENDS)
def test_the_items_before_a_cut_survive_wherever_it_is(kind):
    body, end = ENDS[kind]
    for cut in range(len(body)):
        whole = body[:cut].count(end)
        feed = read(body[:cut])
        items = feed.items if isinstance(feed, Feed) else ()
        assert [item.title for item in items[:whole]] == [f"T{n}" for n in range(whole)], cut


@pytest.mark.parametrize("place", range(RSS.index(b"<item>"), len(RSS), 7))
def test_a_byte_that_is_bent_in_one_item_costs_no_other_item(place):
    bent = RSS[:place] + b"<" + RSS[place + 1 :]
    found = {item.title for item in read(bent).items}
    hit = RSS[:place].count(b"<item>") - 1
    # What is bent between two items may touch both.
    spared = {f"T{number}" for number in range(4) if number not in (hit, hit + 1)}
    assert spared <= found
