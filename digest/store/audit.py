"""What people did by pages and commands, in the order in which they did it. Only added to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.store.schema import audit_log


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act: who, when, from where; `before` and `after` are JSON values, None where none is."""

    id: int
    at: datetime
    who: str
    origin: str
    action: str
    subject: str
    before: Any
    after: Any


def add(
    connection: sa.Connection,
    now: datetime,
    *,
    who: str,
    origin: str,
    action: str,
    subject: str,
    before: Any,
    after: Any,
) -> None:
    """Keep an act."""
    row = {
        "at": now,
        "who": who,
        "origin": origin,
        "action": action,
        "subject": subject,
        "before": before,
        "after": after,
    }
    connection.execute(sa.insert(audit_log).values(row))


def latest(
    connection: sa.Connection, count: int, *, before: int | None = None, subject: str = ""
) -> Sequence[AuditEntry]:
    """The last acts, the newest first; those before a number; those on one subject."""
    query = sa.select(audit_log).order_by(audit_log.c.id.desc()).limit(count)
    if before is not None:
        query = query.where(audit_log.c.id < before)
    if subject:
        query = query.where(audit_log.c.subject == subject)
    return [
        AuditEntry(
            row.id, row.at, row.who, row.origin, row.action, row.subject, row.before, row.after
        )
        for row in connection.execute(query)
    ]
