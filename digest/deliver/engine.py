"""Delivery of one issue: claim, send, record, until nothing is left to attempt now.

    claim (committed) -> bytes out -> reply -> record (committed)

A process that dies leaves claims without a record; the next one finds its worker dead and marks
them in doubt (promise 4). Any number of processes may work on the same issue at once.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from digest.clock import Clock
from digest.deliver.retry import next_attempt
from digest.log import get_logger
from digest.model import Claim, DeliveryState, Envelope, Outcome, Result, Verdict

log = get_logger(__name__)


class Backend(Protocol):
    """What hands a message over."""

    name: str

    def open(self) -> None:
        """Make ready."""

    def send(self, envelope: Envelope) -> Outcome:
        """Hand one message over; every expected failure is an outcome, never an exception."""

    def close(self) -> None:
        """Let go of what is held."""


class Ledger(Protocol):
    """The delivery records of one issue; each call is a transaction of its own."""

    def claim(self) -> list[Claim]:
        """Take the next deliveries to attempt; an empty list means there are none now."""

    def record(self, done: Sequence[tuple[Claim, Result]]) -> None:
        """Write what attempts came to."""

    def release(self, claims: Sequence[Claim]) -> None:
        """Give back claims of which not a byte went out."""


# The message for a claim, or None where the issue holds nothing for this subscriber.
Address = Callable[[Claim], Envelope | None]


@dataclass(slots=True)
class Tally:
    """What one run of the engine did; `stopped` says why it ended before its time."""

    results: Counter[DeliveryState] = field(default_factory=Counter)
    stopped: str | None = None


@dataclass(slots=True)
class Engine:
    """Sends through one backend. `should_stop` is asked before every message."""

    backend: Backend
    clock: Clock
    should_stop: Callable[[], bool] = lambda: False
    jitter: Callable[[], float] = random.random
    progress: Callable[[DeliveryState], None] = lambda _state: None

    def deliver(self, ledger: Ledger, address: Address) -> Tally:
        """Attempt everything that is due now."""
        tally = Tally()
        self.backend.open()
        try:
            while tally.stopped is None:
                claims = ledger.claim()
                if not claims:
                    break
                self._work_off(claims, ledger, address, tally)
        finally:
            self.backend.close()
        return tally

    def _work_off(
        self, claims: list[Claim], ledger: Ledger, address: Address, tally: Tally
    ) -> None:
        waiting = list(claims)
        try:
            while waiting:
                if self.should_stop():
                    tally.stopped = "asked to stop"
                    return
                envelope = address(waiting[0])
                # From here on the claim is not given back: an exception leaves it in doubt.
                claim = waiting.pop(0)
                result = self._attempt(claim, envelope)
                if isinstance(result, str):
                    waiting.append(claim)
                    tally.stopped = result
                    return
                ledger.record([(claim, result)])
                tally.results[result.state] += 1
                self.progress(result.state)
        finally:
            if waiting:
                ledger.release(waiting)

    def _attempt(self, claim: Claim, envelope: Envelope | None) -> Result | str:
        """The result of one attempt, or, as a string, why the whole run must stop."""
        if envelope is None:
            return Result(DeliveryState.SKIPPED, "no story today on the chosen topics")
        outcome = self.backend.send(envelope)
        log.debug("attempt", subscriber=claim.subscriber.id, reply=outcome.reply)
        if outcome.verdict is Verdict.STOP:
            return outcome.reply
        state = _STATE[outcome.verdict]
        again = None
        if state in (DeliveryState.DEFERRED, DeliveryState.IN_DOUBT):
            again = next_attempt(self.clock(), claim.attempt, self.jitter())
        return Result(state, outcome.reply, outcome.code, again)


_STATE = {
    Verdict.SENT: DeliveryState.SENT,
    Verdict.REJECTED: DeliveryState.FAILED,
    Verdict.RETRY: DeliveryState.DEFERRED,
    Verdict.IN_DOUBT: DeliveryState.IN_DOUBT,
}
