"""Delivery of one issue: claim, send, record, until nothing is left to attempt now.

    ledger ──claims──> Desk.queue ──pull──> sessions (a backend's connections)
       ^                                        │ done
       └────results── Desk.results <────────────┘

Claims are committed before their bytes go out, results after their replies, both in one
transaction a turn. That, and the making of messages, is done in a thread of its own while the
connections work on. A process that dies leaves
at most a batch of claims without a record; the next one finds its worker dead and marks them in
doubt (promise 4). Any number of processes may work on the same issue at once.
"""

import asyncio
import random
import sys
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from digest.clock import Clock
from digest.deliver.retry import next_attempt, reconnect_after
from digest.deliver.wire import ConnectionEnd, Ending
from digest.log import get_logger
from digest.model import Claim, DeliveryState, Envelope, Outcome, Result, Verdict

log = get_logger(__name__)

# How long results wait to be written, in seconds: what a crash loses of them is mailed twice.
_PATIENCE = 0.02
# Tries in a row that bring a session nothing until it gives up; when all have, the run ends.
_TRIES = 3
# How long a thread may keep the interpreter from the other one, in seconds.
_SWITCH = 0.0005

Source = Callable[[], Envelope | None]
Done = Callable[[Envelope, Outcome], None]
# The message for a claim, or None where the issue holds nothing for this subscriber.
Address = Callable[[Claim], Envelope | None]
_Made = tuple[Claim, Envelope | None]


class Backend(Protocol):
    """What hands messages over, in one or more sessions at a time."""

    name: str
    connections: int

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        """Send what `source` gives until it gives None; every expected failure is an outcome."""


class Ledger(Protocol):
    """The delivery records of one issue."""

    @property
    def batch(self) -> int:
        """How many claims may be open at a time."""

    def exchange(self, done: Sequence[tuple[Claim, Result]], limit: int) -> list[Claim]:
        """Write what attempts came to and take up to `limit` others, in one transaction."""

    def release(self, claims: Sequence[Claim]) -> None:
        """Give back claims of which not a byte went out."""


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
        """Attempt everything that is due now; `address` is called in a thread of its own."""
        before = sys.getswitchinterval()
        # The connections must not wait 5 ms, Python's default, for the other thread to pause.
        sys.setswitchinterval(_SWITCH)
        try:
            return asyncio.run(_Desk(self, ledger, address).work())
        finally:
            sys.setswitchinterval(before)


