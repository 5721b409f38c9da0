"""Who approved which content of an issue, and how that ended; nothing is deleted."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.issue_edits import TIMING
from digest.model import Issue, RenderedIssue
from digest.store.json_values import json_value, read_value
from digest.store.schema import approvals, edits


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """An approval as it is kept: what goes out, and how it ended, where it did.

    It is sealed from `final_at` on. `changes_seen` counts what had been decided of the issue.
    `ended_by` is nobody where a change made it void.
    """

    id: int
    issue: Issue
    rendered: RenderedIssue
    content_hash: str
    changes_seen: int
    approved_by: str
    approved_at: datetime
    final_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    end_reason: str


def add(
    connection: sa.Connection,
    issue: Issue,
    rendered: RenderedIssue,
    content_hash: str,
    who: str,
    now: datetime,
    final_at: datetime,
) -> None:
    """Keep that somebody approved this content."""
    connection.execute(
        sa.insert(approvals).values(
            newsletter=issue.newsletter,
            date=issue.date,
            content=json_value(Issue, issue),
            rendered=json_value(RenderedIssue, rendered),
            content_hash=content_hash,
            changes_seen=changes_made(connection, issue.newsletter, issue.date),
            approved_by=who,
            approved_at=now,
            final_at=final_at,
        )
    )


def current(connection: sa.Connection, newsletter: str, day: date) -> ApprovalRecord | None:
    """The approval of the issue of a date that was not ended."""
    of_issue = (approvals.c.newsletter == newsletter, approvals.c.date == day)
    query = sa.select(approvals).where(*of_issue, approvals.c.ended_at.is_(None))
    return _record_of(connection, query)


def last_ended(connection: sa.Connection, newsletter: str, day: date) -> ApprovalRecord | None:
    """The approval of the issue of a date that was ended last."""
    of_issue = (approvals.c.newsletter == newsletter, approvals.c.date == day)
    query = sa.select(approvals).where(*of_issue, approvals.c.ended_at.is_not(None))
    return _record_of(connection, query)


def end(
    connection: sa.Connection, number: int, reason: str, now: datetime, *, who: str | None = None
) -> None:
    """Let an approval count no more: by somebody, or since something changed."""
    connection.execute(
        sa.update(approvals)
        .where(approvals.c.id == number, approvals.c.ended_at.is_(None))
        .values(ended_by=who, ended_at=now, end_reason=reason)
    )


def changes_made(connection: sa.Connection, newsletter: str, day: date) -> int:
    """How often the issue of a date was changed by hand, that undone, or redone: it only grows."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(edits.c.turns), 0)).where(
        edits.c.newsletter == newsletter,
        edits.c.date == day,
        edits.c.kind.not_in(TIMING),
    )
    made, turns = connection.execute(query).one()
    return int(made + turns)


def _record_of(
    connection: sa.Connection, query: sa.Select[tuple[object, ...]]
) -> ApprovalRecord | None:
    row = connection.execute(query.order_by(approvals.c.id.desc()).limit(1)).mappings().first()
    if row is None:
        return None
    return ApprovalRecord(
        id=row["id"],
        issue=read_value(Issue, row["content"]),
        rendered=read_value(RenderedIssue, row["rendered"]),
        content_hash=row["content_hash"],
        changes_seen=row["changes_seen"],
        approved_by=row["approved_by"],
        approved_at=row["approved_at"],
        final_at=row["final_at"],
        ended_by=row["ended_by"],
        ended_at=row["ended_at"],
        end_reason=row["end_reason"],
    )
