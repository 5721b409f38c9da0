"""Who is logged in to the editors' pages. Of a session's token only a hash is kept."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.store.schema import admin_sessions


@dataclass(frozen=True, slots=True)
class AdminSession:
    """One browser of an admin: where it was when it logged in, and when it was last seen.

    `confirmed_at` is when the password was last typed, or a passkey used.
    """

    id: int
    admin_id: int
    created_at: datetime
    seen_at: datetime
    confirmed_at: datetime
    address: str
    agent: str


def add(
    connection: sa.Connection,
    admin_id: int,
    token_hash: str,
    now: datetime,
    *,
    address: str,
    agent: str,
) -> None:
    """Begin a session."""
    row = {
        "token_hash": token_hash,
        "admin_id": admin_id,
        "created_at": now,
        "seen_at": now,
        "confirmed_at": now,
        "address": address,
        "agent": agent,
    }
    connection.execute(sa.insert(admin_sessions).values(row))


def find(connection: sa.Connection, token_hash: str) -> AdminSession | None:
    """The session of a token."""
    query = sa.select(admin_sessions).where(admin_sessions.c.token_hash == token_hash)
    row = connection.execute(query).first()
    return _session_of(row) if row else None


def of_admin(connection: sa.Connection, admin_id: int) -> list[AdminSession]:
    """The sessions of an account, the one seen last first."""
    query = (
        sa.select(admin_sessions)
        .where(admin_sessions.c.admin_id == admin_id)
        .order_by(admin_sessions.c.seen_at.desc(), admin_sessions.c.id.desc())
    )
    return [_session_of(row) for row in connection.execute(query)]


def see(connection: sa.Connection, number: int, now: datetime) -> None:
    """Note that a session is in use."""
    seen = sa.update(admin_sessions).where(admin_sessions.c.id == number).values(seen_at=now)
    connection.execute(seen)


def confirm(connection: sa.Connection, number: int, now: datetime) -> None:
    """Note that the password was typed again."""
    changed = sa.update(admin_sessions).where(admin_sessions.c.id == number)
    connection.execute(changed.values(confirmed_at=now))


def end(connection: sa.Connection, number: int, admin_id: int) -> bool:
    """End a session of an account; whether it had it."""
    ended = sa.delete(admin_sessions).where(
        admin_sessions.c.id == number, admin_sessions.c.admin_id == admin_id
    )
    return connection.execute(ended).rowcount > 0


def end_others(connection: sa.Connection, admin_id: int, number: int | None = None) -> int:
    """End all sessions of an account, but for one; how many."""
    ended = sa.delete(admin_sessions).where(admin_sessions.c.admin_id == admin_id)
    if number is not None:
        ended = ended.where(admin_sessions.c.id != number)
    return connection.execute(ended).rowcount


def forget_old(connection: sa.Connection, *, seen: datetime, created: datetime) -> None:
    """Delete the sessions that were last seen, or began, before these times."""
    connection.execute(
        sa.delete(admin_sessions).where(
            (admin_sessions.c.seen_at < seen) | (admin_sessions.c.created_at < created)
        )
    )


def _session_of(row: sa.Row[tuple[object, ...]]) -> AdminSession:
    return AdminSession(
        row.id,
        row.admin_id,
        row.created_at,
        row.seen_at,
        row.confirmed_at,
        row.address,
        row.agent,
    )
