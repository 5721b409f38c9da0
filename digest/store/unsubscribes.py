"""Who unsubscribed, when and how, and what they got until then: for the undo, against imports."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from digest.store import subscriber_figures
from digest.store.database import insert_new
from digest.store.schema import subscribers, subscriptions, unsubscribes

Row = dict[str, Any]

REASON_LIMIT = 500


class UnsubscribeMethod(StrEnum):
    """How somebody unsubscribed."""

    ONE_CLICK = "one-click"
    PAGE = "page"
    MAIL = "mail"
    COMMAND = "command"
    DESK = "desk"
    IMPORT = "import"


class Unsubscribed(NamedTuple):
    """That a subscriber left a newsletter; `undoable` where it is known what they got."""

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
    query = sa.select(subscriptions).where(subscriptions.c.subscriber_id == subscriber_id)
    if newsletter is not None:
        query = query.where(subscriptions.c.newsletter == newsletter)
    ending = [dict(row) for row in connection.execute(query).mappings()]
    names = tuple(row["newsletter"] for row in ending)
    forget(connection, [subscriber_id], names)
    rows = [_unsubscribe(subscriber_id, row["newsletter"], row, how, now) for row in ending]
    if newsletter is not None and not ending:
        rows = [_unsubscribe(subscriber_id, newsletter, None, how, now)]
    insert_new(connection, unsubscribes, rows)
    for name in names:
        subscriber_figures.add(connection, name, now, left=1)
    connection.execute(sa.delete(subscriptions).where(_of(subscriptions, subscriber_id, names)))
    return names


def restore(connection: sa.Connection, subscriber_id: int, newsletter: str, now: datetime) -> bool:
    """The subscription as it was before it ended, where that is known; whether it is.

    It begins now: what was sealed in between had no delivery for it.
    """
    ended = connection.scalar(
        sa.select(unsubscribes.c.subscription).where(_of(unsubscribes, subscriber_id, [newsletter]))
    )
    if ended is None:
        return False
    paused = ended["paused_until"]
    row = {
        "newsletter": newsletter,
        "subscriber_id": subscriber_id,
        "topics": ended["topics"],
        "timezone": ended["timezone"],
        "hour": ended["hour"],
        "paused_until": paused and date.fromisoformat(paused),
        "layout": ended.get("layout"),
        "days": ended.get("days"),
        "keywords": ended.get("keywords"),
        "likes": ended.get("likes"),
        "at_least": ended.get("at_least"),
        "longest_wait": ended.get("longest_wait"),
        "alerts": ended.get("alerts"),
        "created_at": now,
    }
    insert_new(connection, subscriptions, [row])
    subscriber_figures.add(connection, newsletter, now, joined=1)
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


def _unsubscribe(
    subscriber_id: int, newsletter: str, ending: Row | None, how: UnsubscribeMethod, now: datetime
) -> Row:
    """A row of unsubscribes; of the subscription that ends, as JSON, all that the undo needs."""
    subscription = ending and {
        "topics": ending["topics"],
        "timezone": ending["timezone"],
        "hour": ending["hour"],
        "paused_until": ending["paused_until"] and ending["paused_until"].isoformat(),
        "layout": ending["layout"],
        "days": list(ending["days"]),
        "keywords": list(ending["keywords"]),
        "likes": [list(pair) for pair in ending["likes"]],
        "at_least": ending["at_least"],
        "longest_wait": ending["longest_wait"],
        "alerts": ending["alerts"],
    }
    return {
        "newsletter": newsletter,
        "subscriber_id": subscriber_id,
        "how": how.value,
        "left_at": now,
        "subscription": subscription,
    }
