"""The books of one run: claims in, results out; the engine's side of the ledger.

    ledger ──claims──> queue ──take: the message is made──> runners
       ^                                                     │ finish
       └────────────────────── results <─────────────────────┘

Claims are committed before their bytes go out, results after their replies, both in one
transaction a turn, in a thread of its own. A message is made when a connection has time for it:
another thread for that costs more, by the interpreter's lock, than it wins.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from digest.deliver.backend import WaitSignal
from digest.deliver.queue.domain_queue import DomainGate, DomainQueue, domain_of
from digest.model import DeliveryState, Envelope, Result, Stop, StopKind

# How long results wait to be written, in seconds: what a crash loses of them is mailed twice.
_PATIENCE = 0.02
# How long to rest where there is nothing to write.
_REST = 0.25


class QueueClaim(Protocol):
    """What is to be sent: to which address, and at which attempt. The rest is its ledger's."""

    @property
    def recipient(self) -> str:
        """The address."""

    @property
    def attempt(self) -> int:
        """From 1."""


C = TypeVar("C", bound=QueueClaim)

# The message for a claim, or None where there is nothing to say to this recipient.
Address = Callable[[C], Envelope | None]
Made = tuple[C, Envelope]


class Ledger(Protocol[C]):
    """The delivery records of one issue, or the notices."""

    @property
    def batch(self) -> int:
        """How many claims may be open at a time."""

    def exchange(self, done: Sequence[tuple[C, Result]], limit: int) -> list[C]:
        """Write what attempts came to and take up to `limit` others, in one transaction."""

    def release(self, claims: Sequence[C]) -> None:
        """Give back claims of which not a byte went out."""


@dataclass(slots=True)
class StopCheck:
    """Whether the run is to end before its time, and why; `ask` is asked before every message."""

    ask: Callable[[], bool]
    stop: Stop | None = None

    def __bool__(self) -> bool:
        if self.stop is None and self.ask():
            self.stop = Stop(StopKind.ASKED, "asked to stop")
        return self.stop is not None

    def because(self, stop: Stop) -> None:
        """End the run; the first reason stays."""
        self.stop = self.stop or stop


class ClaimBuffer(Generic[C]):
    """Keeps at most a batch of claims open, beside those held, and all of them accounted for.

    `signal` rings when asking again may bring something. `by_domain`: some backend limits how many
    messages go to one domain at a time.
    """

    def __init__(
        self,
        ledger: Ledger[C],
        address: Address[C],
        stop_check: StopCheck,
        progress: Callable[[DeliveryState], None],
        *,
        by_domain: bool = False,
    ) -> None:
        self.stop_check = stop_check
        self.signal = WaitSignal()
        self.results: Counter[DeliveryState] = Counter()
        self.refusal = ""  # the last reply to what failed
        self._ledger = ledger
        self._address = address
        self._progress = progress
        self._by_domain = by_domain
        self._queue: DomainQueue[C] = DomainQueue(self.domain)
        self._in_hand = 0
        self._results: list[tuple[C, Result]] = []
        self._exhausted = False
        self._stir = asyncio.Event()

    # What the runners ask and tell.

    def domain(self, claim: C) -> str:
        """What a claim is queued by."""
        return domain_of(claim.recipient) if self._by_domain else ""

    def take(self, gate: DomainGate) -> Made[C] | None:
        """The next message; None: none for the moment, or, where `is_dry`, none any more."""
        while (claim := self._queue.take(gate)) is not None:
            if not self._queue:
                self._stir.set()
            try:
                envelope = self._address(claim)
            except BaseException:
                self._queue.put_back(claim)  # the run ends; not a byte of it went out
                raise
            if envelope is not None:
                self._in_hand += 1
                return claim, envelope
            gate.done(self.domain(claim))
            self._note(claim, Result(DeliveryState.SKIPPED, ""))
        self._stir.set()
        return None

    def hold(self) -> None:
        """The result of a claim waits for others': it stays claimed, and in nobody's way."""
        self._in_hand -= 1
        self._stir.set()

    def take_up(self) -> None:
        """What was held has its result now."""
        self._in_hand += 1
        self.signal.ring()

    def put_back(self, claim: C) -> None:
        """Not a byte of it went out: it is the next to go."""
        self._in_hand -= 1
        self._queue.put_back(claim)
        self.signal.ring()

    def finish(self, claim: C, result: Result) -> None:
        """What an attempt came to; it is written with the next turn."""
        self._in_hand -= 1
        self._note(claim, result)
        if 2 * len(self._results) >= self._ledger.batch or not self._in_hand:
            self._stir.set()
        if self._by_domain:
            self.signal.ring()  # its domain may be free now

    @property
    def has_work(self) -> bool:
        """Whether a session would find something to do."""
        return bool(self._queue) and not self.stop_check

    @property
    def is_dry(self) -> bool:
        """Whether `take` will bring nothing, unless something is put back."""
        return bool(self.stop_check) or (self._exhausted and not self._queue)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to attempt now."""
        return self.is_dry and not self._in_hand

    def look_again(self) -> None:
        """There is something to claim that was not there before."""
        self._exhausted = False
        self._stir.set()

    def nudge(self) -> None:
        """Something changed that everybody should look at."""
        self._stir.set()
        self.signal.ring()

    # The turns.

    async def keep_books(self, executor: Executor) -> None:
        """Exchange results for claims until all is done."""
        while not (self.is_over and not self._results):
            await self._turn(executor)
            if self._queue or self.is_dry:
                self.signal.ring()
            await self._rest()
        self.signal.ring()

    async def _turn(self, executor: Executor) -> None:
        """Write the results, and claim as many as a batch, no more of which is without a record."""
        done, self._results = self._results, []
        room = self._ledger.batch - len(self._queue) - self._in_hand
        limit = 0 if self._exhausted or self.stop_check else room
        if not done and limit <= 0:
            return
        exchange = asyncio.get_running_loop().run_in_executor(
            executor, self._ledger.exchange, done, max(0, limit)
        )
        try:
            claims = await asyncio.shield(exchange)
        except asyncio.CancelledError:
            self._ledger.release(await exchange)
            raise
        self._exhausted |= limit > 0 and not claims
        for claim in claims:
            self._queue.append(claim)

    def _note(self, claim: C, result: Result) -> None:
        self._results.append((claim, result))
        self.results[result.state] += 1
        if result.state is DeliveryState.FAILED:
            self.refusal = result.reply
        self._progress(result.state)

    async def _rest(self) -> None:
        """Until half a batch is done, the queue runs dry, or a moment has passed."""
        if 2 * len(self._results) >= max(2, self._ledger.batch) or self.is_over:
            return
        self._stir.clear()
        try:
            async with asyncio.timeout(_PATIENCE if self._results else _REST):
                await self._stir.wait()
        except TimeoutError:
            pass

    def close(self) -> None:
        """Write what is known, give back what nobody took in hand; the rest stays claimed."""
        if self._results:
            done, self._results = self._results, []
            self._ledger.exchange(done, 0)
        if self._queue:
            self._ledger.release(list(self._queue))
