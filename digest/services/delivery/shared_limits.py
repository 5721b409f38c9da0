"""The limits of the backends, kept in the database for all workers: each call commits."""

import time
from functools import partial

import sqlalchemy as sa

from digest.clock import system_clock
from digest.log import get_logger
from digest.rate_limits import RateLimits, Reservation
from digest.services.delivery.dead_workers import reap
from digest.services.delivery.transactions import transact
from digest.services.delivery.worker_run import WorkerRun
from digest.store import rate_limits, workers

log = get_logger(__name__)

# Seconds without a connection after which a run says who has them.
_PATIENCE = 60.0


class StoreLimits:
    """The limits as one run sees them.

    In real time, also in a rehearsal: a server's patience is real.
    """

    def __init__(self, run: WorkerRun, patience: float = _PATIENCE) -> None:
        self._run = run
        self._patience = patience
        self._without: dict[str, float] = {}  # since when a backend gave this run no connection

    def slots(self, backend: str, resource: str, limit: int, held: int, want: int) -> int:
        """How many of `limit` this run may fill from now on."""

        def take(connection: sa.Connection, lives: bool) -> int:
            if not lives:
                return 0  # until it has begun anew
            mine = partial(
                rate_limits.take_slots,
                connection,
                backend,
                resource,
                limit,
                worker=self._run.worker.id,
                held=held,
                want=want,
                host=self._run.worker.process.host if resource == "connections" else None,
            )
            may = mine(now=system_clock())
            if may < want and reap(connection, system_clock()):
                may = mine(now=system_clock())  # the slots of the dead are free
            return may

        may = self._run.transact(take, before=rate_limits.in_turn)
        if resource != "domain" and want:
            self._tell_of_holders(backend, may)
        return may

    def _tell_of_holders(self, backend: str, may: int) -> None:
        """Once, where this run has had no connection for a while."""
        if may:
            self._without.pop(backend, None)
            return
        now = time.monotonic()
        if now - self._without.setdefault(backend, now) < self._patience:
            return
        self._without[backend] = float("inf")
        with self._run.database.read() as connection:
            holders = [
                f"{worker.id[:8]} ({worker.host}, process {worker.pid}) has {held}"
                for worker in workers.everyone(connection)
                if (held := worker.connections.get(backend, 0))
            ]
        log.warning(
            "waits for a connection",
            backend=backend,
            held_by="; ".join(holders) or "nobody",
            remedy="`digest workers` shows who sends; `digest workers release ID` ends one by hand",
        )

    def reserve(self, backend: str, limits: RateLimits, want: int) -> Reservation:
        """Leave to send up to `want` messages."""

        def take(connection: sa.Connection) -> Reservation:
            if limits.rates:
                # The time is read in turn: in an older second than that of who came before, what
                # they used of it may be forgotten already.
                rate_limits.in_turn(connection)
            return rate_limits.reserve(connection, backend, limits, system_clock(), want)

        return transact(self._run.database, take)

    def give_back(
        self, backend: str, limits: RateLimits, reservation: Reservation, count: int
    ) -> None:
        """Return what was not used of a reservation."""
        transact(
            self._run.database,
            lambda connection: rate_limits.give_back(
                connection, backend, limits, reservation, count
            ),
        )
