"""One record a subscriber an issue (promises 3 to 5).

Laid out at the seal (digest.store.schedule), claimed before the bytes go out, written after the
reply.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from digest.model import DeliveryCause, DeliveryState
from digest.store import delivery_counts, issue_figures, workers
from digest.store.attempt_times import ATTEMPT_AT, NEVER_PUT_OFF, OPEN_PARTS, in_states, open_until
from digest.store.issue_figures import Records
from digest.store.schema import (
    attempts,
    deliveries,
    subscribers,
    subscriptions,
    suppressions,
)

# What waits for its turn.
WAITING = (DeliveryState.PENDING, DeliveryState.DEFERRED)
_DOUBT = DeliveryState.IN_DOUBT
# By which the two parts of what is open are ordered in their indexes.
_TURNS = (deliveries.c.due_at, deliveries.c.next_attempt_at)


def take_from(connection: sa.Connection, worker_id: str, now: datetime) -> int:
    """Take from a worker what it had claimed; how many of that are in doubt from now on.

    That is what may have been on the wire; the rest waits again as if never claimed.
    """
    claimed = workers.claimed_by(connection, worker_id)
    numbers = workers.handed_out(connection, worker_id)
    out = claimed if numbers is None else claimed & deliveries.c.subscriber_id.in_(numbers)
    _remember_doubt(connection, out)
    doubted = delivery_counts.update(
        connection,
        out,
        state=DeliveryState.IN_DOUBT,
        cause=DeliveryCause.WORKER_DIED,
        doubted_at=now,
        worker=None,
        server=None,
        reply=None,
    )
    delivery_counts.update(connection, claimed, **_UNCLAIMED)
    return doubted


# What a claimed delivery becomes of which not a byte went out.
_UNCLAIMED = {
    "state": sa.case(
        (deliveries.c.attempts == 1, str(DeliveryState.PENDING)),
        (deliveries.c.doubted_at.is_(None), str(DeliveryState.DEFERRED)),
        else_=str(DeliveryState.IN_DOUBT),
    ),
    "worker": None,
    "claimed_at": sa.case((deliveries.c.attempts > 1, deliveries.c.claimed_at)),
    "attempts": deliveries.c.attempts - 1,
}


def doubt_for_good(
    connection: sa.Connection, issue_id: int, due_until: datetime, now: datetime
) -> int:
    """What was due by then may have gone out from another copy of the database; how many.

    It is in doubt and not sent again, whatever the settings say of doubt.
    """
    open_states = [*WAITING, DeliveryState.SENDING, _DOUBT]
    return delivery_counts.update(
        connection,
        *_over(issue_id, due_until, open_states),
        state=_DOUBT,
        cause=DeliveryCause.ADOPTED,
        doubted_at=now,
        finished_at=now,
        next_attempt_at=None,
        worker=None,
    )


def _remember_doubt(connection: sa.Connection, out: sa.ColumnElement[bool]) -> None:
    """A line of history for each claim that went out, at the time at which it was claimed."""
    is_recorded = sa.exists().where(
        attempts.c.issue_id == deliveries.c.issue_id,
        attempts.c.subscriber_id == deliveries.c.subscriber_id,
        attempts.c.attempt == deliveries.c.attempts,
    )
    claimed = (
        sa.select(
            deliveries.c.issue_id,
            deliveries.c.subscriber_id,
            deliveries.c.attempts,
            deliveries.c.claimed_at,
            sa.literal(str(DeliveryState.IN_DOUBT)),
            sa.literal(str(DeliveryCause.WORKER_DIED)),
        )
        .where(out, ~is_recorded)
        # A sender that lives after all must not write its result between this and the update.
        .with_for_update()
    )
    columns = ["issue_id", "subscriber_id", "attempt", "at", "state", "cause"]
    connection.execute(sa.insert(attempts).from_select(columns, claimed))


def expire(connection: sa.Connection, issue_id: int, now: datetime, life_hours: float) -> int:
    """Give up on what was due too long ago and never sent; how many. Doubt stays doubt."""
    over = now - timedelta(hours=life_hours)
    count = 0
    for part in OPEN_PARTS:
        delivery_counts.update(connection, part, *_over(issue_id, over, [_DOUBT]), finished_at=now)
        count += delivery_counts.update(
            connection,
            part,
            *_over(issue_id, over, WAITING),
            state=DeliveryState.FAILED,
            cause=DeliveryCause.GAVE_UP,
            finished_at=now,
        )
    return count


def give_up_untold(
    connection: sa.Connection, issue_id: int, before: datetime, now: datetime
) -> int:
    """Give up on what was never attempted, was due before a time, and no next issue came to tell.

    How many.
    """
    never_put_off, _ = open_until(before)
    waits = never_put_off & (deliveries.c.state == DeliveryState.PENDING)
    late = (deliveries.c.cause == DeliveryCause.LATE) & (deliveries.c.state == DeliveryState.MERGED)
    # One by one: each is a look into an index.
    return sum(
        delivery_counts.update(
            connection,
            deliveries.c.issue_id == issue_id,
            which,
            state=DeliveryState.FAILED,
            cause=DeliveryCause.UNTOLD,
            finished_at=now,
        )
        for which in (waits, late)
    )


def _over(
    issue_id: int, before: datetime, states: Sequence[DeliveryState]
) -> tuple[sa.ColumnElement[bool], ...]:
    """What is of these states and was due before a time."""
    return (
        deliveries.c.issue_id == issue_id,
        deliveries.c.finished_at.is_(None),
        deliveries.c.state.in_(states),
        deliveries.c.due_at <= before,
    )


def is_overdue(connection: sa.Connection, issue_id: int, before: datetime) -> bool:
    """Whether anything that is to be sent or resent was due before a time."""
    overdue = _over(issue_id, before, [*WAITING, _DOUBT])
    return any(
        connection.scalar(sa.select(sa.exists().where(part, *overdue))) for part in OPEN_PARTS
    )


def hurry(connection: sa.Connection, issue_id: int, now: datetime) -> None:
    """What waits for its subscriber's hour is due at once."""
    delivery_counts.update(
        connection,
        deliveries.c.issue_id == issue_id,
        NEVER_PUT_OFF,
        deliveries.c.state == DeliveryState.PENDING,
        deliveries.c.due_at > now,
        due_at=now,
    )


