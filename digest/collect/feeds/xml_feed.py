"""RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0 and CDF, as trees, to a Feed; pure."""

import base64
import binascii
import html
from collections.abc import Iterator
from itertools import islice

from digest.collect.feeds.clean import clean_title
from digest.collect.feeds.elements import (
    Element,
    Fields,
    attribute,
    fields_of,
    find,
    inner_markup,
    is_item,
    language_of,
    local_name,
    plain_text,
)
from digest.collect.feeds.item import Draft, finish_all, first_address
from digest.collect.feeds.language import language_tag
from digest.collect.feeds.markup import Document, count_items, parse, salvage
from digest.collect.feeds.media import images_of, media_of
from digest.collect.feeds.values import MAX_ITEMS, Feed, NotAFeed

_PUBLISHED = (
    "pubdate", "published", "issued", "dcterms:issued", "dc:date", "dcterms:created", "created",
    "date", "dcterms:date",
)  # fmt: skip
_UPDATED = ("updated", "modified", "dcterms:modified", "lastmod", "dcterms:updated")
_TEXTS = (
    "content:encoded", "content", "xhtml:body", "body", "fullitem", "description", "summary",
    "abstract", "itunes:summary", "dc:description", "dcterms:abstract", "media:description",
    "tagline",
)  # fmt: skip
_PAGES = ("", "text/html", "application/xhtml+xml")
_PLAIN = ("text", "plain", "text/plain")
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_MINUTES = {"hourly": 60, "daily": 1440, "weekly": 10080, "monthly": 43200, "yearly": 43200}
_LONGEST_TTL = 43200  # minutes: a month


def read_xml(document: Document, url: str) -> Feed | NotAFeed:
    """The feed in a document that came from `url`; what is broken costs its own item.

    Broken XML of which no item is left is no feed: it may have had a hundred.
    """
    root, sound = parse(document, url)
    elements = list(islice(_items(root, sound=sound), MAX_ITEMS + 1)) if root is not None else []
    if not sound and len(elements) < min(MAX_ITEMS, count_items(document)):
        saved = list(islice(salvage(document, url), MAX_ITEMS + 1))
        elements = max(elements, saved, key=len)
    if not sound and not elements:
        return NotAFeed("broken XML, and no item in it can be read")
    return _read(root, elements, url)


def _items(root: Element, *, sound: bool) -> Iterator[Element]:
    """The items; in a tree that was mended, also those that slipped into the one before."""
    for element in root.iter():
        if is_item(element):
            nested = sound and any(is_item(above) for above in element.iterancestors())
            if not nested:
                yield element


def _read(root: Element | None, elements: list[Element], url: str) -> Feed:
    if root is None:
        items, faults = finish_all(_draft(element, url, "") for element in elements)
        return Feed("", items, faults=faults)
    channel = next((child for child in root if local_name(child) == "channel"), root)
    fields = fields_of(channel)
    language = _text(fields, "language", "dc:language") or language_of(channel) or language_of(root)
    items, faults = finish_all(_draft(element, url, language) for element in elements)
    return Feed(
        title=clean_title(_title(fields)),
        items=items,
        site_url=first_address(_links(channel, fields), _base(channel, url)),
        language=language_tag(language),
        ttl=_ttl(fields),
        faults=faults,
    )


