"""An item of a feed to a report; pure."""

import re
import unicodedata
from datetime import datetime

from digest.collect.feeds.canonical import canonical, without_tracking
from digest.collect.feeds.dates import settle
from digest.collect.feeds.item import without_publisher
from digest.collect.feeds.language import language_of
from digest.collect.feeds.values import Item
from digest.model import Report, SourceRef
from digest.text import digest_of


def to_report(item: Item, source_id: str, publisher: str, now: datetime) -> Report:
    """The report of an item that `source_id`, a feed of `publisher`, holds.

    Its bullets are made later, from `summary`. An item without a language of its own, or its
    feed's, is read for it.
    """
    told_by = item.publisher.name if item.publisher else publisher
    link = without_tracking(item.url) if item.url else None
    summary = "\n".join(item.paragraphs)
    url = canonical(item.url) if item.url else None
    return Report(
        source=source_id,
        key=key_of(item.guid, url, item.title),
        headline=without_publisher(item.title, told_by),
        bullets=(),
        image=item.image,
        sources=(SourceRef(told_by, link),),
        summary=summary,
        url=url,
        published=settle(item.published, item.updated, now),
        language=language_of(f"{item.title}\n{summary}", item.language),
        guid=item.guid,
    )


def key_of(guid: str | None, url: str | None, title: str) -> str:
    """The name that a new item gets within its source: what it goes by when it is first seen.

    It stays when the item's GUID or address changes later: see `digest.collect.feeds.matching`.
    """
    return digest_of([guid, url, None if guid or url else title_form(title)])[:32]


def title_form(title: str) -> str:
    """A title for comparing: small letters, words only."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(re.findall(r"\w+", folded)) or folded.strip()
