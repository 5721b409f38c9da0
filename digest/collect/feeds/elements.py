"""The names of a feed's elements, by what they mean: prefixes and namespaces vary, as does case."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from lxml import etree

Element = etree._Element  # noqa: SLF001 - lxml gives its element class no public name
Fields = dict[str, list[Element]]

_VOCABULARIES = (
    ("content", re.compile(r"rss/1\.0/modules/content")),
    ("sy", re.compile(r"rss/1\.0/modules/syndication")),
    ("dc", re.compile(r"purl\.org/dc/elements|rss/1\.0/modules/dc")),
    ("dcterms", re.compile(r"purl\.org/dc/terms|rss/1\.0/modules/dcterms")),
    ("itunes", re.compile(r"itunes\.com/dtds/podcast")),
    ("media", re.compile(r"yahoo\.com/mrss|tools\.search\.yahoo\.com")),
    ("xhtml", re.compile(r"w3\.org/1999/xhtml")),
    ("feedburner", re.compile(r"rssnamespace\.org/feedburner")),
    (
        "",
        re.compile(r"w3\.org/2005/atom|purl\.org/atom/ns|/rss/1\.0/?$|rdf/simple|rss-0|/rss/?\d?"),
    ),
)
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}"


@lru_cache(maxsize=4096)
def _name(tag: str, prefix: str | None, own: str) -> str:
    space, closes, local = tag.rpartition("}")
    local = local.lower()
    if not closes:
        unbound, _, local = local.rpartition(":")
        return f"{unbound}:{local}" if unbound and unbound != own else local
    uri = space[1:].lower()
    for vocabulary, pattern in _VOCABULARIES:
        if pattern.search(uri):
            return f"{vocabulary}:{local}" if vocabulary else local
    if uri == own:
        return local
    return f"{(prefix or 'other').lower()}:{local}"


def local_name(element: Element) -> str:
    """The name without its namespace, in small letters; empty for what is no element."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return re.split(r"[}:]", tag)[-1].lower() if ("}" in tag or ":" in tag) else tag.lower()


def is_item(element: Element) -> bool:
    """Whether this is an `item` or an `entry`."""
    return local_name(element) in ("item", "entry")


def fields_of(parent: Element) -> Fields:
    """The children by name: `media:content`, `dc:date`; of the feed's own vocabulary, `title`."""
    tag = str(parent.tag)
    space = tag[1:].partition("}")[0] if tag[:1] == "{" else tag.rpartition(":")[0]
    own, fields = space.lower(), Fields()
    for child in parent:
        if isinstance(child.tag, str):
            fields.setdefault(_name(child.tag, child.prefix, own), []).append(child)
    return fields


def find(fields: Fields, names: Sequence[str]) -> Iterator[Element]:
    """The elements of these names, in the order of the names."""
    for name in names:
        yield from fields.get(name, ())


def attribute(element: Element, name: str) -> str:
    """An attribute by its name in small letters, empty without it."""
    value = element.get(name)
    if value is None:
        # Names first: lxml looks up each value by name, which among 100,000 takes minutes.
        key_in_other_case = next((key for key in element.keys() if str(key).lower() == name), None)  # noqa: SIM118
        value = element.get(key_in_other_case, "") if key_in_other_case is not None else ""
    return str(value).strip()


def language_of(element: Element) -> str:
    """The element's own xml:lang."""
    return str(element.get(f"{_XML_BASE}lang") or "")


def plain_text(element: Element) -> str:
    """All the text below an element, without markup."""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(str(part) for part in element.itertext()).strip()


def inner_markup(element: Element) -> str:
    """What stands between an element's tags: its text, or the markup below it as HTML."""
    if len(element) == 0:
        return element.text or ""
    parts = [element.text or ""]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return "".join(parts)
