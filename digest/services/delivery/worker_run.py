"""One run of the engine as a worker: it says that it lives, and knows when others may doubt it."""

import time
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from digest.clock import Clock
from digest.services.delivery.dead_workers import note_end, take_over
from digest.services.delivery.transactions import transact
from digest.store import workers
from digest.store.database import Database
from digest.store.workers import new_worker

T = TypeVar("T")

# Its clock goes on while the machine sleeps, where there is such a clock.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class WorkerRun:
    """A worker while it is entered, under one id after another where it is taken over.

    At the end what it may still have on the wire is in doubt, and the rest of its claims waits.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        issue_id: int | None = None,
        silence: float = workers.SILENCE,
    ) -> None:
        self.database = database
        self.worker = new_worker(silence)
        self._clock = clock
        self._issue_id = issue_id
        # When the transaction began that last said that it lives.
        self._beat_at = float("-inf")

    def __enter__(self) -> Self:
        self._register()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        worker_id, now = self.worker.id, self._clock()
        try:
            transact(self.database, lambda connection: take_over(connection, [worker_id], now))
        except BaseException as failure:
            note_end(worker_id)
            if error is None or not isinstance(failure, DBAPIError):
                raise

    @property
    def may_hand_out(self) -> bool:
        """Whether what it has claimed is still its own for certain.

        Not after half of the silence: others, who wait for all of it, may take it over then.
        """
        return time.clock_gettime(_CLOCK) - self._beat_at < self.worker.silence / 2

    def transact(
        self,
        work: Callable[[sa.Connection, bool], T],
        *,
        done: int = 0,
        handed_out: Collection[int] | None = None,
        before: Callable[[sa.Connection], None] = lambda _connection: None,
    ) -> T:
        """`work` in a transaction that shows life first; it is told whether the worker lives.

        A worker that does not was taken over, and nothing that it had claimed is its own.
        `before` takes a lock that is before that of its row. See `digest.store.workers.beat`.
        """
        began = time.clock_gettime(_CLOCK)

        def beat_and_work(connection: sa.Connection) -> tuple[bool, T]:
            before(connection)
            lives = workers.beat(connection, self.worker.id, done, handed_out)
            return lives, work(connection, lives)

        lives, result = transact(self.database, beat_and_work)
        self._beat_at = began if lives else float("-inf")
        return result

    def begin_anew(self) -> None:
        """Go on as another worker, which has claimed nothing, after this one was taken over."""
        self.worker = new_worker(self.worker.silence)
        self._register()

    def _register(self) -> None:
        transact(
            self.database,
            lambda connection: workers.register(connection, self.worker, self._issue_id),
        )
