"""Lists that programs read page by page: each by one statement, along an index, as plain rows.

A page begins after the number by which the one before it ended, so that no page costs more than the
first. Rows are read by the hundred: they come as dictionaries, without a class of their own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.store.schema import (
    deliveries,
    issues,
    stories,
    subscribers,
    subscriptions,
    suppressions,
)

Row = dict[str, Any]

# Those that stand in the table before the content, which is not read for a list.
_ISSUE = ("id", "newsletter", "date", "state", "reason")
_STORY = (
    *("id", "headline", "bullets", "topic", "sources", "source_count", "dated"),
    *("collected_at", "updated_at", "pinned", "withdrawn_at"),
)
_SUBSCRIBER = ("id", "email", "name", "language", "created_at")
_SUBSCRIPTION = (
    *("subscriber_id", "newsletter", "topics", "timezone", "hour", "paused_until"),
    *("layout", "days", "created_at"),
)
_DELIVERY = (
    *("subscriber_id", "state", "cause", "attempts", "server", "code", "reply"),
    *("due_at", "next_attempt_at", "finished_at"),
)


def issues_before(
    connection: sa.Connection, before: int | None, count: int, newsletter: str | None = None
) -> list[Row]:
    """Issues, the one that was made last first; `before` a number."""
    query = sa.select(*(issues.c[name] for name in _ISSUE)).order_by(issues.c.id.desc())
    if before is not None:
        query = query.where(issues.c.id < before)
    if newsletter is not None:
        query = query.where(issues.c.newsletter == newsletter)
    return _rows(connection, query.limit(count), _ISSUE)


def stories_before(
    connection: sa.Connection, before: int | None, count: int, since: datetime | None = None
) -> list[Row]:
    """Stories, the one that was kept last first; those collected since a time."""
    query = sa.select(*(stories.c[name] for name in _STORY)).order_by(stories.c.id.desc())
    if before is not None:
        query = query.where(stories.c.id < before)
    if since is not None:
        query = query.where(stories.c.collected_at >= since)
    return _rows(connection, query.limit(count), _STORY)


def story(connection: sa.Connection, number: int) -> Row | None:
    """One of them."""
    query = sa.select(*(stories.c[name] for name in _STORY)).where(stories.c.id == number)
    return next(iter(_rows(connection, query, _STORY)), None)


def subscribers_after(
    connection: sa.Connection, after: int, count: int, newsletter: str | None = None
) -> list[Row]:
    """Subscribers by their numbers; `suppressed` is why one gets nothing more."""
    query = _subscribers().where(subscribers.c.id > after).order_by(subscribers.c.id)
    if newsletter is not None:
        gets = (
            sa.exists()
            .where(subscriptions.c.subscriber_id == subscribers.c.id)
            .where(subscriptions.c.newsletter == newsletter)
        )
        query = query.where(gets)
    return _rows(connection, query.limit(count), (*_SUBSCRIBER, "suppressed"))


def subscriber(connection: sa.Connection, number: int) -> Row | None:
    """One of them."""
    query = _subscribers().where(subscribers.c.id == number)
    return next(iter(_rows(connection, query, (*_SUBSCRIBER, "suppressed"))), None)


def _subscribers() -> sa.Select[Any]:
    columns = [subscribers.c[name] for name in _SUBSCRIBER]
    return sa.select(*columns, suppressions.c.reason).outerjoin(
        suppressions, suppressions.c.address_hash == subscribers.c.address_hash
    )


def subscriptions_of(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[Row]]:
    """What these subscribers get, by their numbers, each by newsletter."""
    columns = [subscriptions.c[name] for name in _SUBSCRIPTION]
    query = sa.select(*columns).where(subscriptions.c.subscriber_id.in_(numbers))
    by_number: dict[int, list[Row]] = {number: [] for number in numbers}
    # Ordered by the database, SQLite goes through all who get a newsletter.
    rows = _rows(connection, query, _SUBSCRIPTION) if numbers else []
    for row in sorted(rows, key=lambda row: row["newsletter"]):
        by_number[row.pop("subscriber_id")].append(row)
    return by_number


def deliveries_after(
    connection: sa.Connection, issue_id: int, after: int, count: int, state: str | None = None
) -> list[Row]:
    """Deliveries of an issue by the subscribers' numbers; `email` is None of who was erased."""
    columns = [deliveries.c[name] for name in _DELIVERY]
    query = (
        sa.select(*columns, subscribers.c.email)
        .outerjoin(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id > after)
        .order_by(deliveries.c.subscriber_id)
    )
    if state is not None:
        query = query.where(deliveries.c.state == state)
    return _rows(connection, query.limit(count), (*_DELIVERY, "email"))


def suppressions_after(connection: sa.Connection, after: str, count: int) -> list[Row]:
    """Suppressed addresses by their hashes; `email` is None where it is not known any more."""
    query = (
        sa.select(
            suppressions.c.address_hash,
            suppressions.c.reason,
            suppressions.c.created_at,
            subscribers.c.email,
        )
        .outerjoin(subscribers, subscribers.c.address_hash == suppressions.c.address_hash)
        .where(suppressions.c.address_hash > after)
        .order_by(suppressions.c.address_hash)
        .limit(count)
    )
    return _rows(connection, query, ("address_hash", "reason", "created_at", "email"))


def _rows(connection: sa.Connection, query: sa.Select[Any], names: Sequence[str]) -> list[Row]:
    return [dict(zip(names, row, strict=True)) for row in connection.execute(query)]
