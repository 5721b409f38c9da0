"""The delivery records of one issue, as the engine sees them: each call commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from digest.clock import Clock, system_clock
from digest.model import Claim, Result
from digest.rate_limits import RateLimits, Reservation
from digest.store import claims, deliveries, rate_limits, workers
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
            workers.beat(connection, self.worker, self.issue_id, len(done))
            claims.record(connection, done, now)
            if limit <= 0:
                return []
            return claims.claim(
                connection,
                self.issue_id,
                worker=self.worker.id,
                now=now,
                limit=limit,
                resend_in_doubt=self.resend_in_doubt,
            )

    def release(self, given_back: Sequence[Claim]) -> None:
        """Give back claims of which not a byte went out."""
        with self.database.write() as connection:
            claims.release(connection, given_back)

    def close(self) -> None:
        """Take leave: what this worker still holds was interrupted, and so is in doubt."""
        with self.database.write() as connection:
            deliveries.doubt(connection, [self.worker.id], self.clock())
            workers.retire(connection, self.worker.id)


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """The limits of the backends, as the engine of one worker sees them: each call commits.

    In real time, also in a rehearsal: a server's patience is real.
    """

    database: Database
    issue_id: int | None
    worker: Worker

    def slots(self, backend: str, resource: str, limit: int, held: int, want: int) -> int:
        """How many of `limit` this worker may fill from now on."""
        with self.database.write() as connection:
            workers.beat(connection, self.worker, self.issue_id)
            ask = partial(rate_limits.take_slots, connection, backend, resource, limit)
            mine = partial(ask, worker=self.worker.id, held=held, want=want, now=system_clock())
            may = mine()
            if may < want and _bury(connection, system_clock()):
                may = mine()  # the seats of the dead are free
            return may

    def reserve(self, backend: str, limits: RateLimits, want: int) -> Reservation:
        """Leave to send up to `want` messages."""
        with self.database.write() as connection:
            return rate_limits.reserve(connection, backend, limits, system_clock(), want)

    def give_back(
        self, backend: str, limits: RateLimits, reservation: Reservation, count: int
    ) -> None:
        """Return what was not used of a grant."""
        with self.database.write() as connection:
            rate_limits.give_back(connection, backend, limits, reservation, count)


def reap_dead_workers(database: Database, clock: Clock) -> int:
    """Mark in doubt what dead workers had claimed; how many deliveries that were."""
    with database.write() as connection:
        return _bury(connection, clock())


def _bury(connection: sa.Connection, now: datetime) -> int:
    gone = workers.dead(connection)
    count = deliveries.doubt(connection, gone, now) if gone else 0
    for worker_id in gone:
        workers.retire(connection, worker_id)
    return count
