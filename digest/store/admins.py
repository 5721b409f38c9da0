"""The accounts of those who look after the newsletters, and the links that let one in once."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.roles import Role
from digest.store.database import conflict_insert
from digest.store.schema import admin_links, admin_sessions, admins


@dataclass(frozen=True, slots=True)
class Admin:
    """An account. Without a password nobody logs in to it but by a link."""

    id: int
    email: str
    name: str
    role: Role
    password_hash: str
    totp_secret: str
    totp_step: int
    created_at: datetime
    created_by: str


def add(
    connection: sa.Connection, email: str, name: str, role: Role, who: str, now: datetime
) -> bool:
    """Add an account without a password; False where its address or name is taken."""
    row = {
        "email": email,
        "name": name,
        "role": role.value,
        "created_at": now,
        "created_by": who,
    }
    added = conflict_insert(connection, admins).values(row).on_conflict_do_nothing()
    return connection.scalar(added.returning(admins.c.id)) is not None


def everyone(connection: sa.Connection) -> list[Admin]:
    """All accounts, by name."""
    return [_admin_of(row) for row in connection.execute(sa.select(admins).order_by(admins.c.name))]


def find(connection: sa.Connection, email: str) -> Admin | None:
    """The account of an address, written as it is kept."""
    row = connection.execute(sa.select(admins).where(admins.c.email == email)).first()
    return _admin_of(row) if row else None


def get(connection: sa.Connection, number: int) -> Admin | None:
    """The account of a number."""
    row = connection.execute(sa.select(admins).where(admins.c.id == number)).first()
    return _admin_of(row) if row else None


def remove(connection: sa.Connection, number: int) -> None:
    """Delete an account, with its sessions, links and passkeys."""
    connection.execute(sa.delete(admins).where(admins.c.id == number))


def set_role(connection: sa.Connection, number: int, role: Role) -> None:
    """Give an account another role."""
    connection.execute(sa.update(admins).where(admins.c.id == number).values(role=role.value))


def set_password(connection: sa.Connection, number: int, password_hash: str) -> None:
    """Change the password of an account; its sessions and links end."""
    changed = sa.update(admins).where(admins.c.id == number).values(password_hash=password_hash)
    connection.execute(changed)
    connection.execute(sa.delete(admin_sessions).where(admin_sessions.c.admin_id == number))
    connection.execute(sa.delete(admin_links).where(admin_links.c.admin_id == number))


def rehash_password(connection: sa.Connection, number: int, password_hash: str) -> None:
    """Keep the same password under a hash made by today's parameters."""
    changed = sa.update(admins).where(admins.c.id == number).values(password_hash=password_hash)
    connection.execute(changed)


def set_totp(connection: sa.Connection, number: int, totp_secret: str) -> None:
    """Ask for codes from now on, or with an empty secret no more."""
    changed = sa.update(admins).where(admins.c.id == number).values(totp_secret=totp_secret)
    connection.execute(changed)


def take_step(connection: sa.Connection, number: int, step: int) -> bool:
    """Use up the code of a step; False where it or a later one was used already."""
    changed = sa.update(admins).where(admins.c.id == number, admins.c.totp_step < step)
    return connection.execute(changed.values(totp_step=step)).rowcount > 0


def add_link(connection: sa.Connection, number: int, token_hash: str, expires_at: datetime) -> None:
    """Keep a link that lets the owner of an account choose a password; the one before is void."""
    connection.execute(sa.delete(admin_links).where(admin_links.c.admin_id == number))
    row = {"token_hash": token_hash, "admin_id": number, "expires_at": expires_at}
    connection.execute(sa.insert(admin_links).values(row))


def find_by_link(connection: sa.Connection, token_hash: str, now: datetime) -> Admin | None:
    """The account that a link opens, while it does."""
    query = (
        sa.select(admins)
        .join(admin_links)
        .where(admin_links.c.token_hash == token_hash, admin_links.c.expires_at > now)
    )
    row = connection.execute(query).first()
    return _admin_of(row) if row else None


def forget_old_links(connection: sa.Connection, now: datetime) -> None:
    """Delete the links whose time is over."""
    connection.execute(sa.delete(admin_links).where(admin_links.c.expires_at <= now))


def _admin_of(row: sa.Row[tuple[object, ...]]) -> Admin:
    return Admin(
        row.id,
        row.email,
        row.name,
        Role(row.role),
        row.password_hash,
        row.totp_secret,
        row.totp_step,
        row.created_at,
        row.created_by,
    )