def take_up(
    connection: sa.Connection,
    issue_id: int,
    newsletter: str,
    now: datetime,
    *,
    resend_in_doubt: bool,
) -> None:
    """What failed, for those who may still be mailed, and what waits is to be attempted at once.

    Its life begins anew.
    """
    failed = deliveries.c.state == DeliveryState.FAILED
    attempt_anew(connection, issue_id, newsletter, now, failed)
    delivery_counts.update(
        connection,
        deliveries.c.issue_id == issue_id,
        deliveries.c.state.in_(to_attempt(resend=resend_in_doubt)),
        due_at=now,
        next_attempt_at=None,
        finished_at=None,
    )


def attempt_anew(
    connection: sa.Connection,
    issue_id: int,
    newsletter: str,
    now: datetime,
    *which: sa.ColumnElement[bool],
) -> int:
    """What ended waits again, due now, of those who may still be mailed; how many."""
    return delivery_counts.update(
        connection,
        deliveries.c.issue_id == issue_id,
        *which,
        deliveries.c.subscriber_id.in_(mailable(newsletter)),
        state=sa.case(
            (deliveries.c.attempts == 0, str(DeliveryState.PENDING)),
            else_=str(DeliveryState.DEFERRED),
        ),
        cause=None,
        due_at=now,
        next_attempt_at=None,
        finished_at=None,
    )


def begin_life_anew(connection: sa.Connection, issue_id: int, now: datetime) -> None:
    """What waits and was due before is due now: nobody gives it up for what it waited so far."""
    waits = deliveries.c.state.in_([*WAITING, _DOUBT]) & deliveries.c.finished_at.is_(None)
    of_issue = deliveries.c.issue_id == issue_id
    delivery_counts.update(connection, of_issue, waits, deliveries.c.due_at < now, due_at=now)


def stop_waiting(connection: sa.Connection, issue_id: int, now: datetime) -> None:
    """What waits is not sent any more, and what is in doubt stays so: its issue was stopped."""
    of_issue = (deliveries.c.issue_id == issue_id) & deliveries.c.finished_at.is_(None)
    delivery_counts.update(connection, of_issue, deliveries.c.state == _DOUBT, finished_at=now)
    delivery_counts.update(
        connection,
        of_issue,
        deliveries.c.state.in_(WAITING),
        state=DeliveryState.SKIPPED,
        cause=DeliveryCause.STOPPED,
        next_attempt_at=None,
        finished_at=now,
    )


def mailable(newsletter: str) -> sa.Select[Any]:
    """The subscribers who get the newsletter now and are not suppressed."""
    return (
        sa.select(subscriptions.c.subscriber_id)
        .join_from(subscriptions, subscribers)
        .outerjoin(suppressions, suppressions.c.address_hash == subscribers.c.address_hash)
        .where(subscriptions.c.newsletter == newsletter, suppressions.c.address_hash.is_(None))
    )


def waiting(
    connection: sa.Connection, issue_id: int, now: datetime, *, resend_in_doubt: bool
) -> int:
    """How many deliveries would be attempted now, those in a worker's hands among them."""
    states = to_attempt(resend=resend_in_doubt)
    again, _, _ = _attempted_before(connection, issue_id, states, open_until(now))
    pending = delivery_counts.pending(connection, issue_id)
    due = sum(count for due_at, count in pending.items() if due_at <= now)
    in_hand = delivery_counts.by_state(connection, issue_id).get(DeliveryState.SENDING, 0)
    return in_hand + due + again


