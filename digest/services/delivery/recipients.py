"""Who would get what of an issue, for a dry run: its mails by their content."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.model import DeliveryState, Newsletter
from digest.store import recipients
from digest.store.issues import IssueRecord
from digest.store.recipients import Recipient

if TYPE_CHECKING:
    from digest.services.issues.messages import IssueMessages

_WHY_NOTHING = {
    None: "subscribed after it was sealed",
    DeliveryState.SENT: "have it already",
    DeliveryState.FAILED: "failed before",
    DeliveryState.SENDING: "in the hands of another process",
    DeliveryState.PAUSED: "paused",
    DeliveryState.MERGED: "told with a later issue",
    DeliveryState.IN_DOUBT: "in doubt",
    DeliveryState.SUPPRESSED: "left or suppressed when it was sent",
}


@dataclass(frozen=True, slots=True)
class PlannedMail:
    """A mail as it would go out, by headline what it tells in full and names, and to whom."""

    subject: str
    stories: tuple[str, ...]
    more: tuple[str, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoMail:
    """Subscribers who would get nothing now, and why."""

    reason: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedIssue:
    """Each subscriber of an issue's newsletter in one place: in a mail, or among those without."""

    issue: str
    mails: tuple[PlannedMail, ...]
    nobody: tuple[NoMail, ...]


def plan(
    connection: sa.Connection,
    record: IssueRecord,
    newsletter: Newsletter,
    messages: "IssueMessages",
    *,
    now: datetime,
    resends: bool,
) -> PlannedIssue:
    """What a sealed issue would bring to whom, if it were sent now."""
    mails: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    nothing: dict[str, list[str]] = {}
    for recipient in recipients.of_issue(connection, record.id, newsletter.id):
        reason = why_nothing(recipient, now, resends=resends)
        variant = None
        if not reason:
            chosen = recipient.topics, recipient.since, recipient.layout, recipient.keywords
            variant = messages.variant(*chosen, recipient.likes)
        if variant is None:
            nothing.setdefault(reason or _no_story(recipient), []).append(recipient.email)
            continue
        in_full = tuple(story.headline for story in variant.issue.stories)
        named = tuple(story.headline for story in variant.issue.more)
        mails.setdefault((variant.mail.subject, in_full, named), []).append(recipient.email)
    return PlannedIssue(
        record.key,
        tuple(PlannedMail(*content, tuple(addresses)) for content, addresses in mails.items()),
        tuple(NoMail(reason, tuple(addresses)) for reason, addresses in nothing.items()),
    )


def why_nothing(recipient: Recipient, now: datetime, *, resends: bool) -> str:
    """Why a subscriber would not be mailed now, whatever the issue holds; empty: they would."""
    if recipient.suppressed is not None:
        return f"suppressed: {recipient.suppressed}"
    if recipient.state is DeliveryState.PENDING:
        return ""
    if recipient.state is DeliveryState.SKIPPED:
        return _no_story(recipient)
    waits = recipient.state is DeliveryState.DEFERRED
    waits |= recipient.state is DeliveryState.IN_DOUBT and resends and not recipient.is_over
    if not waits:
        return _WHY_NOTHING[recipient.state]
    later = recipient.next_attempt_at is not None and recipient.next_attempt_at > now
    return "tried again later" if later else ""


def _no_story(recipient: Recipient) -> str:
    without = " without their keywords" if recipient.keywords else ""
    return f"no story on their topics{without}"
