"""The processes that send: who they are, and which of them are dead.

Told by the machine where it can be (the process is gone, or another has its number) and by the
heartbeat where it cannot. Life is measured in real time, whatever a rehearsal's clock says.
"""

import os
import socket
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from digest.store.schema import workers

# A worker on another machine that has been silent for so long is dead.
SILENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Worker:
    """One sending process; `born` tells it from a later one with the same number."""

    id: str
    host: str
    pid: int
    born: float


@dataclass(frozen=True, slots=True)
class WorkerProgress:
    """One worker's part in an issue so far: deliveries answered for, and the seconds it took."""

    done: int
    seconds: float


def this_process() -> Worker:
    """A worker of this process, with an id of its own."""
    pid = os.getpid()
    import psutil

    return Worker(uuid.uuid4().hex, socket.gethostname(), pid, psutil.Process(pid).create_time())


def beat(
    connection: sa.Connection, worker: Worker, issue_id: int | None = None, done: int = 0
) -> None:
    """Show that the worker lives, and that it has `done` so many more deliveries of an issue.

    The first beat registers it, and its time at the issue begins.
    """
    now = datetime.now(UTC)
    updated = connection.execute(
        sa.update(workers)
        .where(workers.c.id == worker.id)
        .values(heartbeat_at=now, done=workers.c.done + done)
    )
    if updated.rowcount == 0:
        connection.execute(
            sa.insert(workers).values(
                id=worker.id,
                host=worker.host,
                pid=worker.pid,
                born=worker.born,
                heartbeat_at=now,
                issue_id=issue_id,
                began_at=now,
                done=done,
            )
        )


def retire(connection: sa.Connection, worker_id: str) -> None:
    """The worker ended and holds no claim."""
    connection.execute(sa.delete(workers).where(workers.c.id == worker_id))


def dead(connection: sa.Connection) -> list[str]:
    """The registered workers that do not live any more."""
    return [row.id for row in connection.execute(sa.select(workers)) if not _lives(row)]


def at_work(connection: sa.Connection, issue_id: int) -> list[WorkerProgress]:
    """What each living worker has done of an issue."""
    now = datetime.now(UTC)
    rows = connection.execute(sa.select(workers).where(workers.c.issue_id == issue_id))
    return [
        WorkerProgress(row.done, (now - row.began_at).total_seconds())
        for row in rows
        if _lives(row)
    ]


def _lives(row: Any) -> bool:
    if row.host == socket.gethostname():
        return _runs_here(row.pid, row.born)
    silent: timedelta = datetime.now(UTC) - row.heartbeat_at
    return silent < SILENCE


def _runs_here(pid: int, born: float) -> bool:
    import psutil

    try:
        process = psutil.Process(pid)
        # create_time is read with the resolution of the clock tick: a second is far finer
        # than the time in which a process number comes round again.
        alive = process.status() != psutil.STATUS_ZOMBIE
        return alive and abs(process.create_time() - born) < 1
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