def _attempted_before(
    connection: sa.Connection,
    issue_id: int,
    states: Sequence[DeliveryState],
    parts: Sequence[sa.ColumnElement[bool]],
) -> tuple[int, datetime | None, datetime | None]:
    """Of what was attempted: how many in these parts, the first turn and the last hour of theirs.

    These are few, if any; what was not attempted yet is known from the counts that are kept.
    """
    of_state = delivery_counts.by_state(connection, issue_id)
    some = [state for state in states if state in of_state and state != DeliveryState.PENDING]
    if not some:
        return 0, None, None
    query = sa.select(
        sa.func.count(), sa.func.min(ATTEMPT_AT), sa.func.max(deliveries.c.due_at)
    ).where(deliveries.c.issue_id == issue_id, in_states(some))
    rows = [connection.execute(query.where(part)).one() for part in parts]
    first = min((row[1] for row in rows if row[1] is not None), default=None)
    last = max((row[2] for row in rows if row[2] is not None), default=None)
    return sum(row[0] for row in rows), first, last


def is_due(
    connection: sa.Connection, issue_id: int, now: datetime, *, resend_in_doubt: bool
) -> bool:
    """Whether any delivery is to be attempted now."""
    states = in_states(to_attempt(resend=resend_in_doubt))
    of_issue = sa.and_(deliveries.c.issue_id == issue_id, states)
    return any(
        connection.scalar(sa.select(sa.exists().where(of_issue, due))) for due in open_until(now)
    )


def to_attempt(*, resend: bool) -> list[DeliveryState]:
    """The states of what is still to be attempted."""
    return [*WAITING, _DOUBT] if resend else [*WAITING]


def overdue(
    connection: sa.Connection, issue_id: int, before: datetime
) -> tuple[int, datetime | None]:
    """How many wait although they were to be attempted before a time, and since when the first."""
    again, first, _ = _attempted_before(connection, issue_id, WAITING, open_until(before))
    pending = delivery_counts.pending(connection, issue_id)
    due = {due_at: count for due_at, count in pending.items() if due_at <= before}
    since = min([*due, *([first] if first else [])], default=None)
    return again + sum(due.values()), since


def last_due(connection: sa.Connection, issue_id: int) -> tuple[int, datetime | None]:
    """How many wait, whether their time has come or not, and when the last of them is due."""
    again, _, last = _attempted_before(connection, issue_id, WAITING, OPEN_PARTS)
    pending = delivery_counts.pending(connection, issue_id)
    return again + sum(pending.values()), max([*pending, *([last] if last else [])], default=None)


def later_on(
    connection: sa.Connection, issue_id: int, now: datetime
) -> tuple[int, datetime | None]:
    """How many wait for their subscriber's hour, and the last of these hours."""
    pending = delivery_counts.pending(connection, issue_id)
    later = {due_at: count for due_at, count in pending.items() if due_at > now}
    return sum(later.values()), max(later, default=None)


def counts(connection: sa.Connection, issue_id: int) -> dict[str, int]:
    """How many deliveries of an issue are in each state that occurs, with those that are gone."""
    total = Counter(issue_figures.of_issue(connection, issue_id, Records.DELIVERIES))
    total.update(delivery_counts.by_state(connection, issue_id))
    return dict(sorted(total.items()))


def sent(connection: sa.Connection, issue_id: int) -> int:
    """For how many a server accepted the issue."""
    return delivery_counts.by_state(connection, issue_id).get(DeliveryState.SENT, 0)


def latest_refusal(connection: sa.Connection, issue_id: int) -> str:
    """The reply to the delivery that failed last, empty where none did."""
    query = (
        sa.select(deliveries.c.reply)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.state == DeliveryState.FAILED)
        .order_by(deliveries.c.finished_at.desc(), deliveries.c.subscriber_id)
        .limit(1)
    )
    return connection.scalar(query) or ""


def doubted(connection: sa.Connection, issue_id: int) -> int:
    """How many deliveries were in doubt at some time, whatever became of them."""
    gone = issue_figures.of_issue(connection, issue_id, Records.DOUBTED)
    return delivery_counts.doubted(connection, issue_id) + sum(gone.values())


def is_open(connection: sa.Connection, issue_id: int, *, resend_in_doubt: bool) -> bool:
    """Whether anything of the issue is still to be sent or answered."""
    states = in_states([*to_attempt(resend=resend_in_doubt), DeliveryState.SENDING])
    of_issue = sa.select(deliveries.c.subscriber_id).where(
        deliveries.c.issue_id == issue_id, states
    )
    # In the order of an index: else PostgreSQL reads the table, in the hope to find one soon.
    return any(
        connection.scalar(of_issue.where(part).order_by(turn).limit(1)) is not None
        for part, turn in zip(OPEN_PARTS, _TURNS, strict=True)
    )
