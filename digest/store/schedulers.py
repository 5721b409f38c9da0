"""The processes that do what is due every minute: `digest serve` and `digest scheduler`.

Life is measured in real time, whatever a rehearsal's clock says.
"""

import os
import socket
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from digest.store.schema import schedulers

# Each shows every minute that it lives.
SILENCE = timedelta(minutes=3)
_FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scheduler:
    """One process."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)


def beat(connection: sa.Connection, scheduler: Scheduler) -> None:
    """Show that it lives; the first time it is registered, and those long dead are forgotten."""
    now = datetime.now(UTC)
    seen = sa.update(schedulers).where(schedulers.c.id == scheduler.id).values(seen_at=now)
    if connection.execute(seen).rowcount:
        return
    connection.execute(sa.delete(schedulers).where(schedulers.c.seen_at < now - _FORGOTTEN))
    connection.execute(
        sa.insert(schedulers).values(
            id=scheduler.id, host=scheduler.host, pid=scheduler.pid, seen_at=now
        )
    )


def retire(connection: sa.Connection, scheduler: Scheduler) -> None:
    """It ended."""
    connection.execute(sa.delete(schedulers).where(schedulers.c.id == scheduler.id))


def alive(connection: sa.Connection) -> list[Scheduler]:
    """Those that live."""
    since = datetime.now(UTC) - SILENCE
    query = sa.select(schedulers).where(schedulers.c.seen_at > since).order_by(schedulers.c.id)
    return [Scheduler(row.id, row.host, row.pid) for row in connection.execute(query)]
