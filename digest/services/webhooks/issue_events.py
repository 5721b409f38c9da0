"""What is told of issues: what became of one at its seal, that too many mails failed, its end."""

from datetime import datetime

import sqlalchemy as sa

from digest.model import DeliveryState, Issue, IssueState
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_issue, queue_events
from digest.store import deliveries, webhook_messages, webhooks
from digest.store.issues import IssueRecord


def tell_of_draft_ready(connection: sa.Connection, issue: Issue, now: datetime) -> None:
    """A draft is ready to be looked at."""
    event = of_issue(issue.newsletter, issue.date, **_content(issue))
    queue_events(connection, EventKind.ISSUE_DRAFT_READY, [event], now)


def tell_of_approval(connection: sa.Connection, issue: Issue, who: str, now: datetime) -> None:
    """Somebody approved it."""
    event = of_issue(issue.newsletter, issue.date, **_content(issue), approved_by=who)
    queue_events(connection, EventKind.ISSUE_APPROVED, [event], now)


def tell_of_seal(
    connection: sa.Connection, before: IssueRecord | None, after: IssueRecord, now: datetime
) -> None:
    """It was sealed, or is held; what is held for the same reason as before is not told again."""
    if after.state is IssueState.SENDING and after.issue is not None:
        event = of_issue(after.newsletter, after.date, issue=after.id, **_content(after.issue))
        queue_events(connection, EventKind.ISSUE_SEALED, [event], now)
    elif after.state is IssueState.HELD:
        was = (before.state, before.reason) if before else None
        if was != (after.state, after.reason):
            event = of_issue(after.newsletter, after.date, reason=after.reason)
            queue_events(connection, EventKind.ISSUE_HELD, [event], now)


def is_failure_to_be_told(connection: sa.Connection, record: IssueRecord, share: float) -> bool:
    """Whether so many of an issue's mails failed that somebody wants to hear of it, once."""
    if not webhooks.that_want(connection, EventKind.ISSUE_FAILED):
        return False
    counts = deliveries.counts(connection, record.id)
    failed = counts.get(DeliveryState.FAILED, 0)
    return (
        failed > 0
        and failed >= share * sum(counts.values())
        and not webhook_messages.was_queued(
            connection, EventKind.ISSUE_FAILED, of_issue(record.newsletter, record.date).subject
        )
    )


def tell_of_failure(connection: sa.Connection, record: IssueRecord, now: datetime) -> None:
    """Too many of its mails failed."""
    _tell_with_counts(connection, EventKind.ISSUE_FAILED, record, now)


def tell_of_end(connection: sa.Connection, record: IssueRecord, now: datetime) -> None:
    """Nothing of it is left to be sent."""
    _tell_with_counts(connection, EventKind.ISSUE_SENT, record, now)


def _tell_with_counts(
    connection: sa.Connection, kind: EventKind, record: IssueRecord, now: datetime
) -> None:
    counts = deliveries.counts(connection, record.id)
    event = of_issue(record.newsletter, record.date, issue=record.id, deliveries=counts)
    queue_events(connection, kind, [event], now)


def _content(issue: Issue) -> dict[str, object]:
    return {"subject": issue.subject, "stories": len(issue.all_stories)}
