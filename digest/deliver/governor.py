"""What one backend may be given now: connections, messages, recipients of one domain.

Asks the limits that all processes share (digest.limits) a little ahead of need, in the ledger's
thread, and answers for every message from memory.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from digest.clock import Clock, system_clock
from digest.deliver.domains import DomainGate
from digest.deliver.throttle import Throttle, after
from digest.limits import Grant, Limits, allowed
from digest.model import Outcome

# How often the seats are looked at, in seconds.
_RENEW = 0.5
# Messages asked for at a time; what is not used by the end is given back.
_STOCK = 200
# A limit that will not be lifted for longer than this ends the run: a later one goes on.
_LONGEST_WAIT = timedelta(seconds=90)


class Pace(Protocol):
    """The limits of all backends, kept for all processes."""

    def seats(self, backend: str, resource: str, limit: int, held: int, want: int) -> int:
        """How many of `limit` this process may fill, of which it fills `held` and wants `want`."""

    def reserve(self, backend: str, limits: Limits, want: int) -> Grant:
        """Leave to send up to `want` messages."""

    def give_back(self, backend: str, limits: Limits, grant: Grant, count: int) -> None:
        """Return what was not used of a grant."""


@dataclass(frozen=True, slots=True)
class Alone:
    """Limits for one process that shares them with nobody, and keeps no count between runs."""

    clock: Clock = system_clock

    def seats(self, _backend: str, _resource: str, limit: int, _held: int, want: int) -> int:
        """All that is wanted, within the limit."""
        return min(limit, want)

    def reserve(self, _backend: str, limits: Limits, want: int) -> Grant:
        """Within the limits."""
        return allowed(limits, {}, self.clock(), want)

    def give_back(self, _backend: str, _limits: Limits, _grant: Grant, _count: int) -> None:
        """Nobody else needs it."""


class Governor:
    """Holds one backend to its limits, and to less of them while it says "slow down".

    `ring` is called when more may be sent than before. `exhausted` says which limit is used up
    for longer than a run should wait.
    """

    def __init__(
        self,
        backend: str,
        limits: Limits,
        pace: Pace,
        ring: Callable[[], None],
        clock: Clock = system_clock,
    ) -> None:
        self.connections = 0
        self.gate = DomainGate(0 if limits.per_domain else None)
        self.exhausted: str | None = None
        self._backend = backend
        self._limits = limits
        self._pace = pace
        self._ring = ring
        self._clock = clock
        self._throttle = Throttle()
        self._rated = bool(limits.rates)
        self._grant: Grant | None = None
        self._left = 0
        self._stir = asyncio.Event()

    # For every message.

    def may_send(self) -> bool:
        """Whether the rates allow one more now."""
        if not self._rated:
            return True
        if self._left > 0 and self._grant is not None and self._clock() < self._grant.until:
            return True
        self._stir.set()
        return False

    def sent(self) -> None:
        """One message is on its way."""
        self._left -= 1

    def heard(self, outcome: Outcome) -> None:
        """What the server answered: it may be told in this that we are too fast."""
        if outcome.code is None or (outcome.code < 400 and self._throttle.share >= 1):
            return
        self.told(outcome.code, outcome.reply)

    def told(self, code: int, reply: str) -> None:
        """A reply, to whatever it was."""
        self._throttle = after(self._throttle, code, reply, self._clock())

    # In the meantime.

    async def keep(
        self, desk: Executor, running: Callable[[], int], wanted: Callable[[], int]
    ) -> None:
        """Renew what may be done until cancelled; the last grant's rest is given back."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                renewal = loop.run_in_executor(desk, self._renew, running(), wanted())
                await asyncio.shield(renewal)
                self._ring()
                await self._rest()
        finally:
            await loop.run_in_executor(desk, self._return_rest)

    def _renew(self, running: int, wanted: int) -> None:
        limits = self._limits.scaled(self._throttle.share)
        most = limits.connections
        self.connections = self._pace.seats(
            self._backend, "connections", most, running, min(wanted, most)
        )
        if limits.per_domain:
            self.gate.allowance = self._pace.seats(
                self._backend, "domain", limits.per_domain, self.gate.most, limits.per_domain
            )
        if self._rated and not self.may_send():
            self._return_rest()
            self._grant = self._pace.reserve(self._backend, limits, _STOCK)
            self._left = self._grant.count
            self._judge(self._grant)

    def _judge(self, grant: Grant) -> None:
        wait = grant.next_at - self._clock()
        if not grant.count and wait > _LONGEST_WAIT:
            until = grant.next_at.isoformat(" ", "minutes")
            self.exhausted = f"{self._backend} has sent all that its limits allow until {until}"

    async def _rest(self) -> None:
        """Until it is time to look again, or a message wants leave and it can be had."""
        self._stir.clear()
        if self._rated and not self.may_send() and self._grant is not None:
            wait = (self._grant.next_at - self._clock()).total_seconds()
            await asyncio.sleep(min(max(wait, 0.01), _RENEW))
            return
        try:
            async with asyncio.timeout(_RENEW):
                await self._stir.wait()
        except TimeoutError:
            pass

    def _return_rest(self) -> None:
        if self._grant is not None and self._left > 0:
            self._pace.give_back(self._backend, self._limits, self._grant, self._left)
        self._grant, self._left = None, 0
