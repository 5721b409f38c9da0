"""Records that were kept for long enough: deleted some at a time, and counted as they go."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from digest.model import DeliveryState, IssueState
from digest.store import delivery_counts, issue_figures
from digest.store.attempt_times import OPEN_PARTS
from digest.store.deliveries import WAITING
from digest.store.issue_figures import Records
from digest.store.reports import ReportState
from digest.store.schema import (
    attempts,
    bounces,
    deliveries,
    issues,
    reports,
    subscribers,
    subscriptions,
    unsubscribes,
)

# Issues of which nothing is sent any more.
_ENDED = (IssueState.SENT, IssueState.STOPPED)
# The next issue looks into the deliveries of so many before it (digest.store.schedule).
_LOOKED_INTO = 2


def issues_with_deliveries(connection: sa.Connection, before: datetime) -> list[int]:
    """The issues that ended before a time, and whose deliveries may go: the oldest first.

    What waits or is in hand though its issue ended is a fault, which is not to be hidden.
    """
    is_open = deliveries.c.state.in_([*WAITING, DeliveryState.SENDING])
    query = sa.select(issues.c.id).where(
        _ended(before),
        sa.exists().where(deliveries.c.issue_id == issues.c.id),
        issues.c.id.not_in(_last_issues()),
        *(
            ~sa.exists().where(deliveries.c.issue_id == issues.c.id, part, is_open)
            for part in OPEN_PARTS
        ),
    )
    return list(connection.scalars(query.order_by(issues.c.id)))


def _ended(before: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(issues.c.state.in_(_ENDED), issues.c.finished_at < before)


def _last_issues() -> sa.Select[tuple[int]]:
    """Of each newsletter those into which the next issue looks."""
    latest_first = sa.func.row_number().over(
        partition_by=issues.c.newsletter, order_by=issues.c.date.desc()
    )
    numbered = (
        sa.select(issues.c.id, latest_first.label("place"))
        .where(issues.c.sealed_at.is_not(None))
        .subquery()
    )
    return sa.select(numbered.c.id).where(numbered.c.place <= _LOOKED_INTO)


def delete_deliveries(connection: sa.Connection, issue_id: int, most: int, now: datetime) -> int:
    """Delete deliveries of an issue that ended, and count them; how many.

    To be called by one at a time (`exclusively`): nobody may be opening the issue again.
    """
    ended = sa.update(issues).where(issues.c.id == issue_id, issues.c.state.in_(_ENDED))
    first_time = sa.func.coalesce(issues.c.deliveries_ended_at, now)
    if not connection.execute(ended.values(deliveries_ended_at=first_time)).rowcount:
        return 0
    some = (
        sa.select(deliveries.c.subscriber_id)
        .where(deliveries.c.issue_id == issue_id)
        .order_by(deliveries.c.subscriber_id)
        .limit(most)
    )
    of_issue = deliveries.c.issue_id == issue_id
    gone = delivery_counts.delete(connection, of_issue, deliveries.c.subscriber_id.in_(some))
    by_state = Counter((row.state, row.cause or "") for row in gone)
    doubted = Counter((row.state, "") for row in gone if row.doubted_at is not None)
    issue_figures.add(connection, issue_id, Records.DELIVERIES, by_state)
    issue_figures.add(connection, issue_id, Records.DOUBTED, doubted)
    return len(gone)


def issues_with_attempts(connection: sa.Connection, before: datetime) -> list[int]:
    """The issues that ended before a time and of which attempts are on record."""
    query = sa.select(issues.c.id).where(
        _ended(before), sa.exists().where(attempts.c.issue_id == issues.c.id)
    )
    return list(connection.scalars(query.order_by(issues.c.id)))


def delete_attempts(connection: sa.Connection, issue_id: int, most: int) -> int:
    """Delete attempts at the deliveries of an issue, all of a subscriber's at once; how many."""
    some = (
        sa.select(attempts.c.subscriber_id)
        .where(attempts.c.issue_id == issue_id)
        .order_by(attempts.c.subscriber_id)
        .limit(most)
    )
    return connection.execute(
        sa.delete(attempts).where(
            attempts.c.issue_id == issue_id, attempts.c.subscriber_id.in_(some)
        )
    ).rowcount


def delete_bounces(connection: sa.Connection, before: datetime, most: int) -> int:
    """Delete what came back before a time, and count it by issue and kind; how many."""
    under_way = sa.select(issues.c.id).where(issues.c.state.not_in(_ENDED))
    some = (
        sa.select(bounces.c.id)
        .where(
            bounces.c.received_at < before,
            sa.or_(bounces.c.issue_id.is_(None), bounces.c.issue_id.not_in(under_way)),
        )
        .order_by(bounces.c.received_at)
        .limit(most)
    )
    gone = connection.execute(
        sa.delete(bounces)
        .where(bounces.c.id.in_(some))
        .returning(bounces.c.issue_id, bounces.c.kind)
    ).all()
    for issue_id in sorted({row.issue_id for row in gone if row.issue_id is not None}):
        kinds = Counter((row.kind, "") for row in gone if row.issue_id == issue_id)
        issue_figures.add(connection, issue_id, Records.BOUNCES, kinds)
    return len(gone)


def empty_reports(connection: sa.Connection, before: datetime, most: int, now: datetime) -> int:
    """Take the texts out of reports that came before a time; how many.

    What they are known again by stays, so that nothing is told twice; and so do their stories.
    """
    whole = (
        sa.select(reports.c.id, reports.c.content)
        .where(
            sa.text("reports.emptied_at IS NULL"),
            reports.c.collected_at < before,
            reports.c.standing.in_([ReportState.TOLD, ReportState.OLD]),
        )
        .order_by(reports.c.collected_at)
        .limit(most)
    )
    rows = connection.execute(whole).all()
    if rows:
        connection.execute(
            sa.update(reports)
            .where(reports.c.id == sa.bindparam("number"))
            .values(content=sa.bindparam("without_text"), emptied_at=now),
            [
                {"number": row.id, "without_text": {**row.content, "bullets": [], "summary": ""}}
                for row in rows
            ],
        )
    return len(rows)


def emptied(connection: sa.Connection, report_ids: Collection[int]) -> bool:
    """Whether the text of any of these reports is gone."""
    query = sa.exists().where(reports.c.id.in_(report_ids), reports.c.emptied_at.is_not(None))
    return bool(connection.scalar(sa.select(query)))


def long_gone(connection: sa.Connection, before: datetime, most: int) -> list[int]:
    """Who left all that they got before a time, and came back to nothing; `most` of them."""
    subscribed = sa.exists().where(subscriptions.c.subscriber_id == subscribers.c.id)
    query = (
        sa.select(subscribers.c.id)
        .join_from(subscribers, unsubscribes)
        .where(~subscribed)
        .group_by(subscribers.c.id)
        .having(sa.func.max(unsubscribes.c.left_at) < before)
        .order_by(subscribers.c.id)
        .limit(most)
    )
    numbers = list(connection.scalars(query))
    # Whoever comes back at this moment waits until they are erased, or is seen to be back.
    locked = sa.select(subscribers.c.id).where(subscribers.c.id.in_(numbers)).with_for_update()
    connection.execute(locked).all()
    back = sa.select(subscriptions.c.subscriber_id).where(
        subscriptions.c.subscriber_id.in_(numbers)
    )
    return sorted(set(numbers) - set(connection.scalars(back)))