class _Desk:
    """What lies between the ledger and the sessions of one run."""

    def __init__(self, engine: Engine, ledger: Ledger, address: Address) -> None:
        self._engine = engine
        self._ledger = ledger
        self._address = address
        self._tally = Tally()
        self._queue: deque[tuple[Claim, Envelope]] = deque()
        self._in_hand: dict[str, Claim] = {}
        self._results: list[tuple[Claim, Result]] = []
        self._exhausted = False
        self._hopeful = engine.backend.connections  # sessions that have not given up
        self._stir = asyncio.Event()  # the clerk has something to do
        self._fresh = asyncio.Event()  # the queue was filled, or never will be

    async def work(self) -> Tally:
        """Run the clerk and the sessions until all is done."""
        sessions = [
            asyncio.create_task(self._keep_session())
            for _ in range(self._engine.backend.connections)
        ]
        with ThreadPoolExecutor(1, "ledger") as thread:
            clerk = asyncio.create_task(self._keep_books(thread))
            try:
                await asyncio.gather(clerk, *sessions)
            finally:
                # An error: what is in hand stays claimed, and so in doubt; the rest is given back.
                for task in (clerk, *sessions):
                    task.cancel()
                await asyncio.gather(clerk, *sessions, return_exceptions=True)
                self._close_books()
        return self._tally

    # The clerk: everything that touches the ledger.

    async def _keep_books(self, thread: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        try:
            while not self._is_over():
                done, self._results = self._results, []
                limit = 0 if self._stopped() or self._exhausted else max(0, self._room())
                if done or limit:
                    turn = loop.run_in_executor(thread, self._turn, done, limit)
                    try:
                        made = await asyncio.shield(turn)
                    except asyncio.CancelledError:
                        self._ledger.release([claim for claim, _ in await turn])
                        raise
                    self._exhausted |= limit > 0 and not made
                    self._accept(made)
                self._fresh.set()
                if self._may_rest():
                    await self._wait()
        finally:
            self._fresh.set()

    def _turn(self, done: list[tuple[Claim, Result]], limit: int) -> list[_Made]:
        """Exchange results for claims, and make their messages; runs in the ledger's thread.

        A message that cannot be made ends the run, and gives all claims back.
        """
        claims = self._ledger.exchange(done, limit)
        try:
            return [(claim, self._address(claim)) for claim in claims]
        except BaseException:
            self._ledger.release(claims)
            raise

    def _accept(self, made: list[_Made]) -> None:
        for claim, envelope in made:
            if envelope is None:
                self._finish(claim, Result(DeliveryState.SKIPPED, _NOTHING_FOR_THEM))
            else:
                self._queue.append((claim, envelope))

    def _may_rest(self) -> bool:
        """Whether nothing calls for another turn at once."""
        few_results = len(self._results) < max(1, self._ledger.batch // 2)
        return few_results and not self._is_over()

    async def _wait(self) -> None:
        """Until half a batch is done, the queue runs dry, or a moment has passed."""
        self._stir.clear()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._stir.wait()
        except TimeoutError:
            pass

    def _room(self) -> int:
        """How many more may be claimed: at no time more than a batch is without a record."""
        return self._ledger.batch - len(self._queue) - len(self._in_hand)

    def _close_books(self) -> None:
        """Write what is known, give back what nobody took in hand."""
        if self._results:
            done, self._results = self._results, []
            self._ledger.exchange(done, 0)
        if self._queue:
            self._ledger.release([claim for claim, _ in self._queue])
            self._queue.clear()

    # The sessions: everything that touches the backend.

    async def _keep_session(self) -> None:
        failures = 0
        while not self._is_over() and not self._stopped():
            if not self._queue:
                self._fresh.clear()
                if self._exhausted and not self._in_hand:
                    break
                if not self._exhausted and self._room() > 0:
                    self._stir.set()
                await self._fresh.wait()
                continue
            end = await self._engine.backend.session(self._pull, self._done)
            self._give_back(end.not_attempted)
            failures = 0 if end.messages or end.ending in _WELL else failures + 1
            if end.ending is Ending.REFUSED:
                self._stop(end.outcome.reply if end.outcome else end.detail)
            elif failures >= _TRIES:
                self._give_up(end.detail)
                break
            elif end.ending not in _WELL:
                log.warning("session ended", backend=self._engine.backend.name, reason=end.detail)
                await asyncio.sleep(reconnect_after(failures, self._engine.jitter()))
        self._stir.set()

    def _give_up(self, reason: str) -> None:
        """One connection fewer: the server may take less of them than we were told to make."""
        self._hopeful -= 1
        if not self._hopeful:
            self._stop(reason)

    def _pull(self) -> Envelope | None:
        if not self._queue or self._stopped():
            return None
        claim, envelope = self._queue.popleft()
        self._in_hand[envelope.name] = claim
        if not self._queue:
            self._stir.set()
        return envelope

    def _done(self, envelope: Envelope, outcome: Outcome) -> None:
        claim = self._in_hand.pop(envelope.name)
        if outcome.verdict is Verdict.STOP:
            self._queue.appendleft((claim, envelope))
            self._stop(outcome.reply)
            return
        state = _STATE[outcome.verdict]
        again = None
        if state in (DeliveryState.DEFERRED, DeliveryState.IN_DOUBT):
            again = next_attempt(self._engine.clock(), claim.attempt, self._engine.jitter())
        self._finish(claim, Result(state, outcome.reply, outcome.code, again))
        if 2 * len(self._results) >= self._ledger.batch or not self._in_hand:
            self._stir.set()

    def _finish(self, claim: Claim, result: Result) -> None:
        self._results.append((claim, result))
        self._tally.results[result.state] += 1
        self._engine.progress(result.state)

    def _give_back(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            claim = self._in_hand.pop(envelope.name, None)
            if claim is not None:
                self._queue.appendleft((claim, envelope))

    # The end.

    def _stopped(self) -> bool:
        if self._tally.stopped is None and self._engine.should_stop():
            self._stop("asked to stop")
        return self._tally.stopped is not None

    def _stop(self, reason: str) -> None:
        self._tally.stopped = self._tally.stopped or reason
        self._stir.set()
        self._fresh.set()

    def _is_over(self) -> bool:
        """Nothing is in hand or unwritten, and nothing will be pulled any more."""
        idle = not self._in_hand and not self._results
        return idle and (self._stopped() or (self._exhausted and not self._queue))


_WELL = (Ending.DONE, Ending.LIMIT)
_NOTHING_FOR_THEM = "no story today on the chosen topics"
_STATE = {
    Verdict.SENT: DeliveryState.SENT,
    Verdict.REJECTED: DeliveryState.FAILED,
    Verdict.RETRY: DeliveryState.DEFERRED,
    Verdict.IN_DOUBT: DeliveryState.IN_DOUBT,
}
