"""What workers had in hand whose process died."""

from datetime import datetime

import sqlalchemy as sa

from digest.clock import Clock
from digest.store import deliveries, workers
from digest.store.database import Database


def reap_dead_workers(database: Database, clock: Clock) -> int:
    """Mark in doubt what dead workers had claimed; how many deliveries that were."""
    with database.write() as connection:
        return reap(connection, clock())


def reap(connection: sa.Connection, now: datetime) -> int:
    """The same in an open transaction."""
    gone = workers.dead(connection)
    count = deliveries.doubt(connection, gone, now) if gone else 0
    for worker_id in gone:
        workers.retire(connection, worker_id)
    return count
