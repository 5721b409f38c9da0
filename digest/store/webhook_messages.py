"""Events that wait for a webhook, and what became of them (services/webhooks).

Of those on one subject the earlier is delivered or given up before the later is attempted.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from digest.store import webhooks
from digest.store.schema import webhook_messages as messages
from digest.store.schema import webhooks as webhook_table


class MessageState(StrEnum):
    """How an event stands for one webhook."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """An event for one webhook; `code` and `reply` are its server's last answer."""

    id: int
    webhook_id: int
    event_id: str
    kind: str
    subject: str
    subscriber_id: int | None
    data: Mapping[str, Any]
    created_at: datetime
    state: MessageState
    attempts: int
    next_attempt_at: datetime
    finished_at: datetime | None
    code: int | None
    reply: str


def queue(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let events wait, once this transaction is committed; the rows have columns for keys."""
    if rows:
        connection.execute(sa.insert(messages), [dict(row) for row in rows])


def add_finished(connection: sa.Connection, message: WebhookMessage) -> None:
    """Keep a message that was attempted once, by hand, with the answer; it gets a number."""
    row = asdict(message) | {"give_up_at": message.created_at}
    del row["id"]
    connection.execute(sa.insert(messages).values(row))


def is_work(connection: sa.Connection, now: datetime) -> bool:
    """Whether anything is to be sent now."""
    query = sa.select(sa.exists().where(_is_due(now), *_joined(now)))
    return bool(connection.scalar(query))


def webhooks_with_work(connection: sa.Connection, now: datetime) -> list[int]:
    """The webhooks to which something is to be sent now, and nobody sends."""
    waits = sa.exists().where(_is_due(now), messages.c.webhook_id == webhook_table.c.id)
    query = sa.select(webhook_table.c.id).where(webhooks.is_to_be_sent_to(now), waits)
    return list(connection.scalars(query.order_by(webhook_table.c.id)))


def due(
    connection: sa.Connection, webhook_id: int, now: datetime, limit: int
) -> list[WebhookMessage]:
    """What is to be sent to a webhook now, the earliest first: at most one of each subject."""
    before = messages.alias()
    is_blocked = sa.exists().where(
        before.c.state == MessageState.WAITING,
        before.c.webhook_id == messages.c.webhook_id,
        before.c.subject == messages.c.subject,
        before.c.id < messages.c.id,
    )
    query = (
        sa.select(messages)
        .where(messages.c.webhook_id == webhook_id, _is_due(now), ~is_blocked)
        .order_by(messages.c.id)
        .limit(limit)
    )
    return [_message_of(row) for row in connection.execute(query)]


def record(
    connection: sa.Connection,
    message: WebhookMessage,
    state: MessageState,
    now: datetime,
    next_attempt_at: datetime,
) -> None:
    """Write what an attempt came to, unless somebody else's did meanwhile."""
    connection.execute(
        sa.update(messages)
        .where(messages.c.id == message.id, messages.c.state == MessageState.WAITING)
        .values(
            state=state,
            attempts=messages.c.attempts + 1,
            next_attempt_at=next_attempt_at,
            finished_at=None if state is MessageState.WAITING else now,
            code=message.code,
            reply=message.reply,
        )
    )


def release(
    connection: sa.Connection, webhook_id: int, now: datetime, but: Collection[int]
) -> None:
    """Attempt at once what waits for a webhook that is back, but for some."""
    connection.execute(
        sa.update(messages)
        .where(
            messages.c.webhook_id == webhook_id,
            messages.c.state == MessageState.WAITING,
            messages.c.next_attempt_at > now,
            messages.c.id.not_in(but),
        )
        .values(next_attempt_at=now)
    )


def expire(connection: sa.Connection, now: datetime) -> int:
    """Give up what could not be delivered in its life; how many."""
    return connection.execute(
        sa.update(messages)
        .where(messages.c.state == MessageState.WAITING, messages.c.give_up_at <= now)
        .values(state=MessageState.GIVEN_UP, finished_at=now)
    ).rowcount


def replay(
    connection: sa.Connection,
    webhook_id: int,
    now: datetime,
    give_up_at: datetime,
    *,
    event_id: str | None = None,
    since: datetime | None = None,
) -> int:
    """Let events wait again: one, all since a time, or those that were given up; how many."""
    which = messages.c.state == MessageState.GIVEN_UP
    if event_id is not None:
        which = messages.c.event_id == event_id
    elif since is not None:
        which = messages.c.created_at >= since
    return connection.execute(
        sa.update(messages)
        .where(messages.c.webhook_id == webhook_id, which)
        .values(
            state=MessageState.WAITING,
            attempts=0,
            next_attempt_at=now,
            give_up_at=give_up_at,
            finished_at=None,
        )
    ).rowcount


def latest(connection: sa.Connection, webhook_id: int, count: int) -> list[WebhookMessage]:
    """The last events for a webhook, the newest first."""
    query = sa.select(messages).where(messages.c.webhook_id == webhook_id)
    rows = connection.execute(query.order_by(messages.c.id.desc()).limit(count))
    return [_message_of(row) for row in rows]


def counts(connection: sa.Connection) -> dict[int, Counter[str]]:
    """How many events of each webhook are in each state."""
    query = sa.select(messages.c.webhook_id, messages.c.state, sa.func.count().label("n"))
    tally: dict[int, Counter[str]] = {}
    for row in connection.execute(query.group_by(messages.c.webhook_id, messages.c.state)):
        tally.setdefault(row.webhook_id, Counter())[row.state] = row.n
    return tally


def was_queued(connection: sa.Connection, kind: str, subject: str) -> bool:
    """Whether any webhook was told of this, or is to be."""
    its_own = sa.exists().where(messages.c.kind == kind, messages.c.subject == subject)
    return bool(connection.scalar(sa.select(its_own)))


def forget_subscriber(connection: sa.Connection, subscriber_id: int) -> None:
    """Delete all that is about a subscriber, told or not: they were erased."""
    theirs = messages.c.subscriber_id == subscriber_id
    connection.execute(sa.delete(messages).where(theirs))


def delete_finished(connection: sa.Connection, before: datetime, most: int) -> int:
    """Delete what came to its end before a time, the oldest first; how many."""
    some = sa.select(messages.c.id).where(messages.c.finished_at < before)
    some = some.order_by(messages.c.finished_at).limit(most)
    return connection.execute(sa.delete(messages).where(messages.c.id.in_(some))).rowcount


def _is_due(now: datetime) -> sa.ColumnElement[bool]:
    return (messages.c.state == MessageState.WAITING) & (messages.c.next_attempt_at <= now)


def _joined(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return messages.c.webhook_id == webhook_table.c.id, webhooks.is_to_be_sent_to(now)


def _message_of(row: Any) -> WebhookMessage:
    return WebhookMessage(
        row.id,
        row.webhook_id,
        row.event_id,
        row.kind,
        row.subject,
        row.subscriber_id,
        row.data,
        row.created_at,
        MessageState(row.state),
        row.attempts,
        row.next_attempt_at,
        row.finished_at,
        row.code,
        row.reply,
    )
