"""One record a subscriber an issue (promises 3 to 5).

Laid out at the seal, claimed before the bytes go out, written after the reply.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.model import Claim, DeliveryState, Result, Subscriber
from digest.store.schema import (
    Instant,
    deliveries,
    issues,
    subscribers,
    subscriptions,
    suppressions,
)

_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.DEFERRED)


def lay_out(connection: sa.Connection, issue_id: int, newsletter: str) -> int:
    """A pending delivery for everyone who gets the newsletter now; how many."""
    everyone = sa.select(
        sa.literal(issue_id), subscriptions.c.subscriber_id, sa.literal(str(DeliveryState.PENDING))
    ).where(subscriptions.c.newsletter == newsletter)
    columns = ["issue_id", "subscriber_id", "state"]
    return connection.execute(
        sa.insert(deliveries).from_select(columns, everyone),
        execution_options={"preserve_rowcount": True},
    ).rowcount


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
        claims = []
        for row in rows:
            reason = _blocked(row)
            if reason is not None:
                block(connection, issue_id, row.subscriber_id, reason, now)
                continue
            claims.append(
                Claim(
                    issue_id=issue_id,
                    subscriber=Subscriber(row.subscriber_id, row.email, row.name),
                    topics=frozenset(row.topics),
                    attempt=row.attempts + 1,
                )
            )
        if claims or not rows:
            _mark_claimed(connection, claims, worker, now)
            return claims


def _claimable(
    connection: sa.Connection, issue_id: int, now: datetime, limit: int, *, resend: bool
) -> list[Any]:
    """The next rows to claim: state by state, so that each look is one step into an index."""
    again = [DeliveryState.DEFERRED] + ([DeliveryState.IN_DOUBT] if resend else [])
    rows: list[Any] = []
    for state in (DeliveryState.PENDING, *again):
        if len(rows) < limit:
            query = _waiting(issue_id, state, now).limit(limit - len(rows))
            rows += connection.execute(query).all()
    return rows


def _waiting(issue_id: int, state: DeliveryState, now: datetime) -> sa.Select[Any]:
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
    query = (
        sa.select(
            deliveries.c.subscriber_id,
            deliveries.c.attempts,
            subscribers.c.email,
            subscribers.c.name,
            subscriptions.c.topics,
            suppressions.c.reason,
        )
        .select_from(joined)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.state == state)
        .order_by(deliveries.c.subscriber_id)
        .with_for_update(of=deliveries, skip_locked=True)
    )
    if state is DeliveryState.PENDING:
        return query
    its_time = deliveries.c.next_attempt_at.is_(None) | (deliveries.c.next_attempt_at <= now)
    return query.where(its_time)


def _blocked(row: Any) -> str | None:
    """Why a subscriber must get nothing, as far as the database knows at this moment."""
    if row.email is None:
        return "erased"
    if row.reason is not None:
        return str(row.reason)
    return "unsubscribed" if row.topics is None else None


def _mark_claimed(
    connection: sa.Connection, claims: list[Claim], worker: str, now: datetime
) -> None:
    if claims:
        connection.execute(
            sa.update(deliveries)
            .where(
                deliveries.c.issue_id == claims[0].issue_id,
                deliveries.c.subscriber_id.in_([c.subscriber.id for c in claims]),
            )
            .values(
                state=DeliveryState.SENDING,
                worker=worker,
                claimed_at=now,
                attempts=deliveries.c.attempts + 1,
            )
        )


def block(
    connection: sa.Connection, issue_id: int, subscriber_id: int, reason: str, now: datetime
) -> None:
    """This subscriber gets nothing of this issue, and why."""
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id == subscriber_id)
        .values(state=DeliveryState.SUPPRESSED, reply=reason, worker=None, finished_at=now)
    )


def record(connection: sa.Connection, done: Sequence[tuple[Claim, Result]], now: datetime) -> None:
    """Write what attempts came to; one that another worker took over meanwhile is left as it is."""
    if done:
        connection.execute(_RECORD, [_recorded(claim, result, now) for claim, result in done])


# By hand, since a million rows go through it: the parameters are those of `_recorded`.
_RECORD = (
    sa.update(deliveries)
    .where(
        deliveries.c.issue_id == sa.bindparam("issue"),
        deliveries.c.subscriber_id == sa.bindparam("subscriber"),
        deliveries.c.attempts == sa.bindparam("attempt"),
        # Not IN, which executemany does not take.
        (deliveries.c.state == DeliveryState.SENDING)
        | (deliveries.c.state == DeliveryState.IN_DOUBT),
    )
    .values(
        state=sa.bindparam("to_state"),
        reply=sa.bindparam("to_reply"),
        code=sa.bindparam("to_code"),
        next_attempt_at=sa.bindparam("again"),
        finished_at=sa.bindparam("finished"),
        doubted_at=sa.func.coalesce(
            sa.bindparam("doubted", type_=Instant), deliveries.c.doubted_at
        ),
        worker=None,
    )
)


def _recorded(claim: Claim, result: Result, now: datetime) -> dict[str, Any]:
    in_doubt = result.state is DeliveryState.IN_DOUBT
    final = not in_doubt and result.state not in _OPEN
    return {
        "issue": claim.issue_id,
        "subscriber": claim.subscriber.id,
        "attempt": claim.attempt,
        "to_state": result.state,
        "to_reply": result.reply,
        "to_code": result.code,
        "again": result.next_attempt_at,
        "finished": now if final else None,
        "doubted": now if in_doubt else None,
    }


def release(connection: sa.Connection, claims: Sequence[Claim]) -> None:
    """Give back claims of which not a byte went out: they wait again as if never claimed.

    The number of the attempt tells whether another worker took one over in the meantime.
    """
    waited = sa.case(
        (deliveries.c.attempts == 1, str(DeliveryState.PENDING)),
        (deliveries.c.doubted_at.is_(None), str(DeliveryState.DEFERRED)),
        else_=str(DeliveryState.IN_DOUBT),
    )
    for claimed in claims:
        connection.execute(
            sa.update(deliveries)
            .where(
                deliveries.c.issue_id == claimed.issue_id,
                deliveries.c.subscriber_id == claimed.subscriber.id,
                deliveries.c.attempts == claimed.attempt,
                deliveries.c.state.in_([DeliveryState.SENDING, DeliveryState.IN_DOUBT]),
            )
            .values(
                state=waited,
                worker=None,
                claimed_at=sa.case((deliveries.c.attempts > 1, deliveries.c.claimed_at)),
                attempts=claimed.attempt - 1,
            )
        )


def doubt(connection: sa.Connection, dead_workers: Sequence[str], now: datetime) -> int:
    """What dead workers had claimed and never answered for is in doubt from now on; how many."""
    return connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.state == DeliveryState.SENDING, deliveries.c.worker.in_(dead_workers))
        .values(
            state=DeliveryState.IN_DOUBT,
            doubted_at=now,
            worker=None,
            reply="the sender died before the server's answer was recorded",
        )
    ).rowcount


def claimants(connection: sa.Connection) -> set[str]:
    """The workers that hold a claim now."""
    query = (
        sa.select(deliveries.c.worker).where(deliveries.c.state == DeliveryState.SENDING).distinct()
    )
    return {worker for worker in connection.scalars(query) if worker is not None}


def expire(connection: sa.Connection, issue_id: int, now: datetime, life_hours: float) -> int:
    """Give up on what was never sent: the issue's life is over; how many. Doubt stays doubt."""
    last = sa.func.coalesce(deliveries.c.reply, "none: it was never attempted")
    return connection.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.issue_id == issue_id,
            deliveries.c.state.in_([DeliveryState.PENDING, DeliveryState.DEFERRED]),
        )
        .values(
            state=DeliveryState.FAILED,
            finished_at=now,
            reply=sa.literal(f"gave up after {life_hours:g} hours; the last reply was ") + last,
        )
    ).rowcount


