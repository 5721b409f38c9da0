"""A sealed issue in a database, as a process that sends it sees it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from digest.deliver.backend import Backend
from digest.deliver.dkim import Signer
from digest.deliver.queue.engine import Engine
from digest.model import Claim, DeliveryState, Subscriber
from digest.services.delivery.ledger import StoreLedger
from digest.services.delivery.shared_limits import StoreLimits
from digest.services.delivery.worker_run import WorkerRun
from digest.services.issues.messages import IssueMessages
from digest.store import delivery_counts, issues
from digest.store.schema import Instant, deliveries
from tests.bench.filling import open_database
from tests.bench.mail import LETTER, LINKS


class Sent(NamedTuple):
    """What one run came to."""

    messages: int
    seconds: float
    processor: float  # seconds of this process


@dataclass(slots=True)
class Stopper:
    """Ends a run when so many messages are sent, and what was in flight then; None: all."""

    most: int | None
    sent: int = 0
    last: float = 0.0  # when the last one was answered

    def note(self, state: DeliveryState) -> None:
        """Count one delivery."""
        self.sent += state is DeliveryState.SENT
        self.last = time.perf_counter()

    def should_stop(self) -> bool:
        """Whether these were enough."""
        return self.most is not None and self.sent >= self.most


class Outgoing:
    """Sends one issue, again and again or in stretches."""

    def __init__(self, folder: Path, issue_id: int, *url: str) -> None:
        self.database = open_database(folder, *url)
        self.issue_id = issue_id
        with self.database.read() as connection:
            record = issues.get(connection, issue_id)
        assert record.issue is not None
        assert record.rendered is not None
        self._issue = record.issue
        self._rendered = record.rendered

    def reset(self, waiting: int) -> None:
        """The first so many subscribers wait for the issue, as if it had never been sent."""
        waits = deliveries.c.subscriber_id <= waiting
        state = sa.case((waits, DeliveryState.PENDING), else_=DeliveryState.SKIPPED)
        finished_at = sa.case((waits, None), else_=sa.literal(now(), Instant))
        with self.database.write() as connection:
            delivery_counts.update(
                connection,
                deliveries.c.issue_id == self.issue_id,
                state=state,
                attempts=0,
                finished_at=finished_at,
            )

    def send(self, backend: Backend, batch: int, most: int | None, signer: Signer | None) -> Sent:
        """Send to those who wait, `most` of them, or to all who are left by others.

        The time is that of the whole run, or, where others still wait, until the last answer.
        """
        stopper = Stopper(most)
        run = WorkerRun(self.database, now, self.issue_id)
        ledger = StoreLedger(run, self.issue_id, now, batch, resend_in_doubt=True)
        messages = self._messages(signer)
        engine = Engine(
            [backend],
            now,
            should_stop=stopper.should_stop,
            progress=stopper.note,
            shared_limits=StoreLimits(run),
        )
        begin, spent = time.perf_counter(), time.process_time()
        with run:
            tally = engine.deliver(ledger, messages.envelope)
            end = stopper.last if tally.stopped else time.perf_counter()
        assert most is None or stopper.sent >= most, tally
        return Sent(stopper.sent, end - begin, time.process_time() - spent)

    def size(self, signer: Signer | None) -> int:
        """Bytes of a message."""
        subscriber = Subscriber(1, "subscriber1@example.org", "Subscriber 1")
        claim = Claim(self.issue_id, subscriber, frozenset(), 1)
        envelope = self._messages(signer).envelope(claim)
        assert envelope is not None
        return len(envelope.message)

    def _messages(self, signer: Signer | None) -> IssueMessages:
        return IssueMessages(self._issue, self._rendered, LETTER, LINKS, now, signer)


def now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)
