"""Delivery of one issue: claim, send, record, until nothing is left to attempt now.

The clerk keeps the books (digest.deliver.clerk), one lane a backend does the sending
(digest.deliver.lane). A process that dies leaves at most a batch of claims without a record; the
next one finds its worker dead and marks them in doubt (promise 4). Any number of processes may
work on the same issue at once.
"""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from digest.clock import Clock
from digest.deliver.clerk import Address, Clerk, Expect, Halt, Ledger
from digest.deliver.governor import Alone, Governor, Pace
from digest.deliver.lane import Backend, Lane
from digest.deliver.share import Shares
from digest.deliver.troubles import Troubles
from digest.model import DeliveryState, Stop, StopKind

# How long a thread may keep the interpreter from the other one, in seconds: the connections must
# not wait 5 ms, Python's default, for the ledger.
_SWITCH = 0.0005
# After a stop was asked for: seconds for what is in flight to be answered.
GRACE = 30.0


@dataclass(slots=True)
class Tally:
    """What one run of the engine did; `stopped` says why it ended before its time, if it did."""

    results: Counter[DeliveryState] = field(default_factory=Counter)
    stopped: Stop | None = None


@dataclass(slots=True)
class Engine:
    """Sends through one or more backends. `should_stop` is asked before every message.

    Once it says so, what is in flight has `grace` seconds to be answered; then it is in doubt.
    `troubles` is what is known of the backends already.
    """

    backends: Sequence[Backend]
    clock: Clock
    should_stop: Callable[[], bool] = lambda: False
    jitter: Callable[[], float] = random.random
    progress: Callable[[DeliveryState], None] = lambda _state: None
    pace: Pace = field(default_factory=Alone)
    grace: float = GRACE
    troubles: Troubles = field(default_factory=Troubles)

    def deliver(
        self, ledger: Ledger, address: Address, expect: Expect = lambda _claims: None
    ) -> Tally:
        """Attempt everything that is due now.

        An exception ends the run: what is in hand stays claimed, and so in doubt; all else is
        written or given back.
        """
        halt = Halt(self.should_stop)
        by_domain = any(backend.limits.per_domain for backend in self.backends)
        clerk = Clerk(ledger, address, halt, self.progress, expect=expect, by_domain=by_domain)
        with _quick_switches():
            try:
                asyncio.run(self._work(clerk))
            except BaseExceptionGroup as group:
                raise _first(group) from None
            finally:
                clerk.close()
        return Tally(clerk.results, halt.stop)

    async def _work(self, clerk: Clerk) -> None:
        lanes = self._lanes(clerk)

        def one_closed() -> None:
            """The run goes on as long as one backend does."""
            closed = [lane.closed for lane in lanes if lane.closed is not None]
            if len(closed) == len(lanes):
                # A backend that is only used up goes on by itself: then nobody need be called.
                calm = [stop for stop in closed if stop.kind is StopKind.LIMITED]
                clerk.halt.because(*(calm or closed)[:1])
                clerk.nudge()

        with ThreadPoolExecutor(1, "ledger") as desk:
            async with asyncio.TaskGroup() as work:
                work.create_task(clerk.keep_books(desk))
                sending = [work.create_task(lane.work(desk, one_closed)) for lane in lanes]
                work.create_task(self._watch(clerk, sending))

    def _lanes(self, clerk: Clerk) -> list[Lane]:
        shares = None
        if len(self.backends) > 1:
            weights = {backend.name: backend.weight for backend in self.backends}
            shares = Shares(weights, asyncio.get_running_loop().time())
        lanes = []
        for one in self.backends:
            governor = Governor(one.name, one.limits, self.pace, clerk.bell.ring)
            lanes.append(Lane(one, clerk, governor, shares, self.clock, self.jitter, self.troubles))
        return lanes

    async def _watch(self, clerk: Clerk, sending: Sequence["asyncio.Task[None]"]) -> None:
        """A server that is silent must not hold up a run that is to stop."""
        while not clerk.halt:
            _, busy = await asyncio.wait(sending, timeout=0.25)
            if not busy:
                return
        clerk.nudge()
        _, busy = await asyncio.wait(sending, timeout=self.grace)
        if busy:
            for backend in self.backends:
                backend.hang_up()


@contextmanager
def _quick_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong first: the others followed from it."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
