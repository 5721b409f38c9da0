"""The books of one run: claims in, results out; the engine's side of the ledger.

    ledger ──claims──> claimed ──> marked ──take: the message is made──> runners
       ^                                                                  │ finish
       └───────────────────────────── results <───────────────────────────┘

Claims are committed before their bytes go out, results after their replies, both in one
transaction a turn, in a thread of its own. The same transaction marks what may be handed out until
the next turn, a window of a few messages a connection: of what was claimed, a crash puts no more in
doubt. A message is made when a connection has time for it: another thread for that costs more, by
the interpreter's lock, than it wins.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from digest.deliver.backend import WaitSignal
from digest.deliver.queue.domain_queue import DomainGate, DomainQueue, domain_of
from digest.model import DeliveryCause, DeliveryState, Envelope, Result, Stop, StopKind

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
Address = Callable[[C], Envelope | DeliveryCause | None]
Made = tuple[C, Envelope]


class Ledger(Protocol[C]):
    """The delivery records of one issue, or the notices."""

    @property
    def batch(self) -> int:
        """How many claims may be open at a time."""

    @property
    def may_hand_out(self) -> bool:
        """Whether what was claimed is still this run's for certain; an exchange tells."""

    def exchange(
        self, done: Sequence[tuple[C, Result]], limit: int, handed_out: Collection[C]
    ) -> list[C] | None:
        """Write what attempts came to and take up to `limit` others, in one transaction.

        From then on `handed_out`, and nothing else that is claimed, may be on the wire. None: the
        run was silent for so long that others took over all that it had claimed.
        """


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

    A claim is in one place at a time: claimed, being marked, marked, in hand, or done with a result
    that is not written yet. At most `window` are marked or in hand. The task that keeps the books
    alone moves what is claimed and marks it; the runners take from what is marked. `window` may
    change: it follows the connections that the run has.

    `signal` rings when asking again may bring something. `by_domain`: some backend limits how many
    messages go to one domain at a time; where all do, they take `per_domain` together.
    """

    def __init__(
        self,
        ledger: Ledger[C],
        address: Address[C],
        stop_check: StopCheck,
        progress: Callable[[DeliveryState], None],
        *,
        window: int,
        by_domain: bool = False,
        per_domain: int | None = None,
    ) -> None:
        self.stop_check = stop_check
        self.signal = WaitSignal()
        self.results: Counter[DeliveryState] = Counter()
        self.refusal = ""  # the last reply to what failed
        self._ledger = ledger
        self._address = address
        self._progress = progress
        self.window = window
        self._by_domain = by_domain
        self._per_domain = per_domain
        self._claimed: DomainQueue[C] = DomainQueue(self.domain)
        self._being_marked: list[C] = []
        self._marked: DomainQueue[C] = DomainQueue(self.domain)
        self._in_hand: dict[int, C] = {}  # by identity
        self._results: list[tuple[C, Result]] = []
        self._exhausted = False
        self._was_taken_over = False  # and what is in hand since before has no result yet
        self._is_left = False
        # Nothing is left to attempt now, for good; until then a turn may bring more.
        self.is_over = False
        self._stir = asyncio.Event()

    # What the runners ask and tell.

    def domain(self, claim: C) -> str:
        """What a claim is queued by."""
        return domain_of(claim.recipient) if self._by_domain else ""

    def take(self, gate: DomainGate) -> Made[C] | None:
        """The next message; None: none for the moment, or, where `is_dry`, none any more."""
        while self._ledger.may_hand_out and (claim := self._marked.take(gate)) is not None:
            if self._is_low():
                self._stir.set()
            try:
                made = self._address(claim)
            except BaseException:
                self._marked.put_back(claim)  # the run ends; not a byte of it went out
                raise
            if isinstance(made, Envelope):
                self._in_hand[id(claim)] = claim
                return claim, made
            gate.done(self.domain(claim))
            self._note(claim, Result(DeliveryState.SKIPPED, "", cause=made))
        if not (self._marked and self._ledger.may_hand_out):
            self._stir.set()
        return None

    def hold(self, claim: C) -> None:
        """The result of a claim waits for others': it stays claimed, and in nobody's way."""
        del self._in_hand[id(claim)]
        self._stir.set()

    def put_back(self, claim: C) -> None:
        """Not a byte of it went out: it is the next to go."""
        del self._in_hand[id(claim)]
        self._marked.put_back(claim)
        self.signal.ring()

    def finish(self, claim: C, result: Result) -> None:
        """What an attempt came to, also of what was held; it is written with the next turn."""
        self._in_hand.pop(id(claim), None)
        self._note(claim, result)
        if self._is_much() or not self._in_hand:
            self._stir.set()
        if self._by_domain:
            self.signal.ring()  # its domain may be free now

    @property
    def has_work(self) -> bool:
        """Whether a session would find something to do."""
        return bool(self._marked) and not self.stop_check

    @property
    def is_dry(self) -> bool:
        """Whether `take` will bring nothing, unless something is put back."""
        left = len(self._claimed) + len(self._being_marked) + len(self._marked)
        return self.is_over or bool(self.stop_check) or (self._exhausted and not left)

    def look_again(self) -> None:
        """There is something to claim that was not there before."""
        self._exhausted = False
        self._stir.set()

    def leave(self) -> None:
        """Wait no more for what is in hand, of a run that is to stop: it is in doubt."""
        self._is_left = True
        self.nudge()

    def nudge(self) -> None:
        """Something changed that everybody should look at."""
        self._stir.set()
        self.signal.ring()

    # The turns.

    async def keep_books(self, executor: Executor) -> None:
        """Exchange results for claims until all is done.

        Each round is a transaction, or a rest that an end is set to; so whoever waits for the
        signal hears it within a moment, and when it is over.
        """
        while not (self._is_done() and not self._results):
            await self._turn(executor)
            if self._marked or self.is_dry:
                self.signal.ring()
            await self._rest()
        self.is_over = True
        self.signal.ring()

    async def _turn(self, executor: Executor) -> None:
        """Write the results, mark what goes out next, and claim more, where there is any of it."""
        self._choose()
        done, limit = tuple(self._results), self._room()
        if not (done or limit or self._being_marked) and self._ledger.may_hand_out:
            return
        handed_out = [*self._in_hand.values(), *self._marked, *self._being_marked]
        exchange = asyncio.get_running_loop().run_in_executor(
            executor, self._ledger.exchange, done, limit, handed_out
        )
        try:
            claims = await asyncio.shield(exchange)
        except asyncio.CancelledError:
            await exchange  # the ledger is still at it
            raise
        del self._results[: len(done)]
        if claims is None:
            self._let_go()
            return
        for claim in self._being_marked:
            self._marked.append(claim)
        self._being_marked = []
        self._exhausted |= limit > 0 and not claims
        for claim in claims:
            self._claimed.append(claim)

    def _choose(self) -> None:
        """Choose what is marked next, once little is left to take.

        One domain is not to fill the window: it gets twice what can be under way to it.
        """
        if self.stop_check or not self._is_low():
            return
        gate = DomainGate(None if self._per_domain is None else 2 * self._per_domain)
        open_claims = [*self._in_hand.values(), *self._marked, *self._being_marked]
        for claim in open_claims:
            gate.taken(self.domain(claim))
        for _ in range(len(open_claims), self.window):
            claim = self._claimed.take(gate)
            if claim is None:
                return
            self._being_marked.append(claim)

    def _room(self) -> int:
        """How many to claim: none while half a batch is claimed, since a look costs."""
        if self._was_taken_over and self._in_hand:
            return 0  # of one address, two messages would be in hand
        self._was_taken_over = False
        if self._exhausted or self.stop_check or 2 * len(self._claimed) > self._ledger.batch:
            return 0
        left = len(self._claimed) + len(self._being_marked) + len(self._marked)
        return max(0, self._ledger.batch - left - len(self._in_hand))

    def _is_done(self) -> bool:
        """Whether only results are to be written, as far as is known."""
        return self.is_dry and (self._is_left or not self._in_hand)

    def _is_low(self) -> bool:
        """Whether the connections will soon have taken all that is marked."""
        return 8 * len(self._marked) <= self.window

    def _is_much(self) -> bool:
        """Whether the results are worth a turn."""
        return 2 * len(self._results) >= max(2, self._ledger.batch)

    def _let_go(self) -> None:
        """Others have what was claimed. What is in hand has its results, late."""
        self._claimed, self._marked = DomainQueue(self.domain), DomainQueue(self.domain)
        self._being_marked = []
        self._was_taken_over = True
        self._exhausted = False

    def _note(self, claim: C, result: Result) -> None:
        self._results.append((claim, result))
        self.results[result.state] += 1
        if result.state is DeliveryState.FAILED:
            self.refusal = result.reply
        self._progress(result.state)

    async def _rest(self) -> None:
        """Until there is enough for a turn, or a moment has passed."""
        self._choose()
        if self._being_marked or self._is_much() or self._is_done():
            return
        self._stir.clear()
        try:
            async with asyncio.timeout(_PATIENCE if self._results else _REST):
                await self._stir.wait()
        except TimeoutError:
            pass

    def close(self) -> None:
        """Write what is known. What is in hand still may be on the wire, and nothing else."""
        if self._results or self._in_hand or self._marked or self._being_marked:
            done, self._results = self._results, []
            self._ledger.exchange(done, 0, list(self._in_hand.values()))
