"""What workers had in hand that are dead, or whose run is over.

The order of locks, here and wherever workers are written: the turn at the limits
(`digest.store.rate_limits`), the rows of workers, deliveries and notices, slots.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from digest.clock import Clock
from digest.services.delivery.transactions import transact
from digest.store import deliveries, notices, workers
from digest.store.database import Database

# Runs of this process that are over, although the database could not be told so.
_ended: set[str] = set()


def note_end(worker_id: str) -> None:
    """A run of this process is over: whoever reaps next takes over what it had in hand."""
    _ended.add(worker_id)


def reap_dead_workers(database: Database, clock: Clock) -> int:
    """Mark in doubt what dead workers may have had on the wire; how many deliveries that were."""
    return transact(database, lambda connection: reap(connection, clock()))


def reap(connection: sa.Connection, now: datetime) -> int:
    """The same in an open transaction."""
    return take_over(connection, workers.dead(connection, _ended), now)


def take_over(connection: sa.Connection, worker_ids: Collection[str], now: datetime) -> int:
    """End these workers: what may be on the wire is in doubt, the rest of their claims waits again.

    How many deliveries are in doubt.
    """
    doubted = 0
    for worker_id in worker_ids:
        doubted += deliveries.take_from(connection, worker_id, now)
        notices.take_from(connection, worker_id, now)
    if worker_ids:
        workers.retire(connection, worker_ids)
    return doubted


def release_worker(database: Database, id_begins: str, now: datetime) -> int | None:
    """End the one worker whose id begins so; how many deliveries are in doubt.

    None: there is no such worker, or more than one.
    """

    def release(connection: sa.Connection) -> int | None:
        ids = [
            worker.id for worker in workers.everyone(connection) if worker.id.startswith(id_begins)
        ]
        return take_over(connection, ids, now) if len(ids) == 1 else None

    return transact(database, release)
