"""What a feed's item is, once its parts are found: the rules that all formats share; pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote, urljoin, urlsplit

from digest.collect.feeds.clean import Clean, clean_html, clean_title, first_sentence
from digest.collect.feeds.dates import read_instant
from digest.collect.feeds.language import language_tag
from digest.collect.feeds.values import MAX_ITEMS, SAME_PICTURE, Item, ItemFault
from digest.model import Image, SourceRef
from digest.text import clean_line, is_web_address, shorten

_MAX_GUID = 1_000
_MAX_URL = 2_000
_MAX_NAMES = 20
_NOTHING = "no title, and no text, link or picture to make one from"


@dataclass(slots=True)
class Draft:
    """An item as its feed has it. `title` and `texts` are HTML, the texts best first.

    `media_texts` are those of its pictures and films: where there is no other, they are the item's.
    """

    base: str
    title: str = ""
    texts: tuple[str, ...] = ()
    media_texts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    guid: str = ""
    published: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    publisher: str = ""
    publisher_link: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: str = ""


def finish_all(drafts: Iterable[Draft | None]) -> tuple[tuple[Item, ...], tuple[ItemFault, ...]]:
    """The items, at most MAX_ITEMS, and what became of the others; None is what is no item."""
    items: list[Item] = []
    faults: list[ItemFault] = []
    for number, draft in enumerate(drafts, start=1):
        if number > MAX_ITEMS:
            faults.append(ItemFault(f"item {number}", "too many: this and those after it are left"))
            break
        item = finish(draft) if draft else None
        if item is None:
            faults.append(ItemFault(f"item {number}", _NOTHING))
        else:
            items.append(item)
    return _without_logos(items), tuple(faults)


def _without_logos(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items; a picture that several of them have is their publisher's, and shows none."""
    items = tuple(items)
    titles: dict[str, set[str]] = {}
    for item in items:
        if item.image:
            titles.setdefault(item.image.url, set()).add(item.title)
    return tuple(
        replace(item, image=None)
        if item.image and len(titles[item.image.url]) >= SAME_PICTURE
        else item
        for item in items
    )


def finish(draft: Draft) -> Item | None:
    """The item, or None where it has neither a title nor anything to make one from."""
    clean = _fullest(draft.texts, draft.base)
    if not clean.paragraphs:
        from_media = _fullest(draft.media_texts, draft.base)
        clean = replace(clean, paragraphs=from_media.paragraphs)
    image = next(iter(draft.images), clean.image)
    url = first_address(draft.links, draft.base)
    title = clean_title(draft.title) or _title_from(clean, image, url)
    if not title:
        return None
    name = clean_line(clean_title(draft.publisher))
    return Item(
        title=without_publisher(title, name),
        paragraphs=_beyond_title(clean.paragraphs, title),
        url=url,
        guid=clean_line(draft.guid)[:_MAX_GUID] or None,
        published=_first_instant(draft.published),
        updated=_first_instant(draft.updated),
        image=image,
        publisher=SourceRef(name, absolute(draft.publisher_link, draft.base)) if name else None,
        authors=_names(draft.authors),
        categories=_names(draft.categories),
        language=language_tag(draft.language),
    )


def absolute(link: str, base: str) -> str | None:
    """A link as an address that may be shown, or None."""
    link = "".join(link.split("\n")).strip().replace(" ", "%20")
    if not link:
        return None
    try:
        url = urljoin(base, link)
    except ValueError:
        return None
    return url if len(url) <= _MAX_URL and is_web_address(url) else None


def first_address(links: Iterable[str], base: str) -> str | None:
    """The first of the links that can be shown."""
    return next((url for link in links if (url := absolute(link, base))), None)


def without_publisher(title: str, publisher: str) -> str:
    """A title without the publisher's name at its end, as aggregators write it."""
    for separator in (" - ", " – ", " — ", " | "):  # noqa: RUF001
        head, separated, tail = title.rpartition(separator)
        if separated and head.strip() and publisher and tail.casefold() == publisher.casefold():
            return head.strip()
    return title


def _title_from(clean: Clean, image: Image | None, url: str | None) -> str:
    """A title for an item without one: how its text begins, what its picture shows, its address."""
    text = clean.paragraphs[0] if clean.paragraphs else clean.opening
    text = text or (image.alt if image else "")
    address = url or (image.url if image else "")
    return first_sentence(text) or (title_of_address(address) if address else "")


def title_of_address(url: str) -> str:
    """What an address says of its page: `https://a.example/2026/stem-cells.html`, "Stem cells"."""
    parts = urlsplit(url)
    last = unquote(parts.path).rstrip("/").rpartition("/")[2]
    words = clean_line(re.sub(r"[-_+]+", " ", re.sub(r"\.\w{1,5}$", "", last)))
    if not any(map(str.isalpha, words)):
        words = clean_line(f"{parts.hostname}{parts.path}".rstrip("/"))
        return shorten(words, 120)
    return shorten(words[0].upper() + words[1:], 120)


def _fullest(texts: Iterable[str], base: str) -> Clean:
    """The longest of the texts, with a picture from any of them."""
    distinct_texts = dict.fromkeys(text for text in texts if text.strip())
    cleaned = [clean_html(text, base) for text in distinct_texts]
    if not cleaned:
        return Clean()
    fullest = max(cleaned, key=lambda clean: sum(map(len, clean.paragraphs)))
    image = next((clean.image for clean in cleaned if clean.image), None)
    return replace(fullest, image=image)


def _beyond_title(paragraphs: tuple[str, ...], title: str) -> tuple[str, ...]:
    """The text without a first line that only says the title again."""
    if len(paragraphs) > 1 and paragraphs[0].casefold() == title.casefold():
        return paragraphs[1:]
    return paragraphs


def _first_instant(texts: Iterable[str]) -> datetime | None:
    return next((instant for text in texts if text and (instant := read_instant(text))), None)


def _names(texts: Iterable[str]) -> tuple[str, ...]:
    names = dict.fromkeys(shorten(clean_title(text[:500]), 100) for text in texts)
    return tuple(name for name in names if name)[:_MAX_NAMES]
