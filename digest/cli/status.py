"""The command that tells where things stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from digest.cli.context import project_of
from digest.cli.json_output import issue_json, rejection_json, say_json, source_json
from digest.cli.local_times import Tell, newsletter_clock, project_clock
from digest.cli.options import Json, ProjectFolder
from digest.cli.output import say
from digest.cli.rejections import say_rejected
from digest.cli.run_report import deliveries_line, progress_line
from digest.cli.source_trouble import say_problem
from digest.cli.tables import say_table
from digest.compose.approval import is_approval_needed
from digest.errors import DigestError
from digest.jobs.queue import QueueState
from digest.model import Newsletter
from digest.project import Project
from digest.services.delivery.report import IssueReport, Progress, progress_of, report
from digest.services.installation.guard import clock_fault, copy_fault
from digest.services.issues.approval import approval_status
from digest.services.issues.compose import compose_issue
from digest.services.issues.describe_edit import PAST
from digest.services.issues.next_time import date_of_next, next_time
from digest.services.sources.status import SourceStatus, source_statuses, with_problems
from digest.services.subscribers.signup_limits import SignupLoad, limits_of
from digest.services.webhooks.status import WebhookStatus, in_trouble
from digest.store import (
    edits,
    issue_days,
    issues,
    rejections,
    schedulers,
    stories,
    subscribers,
)
from digest.store.rejections import Rejection
from digest.store.schedulers import Scheduler
from digest.text import plural

# How many sources in trouble, and files, are named: there may be hundreds.
_NAMED = 10
# Beside the 1 and 2 of errors: for whoever watches it by a program.
_OVERDUE = 3


@dataclass(frozen=True, slots=True)
class _NewsletterStatus:
    """Where a newsletter stands; `next_line` is `next_issue` for people."""

    id: str
    subscribers: int
    new_stories: int
    next_issue: datetime | None
    next_line: str


@dataclass(frozen=True, slots=True)
class _Status:
    """`stopped` says why nothing goes out at all, where that is so."""

    now: datetime
    stories: int
    newsletters: Sequence[_NewsletterStatus]
    sending: Sequence[Progress]
    issues: Sequence[IssueReport]
    schedulers: Sequence[Scheduler]
    sources: Sequence[SourceStatus]
    rejected: Sequence[Rejection]
    signups: SignupLoad
    queue: QueueState | None
    webhooks: Sequence[WebhookStatus]
    stopped: DigestError | None


def status(
    metrics: Annotated[
        Path | None,
        typer.Option(
            "--metrics",
            metavar="FILE",
            help="Say nothing, and write the figures of /metrics to FILE, for node_exporter.",
        ),
    ] = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Where things stand: subscribers, issues, sources in trouble, files that are rejected.

    Exit status 3 where mail is overdue.
    """
    with project_of(folder) as project:
        if metrics is not None:
            from digest.project_metrics import write_textfile

            write_textfile(project, metrics)
            return
        copied = copy_fault(project.config, project.database, project.clock())
        with project.database.read() as connection:
            state = _read(project, connection, copied)
        tell = project_clock(project)
    if as_json:
        say_json(_status_json(state))
        _exit_where_overdue(state)
        return
    say_table(
        ["Newsletter", "Subscribers", "New stories", "Next issue"],
        [(n.id, f"{n.subscribers:,}", n.new_stories, n.next_line) for n in state.newsletters],
    )
    say()
    _say_stopped(state.stopped)
    _say_issues(state, tell)
    say_problem(state.sources, tell, most=_NAMED)
    say_rejected(state.rejected, tell, most=_NAMED)
    _say_signups(state.signups)
    _say_queue(state.queue)
    _say_webhooks(state.webhooks)
    _say_overdue(state, tell)
    _exit_where_overdue(state)


def _read(project: Project, connection: sa.Connection, copied: DigestError | None) -> _Status:
    now = project.clock()
    resend = project.config.settings.delivery.resends
    sending = [
        progress_of(connection, record, now, resend_in_doubt=resend)
        for record in issues.unfinished(connection)
    ]
    troubled = with_problems(source_statuses(connection, project.config, now))
    # A folder that is missing is a source in trouble: its files need not be named.
    named = {source.id for source in troubled}
    return _Status(
        now=now,
        stories=stories.count(connection),
        newsletters=[
            _newsletter(project, connection, chosen) for chosen in project.config.newsletters()
        ],
        sending=[figures for figures in sending if figures],
        issues=[report(connection, record, now) for record in issues.latest(connection, 10)],
        schedulers=schedulers.alive(connection),
        sources=troubled,
        rejected=[file for file in rejections.everything(connection) if file.source not in named],
        signups=limits_of(project).load(connection, now),
        queue=project.jobs.state(connection),
        webhooks=in_trouble(connection),
        stopped=copied or clock_fault(connection, project),
    )


def _newsletter(
    project: Project, connection: sa.Connection, newsletter: Newsletter
) -> _NewsletterStatus:
    day = date_of_next(connection, project, newsletter)
    draft = compose_issue(connection, project.config, newsletter, day)
    at = next_time(connection, project, newsletter)
    next_line = newsletter_clock(project, newsletter.id)(at) if at else "none"
    if at is not None:
        hour = edits.hour_of(connection, newsletter.id, day)
        if is_approval_needed(newsletter, day, hour, project.clock()):
            next_line += _approval_words(connection, newsletter, day)
        next_line += _stopped_words(connection, newsletter, project.today(newsletter), day)
    return _NewsletterStatus(
        id=newsletter.id,
        subscribers=subscribers.count(connection, newsletter.id),
        new_stories=len(draft.stories) + len(draft.more) if draft else 0,
        next_issue=at,
        next_line=next_line,
    )


