"""The next issue of each newsletter, as it would go out now, and the one thing to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from digest.compose.due_issues import FAR, next_issue_date
from digest.issue_edits import EditKind
from digest.model import IssueState, Newsletter
from digest.project import Project
from digest.services.issues.approve import Precondition, Review, review
from digest.services.issues.build import IssueBuilder
from digest.store import issue_days, issues


class NextState(StrEnum):
    """How a next issue stands; of several that hold, the first."""

    HELD_BY_EDITOR = "held"
    HELD_BY_GATE = "held by the gate"
    EMPTY = "nothing new yet"
    TOO_FEW = "too few stories"
    VOID = "approval void"
    UNAPPROVED = "waits for approval"
    APPROVED = "approved"
    READY = "goes out by itself"


@dataclass(frozen=True, slots=True)
class NextIssue:
    """An issue that is not sealed, by its review."""

    review: Review

    @property
    def state(self) -> NextState:
        """How it stands."""
        approval = self.review.approval
        match self.review.conditions:
            case [Precondition.RELEASED, *_]:
                return NextState.HELD_BY_EDITOR
            case [Precondition.MENDED, *_]:
                return NextState.HELD_BY_GATE
            case [Precondition.MORE_STORIES, *_]:
                return NextState.TOO_FEW if self.review.issue else NextState.EMPTY
        if approval.valid:
            return NextState.APPROVED
        if approval.void:
            return NextState.VOID
        return NextState.UNAPPROVED if self.review.needs_approval else NextState.READY

    @property
    def reason(self) -> str:
        """Why it stands so, where there is more to say; the gate's findings are beside it."""
        record, stop = self.review.record, self.review.stop
        if stop is not None:
            return stop.edit.lines[0]
        if self.review.approval.void:
            return self.review.approval.void
        return record.reason if record and record.state is IssueState.HELD else ""


def next_issues(project: Project, builder: IssueBuilder) -> Iterator[NextIssue]:
    """One for each newsletter that has an issue within a month."""
    for newsletter in project.config.settings.newsletters:
        day = _next_date(project, newsletter)
        if day is not None:
            yield NextIssue(review(project, builder, newsletter, day))


def _next_date(project: Project, newsletter: Newsletter) -> date | None:
    """The next date whose issue is neither done with nor skipped by an editor."""
    today = project.today(newsletter)
    with project.database.read() as connection:
        done = issues.done(connection, today)
        stopped = issue_days.stopped_by_editors(connection, today, today + FAR)
    skipped = {key for key, (kind, _) in stopped.items() if kind is EditKind.SKIP}
    return next_issue_date(newsletter, today, done | skipped)
