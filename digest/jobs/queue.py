"""Where jobs wait, as its callers see it."""

from collections.abc import Iterable
from typing import Protocol

import sqlalchemy as sa

from digest.jobs.job import Job


class JobQueue(Protocol):
    """A queue of jobs that workers take from."""

    def defer(self, connection: sa.Connection, jobs: Iterable[Job], *, wait: int = 0) -> None:
        """Let jobs wait once this transaction is committed, `wait` seconds at least.

        One that waits already is not put there again.
        """


class NoQueue:
    """There are no workers: each tick does by itself what is due."""

    def defer(self, connection: sa.Connection, jobs: Iterable[Job], *, wait: int = 0) -> None:
        """Nothing waits."""


NO_QUEUE = NoQueue()
