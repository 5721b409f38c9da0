"""The pictures of a feed's item, in the many ways of saying so; pure."""

import re
from collections.abc import Iterator

from digest.collect.feeds.clean import image_at
from digest.collect.feeds.elements import Element, Fields, attribute, fields_of, find, plain_text
from digest.model import Image

_PICTURE = re.compile(r"\.(?:avif|gif|jpe?g|png|webp)(?:$|[?#])", re.IGNORECASE)
_WIDEST = 2_000  # pixels: larger ones are for print
SMALLEST = (120, 80)  # width and height: what is smaller shows nothing


def images_of(fields: Fields, base: str) -> tuple[Image, ...]:
    """The pictures that the item names outside its text, best first."""
    media = list(media_of(fields))
    contents = [
        element
        for name, element in media
        if name == "media:content" and _is_picture(element) and not _is_small(element)
    ]
    contents.sort(key=_width, reverse=True)
    thumbnails = [
        element for name, element in media if name == "media:thumbnail" and not _is_small(element)
    ]
    thumbnails.sort(key=_width, reverse=True)
    links = (
        *((attribute(element, "url"), _alt(element)) for element in contents),
        *_enclosures(fields),
        *((attribute(element, "url"), _alt(element)) for element in thumbnails),
        *_named(fields),
    )
    images = (image_at(link, base, alt) for link, alt in links if link)
    return tuple(image for image in images if image)


def media_of(fields: Fields, prefix: str = "") -> Iterator[tuple[str, Element]]:
    """The elements of an item, and those in its groups and contents as Media RSS has them.

    Within a group whose prefix nobody declared, the names have none.
    """
    for name, elements in fields.items():
        full = name if ":" in name else f"{prefix}{name}"
        for element in elements:
            yield full, element
            if full in ("media:group", "media:content"):
                yield from media_of(fields_of(element), "media:")


def _is_picture(element: Element) -> bool:
    medium, kind = attribute(element, "medium").lower(), attribute(element, "type").lower()
    if medium or kind:
        return medium == "image" or kind.startswith("image/")
    return _PICTURE.search(attribute(element, "url")) is not None


def _width(element: Element) -> int:
    width = attribute(element, "width")
    return int(width) if width.isdecimal() and len(width) < 6 and int(width) <= _WIDEST else 0


def _is_small(element: Element) -> bool:
    """Whether it says itself that it is a logo, an avatar or a pixel."""
    sides = zip(("width", "height"), SMALLEST, strict=True)
    return any(
        (text := attribute(element, side)).isdecimal() and int(text[:6]) < least
        for side, least in sides
    )


def _alt(element: Element) -> str:
    """What the publisher says of a picture: beside it, or in the group around it."""
    around = [element]
    parent = element.getparent()
    if parent is not None and str(parent.tag).endswith(("group", "content")):
        around.append(parent)
    for place in around:
        for field in find(fields_of(place), ("media:description", "media:title", "media:text")):
            text = plain_text(field)
            if text:
                return text
    return ""


def _enclosures(fields: Fields) -> Iterator[tuple[str, str]]:
    for enclosure in fields.get("enclosure", ()):
        if _is_picture(enclosure):
            yield attribute(enclosure, "url"), ""
    for link in fields.get("link", ()):
        if attribute(link, "rel").lower() == "enclosure" and attribute(link, "type").startswith(
            "image/"
        ):
            yield attribute(link, "href"), attribute(link, "title")


def _named(fields: Fields) -> Iterator[tuple[str, str]]:
    """<itunes:image href="">, and <image> as an address or as RSS's channels have it."""
    for image in find(fields, ("itunes:image", "image", "thumb", "thumbnail")):
        inner = fields_of(image)
        if "url" in inner:
            title = inner.get("title")
            yield plain_text(inner["url"][0]), plain_text(title[0]) if title else ""
        else:
            yield attribute(image, "href") or attribute(image, "url") or plain_text(image), ""
