"""Addresses that must get nothing more; kept as a hash alone, so that an erased one stays out."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.model import SuppressionReason
from digest.store.database import insert_new
from digest.store.schema import subscribers, suppressions

Row = dict[str, Any]


def address_hash(email: str) -> str:
    """What stands for an address wherever the address itself need not be known."""
    return hashlib.sha256(email.strip().casefold().encode("utf-8", "replace")).hexdigest()


def suppress(
    connection: sa.Connection, email: str, reason: SuppressionReason, now: datetime
) -> None:
    """From now on the address gets nothing; the first reason stays."""
    suppress_all(connection, {address_hash(email): reason}, now)


def suppress_all(
    connection: sa.Connection, reasons: Mapping[str, SuppressionReason], now: datetime
) -> None:
    """The same for many addresses by their hashes, each for its reason."""
    rows = [{"address_hash": key, "reason": why, "created_at": now} for key, why in reasons.items()]
    insert_new(connection, suppressions, rows)


def reasons_for(connection: sa.Connection, hashes: Collection[str]) -> dict[str, SuppressionReason]:
    """Those of the addresses (as hashes) that are suppressed, each with its reason."""
    query = sa.select(suppressions.c.address_hash, suppressions.c.reason).where(
        suppressions.c.address_hash.in_(hashes)
    )
    return {row.address_hash: SuppressionReason(row.reason) for row in connection.execute(query)}


def reason_for(connection: sa.Connection, email: str) -> SuppressionReason | None:
    """Why an address is suppressed, or None if it is not."""
    suppression = find(connection, email)
    return suppression[0] if suppression else None


def find(connection: sa.Connection, email: str) -> tuple[SuppressionReason, datetime] | None:
    """Why and since when an address is suppressed, or None if it is not."""
    query = sa.select(suppressions.c.reason, suppressions.c.created_at).where(
        suppressions.c.address_hash == address_hash(email)
    )
    row = connection.execute(query).first()
    return (SuppressionReason(row.reason), row.created_at) if row else None


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
    """The address may be mailed again."""
    connection.execute(
        sa.delete(suppressions).where(suppressions.c.address_hash == address_hash(email))
    )
