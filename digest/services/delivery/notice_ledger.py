"""The notices that wait, as the engine sees them: each call commits."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.clock import Clock
from digest.model import NoticeClaim, Result
from digest.store import notices, workers
from digest.store.database import Database
from digest.store.workers import Worker


@dataclass(frozen=True, slots=True)
class NoticeLedger:
    """Claims and results of one worker; never more than `batch` claims are open."""

    database: Database
    worker: Worker
    clock: Clock
    batch: int
    resend_in_doubt: bool

    def exchange(self, done: Sequence[tuple[NoticeClaim, Result]], limit: int) -> list[NoticeClaim]:
        """Write what attempts came to and take others, in one transaction; the worker lives."""
        with self.database.write() as connection:
            now = self.clock()
            workers.beat(connection, self.worker)
            notices.record(connection, done, now)
            if limit <= 0:
                return []
            return notices.claim(
                connection,
                worker=self.worker.id,
                now=now,
                limit=limit,
                resend_in_doubt=self.resend_in_doubt,
            )

    def release(self, given_back: Sequence[NoticeClaim]) -> None:
        """Give back claims of which not a byte went out."""
        with self.database.write() as connection:
            notices.release(connection, given_back)

    def close(self) -> None:
        """Take leave: what this worker still holds was interrupted, and so is in doubt."""
        with self.database.write() as connection:
            workers.retire(connection, self.worker.id)
            notices.doubt(connection)
