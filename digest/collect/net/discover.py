"""From a page's address to the feeds of its site: what the page links to, else common paths."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lxml import etree

from digest.collect.net.fetched import (
    Failed,
    FailureKind,
    Fetched,
    FetchedBody,
    FetchRequest,
    Refused,
)
from digest.collect.net.weburl import WebUrl, parse_url

_TYPES = frozenset(
    ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json",
     "application/json")
)  # fmt: skip
_COMMON_PATHS = ("/feed", "/rss.xml", "/atom.xml", "/index.xml", "/feed.json")
# Links to feeds stand in the head; a page of many megabytes is not read to its end.
_READ = 512 * 1024
_SNIFFED = 16 * 1024
_MOST = 20

_BEFORE_ROOT = re.compile(
    r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(r"<([a-z_][\w.-]*:)?(rss|feed|rdf)[\s>/]", re.IGNORECASE)
_PAGE = re.compile(r"<html[\s>]", re.IGNORECASE)
_ITEM = re.compile(r"<([a-z_][\w.-]*:)?(item|entry)[\s>/]", re.IGNORECASE)
_JSON_FEED = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org\\?/version')
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed's address, and its title if the page gave one."""

    url: str
    title: str = ""


def looks_like_feed(body: bytes) -> bool:
    """Whether bytes begin as RSS, RDF, Atom or JSON Feed do, or as a page around one of them."""
    text = _text(body[:_SNIFFED])
    if text.lstrip().startswith("{"):
        return _JSON_FEED.search(text) is not None
    at = 0
    while skipped := _BEFORE_ROOT.match(text, at):
        at = skipped.end()
    if not _PAGE.match(text, at):
        return _ROOT.match(text, at) is not None
    within = _ROOT.search(text, at)
    return within is not None and _ITEM.search(text, within.end()) is not None


def _text(body: bytes) -> str:
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return body.removeprefix(bom).decode(encoding, "replace")
    if body[:2] in (b"<\0", b"{\0"):
        return body.decode("utf-16-le", "replace")
    if body[:2] in (b"\0<", b"\0{"):
        return body.decode("utf-16-be", "replace")
    return body.decode("utf-8", "replace")


def links_in(page: bytes, base: WebUrl) -> list[FoundFeed]:
    """The feeds that a page names by `<link rel=alternate>`, in its order."""
    try:
        # Not html.parser, which raises on some pages.
        root = etree.fromstring(page[:_READ], etree.HTMLParser(no_network=True))
        elements = list(root.iter("base", "link"))
    # AttributeError where there is nothing to build a tree of: lxml gives None, against its types.
    except (etree.ParseError, AttributeError):
        return []
    feeds: dict[str, FoundFeed] = {}
    for element in elements:
        values = {str(name): str(value) for name, value in element.attrib.items()}
        there = base.join(values.get("href", ""))
        if isinstance(there, Refused):
            continue
        href = values.get("href", "").strip()
        if element.tag == "base" and "href" in values:
            base = there
        kind = values.get("type", "").partition(";")[0].strip().lower()
        is_alternate = "alternate" in values.get("rel", "").lower().split()
        if element.tag == "link" and is_alternate and kind in _TYPES and href:
            title = " ".join(values.get("title", "").split())
            feeds.setdefault(str(there), FoundFeed(str(there), title))
    return list(feeds.values())[:_MOST]


async def find_feeds(
    address: str, fetch: Callable[[FetchRequest], Awaitable[Fetched]]
) -> list[FoundFeed] | Failed:
    """The feeds at an address: itself, what its page links to, or what stands at common paths."""
    page = await fetch(FetchRequest(address))
    if not isinstance(page, FetchedBody):
        return page if isinstance(page, Failed) else _no_feed(address)
    if looks_like_feed(page.body):
        return [FoundFeed(page.url)]
    base = parse_url(page.url)
    assert isinstance(base, WebUrl)
    if linked := links_in(page.body, base):
        return linked
    for path in _COMMON_PATHS:
        tried = await fetch(FetchRequest(f"{base.origin}{path}"))
        if isinstance(tried, FetchedBody) and looks_like_feed(tried.body):
            return [FoundFeed(tried.url)]
    return _no_feed(address)


def _no_feed(address: str) -> Failed:
    return Failed(FailureKind.UNREADABLE, f"{address} is no feed, and links to none")
