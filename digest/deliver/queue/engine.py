"""Delivery of one issue: claim, send, record, until nothing is left to attempt now.

The claim buffer keeps the books (`claim_buffer`), one runner a backend does the sending
(`backend_runner`). A process that dies leaves a batch of claims; the next one finds its worker
dead, marks in doubt what of them may have been on the wire (promise 4), and takes the rest. Any
number of processes may work on the same issue at once.
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
from digest.deliver.backend import Backend
from digest.deliver.queue.backend_choice import BackendChoice
from digest.deliver.queue.backend_health import BackendHealth
from digest.deliver.queue.backend_runner import BackendRunner, window_of
from digest.deliver.queue.claim_buffer import Address, C, ClaimBuffer, Ledger, StopCheck
from digest.deliver.queue.rate_limiter import ProcessLimits, RateLimiter, SharedLimits
from digest.deliver.queue.refusal_breaker import RefusalBreaker
from digest.model import DeliveryState, Stop, StopKind

# How long a thread may keep the interpreter from the other one, in seconds: the connections must
# not wait 5 ms, Python's default, for the ledger, nor it for them at each of its statements.
_SWITCH = 0.0001
# After a stop was asked for: seconds for what is in flight to be answered.
GRACE = 8.0
# And then for the connections to be closed.
_FAREWELL = 0.5


@dataclass(slots=True)
class RunResult:
    """What one run of the engine did; `stopped` says why it ended before its time, if it did.

    `refusal` is the last reply to a message that failed.
    """

    results: Counter[DeliveryState] = field(default_factory=Counter)
    stopped: Stop | None = None
    refusal: str = ""


@dataclass(slots=True)
class Engine:
    """Sends through one or more backends. `should_stop` is asked before every message.

    Once it says so, what is in flight has `grace` seconds to be answered; then it is in doubt.
    `health` is what is known of the backends already; `accepted` is how many got this mail.
    """

    backends: Sequence[Backend]
    clock: Clock
    should_stop: Callable[[], bool] = lambda: False
    jitter: Callable[[], float] = random.random
    progress: Callable[[DeliveryState], None] = lambda _state: None
    shared_limits: SharedLimits = field(default_factory=ProcessLimits)
    grace: float = GRACE
    health: BackendHealth = field(default_factory=BackendHealth)
    accepted: int = 0

    def deliver(self, ledger: Ledger[C], address: Address[C]) -> RunResult:
        """Attempt everything that is due now.

        An exception ends the run: what is in hand stays claimed, and so in doubt; all results that
        came are written.
        """
        stop_check = StopCheck(self.should_stop)
        per_domain = [backend.limits.per_domain for backend in self.backends]
        claims = ClaimBuffer(
            ledger,
            address,
            stop_check,
            self.progress,
            window=sum(map(window_of, self.backends)),
            by_domain=any(per_domain),
            per_domain=sum(per_domain) if all(per_domain) else None,
        )
        with _quick_switches():
            try:
                asyncio.run(self._work(claims))
            except BaseExceptionGroup as group:
                raise _first(group) from None
            finally:
                claims.close()
        return RunResult(claims.results, stop_check.stop, claims.refusal)

    async def _work(self, claims: ClaimBuffer[C]) -> None:
        runners = self._runners(claims)

        def one_closed() -> None:
            """The run goes on as long as one backend does."""
            closed = [runner.closed for runner in runners if runner.closed is not None]
            if len(closed) == len(runners):
                # A backend that is only used up goes on by itself: then nobody need be called.
                calm = [stop for stop in closed if stop.kind is StopKind.LIMITED]
                claims.stop_check.because(*(calm or closed)[:1])
                claims.nudge()

        with ThreadPoolExecutor(1, "ledger") as executor:
            async with asyncio.TaskGroup() as work:
                work.create_task(claims.keep_books(executor))
                sending = [
                    work.create_task(runner.work(executor, one_closed)) for runner in runners
                ]
                work.create_task(self._watch(claims, sending))

    def _runners(self, claims: ClaimBuffer[C]) -> list[BackendRunner[C]]:
        shares = None
        if len(self.backends) > 1:
            weights = {backend.name: backend.weight for backend in self.backends}
            shares = BackendChoice(weights, asyncio.get_running_loop().time())
        runners: list[BackendRunner[C]] = []

        def renewed() -> None:
            """Nothing is marked for the connections that other runs hold."""
            claims.window = sum(runner.window for runner in runners)
            claims.signal.ring()

        for backend in self.backends:
            rate_limiter = RateLimiter(backend.name, backend.limits, self.shared_limits, renewed)
            breaker: RefusalBreaker[C] = RefusalBreaker(backend.limits.connections, self.accepted)
            runners.append(
                BackendRunner(
                    backend,
                    claims,
                    rate_limiter,
                    breaker,
                    shares,
                    self.clock,
                    self.jitter,
                    self.health,
                )
            )
        return runners

    async def _watch(self, claims: ClaimBuffer[C], sending: Sequence["asyncio.Task[None]"]) -> None:
        """A server that is silent must not hold up a run that is to stop."""
        while not claims.stop_check:
            _, busy = await asyncio.wait(sending, timeout=0.25)
            if not busy:
                return
        claims.nudge()
        _, busy = await asyncio.wait(sending, timeout=self.grace)
        if not busy:
            return
        for backend in self.backends:
            backend.hang_up()
        _, busy = await asyncio.wait(busy, timeout=_FAREWELL)
        for task in busy:  # a name that is looked up, a connection that is being opened
            task.cancel()
        claims.leave()


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
