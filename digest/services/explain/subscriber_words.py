"""Who an address is, in words: what it gets, why it gets nothing, what came back from it."""

from collections.abc import Callable
from datetime import datetime

from digest.model import BounceKind, SuppressionReason
from digest.services.explain.facts import (
    ActiveSubscription,
    AddressFacts,
    ReturnedMailFact,
    SuppressionFact,
    UnsubscribedFrom,
)

# How a time is told to whoever asks.
When = Callable[[datetime], str]

NEVER = "never subscribed, as far as the records go"


def about(subscriber: AddressFacts, when: When, newsletter: str | None = None) -> list[str]:
    """Who the address is: what it gets (of a newsletter) since when, or why it gets nothing."""
    gets = [each for each in subscriber.memberships if newsletter in (None, each.newsletter)]
    told = [f"{subscriber.email} gets {_membership(each, when)}." for each in gets]
    if subscriber.suppressed is not None:
        told.append(
            f"{subscriber.email} gets nothing more: {suppressed(subscriber.suppressed, when)}."
        )
    elif not subscriber.known:
        told.append(f"{subscriber.email} {NEVER}.")
    elif not gets:
        gone = f"{newsletter} no more, or never did" if newsletter else "no newsletter now"
        told.append(f"{subscriber.email} is known, but gets {gone}.")
    left = [each for each in subscriber.unsubscribes if newsletter in (None, each.newsletter)]
    told += [f"{subscriber.email} left {_departed(each, when)}." for each in left]
    return told + [returned(each, when) for each in subscriber.returns]


_DOORS = {
    "one-click": "by one click in the mail client",
    "page": "on the site",
    "mail": "by mail",
    "command": "by command",
    "import": "by an import",
    "web": "on the site",
}


def _departed(left: UnsubscribedFrom, when: When) -> str:
    why = f' ("{left.reason}")' if left.reason else ""
    door = _DOORS.get(left.how, left.how)
    return f"{left.newsletter} {door}, at {when(left.at)}{why}; no import brings it back"


def _membership(member: ActiveSubscription, when: When) -> str:
    told = f"{member.newsletter} since {when(member.since)}: "
    told += f"the topics {', '.join(member.topics)}" if member.topics else "all topics"
    if member.hour is not None:
        told += f", at {member.hour:02}:00 in {member.zone}"
    if member.paused_until is not None:
        told += f"; paused until {member.paused_until}"
    if member.agreed_at is not None:
        door = _DOORS.get(member.agreed_how, member.agreed_how)
        told += f"; agreed to {door}, at {when(member.agreed_at)}"
    return told


# Parts of sentences.


def returned(each: ReturnedMailFact, when: When) -> str:
    """What came back, when, and why."""
    told = _RETURNED.get(each.kind, "A message about it came")
    return f"{told} at {when(each.at)}: {each.reason.rstrip('. ')}."


_RETURNED: dict[str, str] = {
    BounceKind.HARD: "It came back",
    BounceKind.SOFT: "It came back for a time",
    BounceKind.DELAYED: "It was held up",
    BounceKind.COMPLAINT: "Its subscriber complained of spam",
    BounceKind.UNSUBSCRIBE: "Its subscriber unsubscribed by mail",
}


def suppressed(entry: SuppressionFact, when: When) -> str:
    """Why an address gets nothing more, and since when, as a clause."""
    return f"{left_because(entry.reason)}, at {when(entry.since)}"


def left_because(reason: SuppressionReason) -> str:
    """A reason as a clause."""
    match reason:
        case SuppressionReason.UNSUBSCRIBED:
            return "it unsubscribed"
        case SuppressionReason.ERASED:
            return "the address was erased"
        case SuppressionReason.BOUNCED:
            return "mail to it came back"
        case SuppressionReason.COMPLAINED:
            return "its subscriber complained of spam"
