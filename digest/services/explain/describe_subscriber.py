"""Who an address is, in words: what it gets, why it gets nothing, what came back from it."""

from collections.abc import Callable
from datetime import datetime

from digest.compose.enough_stories import LONGEST_WAIT
from digest.compose.likes import named
from digest.keywords import not_about, only_about
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


def describe_subscriber(
    subscriber: AddressFacts, when: When, newsletter: str | None = None
) -> list[str]:
    """Who the address is: what it gets (of a newsletter) since when, or why it gets nothing."""
    subscriptions = [
        entry for entry in subscriber.subscriptions if newsletter in (None, entry.newsletter)
    ]
    sentences = [
        f"{subscriber.email} gets {_describe_subscription(entry, when)}." for entry in subscriptions
    ]
    if subscriber.suppressed is not None:
        reason = describe_suppression(subscriber.suppressed, when)
        sentences.append(f"{subscriber.email} gets nothing more: {reason}.")
    elif not subscriber.is_known:
        sentences.append(f"{subscriber.email} {NEVER}.")
    elif not subscriptions:
        missing = f"{newsletter} no more, or never did" if newsletter else "no newsletter now"
        sentences.append(f"{subscriber.email} is known, but gets {missing}.")
    unsubscribed = [
        entry for entry in subscriber.unsubscribes if newsletter in (None, entry.newsletter)
    ]
    sentences += [
        f"{subscriber.email} left {_describe_unsubscribed(entry, when)}." for entry in unsubscribed
    ]
    return sentences + [describe_returned_mail(entry, when) for entry in subscriber.returned_mail]


_WAYS = {
    "one-click": "by one click in the mail client",
    "page": "on the site",
    "mail": "by mail",
    "command": "through the operator",
    "desk": "through an editor",
    "api": "by a program",
    "import": "by an import",
    "web": "on the site",
}


def _describe_unsubscribed(unsubscribed: UnsubscribedFrom, when: When) -> str:
    reason = f' ("{unsubscribed.reason}")' if unsubscribed.reason else ""
    way = _WAYS.get(unsubscribed.how, unsubscribed.how)
    left = f"{unsubscribed.newsletter} {way}, at {when(unsubscribed.at)}{reason}"
    return f"{left}; no import brings them back"


def _describe_subscription(subscription: ActiveSubscription, when: When) -> str:
    words = f"{subscription.newsletter} since {when(subscription.since)}: "
    words += f"the topics {', '.join(subscription.topics)}" if subscription.topics else "all topics"
    if subscription.hour is not None:
        words += f", at {subscription.hour:02}:00 in {subscription.zone}"
    if subscription.days:
        words += f", on {', '.join(subscription.days)}"
    if subscription.at_least is not None:
        days = subscription.longest_wait or LONGEST_WAIT
        words += f", when there are {subscription.at_least} stories, or after {days} days"
    if blocked := not_about(subscription.keywords):
        words += f", not about {', '.join(blocked)}"
    if kept := only_about(subscription.keywords):
        words += f", about {', '.join(kept)} alone"
    if subscription.layout is not None:
        words += f", as {subscription.layout}"
    for way, sign in (("more", 1), ("less", -1)):
        wanted = [named(key)[1] for key, weight in subscription.likes if weight * sign > 0]
        words += f", {way} of {', '.join(wanted)}" if wanted else ""
    words += _describe_alerts(subscription)
    if subscription.paused_until is not None:
        words += f"; paused until {subscription.paused_until}"
    if subscription.agreed_at is not None:
        way = _WAYS.get(subscription.agreed_how, subscription.agreed_how)
        words += f"; agreed to {way}, at {when(subscription.agreed_at)}"
    return words


def _describe_alerts(subscription: ActiveSubscription) -> str:
    if subscription.newsletter_has_alerts:
        return ", with alerts" if subscription.alerts else ", without alerts"
    off = "the newsletter has none (alert_sources is 0, or its issues wait for an approval)"
    return f", with alerts, though {off}" if subscription.alerts else ""


# Parts of sentences.


def describe_returned_mail(returned_mail: ReturnedMailFact, when: When) -> str:
    """What came back, when, and why."""
    words = _RETURNED.get(returned_mail.kind, "A message about it came")
    return f"{words} at {when(returned_mail.at)}: {returned_mail.reason.rstrip('. ')}."


_RETURNED: dict[str, str] = {
    BounceKind.HARD: "It came back",
    BounceKind.SOFT: "It came back for a time",
    BounceKind.DELAYED: "It was held up",
    BounceKind.COMPLAINT: "Its subscriber complained of spam",
    BounceKind.UNSUBSCRIBE: "Its subscriber unsubscribed by mail",
}


def describe_suppression(suppression: SuppressionFact, when: When) -> str:
    """Why an address gets nothing more, and since when, as a clause."""
    return f"{describe_reason(suppression.reason)}, at {when(suppression.since)}"


def describe_reason(reason: SuppressionReason) -> str:
    """A reason as a clause."""
    match reason:
        case SuppressionReason.UNSUBSCRIBED:
            return "they unsubscribed"
        case SuppressionReason.ERASED:
            return "the address was erased"
        case SuppressionReason.BOUNCED:
            return "mail to it came back"
        case SuppressionReason.COMPLAINED:
            return "its subscriber complained of spam"
