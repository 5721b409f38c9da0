"""Subscribers one at a time, as an operator adds and removes them."""

from datetime import datetime

from digest.errors import DigestError
from digest.model import Subscription, SuppressionReason
from digest.services.subscribers import unsubscribe
from digest.store import consents, subscribers, suppressions
from digest.store.consents import Consent
from digest.store.database import Database
from digest.store.subscribers import Added


def add(
    database: Database,
    newsletter: str,
    subscription: Subscription,
    now: datetime,
    *,
    given: frozenset[str],
    resubscribe: bool,
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
            raise DigestError(
                f"{subscription.email} gets nothing: {reason or f'left {newsletter}'}",
                remedy="if the person asked to come back, add --resubscribe",
            )
        number = subscribers.find_id(connection, subscription.email)
        if counts[Added.ADDED] and number is not None:
            consent = Consent(number, newsletter, "command", "added by the operator", now)
            consents.record_all(connection, [consent])
    return bool(counts[Added.ADDED])


def remove(database: Database, email: str, newsletter: str | None, now: datetime) -> int:
    """End the subscription to one newsletter or to all; how many ended."""
    with database.write() as connection:
        return unsubscribe.remove(connection, email, newsletter, now)


def lift_suppression(database: Database, email: str) -> SuppressionReason | None:
    """Let an address get mail again; what stood against it, if anything did."""
    with database.write() as connection:
        reason = suppressions.reason_for(connection, email)
        suppressions.lift(connection, email)
    return reason
