"""What a feed holds, whatever its format; JSON and XML both end here."""

from dataclasses import dataclass
from datetime import datetime

from digest.model import Image, SourceRef

MAX_BYTES = 16_000_000
MAX_ITEMS = 20_000
# Stories that have one picture, from which on it is none of theirs.
SAME_PICTURE = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed as clean text; `title` is never empty.

    `url` is absolute, as the feed has it. `publisher` is whose item it is where the feed only
    passes it on. Times are aware UTC and unchecked: see `dates.settle`.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    url: str | None = None
    guid: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    image: Image | None = None
    publisher: SourceRef | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ItemFault:
    """An item that could not be read: which (`item 3`, from 1), and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that was read. `ttl` is in minutes; `faults` name the items that are missing."""

    title: str
    items: tuple[Item, ...]
    site_url: str | None = None
    language: str | None = None
    ttl: int | None = None
    faults: tuple[ItemFault, ...] = ()


@dataclass(frozen=True, slots=True)
class NotAFeed:
    """Why bytes are no feed, as half a sentence: `a web page`, `empty`."""

    reason: str
