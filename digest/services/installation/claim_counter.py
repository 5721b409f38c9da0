"""Counts what is claimed, in the database and in the mark, before a byte of it goes out."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from digest.deliver.queue.claim_buffer import Ledger, QueueClaim
from digest.errors import DigestError
from digest.model import Result
from digest.project import Project
from digest.services.installation.mark import mark_path, raise_mark
from digest.store import installations
from digest.store.installations import Installation

C = TypeVar("C", bound=QueueClaim)

# Seconds between two counts: each waits for the disk three times.
_INTERVAL = 5.0


@dataclass(slots=True)
class CountedLedger(Generic[C]):
    """A ledger whose claims are counted: the first, and then every few seconds.

    What is claimed in between is counted with the next; so a backup that is made at any time is
    behind the mark as soon as the run goes on for so long, or ends.
    """

    ledger: Ledger[C]
    project: Project
    sealed: dict[str, date] = field(default_factory=dict)
    _this: Installation | None = None
    _uncounted: int = 0
    _next: float = 0.0

    def __post_init__(self) -> None:
        """What is written into files mails nobody, and is not counted."""
        if self.project.config.settings.backend == "smtp":
            with self.project.database.read() as connection:
                self._this = installations.find(connection)

    @property
    def batch(self) -> int:
        """How many claims may be open at a time."""
        return self.ledger.batch

    @property
    def may_hand_out(self) -> bool:
        """Whether what was claimed is still the run's own for certain."""
        return self.ledger.may_hand_out

    def exchange(
        self, done: Sequence[tuple[C, Result]], limit: int, handed_out: Collection[C]
    ) -> list[C] | None:
        """Write results and take claims; where they cannot be counted, the run ends."""
        claims = self.ledger.exchange(done, limit, handed_out)
        self._uncounted += len(claims or ())
        if self._uncounted and time.monotonic() >= self._next:
            self.count()
        return claims

    def count(self) -> None:
        """Count what was claimed since the last time; to be called at the end, too.

        DigestError where the database is not the one any more with which the run began.
        """
        if self._this is None or not self._uncounted:
            return
        project = self.project
        with project.database.write() as connection:
            self._this = installations.count(
                connection, self._this, self._uncounted, project.clock()
            )
        if self._this is None:
            raise DigestError(
                "the database was replaced or adopted while mail was being sent from it",
                remedy="stop all that sends before you do that; `digest status` says what is left",
            )
        path = mark_path(project.config, project.database)
        if path is not None:
            raise_mark(path, self._this, self.sealed)
        self._uncounted = 0
        self._next = time.monotonic() + _INTERVAL
