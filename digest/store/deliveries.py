"""One record a subscriber an issue (promises 3 to 5).

Laid out at the seal, claimed before the bytes go out, written after the reply.
"""

from collections.abc import Sequence
from datetime import date, datetime
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
    """Give up on what was never sent: the issue's life is over; how many. Doubt stays doubt."""
    last = sa.func.coalesce(deliveries.c.reply, "none: it was never attempted")
    gave_up = sa.literal(f"{_GAVE_UP}{life_hours:g} hours; the last reply was ") + last
    return connection.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.issue_id == issue_id,
            deliveries.c.state.in_([DeliveryState.PENDING, DeliveryState.DEFERRED]),
        )
        .values(
            state=DeliveryState.FAILED,
            finished_at=now,
            # One that was taken up again by hand after it had been given up says so once.
            reply=sa.case(
                (deliveries.c.reply.startswith(_GAVE_UP), deliveries.c.reply), else_=gave_up
            ),
        )
    ).rowcount


_GAVE_UP = "gave up after "


def lay_out_missing(connection: sa.Connection, issue_id: int, newsletter: str) -> int:
    """A pending delivery for everyone who gets the newsletter now and has none; how many."""
    has_one = sa.exists().where(
        deliveries.c.issue_id == issue_id,
        deliveries.c.subscriber_id == subscriptions.c.subscriber_id,
    )
    missing = (
        _mailable(newsletter)
        .add_columns(sa.literal(issue_id), sa.literal(str(DeliveryState.PENDING)))
        .where(~has_one)
    )
    return connection.execute(
        sa.insert(deliveries).from_select(["subscriber_id", "issue_id", "state"], missing),
        execution_options={"preserve_rowcount": True},
    ).rowcount


def take_up(
    connection: sa.Connection, issue_id: int, newsletter: str, *, resend_in_doubt: bool
) -> None:
    """What failed, for those who may still be mailed, and what waits is to be attempted at once."""
    of_issue = sa.update(deliveries).where(deliveries.c.issue_id == issue_id)
    connection.execute(
        of_issue.where(
            deliveries.c.state == DeliveryState.FAILED,
            deliveries.c.subscriber_id.in_(_mailable(newsletter)),
        ).values(
            state=sa.case(
                (deliveries.c.attempts == 0, str(DeliveryState.PENDING)),
                else_=str(DeliveryState.DEFERRED),
            ),
            next_attempt_at=None,
            finished_at=None,
        )
    )
    waiting = [DeliveryState.DEFERRED] + ([DeliveryState.IN_DOUBT] if resend_in_doubt else [])
    connection.execute(of_issue.where(deliveries.c.state.in_(waiting)).values(next_attempt_at=None))


def _mailable(newsletter: str) -> sa.Select[Any]:
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
    at_once = [DeliveryState.PENDING, DeliveryState.SENDING]
    again = [DeliveryState.DEFERRED] + ([DeliveryState.IN_DOUBT] if resend_in_doubt else [])
    its_time = deliveries.c.next_attempt_at.is_(None) | (deliveries.c.next_attempt_at <= now)
    query = sa.select(sa.func.count()).where(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state.in_(at_once) | (deliveries.c.state.in_(again) & its_time),
    )
    return connection.scalar(query) or 0


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
    connection: sa.Connection, subscriber_id: int, limit: int, *, day: date | None = None
) -> list[dict[str, Any]]:
    """The last deliveries to one subscriber (of a date), newest first, with their issues."""
    query = (
        sa.select(
            deliveries.c.issue_id,
            issues.c.newsletter,
            issues.c.date,
            deliveries.c.state,
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
