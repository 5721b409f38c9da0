"""The issues of some days in short: without their content, which is large."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.issue_edits import EditKind
from digest.model import IssueCause, IssueState
from digest.store.schema import edits, issues


@dataclass(frozen=True, slots=True)
class IssueDay:
    """An issue that was made or tried: how it stands, why, and its subject where it has one."""

    id: int
    newsletter: str
    date: date
    state: IssueState
    reason: str
    cause: IssueCause | None
    subject: str
    sealed_at: datetime | None
    finished_at: datetime | None


def between(connection: sa.Connection, first: date, last: date) -> list[IssueDay]:
    """The issues of these days, by date and newsletter."""
    query = (
        sa.select(
            issues.c.id,
            issues.c.newsletter,
            issues.c.date,
            issues.c.state,
            issues.c.reason,
            issues.c.cause,
            issues.c.content["subject"].as_string().label("subject"),
            issues.c.sealed_at,
            issues.c.finished_at,
        )
        .where(issues.c.date.between(first, last))
        .order_by(issues.c.date, issues.c.newsletter)
    )
    return [
        IssueDay(
            row.id,
            row.newsletter,
            row.date,
            IssueState(row.state),
            row.reason,
            IssueCause(row.cause) if row.cause else None,
            row.subject or "",
            row.sealed_at,
            row.finished_at,
        )
        for row in connection.execute(query)
    ]


def stopped_by_editors(
    connection: sa.Connection, first: date, last: date
) -> dict[tuple[str, date], tuple[EditKind, str]]:
    """Of these days those that an editor holds or skips, and why; sealed or not."""
    query = (
        sa.select(edits.c.newsletter, edits.c.date, edits.c.kind, edits.c.lines)
        .where(
            edits.c.date.between(first, last),
            edits.c.undone_at.is_(None),
            edits.c.kind.in_([EditKind.HOLD, EditKind.SKIP]),
        )
        .order_by(edits.c.id)
    )
    return {
        (row.newsletter, row.date): (EditKind(row.kind), row.lines[0])
        for row in connection.execute(query)
    }


def first_dates(connection: sa.Connection) -> dict[str, date]:
    """The date of each newsletter's first issue that was made or tried."""
    first = sa.func.min(issues.c.date).label("first")
    query = sa.select(issues.c.newsletter, first).group_by(issues.c.newsletter)
    return {row.newsletter: row.first for row in connection.execute(query)}
