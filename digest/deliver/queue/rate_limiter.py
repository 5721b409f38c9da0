"""What one backend may be given now: connections, messages, recipients of one domain.

Asks the limits that all processes share (`digest.rate_limits`) a little ahead of need, in the
ledger's thread, and answers for every message from memory.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from digest.clock import Clock, system_clock
from digest.deliver.queue.adaptive_rate import AdaptiveRate, after
from digest.deliver.queue.domain_queue import DomainGate
from digest.model import Outcome
from digest.rate_limits import RateLimits, Reservation, allowed

# How often the slots are looked at, in seconds.
_RENEW = 0.5
# Messages asked for at a time; what is not used by the end is given back.
_STOCK = 200
# A limit that will not be lifted for longer than this ends the run: a later one goes on.
_LONGEST_WAIT = timedelta(seconds=90)


class SharedLimits(Protocol):
    """The limits of all backends, kept for all processes."""

    def slots(self, backend: str, resource: str, limit: int, held: int, want: int) -> int:
        """How many of `limit` this process may fill, of which it fills `held` and wants `want`."""

    def reserve(self, backend: str, limits: RateLimits, want: int) -> Reservation:
        """Leave to send up to `want` messages."""

    def give_back(
        self, backend: str, limits: RateLimits, reservation: Reservation, count: int
    ) -> None:
        """Return what was not used of a reservation."""


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits for one process that shares them with nobody, and keeps no count between runs."""

    clock: Clock = system_clock

    def slots(self, _backend: str, _resource: str, limit: int, _held: int, want: int) -> int:
        """All that is wanted, within the limit."""
        return min(limit, want)

    def reserve(self, _backend: str, limits: RateLimits, want: int) -> Reservation:
        """Within the limits."""
        return allowed(limits, {}, self.clock(), want)

    def give_back(
        self, _backend: str, _limits: RateLimits, _reservation: Reservation, _count: int
    ) -> None:
        """Nobody else needs it."""


class RateLimiter:
    """Holds one backend to its limits, and to less of them while it says "slow down".

    `ring` is called when more may be sent than before. `exhausted` says which limit is used up
    for longer than a run should wait.
    """

    def __init__(
        self,
        backend: str,
        limits: RateLimits,
        shared_limits: SharedLimits,
        ring: Callable[[], None],
        clock: Clock = system_clock,
    ) -> None:
        self.connections = 0
        self.gate = DomainGate(0 if limits.per_domain else None)
        self.exhausted: str | None = None
        self._backend = backend
        self._limits = limits
        self._shared_limits = shared_limits
        self._ring = ring
        self._clock = clock
        self._adaptive_rate = AdaptiveRate()
        self._rated = bool(limits.rates)
        self._reservation: Reservation | None = None
        self._left = 0
        self._stir = asyncio.Event()

    # For every message.

    def may_send(self) -> bool:
        """Whether the rates allow one more now."""
        if not self._rated:
            return True
        if (
            self._left > 0
            and self._reservation is not None
            and self._clock() < self._reservation.until
        ):
            return True
        self._stir.set()
        return False

    def sent(self) -> None:
        """One message is on its way."""
        self._left -= 1

    def heard(self, outcome: Outcome) -> None:
        """What the server answered: it may be told in this that we are too fast."""
        if outcome.code is None or (outcome.code < 400 and self._adaptive_rate.share >= 1):
            return
        self.told(outcome.code, outcome.reply)

    def told(self, code: int, reply: str) -> None:
        """A reply, to whatever it was."""
        self._adaptive_rate = after(self._adaptive_rate, code, reply, self._clock())

    # In the meantime.

    async def keep(
        self, executor: Executor, running: Callable[[], int], wanted: Callable[[], int]
    ) -> None:
        """Renew what may be done until cancelled; the last reservation's rest is given back."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                renewal = loop.run_in_executor(executor, self._renew, running(), wanted())
                await asyncio.shield(renewal)
                self._ring()
                await self._rest()
        finally:
            await loop.run_in_executor(executor, self._return_rest)

    def _renew(self, running: int, wanted: int) -> None:
        limits = self._limits.scaled(self._adaptive_rate.share)
        most, total = limits.connections, limits.connections_total
        self.connections = self._shared_limits.slots(
            self._backend, "connections", most, running, min(wanted, most)
        )
        if total:
            self.connections = self._shared_limits.slots(
                self._backend, "connections_total", total, running, self.connections
            )
        if limits.per_domain:
            self.gate.allowance = self._shared_limits.slots(
                self._backend, "domain", limits.per_domain, self.gate.most, limits.per_domain
            )
        if self._rated and not self.may_send():
            self._return_rest()
            self._reservation = self._shared_limits.reserve(self._backend, limits, _STOCK)
            self._left = self._reservation.count
            if not self._left and self._reservation.next_at - self._clock() > _LONGEST_WAIT:
                until = self._reservation.next_at.isoformat(" ", "minutes")
                self.exhausted = f"{self._backend} has sent all that its limits allow until {until}"

    async def _rest(self) -> None:
        """Until it is time to look again, or a message wants leave and it can be had."""
        self._stir.clear()
        if self._rated and not self.may_send() and self._reservation is not None:
            wait = (self._reservation.next_at - self._clock()).total_seconds()
            await asyncio.sleep(min(max(wait, 0.01), _RENEW))
            return
        try:
            async with asyncio.timeout(_RENEW):
                await self._stir.wait()
        except TimeoutError:
            pass

    def _return_rest(self) -> None:
        if self._reservation is not None and self._left > 0:
            self._shared_limits.give_back(
                self._backend, self._limits, self._reservation, self._left
            )
        self._reservation, self._left = None, 0
