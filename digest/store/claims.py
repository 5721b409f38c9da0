"""A delivery at its time: taken in a claim, answered by a record, or given back (promises 3 to 5).

Every delivery of every issue goes through here once: the statements are compiled once, and what
is the same for a batch is worked out once a batch.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import cache, lru_cache, partial
from json import loads
from typing import Any

import sqlalchemy as sa

from digest.model import (
    Claim,
    DeliveryCause,
    DeliveryState,
    Result,
    Subscriber,
    SuppressionReason,
    why_not_mailed,
)
from digest.store import delivery_counts, workers
from digest.store.attempt_times import in_states, open_until
from digest.store.bulk import BulkUpdate, Value, instant_for
from digest.store.database import insert_new
from digest.store.deliveries import to_attempt
from digest.store.schema import (
    Instant,
    attempts,
    deliveries,
    issues,
    subscribers,
    subscriptions,
    suppressions,
)

# How an attempt may end after which there may be another.
STILL_OPEN = (DeliveryState.DEFERRED, DeliveryState.IN_DOUBT)
# What is worth a line of history: what is sent is in the delivery itself.
_UNHAPPY = (*STILL_OPEN, DeliveryState.FAILED)


def claim(
    connection: sa.Connection,
    issue_id: int,
    *,
    worker: str,
    now: datetime,
    limit: int,
    resend_in_doubt: bool,
) -> list[Claim]:
    """Take up to `limit` deliveries that are to be attempted now; none are left if it is empty.

    Whoever unsubscribed, bounced or was erased since the seal is marked so and not returned.
    """
    while True:
        rows = _claimable(connection, issue_id, now, limit, resend=resend_in_doubt)
        claims: list[Claim] = []
        blocked: list[tuple[int, SuppressionReason]] = []
        waited: Counter[tuple[str, str]] = Counter()
        for number, before, since, email, name, topics, *chosen, suppressed, state, due in rows:
            reason = why_not_mailed(
                exists=email is not None,
                suppressed=SuppressionReason(suppressed) if suppressed else None,
                subscribed=topics is not None,
            )
            if reason is not None:
                blocked.append((number, reason))
                continue
            waited[state, due] += 1
            subscriber = Subscriber(number, email, name)
            # What they chose stands in the order of a claim: layout, keywords, likes.
            claims.append(Claim(issue_id, subscriber, _topics(topics), before + 1, since, *chosen))
        for number, reason in blocked:
            block(connection, issue_id, number, reason, now)
        if not rows:
            return []
        if claims:
            numbers = [claimed.subscriber.id for claimed in claims]
            values = {"issue": issue_id, "claimed": numbers, "by": worker, "at": now}
            connection.execute(_mark(connection.dialect.name), values)
            delivery_counts.moved(
                connection, issue_id, waited, {DeliveryState.SENDING: len(claims)}
            )
            workers.note_claims(connection, worker, until=now)
            return claims


def _claimable(
    connection: sa.Connection, issue_id: int, now: datetime, limit: int, *, resend: bool
) -> list[Any]:
    """The next rows to claim, in the order of their turns; what was put off comes last."""
    rows: list[Any] = []
    for put_off in (False, True):
        if len(rows) < limit:
            values = {"issue": issue_id, "now": now, "most": limit - len(rows)}
            rows += connection.execute(_waiting(put_off=put_off, resend=resend), values).all()
    return rows


@cache
def _waiting(*, put_off: bool, resend: bool) -> sa.Select[Any]:
    joined = (
        deliveries.join(issues, issues.c.id == deliveries.c.issue_id)
        .outerjoin(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .outerjoin(
            subscriptions,
            sa.and_(
                subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
                subscriptions.c.newsletter == issues.c.newsletter,
            ),
        )
        .outerjoin(suppressions, suppressions.c.address_hash == subscribers.c.address_hash)
    )
    attempt_at = deliveries.c.next_attempt_at if put_off else deliveries.c.due_at
    due = open_until(sa.bindparam("now", type_=Instant()))[put_off]
    return (
        sa.select(
            deliveries.c.subscriber_id,
            deliveries.c.attempts,
            deliveries.c.since,
            subscribers.c.email,
            subscribers.c.name,
            sa.cast(subscriptions.c.topics, sa.Text),  # few differ: each is read once
            subscriptions.c.layout,
            subscriptions.c.keywords,
            subscriptions.c.likes,
            suppressions.c.reason,
            deliveries.c.state,
            sa.type_coerce(deliveries.c.due_at, sa.Text),  # as it is counted
        )
        .select_from(joined)
        .where(
            deliveries.c.issue_id == sa.bindparam("issue"),
            due,
            in_states(to_attempt(resend=resend)),
        )
        .order_by(attempt_at, deliveries.c.subscriber_id)
        .limit(sa.bindparam("most"))
        .with_for_update(of=deliveries, skip_locked=True)
    )


@lru_cache(maxsize=4096)
def _topics(text: str) -> frozenset[str]:
    return frozenset(loads(text))


@cache
def _mark(dialect: str) -> sa.Update:
    """Marks what is `claimed`, all rows at once; PostgreSQL takes the numbers as one array."""
    if dialect == "postgresql":
        numbers = sa.bindparam("claimed", type_=sa.ARRAY(sa.BigInteger))
        chosen = deliveries.c.subscriber_id == sa.any_(numbers)
    else:
        chosen = deliveries.c.subscriber_id.in_(sa.bindparam("claimed", expanding=True))
    return (
        sa.update(deliveries)
        .where(deliveries.c.issue_id == sa.bindparam("issue"), chosen)
        .values(
            state=sa.literal_column(f"'{DeliveryState.SENDING}'"),
            worker=sa.bindparam("by"),
            claimed_at=sa.bindparam("at", type_=deliveries.c.claimed_at.type),
            attempts=deliveries.c.attempts + sa.literal_column("1"),
        )
    )


def block(
    connection: sa.Connection,
    issue_id: int,
    subscriber_id: int,
    reason: SuppressionReason,
    now: datetime,
) -> None:
    """This subscriber gets nothing of this issue, and why."""
    delivery_counts.update(
        connection,
        deliveries.c.issue_id == issue_id,
        deliveries.c.subscriber_id == subscriber_id,
        state=DeliveryState.SUPPRESSED,
        cause=reason,
        worker=None,
        finished_at=now,
    )


def record(connection: sa.Connection, done: Sequence[tuple[Claim, Result]], now: datetime) -> None:
    """Write what attempts at one issue came to; what another worker took over is left as it is.

    What did not end well goes into the history too, and what came too late; of two accounts of an
    attempt that is in order the first stays.
    """
    if not done:
        return
    at = instant_for(connection, now)
    # In one order, whoever writes: two workers may have results for the same deliveries.
    done = sorted(done, key=lambda pair: pair[0].subscriber.id)
    rows = [
        (
            result.state.value,
            result.cause and result.cause.value,
            result.reply or None,
            result.code,
            result.server or None,
            result.next_attempt_at and instant_for(connection, result.next_attempt_at),
            None if result.state in STILL_OPEN else at,
            at if result.state is DeliveryState.IN_DOUBT else None,
            claimed.issue_id,
            claimed.subscriber.id,
            claimed.attempt,
        )
        for claimed, result in done
    ]
    were_in_hand = _write(connection, done, rows)
    unhappy = [
        {
            "issue_id": claimed.issue_id,
            "subscriber_id": claimed.subscriber.id,
            "attempt": claimed.attempt,
            "at": now,
            "state": result.state,
            "server": result.server or None,
            "code": result.code,
            "reply": result.reply or None,
        }
        for claimed, result in done
        if result.state in _UNHAPPY
    ]
    insert_new(connection, attempts, _of_existing(connection, unhappy))
    if not were_in_hand:
        _keep_late(connection, done, now)


def _write(
    connection: sa.Connection, done: Sequence[tuple[Claim, Result]], rows: Sequence[Sequence[Value]]
) -> bool:
    """Write results into the deliveries, and count them; whether all were in hand still."""
    issue_id = done[0][0].issue_id
    results = Counter(result.state for _, result in done)
    numbers = [claimed.subscriber.id for claimed, _ in done]
    # Of these it is not known which were so before.
    doubts = results[DeliveryState.IN_DOUBT] > 0
    with delivery_counts.moving(connection, issue_id, numbers) if doubts else nullcontext():
        written = _RECORD.run(connection, rows)
        if written < len(rows):
            _RECORD_LATE.run(connection, rows)
    if written < len(rows):
        delivery_counts.moved_many(connection, issue_id)
    elif not doubts:
        in_hand = {(str(DeliveryState.SENDING), ""): written}
        delivery_counts.moved(connection, issue_id, in_hand, results)
    return written == len(rows)


def _keep_late(
    connection: sa.Connection, done: Sequence[tuple[Claim, Result]], now: datetime
) -> None:
    """What another worker took over and attempts again meanwhile was an attempt all the same."""
    numbers = [claimed.subscriber.id for claimed, _ in done]
    query = sa.select(
        deliveries.c.issue_id, deliveries.c.subscriber_id, deliveries.c.attempts
    ).where(deliveries.c.subscriber_id.in_(numbers))
    latest = {(row[0], row[1]): row[2] for row in connection.execute(query)}
    rows = [
        {
            "issue_id": claimed.issue_id,
            "subscriber_id": claimed.subscriber.id,
            "attempt": claimed.attempt,
            "at": now,
            "state": result.state,
            "cause": DeliveryCause.CAME_LATE,
            "server": result.server or None,
            "code": result.code,
            "reply": result.reply or None,
        }
        for claimed, result in done
        if latest.get((claimed.issue_id, claimed.subscriber.id), 0) > claimed.attempt
    ]
    for row in _of_existing(connection, rows):
        same = [attempts.c[name] == row[name] for name in ("issue_id", "subscriber_id", "attempt")]
        connection.execute(sa.delete(attempts).where(*same))
        connection.execute(sa.insert(attempts).values(row))


def _record(state: DeliveryState, result: Mapping[str, sa.ColumnElement[Any]]) -> sa.Update:
    """Writes the result of an attempt into its delivery, where it is in this state."""
    return (
        sa.update(deliveries)
        .where(
            deliveries.c.issue_id == result["issue"],
            deliveries.c.subscriber_id == result["subscriber"],
            deliveries.c.attempts == result["attempt"],
            in_states([state]),
        )
        .values(
            state=result["to_state"],
            cause=result["to_cause"],
            reply=result["to_reply"],
            code=result["to_code"],
            server=result["by_server"],
            next_attempt_at=result["again"],
            finished_at=result["finished"],
            doubted_at=sa.func.coalesce(result["doubted"], deliveries.c.doubted_at),
            worker=sa.null(),
        )
    )


_OF_RESULT: dict[str, sa.types.TypeEngine[Any]] = {
    "to_state": sa.Text(),
    "to_cause": sa.Text(),
    "to_reply": sa.Text(),
    "to_code": sa.Integer(),
    "by_server": sa.Text(),
    "again": Instant(),
    "finished": Instant(),
    "doubted": Instant(),
    "issue": sa.BigInteger(),
    "subscriber": sa.BigInteger(),
    "attempt": sa.Integer(),
}
_RECORD = BulkUpdate(_OF_RESULT, partial(_record, DeliveryState.SENDING))
# What was found in doubt since, and nobody attempts again.
_RECORD_LATE = BulkUpdate(_OF_RESULT, partial(_record, DeliveryState.IN_DOUBT))


def _of_existing(connection: sa.Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without those of subscribers who were erased meanwhile: a reply may hold the address."""
    if not rows:
        return rows
    numbers = [row["subscriber_id"] for row in rows]
    existing = set(
        connection.scalars(sa.select(subscribers.c.id).where(subscribers.c.id.in_(numbers)))
    )
    return [row for row in rows if row["subscriber_id"] in existing]
