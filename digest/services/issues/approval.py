"""Where the approval of an issue stands; what approves it and pulls that back is in approve.py."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.compose.approval import what_changed
from digest.issue_edits import TIMING
from digest.model import Newsletter
from digest.services.issues.compose import stories_now
from digest.store import approvals, edits, issues
from digest.store.approvals import ApprovalRecord
from digest.store.edits import EditRecord


@dataclass(frozen=True, slots=True)
class ApprovalStatus:
    """The approval of an issue that nobody ended, None where there is none; and why it is void."""

    record: ApprovalRecord | None = None
    void: str = ""

    @property
    def valid(self) -> ApprovalRecord | None:
        """The approval, where it counts."""
        return None if self.void else self.record


def approval_status(connection: sa.Connection, newsletter: Newsletter, day: date) -> ApprovalStatus:
    """Where the approval of the issue of a date stands; nothing is written."""
    record = approvals.current(connection, newsletter.id, day)
    if record is None:
        return ApprovalStatus()
    made = issues.find(connection, newsletter.id, day)
    if made is not None and made.sealed:
        return ApprovalStatus(record)  # what it tells now is told: nothing of it changes any more
    if approvals.changes_made(connection, newsletter.id, day) != record.changes_seen:
        records = edits.of_issue(connection, newsletter.id, day)
        return ApprovalStatus(record, _last_change(records))
    return ApprovalStatus(
        record, what_changed(record.issue, stories_now(connection, newsletter, day))
    )


def valid_approval(
    connection: sa.Connection, newsletter: Newsletter, day: date, now: datetime
) -> ApprovalRecord | None:
    """The approval that counts; one that is void is ended, for good."""
    status = approval_status(connection, newsletter, day)
    if status.record is not None and status.void:
        approvals.end(connection, status.record.id, status.void, now)
    return status.valid


def why_unapproved(ended: ApprovalRecord | None) -> str:
    """Why an issue that needs it has no approval; `ended` is the last that it had."""
    if ended is None:
        return "nobody approved it"
    if ended.ended_by is None:
        return f"the approval of {ended.approved_by} is void: {ended.end_reason}"
    return f"{ended.ended_by} pulled the approval of {ended.approved_by} back"


def last_change(records: list[EditRecord]) -> tuple[str, datetime] | None:
    """Who changed the content of an issue by hand last, or undid that, and when."""
    records = [record for record in records if record.edit.kind not in TIMING]
    made = [(record.made_by, record.made_at) for record in records]
    undone = [(r.undone_by, r.undone_at) for r in records if r.undone_by and r.undone_at]
    return max([*made, *undone], key=lambda change: change[1], default=None)


def _last_change(records: list[EditRecord]) -> str:
    change = last_change(records)
    assert change is not None  # what was counted is there
    return f"{change[0]} changed the issue after that"
