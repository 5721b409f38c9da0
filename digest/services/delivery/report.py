"""What the pipeline tells its faces: where an issue stands, and what a round did."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.config import Config
from digest.model import (
    DeliveryState,
    IssueCause,
    IssueState,
    Newsletter,
    Stop,
    StopKind,
)
from digest.services.delivery.issue_reason import issue_reason
from digest.services.stories.files import CollectResult
from digest.services.subscribers.signup_limits import SignupLoad
from digest.store import deliveries, issues, workers
from digest.store.issues import IssueRecord
from digest.text import mask_addresses

if TYPE_CHECKING:
    from digest.services.delivery.recipients import PlannedIssue

# The daemon looks once a minute: before that nothing is overdue.
_PUNCTUAL = timedelta(minutes=1)
# The state of an issue of which nothing is left to be sent, and that reached nobody.
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IssueReport:
    """Where an issue stands, as commands tell it.

    `later_on` wait for their hour, the last of them until `last_due_at`. `overdue` should
    be out since `overdue_since`, and no process is at it. `refusal` is the reply to what failed,
    where nobody got the issue. `state` is that of the issue, or FAILED.
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
    sealed_at: datetime | None = None
    finished_at: datetime | None = None
    overdue: int = 0
    overdue_since: datetime | None = None
    refusal: str = ""
    cause: IssueCause | None = None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """How many subscribers of an issue were given up, and `after` how long: `24 hours`."""

    issue: str
    newsletter: str
    date: date
    subscribers: int
    after: str


@dataclass(frozen=True, slots=True)
class Stranded:
    """An issue whose newsletter was taken out of the settings while subscribers wait for it.

    Nobody sends it; at `until` the last of them is given up.
    """

    issue: str
    newsletter: str
    subscribers: int
    until: datetime


@dataclass(frozen=True, slots=True)
class RefusedIssue:
    """An issue that nobody got: how many messages of it were refused, the last with this reply."""

    issue: str
    newsletter: str
    date: date
    messages: int
    reply: str


@dataclass(frozen=True, slots=True)
class DeliverResult:
    """What a round did for an issue; `left` could be sent now, but for what `stopped` it."""

    stopped: Stop | None = None
    left: int = 0
    given_up: GivenUp | None = None
    stranded: Stranded | None = None
    refused: RefusedIssue | None = None


@dataclass(slots=True)
class RunReport:
    """What one round did; `stopped` says why sending ended before its time, if it did.

    `left` are the messages that could go out now, but for that. `sent_before` are the ids of issues
    of which nothing was left to do when it began; `let_go` were held until their day was over.
    `planned` is what a dry run would send to whom;
    `signups` is set where no more are let in.
    """

    collect: CollectResult | None = None
    issues: list[IssueReport] = field(default_factory=list)
    stopped: Stop | None = None
    left: int = 0
    given_up: list[GivenUp] = field(default_factory=list)
    stranded: list[Stranded] = field(default_factory=list)
    refused: list[RefusedIssue] = field(default_factory=list)
    sent_before: set[str] = field(default_factory=set)
    planned: "list[PlannedIssue]" = field(default_factory=list)
    signups: SignupLoad | None = None
    let_go: list[IssueRecord] = field(default_factory=list)

    @property
    def went_well(self) -> bool:
        """Whether nothing of it is for somebody to mend; limits that are used up are no fault."""
        refused = self.stopped is not None and self.stopped.kind is StopKind.REFUSED
        return not (refused or self.refused or self.stranded or self.given_up)

    def add(self, sent: DeliverResult) -> None:
        """What was done for one more issue; the first reason to stop stays."""
        self.stopped = self.stopped or sent.stopped
        self.left += sent.left
        self.given_up += [sent.given_up] if sent.given_up else []
        self.stranded += [sent.stranded] if sent.stranded else []
        self.refused += [sent.refused] if sent.refused else []


def report(connection: sa.Connection, record: IssueRecord, now: datetime) -> IssueReport:
    """Where an issue stands now."""
    issue = record.issue
    later_on, last_due_at, overdue, overdue_since = 0, None, 0, None
    if record.state is IssueState.SENDING:
        later_on, last_due_at = deliveries.later_on(connection, record.id, now)
        overdue, overdue_since = overdue_of(connection, record.id, now)
    counts = deliveries.counts(connection, record.id)
    nobody_got_it = DeliveryState.FAILED in counts and DeliveryState.SENT not in counts
    is_lost = nobody_got_it and DeliveryState.IN_DOUBT not in counts
    refusal = deliveries.latest_refusal(connection, record.id) if nobody_got_it else ""
    return IssueReport(
        id=record.key,
        newsletter=record.newsletter,
        date=record.date,
        state=FAILED if is_lost and record.state is IssueState.SENT else str(record.state),
        reason=issue_reason(record.cause, record.reason),
        cause=record.cause,
        subject=issue.subject if issue else None,
        stories=len(issue.stories) + len(issue.more) if issue else 0,
        topics=len({s.topic for s in issue.all_stories}) if issue else 0,
        deliveries=counts,
        in_doubt=deliveries.doubted(connection, record.id),
        later_on=later_on,
        last_due_at=last_due_at,
        sealed_at=record.sealed_at,
        finished_at=record.finished_at,
        overdue=overdue,
        overdue_since=overdue_since,
        refusal=mask_addresses(refusal),
    )


def overdue_of(
    connection: sa.Connection, issue_id: int, now: datetime
) -> tuple[int, datetime | None]:
    """How many messages of an issue should be out, and since when; none while a run is at it."""
    if workers.at_work(connection, issue_id):
        return 0, None
    return deliveries.overdue(connection, issue_id, now - _PUNCTUAL)


def stranded(connection: sa.Connection, record: IssueRecord, life: timedelta) -> Stranded | None:
    """What waits of an unfinished issue whose newsletter is gone, None where nothing does."""
    subscribers, last_due_at = deliveries.last_due(connection, record.id)
    if last_due_at is None:
        return None
    return Stranded(record.key, record.newsletter, subscribers, last_due_at + life)


def stranded_issues(connection: sa.Connection, config: Config) -> list[Stranded]:
    """The issues whose subscribers wait, and whose newsletter is not in the settings."""
    newsletters = {newsletter.id for newsletter in config.settings.newsletters}
    life = timedelta(hours=config.settings.delivery.life)
    gone = [
        record for record in issues.unfinished(connection) if record.newsletter not in newsletters
    ]
    return [
        waiting for record in gone if (waiting := stranded(connection, record, life)) is not None
    ]


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
    progress_of_workers = workers.at_work(connection, record.id)
    if not progress_of_workers:
        return None
    done = sum(progress.done for progress in progress_of_workers)
    waiting = deliveries.waiting(connection, record.id, now, resend_in_doubt=resend_in_doubt)
    rate = sum(
        progress.done / progress.seconds for progress in progress_of_workers if progress.seconds > 0
    )
    return Progress(record.key, done, done + waiting, rate)


def sent_issues(records: Sequence[IssueRecord]) -> set[str]:
    """The keys of the issues of which nothing is left to be sent."""
    return {record.key for record in records if record.state is IssueState.SENT}


def no_issue(newsletter: Newsletter, day: date) -> IssueReport:
    """What there is to tell of a date on which nothing is new."""
    key = f"{newsletter.id}-{day.isoformat()}"
    return IssueReport(key, newsletter.id, day, "none", "nothing new", None, 0, 0, {}, 0)
