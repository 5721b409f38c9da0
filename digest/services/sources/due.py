"""Which feeds are to be asked now: at every round, and mostly none."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from digest.collect.net.fetch_schedule import FeedState, is_due, request_for
from digest.collect.net.fetched import FetchRequest
from digest.settings import FeedSource
from digest.store import feeds
from digest.store.database import Database, exclusively
from digest.store.feeds import FeedRow

# For so long nobody else asks a feed that is being asked; whoever died over it is not waited for.
# Whoever takes longer renews its claim.
CLAIM = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A feed that is to be asked now, what is known of it, and the request.

    It is nobody else's until `claimed_until`, which is its next time meanwhile.
    """

    source: FeedSource
    row: FeedRow
    request: FetchRequest
    claimed_until: datetime


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
            request = request_for(state, heed_robots=source.robots)
            due.append(DueFeed(source, row, request, now + CLAIM))
    return due


def claim_due_feeds(
    database: Database, sources: Sequence[FeedSource], now: datetime
) -> list[DueFeed]:
    """The feeds to ask now, which from here on are nobody else's: their next time is moved.

    Of several processes that collect, each feed is asked by one. What comes of it moves its next
    time again; `row` is the state of before.
    """
    with database.read() as connection:
        if not due_feeds(connection, sources, now):
            return []
    with database.write() as connection:
        exclusively(connection)
        due = due_feeds(connection, sources, now)
        feeds.put(connection, *(replace(feed.row, next_at=feed.claimed_until) for feed in due))
        return due


def feed_state(row: FeedRow) -> FeedState:
    """What is known of a feed from the last time that it was asked."""
    return FeedState(**{field.name: getattr(row, field.name) for field in fields(FeedState)})
