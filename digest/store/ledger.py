"""The delivery records of one issue, as the engine sees them: each call commits."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.clock import Clock
from digest.model import Claim, Result
from digest.store import deliveries, workers
from digest.store.database import Database
from digest.store.workers import Worker


@dataclass(frozen=True, slots=True)
class StoreLedger:
    """Claims and results of one worker; never more than `batch` claims are open."""

    database: Database
    issue_id: int
    worker: Worker
    clock: Clock
    batch: int
    resend_in_doubt: bool

    def exchange(self, done: Sequence[tuple[Claim, Result]], limit: int) -> list[Claim]:
        """Write what attempts came to and take others, in one transaction; the worker lives."""
        with self.database.write() as connection:
            now = self.clock()
            workers.beat(connection, self.worker)
            deliveries.record(connection, done, now)
            if limit <= 0:
                return []
            return deliveries.claim(
                connection,
                self.issue_id,
                worker=self.worker.id,
                now=now,
                limit=limit,
                resend_in_doubt=self.resend_in_doubt,
            )

    def release(self, claims: Sequence[Claim]) -> None:
        """Give back claims of which not a byte went out."""
        with self.database.write() as connection:
            deliveries.release(connection, claims)

    def close(self) -> None:
        """Take leave: what this worker still holds was interrupted, and so is in doubt."""
        with self.database.write() as connection:
            deliveries.doubt(connection, [self.worker.id], self.clock())
            workers.retire(connection, self.worker.id)


def bury_dead_workers(database: Database, clock: Clock) -> int:
    """Mark in doubt what dead workers had claimed; how many deliveries that were."""
    with database.write() as connection:
        gone = workers.dead(connection)
        count = deliveries.doubt(connection, gone, clock()) if gone else 0
        for worker_id in gone:
            workers.retire(connection, worker_id)
    return count
