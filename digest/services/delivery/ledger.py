"""The delivery records of one issue, as the engine sees them: each call commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from digest.clock import Clock
from digest.model import Claim, Result
from digest.services.delivery.worker_run import WorkerRun
from digest.store import claims


@dataclass(frozen=True, slots=True)
class StoreLedger:
    """Claims and results of one run; never more than `batch` claims are open."""

    run: WorkerRun
    issue_id: int
    clock: Clock
    batch: int
    resend_in_doubt: bool

    @property
    def may_hand_out(self) -> bool:
        """Whether what was claimed is still the run's own for certain."""
        return self.run.may_hand_out

    def exchange(
        self, done: Sequence[tuple[Claim, Result]], limit: int, handed_out: Collection[Claim] = ()
    ) -> list[Claim] | None:
        """Write what attempts came to and take others, in one transaction; the worker lives.

        From then on `handed_out`, and of its claims nothing else, may be on the wire. None: it was
        taken for dead, and begins anew without what it had claimed.
        """

        def write(connection: sa.Connection, lives: bool) -> list[Claim] | None:
            now = self.clock()
            claims.record(connection, done, now)
            if not lives:
                return None
            if limit <= 0:
                return []
            return claims.claim(
                connection,
                self.issue_id,
                worker=self.run.worker.id,
                now=now,
                limit=limit,
                resend_in_doubt=self.resend_in_doubt,
            )

        numbers = [claim.subscriber.id for claim in handed_out]
        taken = self.run.transact(write, done=len(done), handed_out=numbers)
        if taken is None:
            self.run.begin_anew()
        return taken
