"""JSON Feed 1.0 and 1.1 (jsonfeed.org) to a Feed; pure.

Every value may be missing or of another kind than it should be: that costs itself alone.
"""

import html
import json
from collections.abc import Mapping
from typing import cast

from digest.collect.feeds.clean import clean_title, image_at
from digest.collect.feeds.item import Draft, absolute, finish_all
from digest.collect.feeds.language import language_tag
from digest.collect.feeds.values import MAX_ITEMS, Feed, NotAFeed
from digest.model import Image

_Object = Mapping[str, object]
# Numbers stay as they are written: an id is a name, and may have any number of digits.
_DECODER = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)


def read_json(text: str, url: str) -> Feed | NotAFeed:
    """The feed in a text that begins with a brace and came from `url`."""
    try:
        loaded: object = _DECODER.decode(text.strip())
    except RecursionError:
        return NotAFeed("JSON that is nested too deep")
    except ValueError as error:
        items = _whole_items(text)  # of what was cut off, those before the cut
        if not items:
            return NotAFeed(f"JSON that cannot be read: {error}")
        return _read_feed({"title": "", "items": items}, url)
    if not isinstance(loaded, dict) or not isinstance(loaded.get("items"), list):
        return NotAFeed("JSON, but no JSON Feed: it has no items")
    return _read_feed(loaded, url)


def _whole_items(text: str) -> list[object]:
    items: list[object] = []
    place = text.find('"items"')
    place = text.find("[", place) + 1 if place >= 0 else 0
    while place and len(items) <= MAX_ITEMS:
        place = text.find("{", place)
        try:
            item, place = _DECODER.raw_decode(text, place) if place >= 0 else (None, 0)
        except (ValueError, RecursionError):
            break
        if item is not None:
            items.append(item)
    return items


def _read_feed(feed: _Object, url: str) -> Feed:
    language = _text(feed, "language")
    values = cast("list[object]", feed["items"])
    items, faults = finish_all(
        _draft(value, url, language) if isinstance(value, dict) else None for value in values
    )
    return Feed(
        clean_title(_text(feed, "title")),
        items,
        site_url=absolute(_text(feed, "home_page_url"), url),
        language=language_tag(language),
        faults=faults,
    )


def _draft(item: _Object, url: str, language: str) -> Draft:
    plain = html.escape(_text(item, "content_text"), quote=False)
    summary = html.escape(_text(item, "summary"), quote=False)
    identity = _text(item, "id")
    authors = [*_list(item, "authors"), item.get("author")]  # of 1.1, and of 1.0
    return Draft(
        base=url,
        title=html.escape(html.unescape(_text(item, "title")), quote=False),
        texts=(_text(item, "content_html"), plain, summary),
        links=(
            _text(item, "url"),
            identity if identity.startswith(("http://", "https://")) else "",
            _text(item, "external_url"),
        ),
        guid=identity,
        published=(_text(item, "date_published"),),
        updated=(_text(item, "date_modified"),),
        images=_images(item, url),
        authors=tuple(_text(author, "name") for author in authors if isinstance(author, dict)),
        categories=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        language=_text(item, "language") or language,
    )


def _text(values: _Object, key: str) -> str:
    value = values.get(key)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _list(values: _Object, key: str) -> list[object]:
    value = values.get(key)
    return value if isinstance(value, list) else []


def _images(item: _Object, url: str) -> tuple[Image, ...]:
    pictures = [
        _text(attachment, "url")
        for attachment in _list(item, "attachments")
        if isinstance(attachment, dict) and _text(attachment, "mime_type").startswith("image/")
    ]
    links = (_text(item, "image"), _text(item, "banner_image"), *pictures)
    images = (image_at(link, url) for link in links if link)
    return tuple(image for image in images if image)
