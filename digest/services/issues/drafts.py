"""What editors are told by mail: a draft is ready, an approval is void, nothing went out and why.

Each is told once: what they were told of an issue last is kept with it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.compose.due_issues import due_drafts, due_until, issue_time, open_dates
from digest.issue_edits import EditKind
from digest.log import get_logger
from digest.model import IssueCause, IssueState, Newsletter, NoticeKind
from digest.project import Project
from digest.services.issues.approval import approval_status
from digest.services.issues.build import IssueBuilder
from digest.services.issues.link_check import dead_links
from digest.services.subscribers.notify import queue_notice
from digest.services.webhooks.issue_events import tell_of_draft_ready
from digest.store import approvals, edits, issues
from digest.store.database import exclusively
from digest.store.issues import IssueRecord

if TYPE_CHECKING:
    from digest.collect.net.fetch import Fetcher

log = get_logger(__name__)

_DRAFT = "draft"
# What did not go out, and may be told.
_STOPPED = (IssueState.HELD, IssueState.SKIPPED)


def untold_drafts(project: Project) -> list[tuple[Newsletter, date]]:
    """The issues whose editors are to be told now that a draft is ready, and were not yet."""
    newsletters, now = project.config.settings.newsletters, project.clock()
    with project.database.read() as connection:
        hours = edits.changed_hours(connection, now.date() - timedelta(days=2))
        return [
            (newsletter, day)
            for newsletter, day in due_drafts(newsletters, hours, now)
            if _is_untold(issues.find(connection, newsletter.id, day))
            and not edits.in_force(connection, newsletter.id, day).find(EditKind.SKIP)
        ]


def _is_untold(record: IssueRecord | None) -> bool:
    return record is None or (record.state is IssueState.DRAFT and not record.editors_told)


def tell_of_draft(
    project: Project,
    builder: IssueBuilder,
    newsletter: Newsletter,
    day: date,
    make_fetcher: "Callable[[], Fetcher]",
) -> None:
    """Keep the draft, ask its links, and tell the editors of it; nothing where nothing is new."""
    with project.database.read() as connection:
        issue = builder.compose(connection, newsletter, day)
    if issue is None:
        return
    _, rendered = builder.render(issue, newsletter)
    own_site = project.config.settings.site_url
    dead = dead_links("".join(rendered.html.values()), make_fetcher, without=own_site)
    with project.database.write() as connection:
        exclusively(connection)
        record = builder.save_draft(connection, newsletter, day)
        if record is None or not _is_untold(record) or record.issue is None:
            return
        issues.note_dead_links(connection, newsletter.id, day, dead)
        details = {"subject": record.issue.subject, "stories": len(record.issue.all_stories)}
        _tell(connection, project, newsletter, day, NoticeKind.REVIEW, details)
        issues.note_told(connection, record.id, _DRAFT)
        tell_of_draft_ready(connection, record.issue, project.clock())
    log.info("draft ready", issue=record.key, editors=len(newsletter.editors))


def end_void_approvals(project: Project, newsletter: Newsletter) -> None:
    """End the approvals of issues to come that are void, and tell the editors why."""
    now = project.clock()
    with project.database.read() as connection:
        hours = edits.changed_hours(connection, now.date() - timedelta(days=2))
    for day in open_dates(newsletter, hours, now):
        with project.database.read() as connection:
            if not approval_status(connection, newsletter, day).void:
                continue
        with project.database.write() as connection:
            exclusively(connection)
            status = approval_status(connection, newsletter, day)
            if status.record is None or not status.void:
                continue
            approvals.end(connection, status.record.id, status.void, project.clock())
            details = {
                "subject": status.record.issue.subject,
                "stories": len(status.record.issue.all_stories),
                "void": status.void,
                "by": status.record.approved_by,
            }
            _tell(connection, project, newsletter, day, NoticeKind.REVIEW, details)
        log.info("approval void", issue=f"{newsletter.id}-{day}", reason=status.void)


def tell_what_did_not_go_out(project: Project, records: Sequence[IssueRecord]) -> None:
    """Tell editors why issues of theirs are held or skipped, once for each cause."""
    for record in records:
        newsletter = project.config.newsletter(record.newsletter)
        if newsletter is None or not newsletter.editors:
            continue
        with project.database.write() as connection:
            exclusively(connection)
            now = issues.get(connection, record.id)
            state_and_cause = f"{now.state}:{now.cause or ''}"
            if now.state not in _STOPPED or now.editors_told == state_and_cause:
                continue
            details = {
                "state": str(now.state),
                "reason": now.reason,
                "unapproved": now.cause is IssueCause.UNAPPROVED,
            }
            _tell(connection, project, newsletter, now.date, NoticeKind.NOT_SENT, details)
            issues.note_told(connection, now.id, state_and_cause)


def _tell(
    connection: sa.Connection,
    project: Project,
    newsletter: Newsletter,
    day: date,
    kind: NoticeKind,
    details: Mapping[str, object],
) -> None:
    decided = edits.in_force(connection, newsletter.id, day)
    hour = decided.hour
    if decided.find(EditKind.HOLD):
        details = {**details, "held": decided.line(EditKind.HOLD)}
    times = {
        "goes_at": issue_time(newsletter, day, hour),
        "over_at": due_until(newsletter, day, hour),
    }
    more = {"date": day.isoformat()} | {n: at.isoformat() for n, at in times.items() if at}
    for address in newsletter.editors:
        queue_notice(
            connection,
            project,
            kind,
            newsletter.id,
            address,
            language="en",
            details={**details, **more},
        )
