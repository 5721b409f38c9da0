"""Who did what, when, from where, and what was there before: one log for pages and commands.

It outlives what it tells of, so it names a subscriber by number, never by address.
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.store import audit
from digest.store.audit import AuditEntry
from digest.store.database import Database

PAGE = 50

# The address of the browser that a page answers; empty where a command acts.
_origin: ContextVar[str] = ContextVar("origin", default="")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and when; where they are is known (`coming_from`)."""

    who: str
    now: datetime


@contextmanager
def coming_from(origin: str) -> Iterator[None]:
    """Within it, what is recorded came from this address."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def record(
    connection: sa.Connection,
    now: datetime,
    who: str,
    action: str,
    subject: str,
    *,
    before: Any = None,
    after: Any = None,
) -> None:
    """Keep an act in the transaction that does it: `hold`, `issue daily 2026-11-21`.

    `before` and `after` are JSON values, such as a line or a list of lines.
    """
    origin = _origin.get() or f"command on {socket.gethostname()}"
    audit.add(
        connection,
        now,
        who=who,
        origin=origin,
        action=action,
        subject=subject,
        before=before,
        after=after,
    )


def latest(
    database: Database, *, before: int | None = None, subject: str = ""
) -> Sequence[AuditEntry]:
    """One page of acts, the newest first: those before a number, or on one subject."""
    with database.read() as connection:
        return audit.latest(connection, PAGE, before=before, subject=subject)
