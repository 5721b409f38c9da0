"""Which feeds are to be asked now: at every round, and mostly none."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from digest.collect.net.fetched import FetchRequest
from digest.collect.net.polite import FeedState, is_due, request_for
from digest.settings import FeedSource
from digest.store import feeds
from digest.store.feeds import FeedRow


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A feed that is to be asked now, what is known of it, and the request."""

    source: FeedSource
    row: FeedRow
    request: FetchRequest


def due_feeds(
    connection: sa.Connection, sources: Sequence[FeedSource], now: datetime
) -> list[DueFeed]:
    """The feeds to ask now. One whose address was changed in the settings begins anew."""
    rows = feeds.everything(connection)
    due = []
    for source in sources:
        row = rows.get(source.id, FeedRow(source.id, source.url, source.url)).at(source.url)
        state = feed_state(row)
        if not row.paused and is_due(state, now):
            due.append(DueFeed(source, row, request_for(state, heed_robots=source.robots)))
    return due


def feed_state(row: FeedRow) -> FeedState:
    """What is known of a feed from the last time that it was asked."""
    return FeedState(**{field.name: getattr(row, field.name) for field in fields(FeedState)})
