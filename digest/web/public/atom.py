"""Atom feeds (RFC 4287), as bytes; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as ET

_NAMESPACE = "http://www.w3.org/2005/Atom"
# What XML 1.0 has no way to write, section 2.2.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class AtomEntry:
    """One entry; `content` is HTML. Its id is its address, or `id_path` where that may change."""

    path: str
    title: str
    published: datetime
    updated: datetime
    content: str
    id_path: str = ""
    category: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class AtomFeed:
    """A feed at `path`, which tells of the page at `page`; its entries newest first."""

    path: str
    page: str
    title: str
    subtitle: str
    author: str
    language: str
    entries: tuple[AtomEntry, ...]


def to_atom(feed: AtomFeed, site: str, *, empty_since: datetime) -> bytes:
    """The document; a feed without entries was updated at `empty_since`."""
    root = ET.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": feed.language})
    updated = max((entry.updated for entry in feed.entries), default=empty_since)
    add_text(root, "id", site + feed.path)
    add_text(root, "title", feed.title)
    if feed.subtitle:
        add_text(root, "subtitle", feed.subtitle)
    add_text(root, "updated", _time(updated))
    add_text(ET.SubElement(root, "author"), "name", feed.author)
    _link(root, "self", site + feed.path, "application/atom+xml")
    _link(root, "alternate", site + feed.page, "text/html")
    for entry in feed.entries:
        _entry(ET.SubElement(root, "entry"), entry, site)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _entry(element: ET.Element, entry: AtomEntry, site: str) -> None:
    add_text(element, "id", site + (entry.id_path or entry.path))
    add_text(element, "title", entry.title)
    add_text(element, "published", _time(entry.published))
    add_text(element, "updated", _time(entry.updated))
    _link(element, "alternate", site + entry.path, "text/html")
    if entry.category:
        term, label = entry.category
        ET.SubElement(element, "category", {"term": term, "label": label})
    add_text(element, "content", entry.content, {"type": "html"})


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "href": href, "type": kind})


def add_text(
    parent: ET.Element, name: str, text: str, attributes: Mapping[str, str] | None = None
) -> None:
    """A child with this text, without what XML cannot write."""
    ET.SubElement(parent, name, dict(attributes or {})).text = _UNWRITABLE.sub("", text)


def _time(when: datetime) -> str:
    """RFC 3339, to the second."""
    return when.isoformat(timespec="seconds")
