"""The notices that wait, as the engine sees them: each call commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from digest.clock import Clock
from digest.model import NoticeClaim, Result
from digest.services.delivery.worker_run import WorkerRun
from digest.store import notices


@dataclass(frozen=True, slots=True)
class NoticeLedger:
    """Claims and results of one run; never more than `batch` claims are open."""

    run: WorkerRun
    clock: Clock
    batch: int
    resend_in_doubt: bool

    @property
    def may_hand_out(self) -> bool:
        """Whether what was claimed is still the run's own for certain."""
        return self.run.may_hand_out

    def exchange(
        self,
        done: Sequence[tuple[NoticeClaim, Result]],
        limit: int,
        handed_out: Collection[NoticeClaim] = (),
    ) -> list[NoticeClaim] | None:
        """Write what attempts came to and take others, in one transaction; the worker lives.

        From then on `handed_out`, and of its claims nothing else, may be on the wire. None: it was
        taken for dead, and begins anew without what it had claimed.
        """

        def write(connection: sa.Connection, lives: bool) -> list[NoticeClaim] | None:
            now = self.clock()
            notices.record(connection, done, now)
            if not lives:
                return None
            if limit <= 0:
                return []
            return notices.claim(
                connection,
                worker=self.run.worker.id,
                now=now,
                limit=limit,
                resend_in_doubt=self.resend_in_doubt,
            )

        numbers = [claim.notice.id for claim in handed_out]
        taken = self.run.transact(write, done=len(done), handed_out=numbers)
        if taken is None:
            self.run.begin_anew()
        return taken
