"""What the pipeline tells its faces: where an issue stands, and what a round did."""

from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from digest.desk.news.intake import Intake
from digest.model import Envelope, Issue, Newsletter, Stop
from digest.store import deliveries, workers
from digest.store.issues import IssueRecord


@dataclass(frozen=True, slots=True)
class IssueReport:
    """Where an issue stands, as commands tell it.

    `later_on` wait for their reader's hour, the last of them until `last_due_at`.
    """

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
    later_on: int = 0
    last_due_at: datetime | None = None


@dataclass(slots=True)
class RunReport:
    """What one round did; `stopped` says why sending ended before its time, if it did."""

    collect: Intake | None = None
    issues: list[IssueReport] = field(default_factory=list)
    stopped: Stop | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """An issue as one reader would see it, with that reader's own links."""

    issue: Issue
    subject: str
    preheader: str
    html: str
    text: str
    envelope: Envelope


def report(connection: sa.Connection, record: IssueRecord, now: datetime) -> IssueReport:
    """Where an issue stands now."""
    issue = record.issue
    later_on, last_due_at = deliveries.later_on(connection, record.id, now)
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
        later_on=later_on,
        last_due_at=last_due_at,
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far all who send an issue now have come with it; `rate` is in messages a second."""

    issue: str
    done: int
    total: int
    rate: float

    @property
    def seconds_left(self) -> float | None:
        """At this rate; None while nobody can say."""
        return (self.total - self.done) / self.rate if self.rate else None


def progress_of(
    connection: sa.Connection, record: IssueRecord, now: datetime, *, resend_in_doubt: bool
) -> Progress | None:
    """How far the living workers have come with an issue, None where nobody is at it."""
    stints = workers.at_work(connection, record.id)
    if not stints:
        return None
    done = sum(stint.done for stint in stints)
    waiting = deliveries.waiting(connection, record.id, now, resend_in_doubt=resend_in_doubt)
    rate = sum(stint.done / stint.seconds for stint in stints if stint.seconds > 0)
    return Progress(record.key, done, done + waiting, rate)


def no_issue(newsletter: Newsletter, day: date) -> IssueReport:
    """What there is to tell of a date on which nothing is new."""
    key = f"{newsletter.id}-{day.isoformat()}"
    return IssueReport(key, newsletter.id, day, "none", "nothing new", None, 0, 0, {}, 0)
