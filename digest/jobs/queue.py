"""Where jobs wait, as its callers see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from digest.jobs.job import Job


@dataclass(frozen=True, slots=True)
class QueueState:
    """How many jobs wait now, by the name of their queue; how many are being done, by how many."""

    waiting: Mapping[str, int]
    running: int
    workers: int


class JobQueue(Protocol):
    """A queue of jobs that workers take from."""

    def defer(self, connection: sa.Connection, jobs: Iterable[Job], *, wait: int = 0) -> None:
        """Let jobs wait once this transaction is committed, `wait` seconds at least.

        One that waits already is not put there again.
        """

    def state(self, connection: sa.Connection) -> QueueState | None:
        """How the queue stands; None where there are no workers."""


class NoQueue:
    """There are no workers: each tick does by itself what is due."""

    def defer(self, connection: sa.Connection, jobs: Iterable[Job], *, wait: int = 0) -> None:
        """Nothing waits."""

    def state(self, connection: sa.Connection) -> QueueState | None:  # noqa: ARG002 - as above
        """There is none."""
        return None


NO_QUEUE = NoQueue()
