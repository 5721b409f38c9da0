"""The text of an XML document, of any state of repair, to trees; pure.

Nothing that a document declares is obeyed: its DOCTYPE is taken away before a parser sees it,
so there are no entities to blow up and nothing to fetch. libxml2 mends what it can; where it
gives up, each item is read alone.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html.entities import html5

from lxml import etree

from digest.collect.feeds.elements import Element, is_item

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PROLOG = re.compile(
    r"(?P<comment><!--)|(?P<doctype><!DOCTYPE)|(?P<root><(?:[\w.-]+:)?"
    r"(?:rss|rdf|feed|channel|item|entry|opml|html)(?=[\s/>]))",
    re.IGNORECASE,
)
_ENTITY = re.compile(
    r"""<!ENTITY\s{1,20}([\w.-]{1,64})\s{1,20}(?:"([^"<&%]{0,256})"|'([^'<&%]{0,256})')"""
)
_FEED = re.compile(r"(?P<root><(?:[\w.-]+:)?(?:rss|rdf|feed)(?=[\s/>]))", re.IGNORECASE)
_END_OF_SUBSET = re.compile(r"(?<!\])\]\s{0,100}>")  # and no end of a CDATA section
_MAX_REFERENCES = 300_000  # the rest is left to libxml2
_MAX_ENTITIES = 1_000
_ITEM = re.compile(r"<(?:[\w.-]+:)?(item|entry)(?=[\s/>])", re.IGNORECASE)
# A CDATA section; a tag whose name begins with a digit; a < that begins no tag; a reference.
_REFERENCE = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|(?P<digit></?(?=\d[\w.:-]*(?:\s+[\w.:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*/?>))"
    r"|<(?P<sign>(?=[\s\d<=.,;)-]|$))"
    r"|&(?:#(?P<number>\d{1,7}|[xX][\da-fA-F]{1,6});|(?P<name>[A-Za-z][\w.-]{0,63});)?",
    re.DOTALL,
)
_TAG = re.compile(r"<[A-Za-z][\w:.-]*\s[^<>]*>")
_UNQUOTED = re.compile(r"""(\s[\w:.-]+\s?=\s?)([^\s"'<>]+)(?=[\s/>])""")
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))


@dataclass(frozen=True, slots=True)
class Document:
    """A document from its root element on, without its DOCTYPE; `entities` are what that held."""

    text: str
    root: str
    entities: Mapping[str, str]


def find_document(text: str) -> Document | None:
    """The document in a text, from the first root element that we know; None without one.

    What stands before it, such as a warning of the server's, is passed over, and so is a page
    around a feed.
    """
    text = _NO_XML.sub("", text)
    entities: Mapping[str, str] = {}
    position = 0
    while match := _PROLOG.search(text, position):
        position = match.end()
        if match["root"]:
            return _document(text, match, entities)
        if match["comment"]:
            end = text.find("-->", position)
        else:
            end = _end_of_doctype(text, position)
            entities = entities or _declared_entities(text[position : max(end, position)])
        if end < 0:  # never closed: then it is no comment
            root = next(
                (match for match in _PROLOG.finditer(text, position) if match["root"]), None
            )
            return _document(text, root, {}) if root else None
        position = end
    return None


def _document(text: str, root: re.Match[str], entities: Mapping[str, str]) -> Document:
    """The document of a root; of a page, that of the feed in it, if there is one with items."""
    if root["root"].lower() == "<html":
        feed = _FEED.search(text, root.end())
        if feed and _ITEM.search(text, feed.end()):
            root = feed
    return Document(text[root.start() :], root["root"][1:].rpartition(":")[2].lower(), entities)


def _end_of_doctype(text: str, start: int) -> int:
    plain = text.find(">", start)
    subset = text.find("[", start, plain)
    if subset < 0:
        return plain
    close = _END_OF_SUBSET.search(text, subset)
    return close.end() if close else -1


def _declared_entities(subset: str) -> dict[str, str]:
    """Short texts without markup or references: such cannot grow (promise 9)."""
    entities: dict[str, str] = {}
    for match in _ENTITY.finditer(subset):
        if len(entities) == _MAX_ENTITIES:
            break
        entities.setdefault(match[1], match[2] or match[3] or "")
    return entities


def parse(document: Document, base: str) -> tuple[Element | None, bool]:
    """The root as libxml2 mends it, and whether it had nothing to mend."""
    root, sound = _parse(document, base)
    if not sound:
        quoted = _TAG.sub(lambda tag: _UNQUOTED.sub(r'\1"\2"', tag[0]), document.text)
        if quoted != document.text:  # libxml2 drops a tag with an attribute without quotes
            root, _ = _parse(replace(document, text=quoted), base)
    return root, sound


def _parse(document: Document, base: str) -> tuple[Element | None, bool]:
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    data = _defused(document.text, document.entities).encode("utf-8", "replace")
    root = etree.fromstring(data, parser, base_url=base)
    sound = not any(error.level >= etree.ErrorLevels.FATAL for error in parser.error_log)
    return root, sound


def count_items(document: Document) -> int:
    """How many items begin in the text, as far as can be told without parsing it."""
    return sum(1 for _ in _ITEM.finditer(document.text))


def salvage(document: Document, base: str) -> Iterator[Element]:
    """Each item parsed alone, so that what is broken costs one of them."""
    starts = [match.start() for match in _ITEM.finditer(document.text)]
    opening = document.text[: starts[0]][:20_000] if starts else ""
    opening = opening[: opening.find(">") + 1]
    for start, end in zip(starts, [*starts[1:], len(document.text)], strict=True):
        item = document.text[start:end]
        # The root may be what is broken.
        yield from _items_in(document, opening + item, base) or _items_in(document, item, base)


def _items_in(document: Document, text: str, base: str) -> list[Element]:
    root, _ = parse(replace(document, text=text), base)
    return [] if root is None else [element for element in root.iter() if is_item(element)]


def _defused(text: str, entities: Mapping[str, str]) -> str:
    """The text with every reference and name one that XML knows, and no CDATA left open."""
    head, end, tail = text.rpartition("]]>")
    text = head + end + tail.replace("<![CDATA[", "")
    characters_left = len(text) + 1_000_000

    def resolve(match: re.Match[str]) -> str:
        nonlocal characters_left
        whole, name = match[0], match["name"]
        if match["digit"]:
            return f"{whole}_"
        if match["sign"] is not None:
            return "&lt;"
        if whole[0] == "<" or name in _XML_ENTITIES:
            return whole
        if match["number"]:
            # &#150; is what Windows means by it.
            character = _NO_XML.sub("", html.unescape(whole))
            return "" if character == "\ufffd" else html.escape(character)
        value = entities.get(name) if name in entities else html5.get(f"{name};")
        if value is None or characters_left < 0:
            return "&amp;" + whole[1:]
        characters_left -= len(value)
        return html.escape(value)

    return _REFERENCE.sub(resolve, text, count=_MAX_REFERENCES)
