"""The notices that wait, as the engine sees them: each call commits."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from digest.clock import Clock
from digest.model import Claim, Notice, Result
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
    _in_hand: dict[int, Notice] = field(default_factory=dict)

    def notice(self, claim: Claim) -> Notice:
        """The notice that a claim of this ledger is for."""
        return self._in_hand[claim.subscriber.id]

    def exchange(self, done: Sequence[tuple[Claim, Result]], limit: int) -> list[Claim]:
        """Write what attempts came to and take others, in one transaction; the worker lives."""
        with self.database.write() as connection:
            now = self.clock()
            workers.beat(connection, self.worker)
            notices.record(connection, done, now)
            if limit <= 0:
                return []
            taken = notices.claim(
                connection,
                worker=self.worker.id,
                now=now,
                limit=limit,
                resend_in_doubt=self.resend_in_doubt,
            )
        for claimed, _ in done:
            self._in_hand.pop(claimed.subscriber.id, None)
        self._in_hand.update({notice.id: notice for _, notice in taken})
        return [claimed for claimed, _ in taken]

    def release(self, given_back: Sequence[Claim]) -> None:
        """Give back claims of which not a byte went out."""
        with self.database.write() as connection:
            notices.release(connection, given_back)

    def close(self) -> None:
        """Take leave: what this worker still holds was interrupted, and so is in doubt."""
        with self.database.write() as connection:
            workers.retire(connection, self.worker.id)
            notices.doubt(connection)
