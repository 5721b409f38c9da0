"""The next issue of each newsletter, as it would go out now, and the one thing to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from digest.compose.approval import is_approval_needed
from digest.compose.due import issue_time
from digest.edits import EditKind, Edits
from digest.model import IssueState
from digest.project import Project
from digest.services.issues.approve import Review, review
from digest.services.issues.build import IssueBuilder
from digest.services.issues.edit import next_date
from digest.store import edits

# How far ahead a date is looked for on which a newsletter has an issue.
_FAR = 31


class NextState(StrEnum):
    """How a next issue stands; of several that hold, the first."""

    HELD_BY_EDITOR = "held"
    HELD_BY_GATE = "held by the gate"
    EMPTY = "nothing new yet"
    VOID = "approval void"
    UNAPPROVED = "waits for approval"
    APPROVED = "approved"
    READY = "goes out by itself"


@dataclass(frozen=True, slots=True)
class NextIssue:
    """An issue that is not sealed: its review, and the edits of it that count."""

    review: Review
    edits: Edits
    needs_approval: bool

    @property
    def state(self) -> NextState:
        """How it stands."""
        approval = self.review.approval
        if self.edits.find(EditKind.HOLD):
            return NextState.HELD_BY_EDITOR
        if self.review.errors:
            return NextState.HELD_BY_GATE
        if self.review.issue is None:
            return NextState.EMPTY
        if approval.valid:
            return NextState.APPROVED
        if approval.void:
            return NextState.VOID
        return NextState.UNAPPROVED if self.needs_approval else NextState.READY

    @property
    def reason(self) -> str:
        """Why it stands so, where there is more to say; the gate's findings are beside it."""
        record = self.review.record
        if self.edits.find(EditKind.HOLD):
            return self.edits.line(EditKind.HOLD)
        if self.review.approval.void:
            return self.review.approval.void
        return record.reason if record and record.state is IssueState.HELD else ""


def next_issues(project: Project, builder: IssueBuilder) -> Iterator[NextIssue]:
    """One for each newsletter that has an issue within a month."""
    for newsletter in project.config.settings.newsletters:
        day = next_date(project, newsletter, days=_FAR)
        if issue_time(newsletter, day, None) is None:
            continue
        with project.database.read() as connection:
            decided = edits.in_force(connection, newsletter.id, day)
        if decided.find(EditKind.SKIP):
            continue
        yield NextIssue(
            review(project, builder, newsletter, day),
            decided,
            is_approval_needed(newsletter, day, decided.hour, project.clock()),
        )
