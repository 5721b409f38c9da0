"""Subscribers one at a time, as an operator adds and removes them."""

from datetime import datetime

from digest.errors import DigestError
from digest.model import Subscription, SuppressionReason
from digest.services.admins import audit
from digest.services.subscribers import personal_data, unsubscribe
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import consents, preferences, subscribers, suppressions
from digest.store.consents import Consent
from digest.store.database import Database
from digest.store.subscribers import Added


class NotWantedError(DigestError):
    """The address left or is suppressed, and nobody said that it asked to come back."""


def is_subscribed(database: Database, email: str, newsletter: str) -> bool:
    """Whether an address gets the newsletter now."""
    with database.read() as connection:
        return subscribers.choices_of(connection, email, newsletter) is not None


def add(
    database: Database,
    newsletter: str,
    subscription: Subscription,
    now: datetime,
    *,
    given: frozenset[str],
    resubscribe: bool,
    who: str,
) -> bool:
    """Add a subscription, or change the fields that are `given`; whether it is new.

    DigestError where the address is to get nothing, unless it asked to come back (`resubscribe`).
    """
    with database.write() as connection:
        if resubscribe:
            suppressions.lift(connection, subscription.email)
        reason = suppressions.reason_for(connection, subscription.email)
        counts = subscribers.put_all(
            connection, newsletter, [subscription], now, given=given, resubscribe=resubscribe
        )
        if counts[Added.SUPPRESSED]:
            raise NotWantedError(
                f"{subscription.email} gets nothing: {reason or f'left {newsletter}'}",
                remedy="if the person asked to come back, add --resubscribe",
            )
        number = subscribers.find_id(connection, subscription.email)
        if counts[Added.ADDED] and number is not None:
            consent = Consent(number, newsletter, "command", "added by the operator", now)
            consents.record_all(connection, [consent])
        is_new = bool(counts[Added.ADDED])
        done = "add subscriber" if is_new else "change subscription"
        choices = {name: getattr(subscription, name) for name in sorted(given)}
        if number is not None:
            kind = EventKind.SUBSCRIBER_SUBSCRIBED if is_new else EventKind.SUBSCRIBER_CHANGED
            more = {"how": "command"} if is_new else {"changed": sorted(given)}
            told = of_subscriber(number, newsletter=newsletter, **more)
            queue_events(connection, kind, [told], now)
        after = {"newsletter": newsletter, **{name: _plain(choices[name]) for name in choices}}
        audit.record(connection, now, who, done, f"subscriber {number}", after=after)
    return is_new


def remove(
    database: Database, email: str, newsletter: str | None, now: datetime, *, who: str
) -> int:
    """End the subscription to one newsletter or to all; how many ended."""
    with database.write() as connection:
        ended = unsubscribe.remove(connection, email, newsletter, now)
        if ended:
            number = subscribers.find_id(connection, email)
            subject, before = f"subscriber {number}", newsletter or "all newsletters"
            audit.record(connection, now, who, "unsubscribe", subject, before=before)
    return ended


def erase(database: Database, number: int, now: datetime, *, who: str) -> bool:
    """Erase all that is stored of a subscriber who asks for it; whether there was anybody."""
    with database.write() as connection:
        subscriber = preferences.find(connection, number)
        if subscriber is None:
            return False
        personal_data.erase_subscriber(connection, subscriber, now)
        audit.record(connection, now, who, "erase", f"subscriber {number}")
    return True


def note_export(database: Database, newsletter: str, now: datetime, *, who: str) -> None:
    """Put on record that somebody has a copy of all subscribers."""
    with database.write() as connection:
        audit.record(connection, now, who, "export subscribers", f"newsletter {newsletter}")


def lift_suppression(
    database: Database, email: str, now: datetime, *, who: str
) -> SuppressionReason | None:
    """Let an address get mail again; what stood against it, if anything did."""
    with database.write() as connection:
        reason = suppressions.reason_for(connection, email)
        suppressions.lift(connection, email)
        if reason is not None:
            number = subscribers.find_id(connection, email)
            subject = f"subscriber {number}" if number else "an address without a subscriber"
            audit.record(connection, now, who, "lift suppression", subject, before=str(reason))
    return reason


def _plain(value: object) -> object:
    """A choice as JSON has it."""
    return list(value) if isinstance(value, tuple) else value if value is None else str(value)
