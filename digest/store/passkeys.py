"""The passkeys of admins: what a device's signature is verified with (WebAuthn)."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.store.schema import admin_passkeys


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key of one account, under the name that its owner gave it."""

    id: int
    admin_id: int
    name: str
    credential: bytes
    public_key: bytes
    sign_count: int
    created_at: datetime
    used_at: datetime | None


_COLUMNS = [admin_passkeys.c[name] for name in Passkey.__slots__]


def add(
    connection: sa.Connection,
    admin_id: int,
    name: str,
    credential: bytes,
    public_key: bytes,
    sign_count: int,
    now: datetime,
) -> None:
    """Keep a passkey."""
    row = {
        "admin_id": admin_id,
        "name": name,
        "credential": credential,
        "public_key": public_key,
        "sign_count": sign_count,
        "created_at": now,
    }
    connection.execute(sa.insert(admin_passkeys).values(row))


def of_admin(connection: sa.Connection, admin_id: int) -> list[Passkey]:
    """The passkeys of an account, in the order in which they were added."""
    query = (
        sa.select(*_COLUMNS)
        .where(admin_passkeys.c.admin_id == admin_id)
        .order_by(admin_passkeys.c.id)
    )
    return [Passkey(*row) for row in connection.execute(query)]


def find(connection: sa.Connection, credential: bytes) -> Passkey | None:
    """The passkey to which a device gave this id."""
    query = sa.select(*_COLUMNS).where(admin_passkeys.c.credential == credential)
    row = connection.execute(query).first()
    return Passkey(*row) if row else None


def use(connection: sa.Connection, number: int, sign_count: int, now: datetime) -> None:
    """Note that a passkey was used."""
    used = sa.update(admin_passkeys).where(admin_passkeys.c.id == number)
    connection.execute(used.values(sign_count=sign_count, used_at=now))


def remove(connection: sa.Connection, number: int, admin_id: int) -> bool:
    """Delete a passkey of an account; whether it had it."""
    gone = sa.delete(admin_passkeys).where(
        admin_passkeys.c.id == number, admin_passkeys.c.admin_id == admin_id
    )
    return connection.execute(gone).rowcount > 0