def counts(connection: sa.Connection, issue_id: int) -> dict[str, int]:
    """How many deliveries of an issue are in each state that occurs."""
    query = (
        sa.select(deliveries.c.state, sa.func.count().label("n"))
        .where(deliveries.c.issue_id == issue_id)
        .group_by(deliveries.c.state)
        .order_by(deliveries.c.state)
    )
    return {row.state: row.n for row in connection.execute(query)}


def doubted(connection: sa.Connection, issue_id: int) -> int:
    """How many deliveries were in doubt at some time, whatever became of them."""
    query = sa.select(sa.func.count()).where(
        deliveries.c.issue_id == issue_id, deliveries.c.doubted_at.is_not(None)
    )
    return connection.scalar(query) or 0


def is_open(connection: sa.Connection, issue_id: int, *, resend_in_doubt: bool) -> bool:
    """Whether anything of the issue is still to be sent or answered."""
    states = [*_OPEN] + ([DeliveryState.IN_DOUBT] if resend_in_doubt else [])
    query = sa.select(
        sa.exists().where(deliveries.c.issue_id == issue_id, deliveries.c.state.in_(states))
    )
    return bool(connection.scalar(query))


def of_subscriber(
    connection: sa.Connection, subscriber_id: int, limit: int
) -> list[dict[str, Any]]:
    """The last deliveries to one subscriber, newest first, with their issues."""
    query = (
        sa.select(
            issues.c.newsletter,
            issues.c.date,
            deliveries.c.state,
            deliveries.c.attempts,
            deliveries.c.claimed_at,
            deliveries.c.finished_at,
            deliveries.c.next_attempt_at,
            deliveries.c.doubted_at,
            deliveries.c.reply,
        )
        .join_from(deliveries, issues)
        .where(deliveries.c.subscriber_id == subscriber_id)
        .order_by(issues.c.date.desc(), issues.c.newsletter)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
