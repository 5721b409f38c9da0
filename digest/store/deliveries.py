"""One record a subscriber an issue (promises 3 to 5).

Laid out at the seal (digest.store.schedule), claimed before the bytes go out, written after the
reply.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from digest.model import DeliveryState
from digest.store.schema import (
    attempts,
    deliveries,
    issues,
    subscribers,
    subscriptions,
    suppressions,
)

_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.DEFERRED)
_WAITING = (DeliveryState.PENDING, DeliveryState.DEFERRED)
_DOUBT = DeliveryState.IN_DOUBT


def doubt(connection: sa.Connection, dead_workers: Sequence[str], now: datetime) -> int:
    """What dead workers had claimed and never answered for is in doubt from now on; how many."""
    theirs = sa.and_(
        deliveries.c.state == DeliveryState.SENDING, deliveries.c.worker.in_(dead_workers)
    )
    _remember_doubt(connection, theirs)
    return connection.execute(
        sa.update(deliveries)
        .where(theirs)
        .values(state=DeliveryState.IN_DOUBT, doubted_at=now, worker=None, server=None, reply=_DIED)
    ).rowcount


_DIED = "the sender died before the server's answer was recorded"


def _remember_doubt(connection: sa.Connection, theirs: sa.ColumnElement[bool]) -> None:
    """A line of history for each claim of the dead, at the time at which it was claimed."""
    known = sa.exists().where(
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
            sa.literal(_DIED),
        )
        .where(theirs, ~known)
        # A sender that lives after all must not write its result between this and the update.
        .with_for_update()
    )
    columns = ["issue_id", "subscriber_id", "attempt", "at", "state", "reply"]
    connection.execute(sa.insert(attempts).from_select(columns, claimed))


def claimants(connection: sa.Connection) -> set[str]:
    """The workers that hold a claim now."""
    query = (
        sa.select(deliveries.c.worker).where(deliveries.c.state == DeliveryState.SENDING).distinct()
    )
    return {worker for worker in connection.scalars(query) if worker is not None}


def expire(connection: sa.Connection, issue_id: int, now: datetime, life_hours: float) -> int:
    """Give up on what was due too long ago and never sent; how many. Doubt stays doubt."""
    over = now - timedelta(hours=life_hours)
    last = sa.func.coalesce(deliveries.c.reply, "none: it was never attempted")
    gave_up = sa.literal(f"{_GAVE_UP}{life_hours:g} hours; the last reply was ") + last
    connection.execute(
        sa.update(deliveries).where(*_over(issue_id, over, [_DOUBT])).values(finished_at=now)
    )
    return connection.execute(
        sa.update(deliveries)
        .where(*_over(issue_id, over, _WAITING))
        .values(
            state=DeliveryState.FAILED,
            finished_at=now,
            # One that was taken up again by hand after it had been given up says so once.
            reply=sa.case(
                (deliveries.c.reply.startswith(_GAVE_UP), deliveries.c.reply), else_=gave_up
            ),
        )
    ).rowcount


def _over(
    issue_id: int, before: datetime, states: Sequence[DeliveryState]
) -> tuple[sa.ColumnElement[bool], ...]:
    """What is of these states and was due before a time."""
    return (
        deliveries.c.issue_id == issue_id,
        deliveries.c.state.in_(states),
        deliveries.c.due_at <= before,
        deliveries.c.finished_at.is_(None),
    )


def is_overdue(connection: sa.Connection, issue_id: int, before: datetime) -> bool:
    """Whether anything that is to be sent or resent was due before a time."""
    overdue = _over(issue_id, before, [*_WAITING, _DOUBT])
    return bool(connection.scalar(sa.select(sa.exists().where(*overdue))))


_GAVE_UP = "gave up after "


def hurry(connection: sa.Connection, issue_id: int, now: datetime) -> None:
    """What waits for its reader's hour is due at once."""
    connection.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.issue_id == issue_id,
            deliveries.c.state == DeliveryState.PENDING,
            deliveries.c.due_at > now,
        )
        .values(due_at=now)
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
    of_issue = sa.update(deliveries).where(deliveries.c.issue_id == issue_id)
    connection.execute(
        of_issue.where(
            deliveries.c.state == DeliveryState.FAILED,
            deliveries.c.subscriber_id.in_(mailable(newsletter)),
        ).values(
            state=sa.case(
                (deliveries.c.attempts == 0, str(DeliveryState.PENDING)),
                else_=str(DeliveryState.DEFERRED),
            ),
            due_at=now,
            next_attempt_at=None,
            finished_at=None,
        )
    )
    waiting = [*_WAITING] + ([_DOUBT] if resend_in_doubt else [])
    connection.execute(
        of_issue.where(deliveries.c.state.in_(waiting)).values(
            due_at=now, next_attempt_at=None, finished_at=None
        )
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
    of_issue = sa.select(sa.func.count()).where(deliveries.c.issue_id == issue_id)
    in_hand = of_issue.where(deliveries.c.state == DeliveryState.SENDING)
    # One by one: each is a look into an index.
    queries = [in_hand, *(of_issue.where(due) for due in _due(now, resend=resend_in_doubt))]
    return sum(connection.scalar(query) or 0 for query in queries)


def is_due(
    connection: sa.Connection, issue_id: int, now: datetime, *, resend_in_doubt: bool
) -> bool:
    """Whether any delivery is to be attempted now."""
    return any(
        connection.scalar(sa.select(sa.exists().where(deliveries.c.issue_id == issue_id, due)))
        for due in _due(now, resend=resend_in_doubt)
    )


def _due(now: datetime, *, resend: bool) -> list[sa.ColumnElement[bool]]:
    """What a claim takes now, state by state."""
    its_time = deliveries.c.next_attempt_at.is_(None) | (deliveries.c.next_attempt_at <= now)
    found = [
        sa.and_(deliveries.c.state == DeliveryState.PENDING, deliveries.c.due_at <= now),
        sa.and_(deliveries.c.state == DeliveryState.DEFERRED, its_time),
    ]
    if resend:
        doubt = (deliveries.c.state == _DOUBT, deliveries.c.finished_at.is_(None))
        found.append(sa.and_(*doubt, its_time))
    return found


def later_on(
    connection: sa.Connection, issue_id: int, now: datetime
) -> tuple[int, datetime | None]:
    """How many wait for their reader's hour, and the last of these hours."""
    query = sa.select(sa.func.count(), sa.func.max(deliveries.c.due_at)).where(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state == DeliveryState.PENDING,
        deliveries.c.due_at > now,
    )
    found, last = connection.execute(query).one()
    return found, last


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
    resent = sa.and_(deliveries.c.state == _DOUBT, deliveries.c.finished_at.is_(None))
    still = [deliveries.c.state.in_(_OPEN)] + ([resent] if resend_in_doubt else [])
    query = sa.select(sa.exists().where(deliveries.c.issue_id == issue_id, sa.or_(*still)))
    return bool(connection.scalar(query))


def of_subscriber(
    connection: sa.Connection, subscriber_id: int, limit: int, *, day: date | None = None
) -> list[dict[str, Any]]:
    """The last deliveries to one subscriber (of a date), newest first, with their issues."""
    query = (
        sa.select(
            deliveries.c.issue_id,
            issues.c.newsletter,
            issues.c.date,
            deliveries.c.state,
            deliveries.c.due_at,
            deliveries.c.since,
            deliveries.c.attempts,
            deliveries.c.claimed_at,
            deliveries.c.finished_at,
            deliveries.c.next_attempt_at,
            deliveries.c.doubted_at,
            deliveries.c.server,
            deliveries.c.reply,
        )
        .join_from(deliveries, issues)
        .where(deliveries.c.subscriber_id == subscriber_id)
        .order_by(issues.c.date.desc(), issues.c.newsletter)
        .limit(limit)
    )
    if day is not None:
        query = query.where(issues.c.date == day)
    return [dict(row) for row in connection.execute(query).mappings()]


def told_with(
    connection: sa.Connection, subscriber_id: int, newsletter: str, day: date
) -> date | None:
    """The date of the issue whose mail tells what a paused or merged one was to tell."""
    untold = [DeliveryState.PAUSED, DeliveryState.MERGED]
    query = (
        sa.select(sa.func.min(issues.c.date))
        .join_from(deliveries, issues)
        .where(
            deliveries.c.subscriber_id == subscriber_id,
            deliveries.c.since <= day,
            deliveries.c.state.not_in(untold),
            issues.c.newsletter == newsletter,
            issues.c.date > day,
        )
    )
    told: date | None = connection.scalar(query)
    return told


def newsletters_of(connection: sa.Connection, subscriber_id: int) -> set[str]:
    """The newsletters of which a subscriber has a delivery."""
    query = (
        sa.select(issues.c.newsletter)
        .join_from(deliveries, issues)
        .where(deliveries.c.subscriber_id == subscriber_id)
        .distinct()
    )
    return set(connection.scalars(query))


def history(connection: sa.Connection, issue_id: int, subscriber_id: int) -> list[dict[str, Any]]:
    """The attempts at one delivery that did not end in `sent`, the first one first."""
    query = (
        sa.select(attempts)
        .where(attempts.c.issue_id == issue_id, attempts.c.subscriber_id == subscriber_id)
        .order_by(attempts.c.attempt)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
