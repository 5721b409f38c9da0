"""The feeds as RSS 2.0 (the RSS Advisory Board's specification), as bytes; pure."""

from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from digest.web.public.atom import AtomFeed, add_text

_ATOM = "http://www.w3.org/2005/Atom"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"


def to_rss(feed: AtomFeed, site: str, *, path: str) -> bytes:
    """The document of what stands at `path`, with the entries of the Atom feed."""
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": _ATOM, "xmlns:dc": _DUBLIN_CORE})
    channel = ET.SubElement(root, "channel")
    add_text(channel, "title", feed.title)
    add_text(channel, "link", site + feed.page)
    add_text(channel, "description", feed.subtitle or feed.title)
    add_text(channel, "language", feed.language)
    ET.SubElement(
        channel,
        "atom:link",
        {"rel": "self", "href": site + path, "type": "application/rss+xml"},
    )
    if feed.entries:
        add_text(channel, "lastBuildDate", _time(max(entry.updated for entry in feed.entries)))
    for entry in feed.entries:
        item = ET.SubElement(channel, "item")
        add_text(item, "title", entry.title)
        add_text(item, "link", site + entry.path)
        # The same as in the Atom feed: whoever changes from one to the other reads nothing twice.
        add_text(item, "guid", site + (entry.id_path or entry.path), {"isPermaLink": "false"})
        add_text(item, "pubDate", _time(entry.published))
        add_text(item, "dc:creator", feed.author)
        if entry.category:
            add_text(item, "category", entry.category[1])
        add_text(item, "description", entry.content)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _time(when: datetime) -> str:
    """RFC 822 with a year of four digits, as the specification asks."""
    return format_datetime(when)
