"""The workers: runs that send. Who they are, what they may have handed out, and who is dead.

A worker says that it lives with each of its transactions, by the database's clock, and how long it
may be silent. Where process numbers can be compared, one whose process is gone is dead at once.
"""

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from digest.model import DeliveryState
from digest.processes import ProcessId, is_gone, this_process
from digest.store.attempt_times import IS_OPEN, open_until
from digest.store.bulk import Bulk, instant_for
from digest.store.schema import connection_slots, deliveries, issues, notices, workers

_NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
# For how long a worker may be silent, in seconds, where it does not say so itself.
SILENCE = 120.0


@dataclass(frozen=True, slots=True)
class Worker:
    """One run of a process; silent for so many seconds, it is dead."""

    id: str
    process: ProcessId
    silence: float = SILENCE


@dataclass(frozen=True, slots=True)
class WorkerProgress:
    """One worker's part in an issue so far: deliveries answered for, and the seconds it took."""

    done: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """A registered worker, as people are told of it. `issue` is None for one that sends notices.

    `claimed` it has taken, of which `handed_out` may be on the wire; `connections` by backend.
    """

    id: str
    host: str
    pid: int
    is_alive: bool
    issue: str | None
    began_at: datetime | None
    heartbeat_at: datetime
    claimed: int
    handed_out: int
    connections: Mapping[str, int]


def new_worker(silence: float = SILENCE) -> Worker:
    """A run of this process."""
    return Worker(uuid.uuid4().hex, this_process(), silence)


def register(connection: sa.Connection, worker: Worker, issue_id: int | None = None) -> None:
    """The worker begins, at an issue or at notices; it has handed nothing out."""
    now = _database_clock(connection)
    connection.execute(
        sa.insert(workers).values(
            id=worker.id,
            host=worker.process.host,
            pid=worker.process.pid,
            born=worker.process.born,
            pid_space=worker.process.space,
            silence=worker.silence,
            heartbeat_at=now,
            issue_id=issue_id,
            began_at=now,
            handed_out="[]",
            claimed_until=_NOTHING_YET,
        )
    )


def beat(
    connection: sa.Connection,
    worker_id: str,
    done: int = 0,
    handed_out: Collection[int] | None = None,
) -> bool:
    """Show that the worker lives and has `done` so many more; False: it was taken for dead.

    `handed_out` are the numbers of what may be on the wire from now on, where that changed.
    """
    numbers = None if handed_out is None else json.dumps(list(handed_out))
    if connection.dialect.name == "postgresql":
        return _BEAT_BY_ITS_CLOCK.run(connection, [(done, numbers, worker_id)]) > 0
    at = instant_for(connection, datetime.now(UTC))
    return _BEAT.run(connection, [(done, numbers, worker_id, at)]) > 0


def _beat(at: sa.ColumnElement[Any], *names: str) -> Bulk:
    """Every turn of a run goes through here."""
    return Bulk(
        sa.update(workers)
        .where(workers.c.id == sa.bindparam("worker"))
        .values(
            heartbeat_at=at,
            done=workers.c.done + sa.bindparam("more"),
            handed_out=sa.func.coalesce(
                sa.bindparam("numbers", type_=sa.Text), workers.c.handed_out
            ),
        ),
        ("more", "numbers", "worker", *names),
    )


_BEAT = _beat(sa.bindparam("at", type_=workers.c.heartbeat_at.type), "at")
_BEAT_BY_ITS_CLOCK = _beat(sa.func.clock_timestamp())


def retire(connection: sa.Connection, worker_ids: Collection[str]) -> None:
    """These workers ended and hold no claim; the slots of their connections are free."""
    connection.execute(sa.delete(workers).where(workers.c.id.in_(worker_ids)))


def dead(connection: sa.Connection, ended: Collection[str] = ()) -> list[str]:
    """The registered workers that do not live any more, `ended` among them; their rows are locked.

    One whose row another transaction holds has just shown life, or is being taken over.
    """
    now = _database_time(connection)

    def is_dead(row: Any) -> bool:
        return row.id in ended or not _is_alive(row, now)

    candidates = [row.id for row in connection.execute(sa.select(workers)) if is_dead(row)]
    if not candidates:
        return []
    locked = (
        sa.select(workers)
        .where(workers.c.id.in_(candidates))
        .order_by(workers.c.id)
        .with_for_update(skip_locked=True)
    )
    return [row.id for row in connection.execute(locked) if is_dead(row)]


