"""The books of one run: claims in, messages made, results out; the engine's side of the ledger.

    ledger ──claims──> press (threads) ──> queue ──take──> lanes
       ^                                                     │ finish
       └────────────────────── results <─────────────────────┘

Claims are committed before their bytes go out, results after their replies, both in one
transaction a turn. The ledger has a thread of its own; messages are made and signed in others,
a handful at a time, while the connections work on.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from digest.deliver.domains import DomainGate, DomainQueue, domain_of
from digest.deliver.source import Bell
from digest.model import Claim, DeliveryState, Envelope, Result, Stop, StopKind

# How long results wait to be written, in seconds: what a crash loses of them is mailed twice.
_PATIENCE = 0.02
# How long to rest where there is nothing to write.
_REST = 0.25
# Messages made in one go: few enough that the connections soon have work again.
_SHEAF = 20
_PRESSES = min(4, os.cpu_count() or 1)

NOTHING_FOR_THEM = "no story today on the chosen topics"

# The message for a claim, or None where the issue holds nothing for this subscriber.
Address = Callable[[Claim], Envelope | None]
Made = tuple[Claim, Envelope]


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
class Halt:
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


class Clerk:
    """Keeps at most a batch of claims open, and all of them accounted for.

    `bell` rings when asking again may bring something. `by_domain`: some backend limits how many
    messages go to one domain at a time.
    """

    def __init__(
        self,
        ledger: Ledger,
        address: Address,
        halt: Halt,
        progress: Callable[[DeliveryState], None],
        *,
        by_domain: bool = False,
    ) -> None:
        self.halt = halt
        self.bell = Bell()
        self.results: Counter[DeliveryState] = Counter()
        self._ledger = ledger
        self._address = address
        self._progress = progress
        self._by_domain = by_domain
        self._queue: DomainQueue[Made] = DomainQueue(lambda made: self.domain(made[1]))
        self._in_hand = 0
        self._unmade: dict[int, list[Claim]] = {}  # sheaves, by their first one
        self._results: list[tuple[Claim, Result]] = []
        self._exhausted = False
        self._stir = asyncio.Event()

    # What the lanes ask and tell.

    def domain(self, envelope: Envelope) -> str:
        """What a message is queued by."""
        return domain_of(envelope.recipient) if self._by_domain else ""

    def take(self, gate: DomainGate) -> Made | None:
        """The next message; None: none for the moment, or, where `is_dry`, none any more."""
        made = self._queue.take(gate)
        if made is not None:
            self._in_hand += 1
        if not self._queue:
            self._stir.set()
        return made

    def put_back(self, made: Made) -> None:
        """Not a byte of it went out: it is the next to go."""
        self._in_hand -= 1
        self._queue.put_back(made)
        self.bell.ring()

    def finish(self, claim: Claim, result: Result) -> None:
        """What an attempt came to; it is written with the next turn."""
        self._in_hand -= 1
        self._note(claim, result)
        if 2 * len(self._results) >= self._ledger.batch or not self._in_hand:
            self._stir.set()
        if self._by_domain:
            self.bell.ring()  # its domain may be free now

    @property
    def has_work(self) -> bool:
        """Whether a session would find something to do."""
        return bool(self._queue) and not self.halt

    @property
    def is_dry(self) -> bool:
        """Whether `take` will bring nothing, unless something is put back."""
        return bool(self.halt) or (self._exhausted and not self._queue and not self._unmade)

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
        self.bell.ring()

    # The turns.

    async def keep_books(self, desk: Executor) -> None:
        """Exchange results for claims, and have their messages made, until all is done."""
        with ThreadPoolExecutor(_PRESSES, "press") as presses:
            async with asyncio.TaskGroup() as work:
                while not (self.is_over and not self._results):
                    for sheaf in await self._turn(desk):
                        work.create_task(self._print(presses, sheaf))
                    if self.is_dry:
                        self.bell.ring()
                    await self._rest()
        self.bell.ring()

    async def _turn(self, desk: Executor) -> list[list[Claim]]:
        """Write the results, claim as many as there is room for: claims in sheaves."""
        done, self._results = self._results, []
        limit = 0 if self._exhausted or self.halt else self._room()
        if not done and limit <= 0:
            return []
        exchange = asyncio.get_running_loop().run_in_executor(
            desk, self._ledger.exchange, done, max(0, limit)
        )
        try:
            claims = await asyncio.shield(exchange)
        except asyncio.CancelledError:
            self._ledger.release(await exchange)
            raise
        self._exhausted |= limit > 0 and not claims
        sheaves = [claims[at : at + _SHEAF] for at in range(0, len(claims), _SHEAF)]
        self._unmade.update((sheaf[0].subscriber.id, sheaf) for sheaf in sheaves)
        return sheaves

    async def _print(self, presses: Executor, sheaf: list[Claim]) -> None:
        """Make the messages of a few claims; one that cannot be made ends the run."""
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(presses, self._make, sheaf)
        del self._unmade[sheaf[0].subscriber.id]
        for claim, envelope in made:
            if envelope is None:
                self._note(claim, Result(DeliveryState.SKIPPED, NOTHING_FOR_THEM))
            else:
                self._queue.append((claim, envelope))
        self.bell.ring()

    def _make(self, sheaf: list[Claim]) -> list[tuple[Claim, Envelope | None]]:
        return [(claim, self._address(claim)) for claim in sheaf]

    def _note(self, claim: Claim, result: Result) -> None:
        self._results.append((claim, result))
        self.results[result.state] += 1
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

    def _room(self) -> int:
        """How many more may be claimed: at no time more than a batch is without a record."""
        unmade = sum(map(len, self._unmade.values()))
        return self._ledger.batch - unmade - len(self._queue) - self._in_hand

    def close(self) -> None:
        """Write what is known, give back what nobody took in hand; the rest stays claimed."""
        if self._results:
            done, self._results = self._results, []
            self._ledger.exchange(done, 0)
        spare = [claim for sheaf in self._unmade.values() for claim in sheaf]
        spare += [claim for claim, _ in self._queue]
        if spare:
            self._ledger.release(spare)
