"""An issue is approved as it would go out now, or its approval is pulled back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from digest.compose.approval import content_hash, is_approval_needed
from digest.compose.due_issues import cut_off_time, due_until, issue_time
from digest.errors import UsageError
from digest.issue_edits import STOPPING
from digest.model import Finding, Issue, IssueState, Newsletter, RenderedIssue
from digest.project import Project
from digest.services.admins import audit
from digest.services.issues.approval import ApprovalStatus, approval_status, last_change
from digest.services.issues.build import IssueBuilder
from digest.services.webhooks.issue_events import tell_of_approval
from digest.store import approvals, edits, issues, subscribers
from digest.store.database import exclusively
from digest.store.edits import EditRecord
from digest.store.issues import IssueRecord

# The daemon looks once a minute: an approval must be final before it looks the last time.
_LAST_LOOK = timedelta(minutes=2)


class Precondition(StrEnum):
    """What has to happen before an issue goes out at its hour; of several, the first."""

    RELEASED = "it is released"
    MENDED = "it is mended"
    MORE_STORIES = "more stories come"
    APPROVED = "it is approved"


@dataclass(frozen=True, slots=True)
class Review:
    """An issue that is not sealed, as somebody is asked to approve it.

    `issue` and what follows of it are None or empty where nothing is new; where it is approved,
    they are what was approved. `stop` is the edit that holds or skips it. `goes_at` is when it is
    sealed if nothing stands against it, and `over_at` from when on it is not any more; None on a
    date on which only a person sends.
    """

    newsletter: Newsletter
    date: date
    issue: Issue | None
    rendered: RenderedIssue | None
    content_hash: str
    findings: Sequence[Finding]
    approval: ApprovalStatus
    record: IssueRecord | None
    stop: EditRecord | None
    needs_approval: bool
    edited_by: str
    subscribers: int
    goes_at: datetime | None
    cut_off: datetime | None
    over_at: datetime | None

    @property
    def key(self) -> str:
        """Its name in messages."""
        return f"{self.newsletter.id}-{self.date}"

    @property
    def errors(self) -> list[Finding]:
        """What would hold it."""
        return [finding for finding in self.findings if finding.level == "error"]

    @property
    def conditions(self) -> list[Precondition]:
        """What has to happen before it goes out; none where it does by itself at `goes_at`."""
        newsletter, stories = self.newsletter, self.issue.all_stories if self.issue else ()
        waits = self.needs_approval and newsletter.when_unapproved == "hold"
        missing = {
            Precondition.RELEASED: self.stop is not None,
            Precondition.MENDED: bool(self.errors),
            Precondition.MORE_STORIES: len(stories) < max(1, newsletter.min_stories),
            Precondition.APPROVED: waits and self.approval.valid is None,
        }
        return [condition for condition, is_missing in missing.items() if is_missing]

    def wants_another(self, who: str) -> bool:
        """Whether somebody else than this one has to approve it: they edited it last."""
        return self.newsletter.approval_by == "another" and self.edited_by == who

    @property
    def goes_by_itself_at(self) -> datetime | None:
        """When it is sealed as things stand; None where something has to happen first."""
        return None if self.conditions else self.goes_at


def review(project: Project, builder: IssueBuilder, newsletter: Newsletter, day: date) -> Review:
    """The issue of a date as it would go out now; a usage error where it was sealed."""
    with project.database.read() as connection:
        return _review(connection, project, builder, newsletter, day)


def approve(
    project: Project,
    builder: IssueBuilder,
    newsletter: Newsletter,
    day: date,
    who: str,
    seen_hash: str | None = None,
) -> Review:
    """Approve the issue of a date as it is now; the review that was approved.

    `seen_hash` is what somebody looked at: where the issue changed since, that is refused, as is
    what the gate would hold, or what `who` may not approve.
    """
    with project.database.write() as connection:
        exclusively(connection)  # of two, an edit comes first or this does
        current = _review(connection, project, builder, newsletter, day)
        _refuse(current, who, seen_hash)
        assert current.issue is not None  # it is refused otherwise
        assert current.rendered is not None
        now = project.clock()
        if current.approval.record is not None:
            reason = current.approval.void or f"{who} approved it anew"
            approvals.end(connection, current.approval.record.id, reason, now)
        final_at = now + timedelta(minutes=newsletter.cooling_off)
        if current.over_at is not None:
            final_at = max(now, min(final_at, current.over_at - _LAST_LOOK))
        approvals.add(
            connection, current.issue, current.rendered, current.content_hash, who, now, final_at
        )
        issues.wait_again(connection, newsletter.id, day)
        tell_of_approval(connection, current.issue, who, now)
        audit.record(
            connection, now, who, "approve", f"issue {current.key}", after=current.content_hash
        )
        return current


def pull_back(project: Project, newsletter: Newsletter, day: date, who: str) -> None:
    """Let the approval of an issue that is not sealed count no more."""
    with project.database.write() as connection:
        exclusively(connection)
        _refuse_sealed(issues.find(connection, newsletter.id, day))
        record = approvals.current(connection, newsletter.id, day)
        if record is None:
            raise UsageError(
                f"nobody approved {newsletter.id}-{day}",
                remedy="`digest issue show` says how it stands",
            )
        now = project.clock()
        approvals.end(connection, record.id, "pulled back", now, who=who)
        audit.record(
            connection,
            now,
            who,
            "pull back approval",
            f"issue {newsletter.id}-{day}",
            before=record.approved_by,
        )


def _review(
    connection: sa.Connection,
    project: Project,
    builder: IssueBuilder,
    newsletter: Newsletter,
    day: date,
) -> Review:
    record = issues.find(connection, newsletter.id, day)
    _refuse_sealed(record)
    status = approval_status(connection, newsletter, day)
    approved = status.valid
    mail = (approved.issue, approved.rendered) if approved else None
    composed = None if mail else builder.compose(connection, newsletter, day)
    if composed is not None:
        mail = builder.render(composed, newsletter)
    findings = builder.inspect(connection, *mail, newsletter) if mail else []
    hour, now = edits.hour_of(connection, newsletter.id, day), project.clock()
    made = edits.of_issue(connection, newsletter.id, day)
    stops = [record for record in made if record.counts and record.edit.kind in STOPPING]
    at, change = issue_time(newsletter, day, hour), last_change(made)
    return Review(
        newsletter=newsletter,
        date=day,
        issue=mail[0] if mail else None,
        rendered=mail[1] if mail else None,
        content_hash=content_hash(*mail, newsletter) if mail else "",
        findings=findings,
        approval=status,
        record=record,
        stop=stops[-1] if stops else None,
        needs_approval=is_approval_needed(newsletter, day, hour, now),
        edited_by=change[0] if change else "",
        subscribers=subscribers.count(connection, newsletter.id),
        goes_at=max(at, now) if at else None,
        cut_off=cut_off_time(newsletter, day, hour),
        over_at=due_until(newsletter, day, hour) if at else None,
    )


def _refuse(current: Review, who: str, seen_hash: str | None) -> None:
    """What stands against the approval of an issue by somebody: a usage error."""
    key, newsletter = current.key, current.newsletter
    if newsletter.approval == "none":
        raise UsageError(
            f"{newsletter.id} needs no approval: its issues go out by themselves",
            remedy='set approval = "required" for it, or `digest issue hold` this one',
        )
    if current.issue is None:
        raise UsageError(
            f"nothing is new for {key}: there is nothing to approve",
            remedy="`digest collect` takes new stories",
        )
    if current.approval.valid is not None:
        raise UsageError(
            f"{current.approval.valid.approved_by} approved {key} already, as it is",
            remedy="`digest issue pull-back` takes that back",
        )
    if seen_hash is not None and not current.content_hash.startswith(seen_hash.casefold()):
        raise UsageError(
            f"the issue {key} changed since you looked at it",
            remedy="look again, and approve what you see",
        )
    if current.errors:
        raise UsageError(
            f"the issue {key} cannot be approved: {'; '.join(map(str, current.errors))}",
            remedy="mend it, or let it pass with `digest issue waive`",
        )
    if current.wants_another(who):
        raise UsageError(
            f"{who} edited {key} last, and somebody else has to approve it",
            remedy='ask a colleague, or set approval_by = "anybody"',
        )


def _refuse_sealed(record: IssueRecord | None) -> None:
    if record is not None and record.sealed:
        raise UsageError(
            f"the issue {record.key} was sealed, and does not change any more",
            remedy="name a later date with --date",
        )
    if record is not None and record.state is IssueState.SKIPPED:
        raise UsageError(
            f"there is no issue {record.key}: {record.reason}",
            remedy="name a later date with --date, or `digest issue release` it",
        )
