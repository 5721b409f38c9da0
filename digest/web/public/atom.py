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
    _add(root, "id", site + feed.path)
    _add(root, "title", feed.title)
    if feed.subtitle:
        _add(root, "subtitle", feed.subtitle)
    _add(root, "updated", _time(updated))
    _add(ET.SubElement(root, "author"), "name", feed.author)
    _link(root, "self", site + feed.path, "application/atom+xml")
    _link(root, "alternate", site + feed.page, "text/html")
    for entry in feed.entries:
        _entry(ET.SubElement(root, "entry"), entry, site)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _entry(element: ET.Element, entry: AtomEntry, site: str) -> None:
    _add(element, "id", site + (entry.id_path or entry.path))
    _add(element, "title", entry.title)
    _add(element, "published", _time(entry.published))
    _add(element, "updated", _time(entry.updated))
    _link(element, "alternate", site + entry.path, "text/html")
    if entry.category:
        term, label = entry.category
        ET.SubElement(element, "category", {"term": term, "label": label})
    _add(element, "content", entry.content, {"type": "html"})


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": rel, "href": href, "type": kind})


def _add(
    parent: ET.Element, name: str, text: str, attributes: Mapping[str, str] | None = None
) -> None:
    ET.SubElement(parent, name, dict(attributes or {})).text = _UNWRITABLE.sub("", text)


def _time(when: datetime) -> str:
    """RFC 3339, to the second."""
    return when.isoformat(timespec="seconds")
