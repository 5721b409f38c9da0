"""What the pipeline tells its faces: where an issue stands, and what a round did."""

from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from digest.intake import Intake
from digest.model import Envelope, Issue, Newsletter
from digest.store import deliveries
from digest.store.issues import IssueRecord


@dataclass(frozen=True, slots=True)
class IssueReport:
    """Where an issue stands, as commands tell it."""

    id: str
    newsletter: str
    date: date
    state: str
    reason: str
    subject: str | None
    stories: int
    topics: int
    deliveries: dict[str, int]
    in_doubt: int


@dataclass(slots=True)
class RunReport:
    """What one round did; `stopped` says why sending ended before its time, if it did."""

    collect: Intake | None = None
    issues: list[IssueReport] = field(default_factory=list)
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """An issue as one reader would see it, with that reader's own links."""

    issue: Issue
    subject: str
    preheader: str
    html: str
    text: str
    envelope: Envelope


def report(connection: sa.Connection, record: IssueRecord) -> IssueReport:
    """Where an issue stands now."""
    issue = record.issue
    return IssueReport(
        id=record.key,
        newsletter=record.newsletter,
        date=record.date,
        state=str(record.state),
        reason=record.reason,
        subject=issue.subject if issue else None,
        stories=len(issue.stories) + len(issue.more) if issue else 0,
        topics=len({s.topic for s in (*issue.stories, *issue.more)}) if issue else 0,
        deliveries=deliveries.counts(connection, record.id),
        in_doubt=deliveries.doubted(connection, record.id),
    )


def no_issue(newsletter: Newsletter, day: date) -> IssueReport:
    """What there is to tell of a date on which nothing is new."""
    key = f"{newsletter.id}-{day.isoformat()}"
    return IssueReport(key, newsletter.id, day, "none", "nothing new", None, 0, 0, {}, 0)
