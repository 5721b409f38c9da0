"""Addresses that must get nothing more; kept as a hash alone, so that an erased one stays out."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.store.database import insert_new
from digest.store.schema import subscribers, suppressions

Row = dict[str, Any]

# Reasons that a click on a link of ours undoes; a bounce or a complaint is no wish of the person's.
OWN_WISH = frozenset({"unsubscribed", "erased"})


def address_hash(email: str) -> str:
    """What stands for an address wherever the address itself need not be known."""
    return hashlib.sha256(email.strip().casefold().encode("utf-8", "replace")).hexdigest()


def suppress(connection: sa.Connection, email: str, reason: str, now: datetime) -> None:
    """From now on the address gets nothing; the first reason stays."""
    row = {"address_hash": address_hash(email), "reason": reason, "created_at": now}
    insert_new(connection, suppressions, [row])


def reason_for(connection: sa.Connection, email: str) -> str | None:
    """Why an address is suppressed, or None if it is not."""
    found = find(connection, email)
    return found[0] if found else None


def find(connection: sa.Connection, email: str) -> tuple[str, datetime] | None:
    """Why and since when an address is suppressed, or None if it is not."""
    query = sa.select(suppressions.c.reason, suppressions.c.created_at).where(
        suppressions.c.address_hash == address_hash(email)
    )
    row = connection.execute(query).first()
    return (row.reason, row.created_at) if row else None


def everyone(connection: sa.Connection) -> Iterator[Row]:
    """Every suppression, the oldest first, streamed; the address where it is known still."""
    query = (
        sa.select(subscribers.c.email, suppressions.c.reason, suppressions.c.created_at)
        .join_from(
            suppressions,
            subscribers,
            subscribers.c.address_hash == suppressions.c.address_hash,
            isouter=True,
        )
        .order_by(suppressions.c.created_at, suppressions.c.address_hash)
    )
    with connection.execute(query, execution_options={"yield_per": 1000}) as result:
        for row in result.mappings():
            yield dict(row)


def lift(connection: sa.Connection, email: str) -> None:
    """The address asked to be mailed again."""
    connection.execute(
        sa.delete(suppressions).where(suppressions.c.address_hash == address_hash(email))
    )
