"""Erase what is stored of a subscriber who asks for it."""

from datetime import datetime

import sqlalchemy as sa

from digest.model import SuppressionReason
from digest.services.subscribers import unsubscribe
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import personal_data, preferences, suppressions
from digest.store.database import Database
from digest.store.preferences import StoredSubscriber


def erase(database: Database, subscriber_id: int, now: datetime) -> StoredSubscriber | None:
    """Erase a subscriber; who it was, None where nobody has this number (any more)."""
    with database.write() as connection:
        subscriber = preferences.find(connection, subscriber_id)
        if subscriber is not None:
            erase_subscriber(connection, subscriber, now)
    return subscriber


def erase_subscriber(
    connection: sa.Connection, subscriber: StoredSubscriber, now: datetime
) -> None:
    """Forget a subscriber, but for a hash that keeps the address out of every import.

    That an address bounced or complained stays on record.
    """
    unsubscribe.lift_own_wish(connection, subscriber.email)
    suppressions.suppress(connection, subscriber.email, SuppressionReason.ERASED, now)
    personal_data.forget(connection, subscriber, now)
    # Whoever was told of them has to erase them too (GDPR, article 19).
    erased = of_subscriber(subscriber.id)
    queue_events(connection, EventKind.SUBSCRIBER_ERASED, [erased], now)
