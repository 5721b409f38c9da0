"""What went wrong since yesterday, and what is wrong still: each as a value, the gravest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from digest.compose.due_issues import due_issues
from digest.model import BounceKind, DeliveryState, IssueCause
from digest.project import Project
from digest.services.delivery.report import FAILED, IssueReport, report, stranded_issues
from digest.services.installation.guard import clock_fault, copy_fault
from digest.services.sources.status import SourceState, SourceStatus, source_statuses, with_problems
from digest.services.subscribers.signup_limits import limits_of
from digest.services.webhooks.status import in_trouble
from digest.store import bounces, edits, issue_days, issues, rejections, schedulers
from digest.store.issue_days import IssueDay

# What is told of: what happened within it, or lasts.
RECENT = timedelta(days=1)
# The issues that are looked at: their deliveries end within two days of the seal.
_LOOKED_BACK = timedelta(days=3)
# A minute's tick that comes late is none.
_LATE = timedelta(minutes=2)


class ConcernKind(StrEnum):
    """What is wrong, the gravest first."""

    COPY = "a copy sends nothing"
    CLOCK = "the clock is wrong"
    NOBODY_RUNS = "nothing is done by itself"
    OVERDUE = "mail is overdue"
    STRANDED = "nobody sends an issue"
    LOST = "nobody got an issue"
    GIVEN_UP = "an issue was held until its day was over"
    FAILED = "mail failed"
    IN_DOUBT = "mail is in doubt"
    COMPLAINTS = "complaints"
    SIGNUPS = "sign-ups are full"
    QUARANTINED = "a source is quarantined"
    SOURCE = "a source is in trouble"
    WEBHOOK = "a webhook takes nothing"
    FILES = "files are rejected"
    BOUNCES = "mail came back"


@dataclass(frozen=True, slots=True)
class Concern:
    """One of them: how many it is about, words of whoever found it, and what it is about.

    `subject` is the id of a source or webhook, `newsletter` and `day` name an issue; `since` is
    when a webhook began to take nothing.
    """

    kind: ConcernKind
    count: int = 0
    text: str = ""
    subject: str = ""
    newsletter: str = ""
    day: date | None = None
    since: datetime | None = None

    @property
    def is_grave(self) -> bool:
        """Whether mail does not go out, or was lost."""
        return list(ConcernKind).index(self.kind) <= list(ConcernKind).index(ConcernKind.GIVEN_UP)


def read_concerns(project: Project) -> list[Concern]:
    """All that somebody should look at."""
    now = project.clock()
    fault = copy_fault(project.config, project.database, now)
    with project.database.read() as connection:
        concerns = [
            *([Concern(ConcernKind.COPY, text=fault.message)] if fault else []),
            *_of_the_clock(connection, project),
            *_of_running(connection, project, now),
            *_of_issues(connection, project, now),
            *_of_sources(source_statuses(connection, project.config, now)),
            *_of_the_rest(connection, project, now),
        ]
    order = list(ConcernKind)
    return sorted(concerns, key=lambda concern: order.index(concern.kind))


def _of_the_clock(connection: sa.Connection, project: Project) -> Iterator[Concern]:
    fault = clock_fault(connection, project)
    if fault is not None:
        yield Concern(ConcernKind.CLOCK, text=f"{fault.message}; {fault.remedy}")


def _of_running(connection: sa.Connection, project: Project, now: datetime) -> Iterator[Concern]:
    """That the hour of an issue is over, no process made it, and none lives that would."""
    if schedulers.alive(connection):
        return
    newsletters = project.config.settings.newsletters
    since = now.date() - RECENT
    done, hours = issues.done(connection, since), edits.changed_hours(connection, since)
    for due in due_issues(newsletters, done, hours, now):
        is_late = now - due.since > _LATE
        if is_late and issues.find(connection, due.newsletter.id, due.date) is None:
            yield Concern(ConcernKind.NOBODY_RUNS, newsletter=due.newsletter.id, day=due.date)


def _of_issues(connection: sa.Connection, project: Project, now: datetime) -> Iterator[Concern]:
    for stranded in stranded_issues(connection, project.config):
        yield Concern(ConcernKind.STRANDED, stranded.subscribers, newsletter=stranded.newsletter)
    today = now.date()
    for day in issue_days.between(connection, today - _LOOKED_BACK, today + RECENT):
        if day.cause is IssueCause.DAY_OVER and day.date >= today - RECENT:
            yield _about(day, ConcernKind.GIVEN_UP, text=day.reason)
        is_recent = day.finished_at is None or now - day.finished_at < RECENT
        if day.sealed_at is not None and is_recent:
            yield from _of_deliveries(day, report(connection, issues.get(connection, day.id), now))


def _of_deliveries(day: IssueDay, issue_report: IssueReport) -> Iterator[Concern]:
    failed = issue_report.deliveries.get(DeliveryState.FAILED, 0)
    if issue_report.overdue:
        yield _about(day, ConcernKind.OVERDUE, issue_report.overdue, issue_report.reason)
    if issue_report.state == FAILED:
        yield _about(day, ConcernKind.LOST, failed, issue_report.refusal)
    elif failed:
        yield _about(day, ConcernKind.FAILED, failed)
    doubted = issue_report.deliveries.get(DeliveryState.IN_DOUBT, 0)
    if doubted:
        yield _about(day, ConcernKind.IN_DOUBT, doubted)


def _of_sources(statuses: Sequence[SourceStatus]) -> Iterator[Concern]:
    for status in with_problems(statuses):
        is_quarantined = status.state is SourceState.QUARANTINED
        kind = ConcernKind.QUARANTINED if is_quarantined else ConcernKind.SOURCE
        text = f"{status.state}: {status.reason}" if status.reason else str(status.state)
        yield Concern(kind, status.kept_back, text, subject=status.id)


def _of_the_rest(connection: sa.Connection, project: Project, now: datetime) -> Iterator[Concern]:
    rejected = rejections.everything(connection)
    if rejected:
        first, root = rejected[0], f"{project.config.root}/"
        shown = replace(first, file=first.file.removeprefix(root))
        yield Concern(ConcernKind.FILES, len(rejected), str(shown))
    for fares in in_trouble(connection):
        number = str(fares.webhook.id)
        webhook = fares.webhook
        since, why = webhook.disabled_at or webhook.failing_since, webhook.disabled_reason or ""
        yield Concern(ConcernKind.WEBHOOK, fares.waiting, why, subject=number, since=since)
    load = limits_of(project).load(connection, now)
    if load.is_full:
        yield Concern(ConcernKind.SIGNUPS, load.last_hour)
    came_back = bounces.counts_since(connection, now - RECENT)
    complaints = came_back.get(BounceKind.COMPLAINT, 0)
    hard = came_back.get(BounceKind.HARD, 0)
    if complaints:
        yield Concern(ConcernKind.COMPLAINTS, complaints)
    if hard:
        yield Concern(ConcernKind.BOUNCES, hard)


def _about(day: IssueDay, kind: ConcernKind, count: int = 0, text: str = "") -> Concern:
    return Concern(kind, count, text, newsletter=day.newsletter, day=day.date)
