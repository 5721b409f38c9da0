"""The events that are told, and what each says; docs/webhooks.md has their payloads."""

from enum import StrEnum


class EventKind(StrEnum):
    """What may happen; the value is the payload's `type`."""

    ISSUE_DRAFT_READY = "issue.draft_ready"
    ISSUE_APPROVED = "issue.approved"
    ISSUE_HELD = "issue.held"
    ISSUE_SEALED = "issue.sealed"
    ISSUE_FAILED = "issue.failed"
    ISSUE_SENT = "issue.sent"
    SUBSCRIBER_CONFIRMED = "subscriber.confirmed"
    SUBSCRIBER_SUBSCRIBED = "subscriber.subscribed"
    SUBSCRIBER_CHANGED = "subscriber.changed"
    SUBSCRIBER_LEFT = "subscriber.left"
    SUBSCRIBER_BOUNCED = "subscriber.bounced"
    SUBSCRIBER_ERASED = "subscriber.erased"
    SOURCE_TROUBLE = "source.trouble"
    SOURCE_WELL = "source.well"

    @property
    def meaning(self) -> str:
        """When it is told, in a few words."""
        return _MEANINGS[self]


# Of no webhook's list: it is told by hand, to one.
TEST = "webhook.test"

_MEANINGS = {
    EventKind.ISSUE_DRAFT_READY: "editors are told that a draft is ready",
    EventKind.ISSUE_APPROVED: "somebody approved an issue",
    EventKind.ISSUE_HELD: "an issue is held, and why",
    EventKind.ISSUE_SEALED: "an issue is final, and its mails are laid out",
    EventKind.ISSUE_FAILED: "too many mails of an issue failed",
    EventKind.ISSUE_SENT: "nothing of an issue is left to be sent",
    EventKind.SUBSCRIBER_CONFIRMED: "somebody confirmed a sign-up by the button in the mail",
    EventKind.SUBSCRIBER_SUBSCRIBED: "somebody gets a newsletter from now on",
    EventKind.SUBSCRIBER_CHANGED: "somebody changed what they get, or their address",
    EventKind.SUBSCRIBER_LEFT: "somebody left a newsletter",
    EventKind.SUBSCRIBER_BOUNCED: "a mail came back or was refused for good, or was called spam",
    EventKind.SUBSCRIBER_ERASED: "a subscriber was erased, and is to be erased elsewhere",
    EventKind.SOURCE_TROUBLE: "a feed cannot be read, is gone, or is quarantined",
    EventKind.SOURCE_WELL: "a feed that could not be read is read again",
}