def handed_out(connection: sa.Connection, worker_id: str) -> list[int] | None:
    """The numbers of what a worker may have had on the wire; None: all that it claimed."""
    text = connection.scalar(sa.select(workers.c.handed_out).where(workers.c.id == worker_id))
    return None if text is None else list(json.loads(text))


def claimed_by(connection: sa.Connection, worker_id: str) -> sa.ColumnElement[bool]:
    """The deliveries that a worker has claimed and not answered for.

    Looked for among those of its issue, up to the latest turn that it claimed, where these are
    known: it may be of an earlier version.
    """
    claimed = (deliveries.c.state == DeliveryState.SENDING) & (deliveries.c.worker == worker_id)
    query = sa.select(workers.c.issue_id, workers.c.claimed_until).where(workers.c.id == worker_id)
    row = connection.execute(query).one_or_none()
    if row and row.issue_id is not None:
        claimed &= deliveries.c.issue_id == row.issue_id
    if row and row.claimed_until is not None:
        return claimed & sa.or_(*open_until(row.claimed_until))
    return claimed & IS_OPEN


def note_claims(connection: sa.Connection, worker_id: str, until: datetime) -> None:
    """The worker has claimed nothing that is to be attempted later than this."""
    at = instant_for(connection, until)
    _NOTE_CLAIMS.run(connection, [(at, worker_id)])


_NOTE_CLAIMS = Bulk(
    sa.update(workers)
    .where(
        workers.c.id == sa.bindparam("worker"),
        workers.c.claimed_until < sa.bindparam("until", type_=workers.c.claimed_until.type),
    )
    .values(claimed_until=sa.bindparam("until", type_=workers.c.claimed_until.type)),
    ("until", "worker"),
)


def at_work(connection: sa.Connection, issue_id: int) -> list[WorkerProgress]:
    """What each living worker has done of an issue."""
    now = _database_time(connection)
    rows = connection.execute(sa.select(workers).where(workers.c.issue_id == issue_id))
    return [
        WorkerProgress(row.done, (now - row.began_at).total_seconds())
        for row in rows
        if _is_alive(row, now)
    ]


def everyone(connection: sa.Connection) -> list[WorkerReport]:
    """All that are registered, the oldest first."""
    now = _database_time(connection)
    slots: dict[str, dict[str, int]] = {}
    for slot in connection.execute(
        sa.select(connection_slots).where(connection_slots.c.resource == "connections")
    ):
        slots.setdefault(slot.worker, {})[slot.backend] = slot.held
    query = (
        sa.select(workers, issues.c.newsletter, issues.c.date)
        .outerjoin(issues, issues.c.id == workers.c.issue_id)
        .order_by(workers.c.began_at, workers.c.id)
    )
    return [
        WorkerReport(
            id=row.id,
            host=row.host,
            pid=row.pid,
            is_alive=_is_alive(row, now),
            issue=None if row.issue_id is None else f"{row.newsletter}-{row.date}",
            began_at=row.began_at,
            heartbeat_at=row.heartbeat_at,
            claimed=_claimed(connection, row.id),
            handed_out=len(json.loads(row.handed_out)) if row.handed_out else 0,
            connections=slots.get(row.id, {}),
        )
        for row in connection.execute(query)
    ]


def _claimed(connection: sa.Connection, worker_id: str) -> int:
    """How many deliveries or notices a worker has claimed; none has both."""
    notices_of = (notices.c.worker == worker_id) & (notices.c.state == DeliveryState.SENDING)
    claimed = ((deliveries, claimed_by(connection, worker_id)), (notices, notices_of))
    return sum(
        connection.scalar(sa.select(sa.func.count()).select_from(table).where(which)) or 0
        for table, which in claimed
    )


def _database_clock(connection: sa.Connection) -> Any:
    """Now, for a statement that writes it: all hosts of one PostgreSQL have one clock."""
    if connection.dialect.name == "postgresql":
        return sa.func.clock_timestamp()
    return datetime.now(UTC)


def _database_time(connection: sa.Connection) -> datetime:
    if connection.dialect.name == "postgresql":
        now: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return now
    return datetime.now(UTC)


def _is_alive(row: Any, now: datetime) -> bool:
    """Whether a worker is not silent, and runs as far as can be seen from here."""
    silence = timedelta(seconds=SILENCE if row.silence is None else row.silence)
    if abs(now - row.heartbeat_at) >= silence:
        return False
    return not is_gone(ProcessId(row.host, row.pid, row.born, row.pid_space or ""))
