"""Who left, when and how, and what they got until then: for the undo, and against imports."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from digest.store.database import insert_new
from digest.store.schema import subscribers, subscriptions, unsubscribes

Row = dict[str, Any]

REASON_LIMIT = 500


class UnsubscribeMethod(StrEnum):
    """By which door somebody left."""

    ONE_CLICK = "one-click"
    PAGE = "page"
    MAIL = "mail"
    COMMAND = "command"
    IMPORT = "import"


class Unsubscribed(NamedTuple):
    """That somebody left a newsletter; `undoable` where it is known what they got."""

    newsletter: str
    how: str
    left_at: datetime
    reason: str | None
    undoable: bool


def end(
    connection: sa.Connection,
    subscriber_id: int,
    newsletter: str | None,
    how: UnsubscribeMethod,
    now: datetime,
) -> tuple[str, ...]:
    """End the subscription to one newsletter, or all; which ended. What they were is kept.

    Who leaves what they do not get is kept out of it all the same.
    """
    ending = _subscriptions(connection, subscriber_id, newsletter)
    names = tuple(row["newsletter"] for row in ending)
    forget(connection, [subscriber_id], names)
    rows = [_unsubscribe(subscriber_id, row["newsletter"], row, how, now) for row in ending]
    if newsletter is not None and not ending:
        rows = [_unsubscribe(subscriber_id, newsletter, None, how, now)]
    insert_new(connection, unsubscribes, rows)
    connection.execute(sa.delete(subscriptions).where(_of(subscriptions, subscriber_id, names)))
    return names


def restore(connection: sa.Connection, subscriber_id: int, newsletter: str) -> bool:
    """The subscription as it was before it ended, where that is known; whether it is."""
    kept = connection.scalar(
        sa.select(unsubscribes.c.subscription).where(_of(unsubscribes, subscriber_id, [newsletter]))
    )
    if kept is None:
        return False
    insert_new(connection, subscriptions, [_as_it_was(subscriber_id, newsletter, kept)])
    forget(connection, [subscriber_id], [newsletter])
    return True


def forget(
    connection: sa.Connection, subscriber_ids: Collection[int], newsletters: Collection[str]
) -> None:
    """These subscribers want these newsletters again."""
    connection.execute(
        sa.delete(unsubscribes).where(
            unsubscribes.c.newsletter.in_(newsletters),
            unsubscribes.c.subscriber_id.in_(subscriber_ids),
        )
    )


def explain(connection: sa.Connection, subscriber_id: int, newsletter: str, reason: str) -> bool:
    """Keep why somebody left, in their own words; whether they did leave."""
    return bool(
        connection.execute(
            sa.update(unsubscribes)
            .where(_of(unsubscribes, subscriber_id, [newsletter]))
            .values(reason=reason[:REASON_LIMIT])
        ).rowcount
    )


def of_subscriber(connection: sa.Connection, subscriber_id: int) -> list[Unsubscribed]:
    """What a subscriber left and has not come back to, by newsletter."""
    query = (
        sa.select(unsubscribes)
        .where(unsubscribes.c.subscriber_id == subscriber_id)
        .order_by(unsubscribes.c.newsletter)
    )
    return [
        Unsubscribed(row.newsletter, row.how, row.left_at, row.reason, row.subscription is not None)
        for row in connection.execute(query)
    ]


def hashes(connection: sa.Connection, newsletter: str, wanted: Collection[str]) -> set[str]:
    """Those of the addresses (as hashes) that left the newsletter."""
    query = (
        sa.select(subscribers.c.address_hash)
        .join_from(subscribers, unsubscribes)
        .where(subscribers.c.address_hash.in_(wanted), unsubscribes.c.newsletter == newsletter)
    )
    return set(connection.scalars(query))


def _of(
    table: sa.Table, subscriber_id: int, newsletters: Collection[str]
) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.subscriber_id == subscriber_id, table.c.newsletter.in_(newsletters))


def _subscriptions(
    connection: sa.Connection, subscriber_id: int, newsletter: str | None
) -> list[Row]:
    query = sa.select(subscriptions).where(subscriptions.c.subscriber_id == subscriber_id)
    if newsletter is not None:
        query = query.where(subscriptions.c.newsletter == newsletter)
    return [dict(row) for row in connection.execute(query).mappings()]


def _unsubscribe(
    subscriber_id: int, newsletter: str, ending: Row | None, how: UnsubscribeMethod, now: datetime
) -> Row:
    return {
        "newsletter": newsletter,
        "subscriber_id": subscriber_id,
        "how": how.value,
        "left_at": now,
        "subscription": _to_json(ending) if ending else None,
    }


def _to_json(row: Row) -> Row:
    paused = row["paused_until"]
    return {
        "topics": row["topics"],
        "timezone": row["timezone"],
        "hour": row["hour"],
        "paused_until": paused and paused.isoformat(),
        "created_at": row["created_at"].isoformat(),
    }


def _as_it_was(subscriber_id: int, newsletter: str, kept: Row) -> Row:
    paused = kept["paused_until"]
    return {
        "newsletter": newsletter,
        "subscriber_id": subscriber_id,
        "topics": kept["topics"],
        "timezone": kept["timezone"],
        "hour": kept["hour"],
        "paused_until": paused and date.fromisoformat(paused),
        "created_at": datetime.fromisoformat(kept["created_at"]),
    }
