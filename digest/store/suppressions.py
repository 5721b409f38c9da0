"""Addresses that must get nothing more; kept as a hash alone, so that an erased one stays out."""

import hashlib
from datetime import datetime

import sqlalchemy as sa

from digest.store.database import insert_new
from digest.store.schema import suppressions


def address_hash(email: str) -> str:
    """What stands for an address wherever the address itself need not be known."""
    return hashlib.sha256(email.strip().casefold().encode("utf-8", "replace")).hexdigest()


def suppress(connection: sa.Connection, email: str, reason: str, now: datetime) -> None:
    """From now on the address gets nothing; the first reason stays."""
    row = {"address_hash": address_hash(email), "reason": reason, "created_at": now}
    insert_new(connection, suppressions, [row])


def reason_for(connection: sa.Connection, email: str) -> str | None:
    """Why an address is suppressed, or None if it is not."""
    return connection.scalar(
        sa.select(suppressions.c.reason).where(suppressions.c.address_hash == address_hash(email))
    )


def lift(connection: sa.Connection, email: str) -> None:
    """The address asked to be mailed again."""
    connection.execute(
        sa.delete(suppressions).where(suppressions.c.address_hash == address_hash(email))
    )
