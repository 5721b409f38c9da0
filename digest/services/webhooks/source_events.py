"""What is told of feeds: that one is in trouble, and that it is well again."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import Event, of_source, queue_events
from digest.store.feeds import FeedRow

# One that fails now and then is no trouble: from so many failures in a row on it is.
_FAILURES = 3


def tell_of_feeds(
    connection: sa.Connection, states: Iterable[tuple[FeedRow, FeedRow]], now: datetime
) -> None:
    """Of feeds as they were and as they are now, those that changed."""
    troubled: list[Event] = []
    well: list[Event] = []
    for before, after in states:
        trouble, was = _trouble(after), _trouble(before)
        if trouble and trouble != was:
            since = after.error_since.isoformat() if after.error_since else None
            more = {"state": trouble, "reason": after.last_error, "since": since}
            troubled.append(of_source(after.source, **more))
        elif was and not after.last_error:
            well.append(of_source(after.source))
    queue_events(connection, EventKind.SOURCE_TROUBLE, troubled, now)
    queue_events(connection, EventKind.SOURCE_WELL, well, now)


def tell_of_quarantine(connection: sa.Connection, source: str, reason: str, now: datetime) -> None:
    """What it tells is kept back, until somebody had a look."""
    more = {"state": "quarantined", "reason": reason, "since": now.isoformat()}
    queue_events(connection, EventKind.SOURCE_TROUBLE, [of_source(source, **more)], now)


def _trouble(row: FeedRow) -> str:
    """`gone`, `failing`, or empty."""
    if row.gone:
        return "gone"
    return "failing" if row.failures >= _FAILURES else ""