def _approval_words(connection: sa.Connection, newsletter: Newsletter, day: date) -> str:
    """How the approval that it needs stands."""
    approval = approval_status(connection, newsletter, day)
    if approval.valid is not None:
        return ", approved"
    return ", approval void" if approval.void else ", not approved"


def _stopped_words(
    connection: sa.Connection, newsletter: Newsletter, today: date, until: date
) -> str:
    """Which dates before that of the next issue are held or skipped: `; 21 Nov is held`."""
    stopped = issue_days.stopped_by_editors(connection, today, until)
    return "".join(
        f"; {day.day} {day:%b} is {PAST[kind]}"
        for (of, day), (kind, _) in sorted(stopped.items())
        if of == newsletter.id
    )


def _status_json(state: _Status) -> dict[str, Any]:
    return {
        "now": state.now,
        "stories": state.stories,
        "newsletters": [
            {
                "id": newsletter.id,
                "subscribers": newsletter.subscribers,
                "new_stories": newsletter.new_stories,
                "next_issue": newsletter.next_issue.isoformat() if newsletter.next_issue else None,
                "next": newsletter.next_line,
            }
            for newsletter in state.newsletters
        ],
        "sending": [
            {
                "issue": figures.issue,
                "done": figures.done,
                "total": figures.total,
                "rate": figures.rate,
                "seconds_left": figures.seconds_left,
                "line": progress_line(figures),
            }
            for figures in state.sending
        ],
        "issues": [issue_json(issue) for issue in state.issues],
        "sources": [source_json(source) for source in state.sources],
        "rejected": [rejection_json(rejection) for rejection in state.rejected],
        "signups": state.signups._asdict(),
        "queue": {
            "waiting": dict(state.queue.waiting),
            "running": state.queue.running,
            "workers": state.queue.workers,
        }
        if state.queue
        else None,
        "webhooks": [
            {
                "id": fares.webhook.id,
                "state": fares.state,
                "waiting": fares.waiting,
                "reason": fares.sentence,
            }
            for fares in state.webhooks
        ],
        "stopped": state.stopped.message if state.stopped else None,
    }


def _say_stopped(fault: DigestError | None) -> None:
    """Why nothing goes out at all, where that is so."""
    if fault is not None:
        say(f"{fault.message[:1].upper()}{fault.message[1:]}.")
        say(f"Remedy: {fault.remedy}.")
        say()


def _say_issues(state: _Status, tell: Tell) -> None:
    if not state.issues:
        say("No issue yet: `digest preview` shows what the next one would be.")
        return
    say_table(
        ["Issue", "State", "Stories", "Deliveries"],
        [(i.id, i.state, i.stories, deliveries_line(i, tell)) for i in state.issues],
    )
    for figures in state.sending:
        say()
        say(f"{figures.issue}: {progress_line(figures)}")


def _say_signups(signups: SignupLoad) -> None:
    """Nothing as long as everybody is let in."""
    if signups.is_full:
        say()
        say(
            f"Sign-ups are held back: {plural(signups.last_hour, 'sign-up')} in the last hour, and "
            f"web.signups_per_hour lets in {signups.most}."
        )
        say("Remedy: where they are people, raise it; where not, see docs/signing-up.md.")


def _say_queue(queue: QueueState | None) -> None:
    """Only where there are workers, or ought to be."""
    if queue is None:
        return
    say()
    waiting = sum(queue.waiting.values())
    of_which = ", ".join(f"{name} {count:,}" for name, count in queue.waiting.items())
    say(
        f"{plural(queue.workers, 'worker')}; {plural(waiting, 'job')} waiting"
        f"{f' ({of_which})' if waiting else ''}, {queue.running:,} being done."
    )
    if not queue.workers:
        say("Remedy: start a `digest worker`; `digest run` does what is due without one.")


def _say_webhooks(troubled: Sequence[WebhookStatus]) -> None:
    """Only those that take nothing."""
    for fares in troubled:
        say()
        say(f"Webhook {fares.webhook.id}: {fares.sentence}.")
        say(f"Remedy: {fares.remedy}.")


def _say_overdue(state: _Status, tell: Tell) -> None:
    """What should be out and is not, why, and what helps."""
    for issue in state.issues:
        if issue.overdue_since is None:
            continue
        verb = "is" if issue.overdue == 1 else "are"
        say()
        say(
            f"{plural(issue.overdue, 'message')} of {issue.id} {verb} overdue since "
            f"{tell(issue.overdue_since)}{f': {issue.reason}' if issue.reason else '.'}"
        )
        mend = "run `digest check` and mend what it names; " if issue.reason else ""
        say(f"Remedy: {mend}{_who_sends(state.schedulers)}.")


def _who_sends(running: Sequence[Scheduler]) -> str:
    if not running:
        return "no `digest serve` or `digest scheduler` runs: start one, or `digest run` by cron"
    at = ", ".join(f"process {scheduler.pid} on {scheduler.host}" for scheduler in running)
    return f"it is tried again within a minute ({at}), and its log says what comes of it"


def _exit_where_overdue(state: _Status) -> None:
    if any(issue.overdue for issue in state.issues):
        raise typer.Exit(_OVERDUE)
