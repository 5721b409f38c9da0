"""What is on record of one subscriber's deliveries, for whoever asks why a mail did not come."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from digest.model import UNTOLD
from digest.store.schema import attempts, deliveries, issues


def of_subscriber(
    connection: sa.Connection,
    subscriber_id: int,
    limit: int,
    *,
    newsletter: str | None = None,
    day: date | None = None,
) -> list[dict[str, Any]]:
    """The last deliveries to one subscriber (of a newsletter, of a date), newest first."""
    query = (
        sa.select(
            deliveries.c.issue_id,
            issues.c.newsletter,
            issues.c.date,
            deliveries.c.state,
            deliveries.c.cause,
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
    if newsletter is not None:
        query = query.where(issues.c.newsletter == newsletter)
    if day is not None:
        query = query.where(issues.c.date == day)
    return [dict(row) for row in connection.execute(query).mappings()]


def told_with(
    connection: sa.Connection, subscriber_id: int, newsletter: str, day: date
) -> date | None:
    """The date of the issue whose mail tells what a paused or merged one was to tell."""
    query = (
        sa.select(sa.func.min(issues.c.date))
        .join_from(deliveries, issues)
        .where(
            deliveries.c.subscriber_id == subscriber_id,
            deliveries.c.since <= day,
            deliveries.c.state.not_in(UNTOLD),
            issues.c.newsletter == newsletter,
            issues.c.date > day,
        )
    )
    day_told: date | None = connection.scalar(query)
    return day_told


def newsletters_of(connection: sa.Connection, subscriber_id: int) -> set[str]:
    """The newsletters of which a subscriber has a delivery."""
    query = (
        sa.select(issues.c.newsletter)
        .join_from(deliveries, issues)
        .where(deliveries.c.subscriber_id == subscriber_id)
        .distinct()
    )
    return set(connection.scalars(query))


def attempts_at(
    connection: sa.Connection, issue_id: int, subscriber_id: int
) -> list[dict[str, Any]]:
    """The attempts at one delivery that did not end in `sent`, the first one first."""
    query = (
        sa.select(attempts)
        .where(attempts.c.issue_id == issue_id, attempts.c.subscriber_id == subscriber_id)
        .order_by(attempts.c.attempt)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
