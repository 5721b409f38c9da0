"""Figures of the whole project for whoever watches it, whichever process brought them about.

Each query reads an index over the last days alone, so that it may be asked every few seconds.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.model import DeliveryState, IssueState
from digest.store import issue_figures
from digest.store.issue_figures import Records
from digest.store.schema import bounces, deliveries, issues, reports, stories


@dataclass(frozen=True, slots=True)
class RecentIssue:
    """A sealed issue of the last days; once it is finished, its deliveries stay as they are."""

    id: int
    newsletter: str
    finished_at: datetime | None


# Few end otherwise at the end of an issue: among so many the last that was sent is found.
_LATEST = 1000


def last_sent(connection: sa.Connection, issue_id: int) -> datetime | None:
    """When a server took a message of an issue last."""
    latest = (
        sa.select(deliveries.c.finished_at, deliveries.c.state)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.finished_at.is_not(None))
        .order_by(deliveries.c.finished_at.desc())
        .limit(_LATEST)
        .subquery()
    )
    query = sa.select(sa.func.max(latest.c.finished_at)).where(latest.c.state == DeliveryState.SENT)
    newest: datetime | None = connection.scalar(query)
    return newest


def database_size(connection: sa.Connection) -> int:
    """The bytes of the database: of SQLite those of its pages, without the log beside it."""
    if connection.dialect.name == "postgresql":
        size = sa.func.pg_database_size(sa.func.current_database())
        return int(connection.scalar(sa.select(size)) or 0)
    pages = connection.scalar(sa.text("PRAGMA page_count")) or 0
    return int(pages) * int(connection.scalar(sa.text("PRAGMA page_size")) or 0)


def stories_since(connection: sa.Connection, since: datetime) -> int:
    """Stories that were first told since then."""
    query = sa.select(sa.func.count()).select_from(stories).where(stories.c.collected_at >= since)
    return int(connection.scalar(query) or 0)


def reports_of_stories_since(connection: sa.Connection, since: datetime) -> int:
    """The reports that those stories are made of."""
    query = (
        sa.select(sa.func.count())
        .select_from(stories.join(reports, reports.c.story_id == stories.c.id))
        .where(stories.c.collected_at >= since)
    )
    return int(connection.scalar(query) or 0)


def issues_by_state(connection: sa.Connection) -> dict[str, int]:
    """How many issues there are in each state; those that never occurred as well."""
    query = sa.select(issues.c.state, sa.func.count()).group_by(issues.c.state)
    by_state = {str(state): 0 for state in IssueState}
    return by_state | dict(connection.execute(query).all())


def issues_since(connection: sa.Connection, since: date) -> list[RecentIssue]:
    """The sealed issues dated `since` then."""
    query = sa.select(issues.c.id, issues.c.newsletter, issues.c.finished_at).where(
        issues.c.date >= since, issues.c.state.in_([IssueState.SENDING, IssueState.SENT])
    )
    return [RecentIssue(*row) for row in connection.execute(query)]


def bounces_by_kind(connection: sa.Connection, issue_id: int) -> dict[str, int]:
    """What came back of an issue: `hard`, `soft`, `complaint` and so on."""
    query = (
        sa.select(bounces.c.kind, sa.func.count())
        .where(bounces.c.issue_id == issue_id)
        .group_by(bounces.c.kind)
    )
    total = Counter(issue_figures.of_issue(connection, issue_id, Records.BOUNCES))
    total.update(dict(connection.execute(query).all()))
    return dict(total)
