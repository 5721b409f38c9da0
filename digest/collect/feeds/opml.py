"""Lists of feeds as feed readers have them: OPML 1.0 and 2.0 (opml.org), in and out; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from lxml import etree

from digest.collect.feeds.clean import clean_title
from digest.collect.feeds.elements import Element, attribute, local_name
from digest.collect.feeds.encoding import decode
from digest.collect.feeds.item import absolute
from digest.collect.feeds.markup import find_document, parse
from digest.collect.feeds.values import MAX_BYTES, ItemFault

_MAX_OUTLINES = 20_000


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list. `category` is the names of the outlines around it, joined by `/`."""

    title: str
    feed_url: str
    site_url: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Outlines:
    """The feeds of a list, each address once, and what in it could not be read."""

    feeds: tuple[Outline, ...]
    faults: tuple[ItemFault, ...] = ()


def read_opml(body: bytes) -> Outlines | None:
    """The feeds in an OPML file; None where it is none. Nothing that it declares is obeyed."""
    document = find_document(decode(body)) if len(body) <= MAX_BYTES else None
    if document is None or document.root != "opml":
        return None
    root, _ = parse(document, "")
    feeds: dict[str, Outline] = {}
    faults: list[ItemFault] = []
    for number, outline in enumerate(_outlines(root), start=1):
        address = attribute(outline, "xmlurl") or attribute(outline, "url")
        url = absolute(address, "")
        if number > _MAX_OUTLINES:
            faults.append(ItemFault(f"feed {number}", "too many: this and those after it are left"))
            break
        if url is None:
            faults.append(ItemFault(f"feed {number}", f"{address[:80]!r} is no web address"))
        else:
            feeds.setdefault(url, _outline(outline, url))
    return Outlines(tuple(feeds.values()), tuple(faults))


def write_opml(feeds: Iterable[Outline], *, title: str, now: datetime) -> bytes:
    """An OPML 2.0 file of these feeds, those of one category together."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "dateCreated").text = format_datetime(now, usegmt=True)
    body = etree.SubElement(root, "body")
    folders: dict[str, Element] = {"": body}
    for feed in feeds:
        folder = _folder(folders, feed.category or "")
        attributes = {
            "type": "rss",
            "text": feed.title,
            "title": feed.title,
            "xmlUrl": feed.feed_url,
        }
        if feed.site_url:
            attributes["htmlUrl"] = feed.site_url
        etree.SubElement(folder, "outline", attributes)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _folder(folders: dict[str, Element], category: str) -> Element:
    """The outline of a category, made within those around it when it is first needed."""
    if category not in folders:
        outer, _, name = category.rpartition("/")
        folders[category] = etree.SubElement(_folder(folders, outer), "outline", text=name)
    return folders[category]


def _outlines(root: Element | None) -> Iterator[Element]:
    """The outlines that name a feed, wherever they stand."""
    for element in root.iter() if root is not None else ():
        if local_name(element) == "outline":
            is_feed = attribute(element, "type").lower() in ("rss", "atom")
            if attribute(element, "xmlurl") or (is_feed and attribute(element, "url")):
                yield element


def _outline(element: Element, url: str) -> Outline:
    around = [
        name
        for above in element.iterancestors()
        if local_name(above) == "outline" and (name := _label(above).replace("/", "-"))
    ]
    category = "/".join(reversed(around)) or attribute(element, "category").split(",")[0].strip(
        "/ "
    )
    return Outline(
        _label(element) or url, url, absolute(attribute(element, "htmlurl"), ""), category or None
    )


def _label(element: Element) -> str:
    return clean_title(attribute(element, "title") or attribute(element, "text"))
