"""Many addresses at once, as an import has them: who is known, who is subscribed, who is out.

Addresses stand as their hashes (`suppressions.address_hash`), a few hundred at a time.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from digest.store.database import insert_new
from digest.store.schema import subscribers, subscriptions, suppressions


def known(connection: sa.Connection, hashes: Collection[str]) -> dict[str, int]:
    """The numbers of those who are or were subscribers."""
    query = sa.select(subscribers.c.address_hash, subscribers.c.id).where(
        subscribers.c.address_hash.in_(hashes)
    )
    return {row.address_hash: row.id for row in connection.execute(query)}


def subscribed(
    connection: sa.Connection, newsletter: str, hashes: Collection[str]
) -> dict[str, int]:
    """The numbers of those who get the newsletter."""
    # In two steps: joined, SQLite goes through all who get the newsletter.
    numbers = known(connection, hashes)
    query = sa.select(subscriptions.c.subscriber_id).where(
        subscriptions.c.newsletter == newsletter,
        subscriptions.c.subscriber_id.in_(numbers.values()),
    )
    getting = set(connection.scalars(query))
    return {key: number for key, number in numbers.items() if number in getting}


def suppress(connection: sa.Connection, reasons: Mapping[str, str], now: datetime) -> None:
    """From now on these get nothing, each for its reason; the first reason stays."""
    insert_new(
        connection,
        suppressions,
        [
            {"address_hash": key, "reason": reason, "created_at": now}
            for key, reason in reasons.items()
        ],
    )