def _ttl(fields: Fields) -> int | None:
    """Minutes until the next look: <ttl>, or the syndication module's period and frequency."""
    minutes = _text(fields, "ttl")
    if minutes.isdecimal():
        return min(int(minutes[:9]), _LONGEST_TTL) or None
    period = _MINUTES.get(_text(fields, "sy:updateperiod").lower())
    frequency = _text(fields, "sy:updatefrequency")
    times = int(frequency[:4]) if frequency.isdecimal() else 1
    return max(1, period // max(1, times)) if period else None


def _draft(element: Element, url: str, language: str) -> Draft:
    fields = fields_of(element)
    base = _base(element, url)
    publisher, publisher_link = _publisher(fields)
    return Draft(
        base=base,
        title=_title(fields),
        texts=tuple(_markup(field) for field in find(fields, _TEXTS)),
        media_texts=tuple(
            _markup(field) for name, field in media_of(fields) if name == "media:description"
        ),
        links=tuple(_links(element, fields)),
        guid=_text(fields, "guid", "id", "dc:identifier") or attribute(element, _ABOUT),
        published=tuple(plain_text(field) for field in find(fields, _PUBLISHED)),
        updated=(
            *(plain_text(field) for field in find(fields, _UPDATED)),
            attribute(element, "lastmod"),
        ),
        images=images_of(fields, base),
        publisher=publisher,
        publisher_link=publisher_link,
        authors=tuple(_authors(fields)),
        categories=tuple(_categories(fields)),
        language=_text(fields, "dc:language", "language") or language_of(element) or language,
    )


def _base(element: Element, url: str) -> str:
    """The base of relative links: xml:base of the nearest element that has one, else `url`."""
    return str(element.base or url)


def _text(fields: Fields, *names: str) -> str:
    """The text of the first of these elements that has any."""
    return next((text for field in find(fields, names) if (text := plain_text(field))), "")


def _title(fields: Fields) -> str:
    names = ("title", "dc:title", "itunes:title", "media:title")
    titles = (
        *find(fields, names),
        *(field for name, field in media_of(fields) if name == "media:title"),
    )
    return next((text for field in titles if (text := _markup(field).strip())), "")


def _markup(element: Element) -> str:
    """A text construct as HTML, whatever its type (RFC 4287, section 3.1; Atom 0.3's mode)."""
    kind, mode = attribute(element, "type").lower(), attribute(element, "mode").lower()
    # A media type of another kind is Atom's word for Base64 (RFC 4287, section 4.1.3.3).
    binary = "/" in kind and not kind.startswith("text/") and not kind.endswith(("xml", "html"))
    if (mode == "base64" or binary) and len(element) == 0:
        written = "".join((element.text or "").split())
        try:
            return base64.b64decode(written, validate=True).decode("utf-8")
        except UnicodeError:
            return element.text or "" if local_name(element) == "title" else ""
        except (binascii.Error, ValueError):
            return element.text or ""  # whatever it was called, it is text
    if kind in _PLAIN and len(element) == 0:
        # Meant literally, but for the references that publishers leave in it all the same.
        return html.escape(html.unescape(element.text or ""), quote=False)
    return inner_markup(element)


def _links(element: Element, fields: Fields) -> Iterator[str]:
    """Where an element leads, best first: the page itself before those that stand for it."""
    yield from (
        plain_text(field) for field in find(fields, ("feedburner:origlink", "pheedo:origlink"))
    )
    links = list(find(fields, ("link", "xhtml:link")))
    by_relation = [(attribute(link, "rel").lower() or "alternate", link) for link in links]
    pages = [link for relation, link in by_relation if relation.endswith("alternate")]
    # An Atom link names its address, and says what is there; RSS has it as text.
    pages.sort(key=lambda link: attribute(link, "type") not in _PAGES)
    for link in pages:
        yield attribute(link, "href") or plain_text(link)
    for guid in fields.get("guid", ()):
        if attribute(guid, "ispermalink").lower() != "false":
            yield _if_address(plain_text(guid))
    yield from (_if_address(plain_text(field)) for field in fields.get("id", ()))
    yield attribute(element, "href")
    yield _if_address(attribute(element, _ABOUT))
    yield from (attribute(field, "src") for field in fields.get("content", ()))
    yield from (attribute(field, "href") for field in fields.get("a", ()))
    # Of a vocabulary that nobody knows.
    for name, elements in fields.items():
        for field in elements if name.endswith(":link") else ():
            if attribute(field, "rel").lower() in ("", "alternate"):
                yield _if_address(attribute(field, "href") or plain_text(field))


def _if_address(text: str) -> str:
    return text if text.lower().startswith(("http://", "https://")) else ""


def _publisher(fields: Fields) -> tuple[str, str]:
    """Whose item it is: RSS's <source url="">, or Atom's <source> with the title of its feed."""
    for source in fields.get("source", ()):
        inner = fields_of(source)
        if inner:
            return _title(inner), next(filter(None, _links(source, inner)), "")
        return plain_text(source), attribute(source, "url")
    return "", ""


def _authors(fields: Fields) -> Iterator[str]:
    for author in find(fields, ("author", "dc:creator", "dc:author", "itunes:author")):
        inner = fields_of(author)
        yield _text(inner, "name", "email") if inner else plain_text(author)


def _categories(fields: Fields) -> Iterator[str]:
    for category in find(fields, ("category", "dc:subject", "media:category", "itunes:category")):
        yield (
            attribute(category, "label")
            or plain_text(category)
            or attribute(category, "term")
            or attribute(category, "text")
        )
