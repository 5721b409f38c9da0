"""Subscribers one at a time, as an operator adds and removes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from digest.errors import DigestError, UsageError
from digest.model import Subscription, SuppressionReason
from digest.services.admins import audit
from digest.services.subscribers import personal_data, unsubscribe
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import consents, preferences, subscribers, suppressions
from digest.store.consents import Consent
from digest.store.database import Database
from digest.store.subscribers import Added
from digest.store.unsubscribes import UnsubscribeMethod


class NotWantedError(DigestError):
    """The address left or is suppressed, and nobody said that it asked to come back."""


AddedBy = Literal["command", "desk", "api"]
# The words to which a consent was given, as far as whoever adds somebody can say.
_AGREED: Mapping[AddedBy, str] = {
    "command": "added by the operator",
    "desk": "added by an editor",
    "api": "added by a program",
}


def add(
    database: Database,
    newsletter: str,
    subscription: Subscription,
    now: datetime,
    *,
    given: frozenset[str],
    resubscribe: bool,
    who: str,
    how: AddedBy = "command",
    only_new: bool = False,
) -> bool:
    """Add a subscription, or change the fields that are `given`; whether it is new.

    With `only_new` whoever is subscribed already stays as they are.

    DigestError where the address is to get nothing, unless it asked to come back (`resubscribe`).
    """
    with database.write() as connection:
        if only_new and subscribers.choices_of(connection, subscription.email, newsletter):
            return False
        if resubscribe:
            suppressions.lift(connection, subscription.email)
        reason = suppressions.reason_for(connection, subscription.email)
        given = _with_its_wait(connection, newsletter, subscription, given)
        counts = subscribers.put_all(
            connection,
            newsletter,
            [subscription],
            now,
            # Of two who add somebody in the same moment the second changes nothing.
            given=frozenset() if only_new else given,
            resubscribe=resubscribe,
        )
        if counts[Added.SUPPRESSED]:
            raise NotWantedError(
                f"{subscription.email} gets nothing: {reason or f'left {newsletter}'}",
                remedy="if the person asked to come back, add --resubscribe",
            )
        number = subscribers.find_id(connection, subscription.email)
        if counts[Added.ADDED] and number is not None:
            consents.record_all(connection, [Consent(number, newsletter, how, _AGREED[how], now)])
        is_new = bool(counts[Added.ADDED])
        if only_new and not is_new:
            return False
        done = "add subscriber" if is_new else "change subscription"
        choices = {name: getattr(subscription, name) for name in sorted(given)}
        if "keywords" in choices:
            # Their own words, which nobody could erase from the record.
            choices["keywords"] = len(subscription.keywords)
        if number is not None:
            kind = EventKind.SUBSCRIBER_SUBSCRIBED if is_new else EventKind.SUBSCRIBER_CHANGED
            more = {"how": how} if is_new else {"changed": sorted(given)}
            told = of_subscriber(number, newsletter=newsletter, **more)
            queue_events(connection, kind, [told], now)
        after = {"newsletter": newsletter, **{name: _plain(choices[name]) for name in choices}}
        audit.record(connection, now, who, done, f"subscriber {number}", after=after)
    return is_new


def _with_its_wait(
    connection: sa.Connection, newsletter: str, subscription: Subscription, given: frozenset[str]
) -> frozenset[str]:
    """What is given; who waits for no number of stories any more waits for no days either.

    UsageError where they are to wait for some days, and for nothing.
    """
    if "at_least" in given:
        at_least = subscription.at_least
    else:
        stored = subscribers.subscriptions_of(connection, subscription.email)
        at_least = next(
            (row["at_least"] for row in stored if row["newsletter"] == newsletter), None
        )
    if at_least is None and subscription.longest_wait is not None:
        raise UsageError(
            "a longest wait says nothing without a number of stories to wait for",
            remedy="give that too (--at-least)",
        )
    return given | {"longest_wait"} if "at_least" in given and at_least is None else given


def remove(
    database: Database,
    email: str,
    newsletter: str | None,
    now: datetime,
    *,
    who: str,
    how: UnsubscribeMethod = UnsubscribeMethod.COMMAND,
) -> int:
    """End the subscription to one newsletter or to all; how many ended."""
    with database.write() as connection:
        ended = unsubscribe.remove(connection, email, newsletter, now, how)
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
