"""From a page to its feeds."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect.net.discover import FoundFeed, links_in, looks_like_feed
from digest.collect.net.weburl import WebUrl
from tests.feed_farm import FORMATS

BASE = WebUrl("https", "a.test", 443, "/blog/")


@pytest.mark.parametrize("make", [make for make, _ in FORMATS])
def test_feeds_look_like_feeds(make):
    assert looks_like_feed(make(1))


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf\n <?xml version='1.0'?><!-- a > b --><?style x?>\n<RSS version='0.91'>",
        "\ufeff<?xml version='1.0' encoding='utf-16'?><feed>".encode("utf-16-le"),
        "<rss>".encode("utf-16-be"),
        b"<atom:feed xmlns:atom='x'>",
        b'<!DOCTYPE rss PUBLIC "x" "y" [<!ENTITY a "<b>">]><rss>',
        b'{"title": "x", "version" : "https:\\/\\/jsonfeed.org\\/version\\/1"}',
    ],
)
def test_odd_feeds_look_like_feeds_too(body: bytes):
    assert looks_like_feed(body)


@pytest.mark.parametrize(
    "body",
    [b"", b"<!DOCTYPE html><html><rss>", b"{}", b'{"version": "1"}', b"rss", b"<rssfeed>", b"\x00"],
)
def test_what_is_no_feed_does_not(body: bytes):
    assert not looks_like_feed(body)


def test_links_are_found_once_in_their_order_and_from_the_base():
    page = b"""<html><head><base href="/other/"><LINK REL="Alternate home"
      TYPE="application/rss+xml; charset=utf-8" HREF="rss?a=1&amp;b=2" TITLE=" All
      news "><link rel=alternate type=application/feed+json href=https://b.test/feed.json>
      <link rel=alternate type=application/rss+xml href="rss?a=1&amp;b=2">
      <link rel=alternate type=text/html href=/de><link rel=stylesheet type=text/css href=x>
      <link rel=alternate type=application/rss+xml href="javascript:x">
      <link rel=alternate type=application/rss+xml>"""
    assert links_in(page, BASE) == [
        FoundFeed("https://a.test/other/rss?a=1&b=2", "All news"),
        FoundFeed("https://b.test/feed.json"),
    ]


def test_a_hostile_page_costs_little():
    began = time.process_time()
    for piece in (
        b"<link ",
        b"<!--",
        b"<a b='",
        b"<![",
        b"<!DOCTYPE [",
        b"<? ",
        b"</",
        b"&#",
        b"< ",
    ):
        page = piece * (2_000_000 // len(piece))
        links_in(page, BASE)
        looks_like_feed(page)
    assert time.process_time() - began < 20


@given(st.binary(max_size=400))
def test_any_bytes_are_a_page(body: bytes):
    links_in(body, BASE)
    links_in(b"<link rel=alternate type=application/rss+xml href=" + body, BASE)
    looks_like_feed(b"<!DOCTYPE" + body)
