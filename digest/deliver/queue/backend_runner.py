"""One backend at work in a run: its sessions, what they have in hand, and when to give it up."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic

from digest.clock import Clock
from digest.deliver.backend import Backend, ConnectionEnd, Ending, WaitSignal
from digest.deliver.queue.backend_choice import BackendChoice
from digest.deliver.queue.backend_health import BackendHealth
from digest.deliver.queue.claim_buffer import C, ClaimBuffer, Made
from digest.deliver.queue.rate_limiter import RateLimiter
from digest.deliver.queue.refusal_breaker import RefusalBreaker
from digest.deliver.retry import next_attempt, reconnect_after
from digest.log import get_logger
from digest.model import DeliveryState, Envelope, Outcome, Result, Stop, StopKind, Verdict

log = get_logger(__name__)

# Tries in a row that bring a session nothing until it gives up; when all have, the runner closes.
_TRIES = 3


@dataclass(slots=True, eq=False)
class _Session:
    """One of the sessions of a runner.

    `leaving`: it is to free its slot. `useful`: the server took a message, or refused one.
    """

    leaving: bool = False
    useful: bool = False


def window_of(backend: Backend, connections: int = 1) -> int:
    """How many messages so many of a backend's connections may be given, at least one of them."""
    return backend.window // backend.limits.connections * max(1, connections)


class BackendRunner(Generic[C]):
    """Takes messages from the claim buffer to one backend. `closed` says why it takes no more."""

    def __init__(
        self,
        backend: Backend,
        claims: ClaimBuffer[C],
        rate_limiter: RateLimiter,
        breaker: RefusalBreaker[C],
        shares: BackendChoice | None,
        clock: Clock,
        jitter: Callable[[], float],
        health: BackendHealth,
    ) -> None:
        down = health.down.get(backend.name)
        self.closed = Stop(StopKind.REFUSED, down) if down is not None else None
        self.name = backend.name
        self._backend = backend
        self._claims = claims
        self._rate_limiter = rate_limiter
        self._breaker = breaker
        self._shares = shares
        self._clock = clock
        self._jitter = jitter
        self._health = health
        self._in_hand: dict[str, tuple[int, C]] = {}  # by name, with the number of each
        self._running: list[_Session] = []
        self._hopeful = backend.limits.connections  # sessions that have not given up

    @property
    def window(self) -> int:
        """How many messages the connections that it may have now may be given."""
        return window_of(self._backend, self._rate_limiter.connections)

    async def work(self, executor: Executor, when_closed: Callable[[], None]) -> None:
        """Keep all sessions until nothing is left, or the backend is of no use."""
        async with asyncio.TaskGroup() as work:
            keeping = work.create_task(
                self._rate_limiter.keep(executor, lambda: len(self._running), lambda: self._hopeful)
            )
            async with asyncio.TaskGroup() as sessions:
                for _ in range(self._backend.limits.connections):
                    sessions.create_task(self._keep_session())
            self._settle()
            self._stand_aside()
            keeping.cancel()
        when_closed()

    async def _keep_session(self) -> None:
        failures = 0
        while not self._is_closed() and not self._claims.is_over:
            if not self._may_begin():
                await self._claims.signal.heard()
            else:
                session = _Session()
                end = await self._hold(session)
                failures = 0 if session.useful or end.ending in _WELL else failures + 1
                if failures >= _TRIES:
                    self._give_up(end.detail)
                    break
                if end.ending not in _WELL and self.closed is None:
                    self._tell(end.detail)
                    await asyncio.sleep(reconnect_after(failures, self._jitter()))

    def _tell(self, reason: str) -> None:
        """Whoever reads cron's mail needs it once; `--verbose` has every one."""
        tell = log.warning if self._health.is_news(self.name) else log.debug
        tell("session ended", backend=self.name, reason=reason)

    def _may_begin(self) -> bool:
        free = len(self._running) < self._rate_limiter.connections
        return free and self._claims.has_work and self._rate_limiter.may_send()

    async def _hold(self, session: _Session) -> ConnectionEnd:
        self._running.append(session)
        try:
            end = await self._backend.session(
                partial(self._pull, session), partial(self._done, session)
            )
        finally:
            self._running.remove(session)
        for envelope in end.not_attempted:
            _, claim = self._in_hand.pop(envelope.name)
            self._rate_limiter.gate.done(self._claims.domain(claim))
            self._claims.put_back(claim)
        if end.ending is Ending.REFUSED:
            self._close(end.outcome.reply if end.outcome else end.detail)
        elif end.reply is not None:
            self._rate_limiter.told(end.reply.code, end.reply.text)
        self._claims.signal.ring()  # a slot is free
        return end

    def _give_up(self, reason: str) -> None:
        """One connection fewer: the server may take less of them than we were told to make."""
        self._hopeful -= 1
        if not self._hopeful:
            self._health.down[self.name] = reason
            self._close(reason)

    def _is_closed(self) -> bool:
        if self.closed is None and self._rate_limiter.exhausted:
            self._close(self._rate_limiter.exhausted, StopKind.LIMITED)
        return self.closed is not None

    def _close(self, reason: str, kind: StopKind = StopKind.REFUSED) -> None:
        self.closed = self.closed or Stop(kind, reason)
        self._stand_aside()
        self._claims.signal.ring()

    def _stand_aside(self) -> None:
        """The other backends need not wait for this one."""
        if self._shares is not None:
            self._shares.stand_aside(self.name)

    # What the sessions call, for every message.

    def _pull(self, session: _Session) -> Envelope | WaitSignal | None:
        if self._is_closed() or self._claims.stop_check or self._is_to_leave(session):
            return None
        made = self._take() if self._is_its_turn() else None
        if made is None:
            return None if self._claims.is_dry else self._claims.signal
        claim, envelope = made
        self._in_hand[envelope.name] = self._breaker.hand_out(), claim
        return envelope

    def _is_to_leave(self, session: _Session) -> bool:
        if len(self._running) > self._rate_limiter.connections:
            staying = sum(not running.leaving for running in self._running)
            session.leaving |= staying > self._rate_limiter.connections
        return session.leaving

    def _is_its_turn(self) -> bool:
        if not (self._breaker.may_hand_out(len(self._in_hand)) and self._rate_limiter.may_send()):
            self._stand_aside()
            return False
        return self._shares is None or self._shares.may_take(self.name, self._now())

    def _take(self) -> Made[C] | None:
        made = self._claims.take(self._rate_limiter.gate)
        if made is not None:
            self._rate_limiter.sent()
            if self._shares is not None:
                self._shares.took(self.name, self._now())
                self._claims.signal.ring()  # it may be another's turn now
        return made

    def _done(self, session: _Session, envelope: Envelope, outcome: Outcome) -> None:
        number, claim = self._in_hand.pop(envelope.name)
        self._rate_limiter.gate.done(self._claims.domain(claim))
        self._rate_limiter.heard(outcome)
        if outcome.verdict in _REFUSED:
            session.useful = True
            self._claims.hold(claim)
            self._breaker.refused(claim, outcome)
            if self._breaker.opened is not None:
                self._close(self._breaker.opened)
                self._settle()
            return
        if outcome.verdict is Verdict.SENT:
            session.useful = True
            for refusal in self._breaker.accepted(number):
                self._finish(refusal.claim, refusal.outcome)
        self._finish(claim, outcome)

    def _settle(self) -> None:
        """Nothing more comes that would tell whom the refusals mean that wait."""
        for refusal in self._breaker.settle():
            self._finish(refusal.claim, refusal.outcome)

    def _finish(self, claim: C, outcome: Outcome) -> None:
        place, again = self._backend.place, self._again(claim, outcome)
        state = _STATE[outcome.verdict]
        self._claims.finish(claim, Result(state, outcome.reply, outcome.code, again, place))
        if outcome.verdict is Verdict.STOP:
            self._close(outcome.reply)
            self._claims.look_again()

    def _again(self, claim: C, outcome: Outcome) -> datetime | None:
        """When to try again, where that makes sense.

        What stopped the run is tried again at once, but behind all others: it may have been these
        messages after all, and they are not to hold the others up for ever.
        """
        match outcome.verdict:
            case Verdict.RETRY | Verdict.IN_DOUBT:
                return next_attempt(self._clock(), claim.attempt, self._jitter(), outcome.reply)
            case Verdict.STOP:
                return self._clock()
            case _:
                return None

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


_WELL = (Ending.DONE, Ending.LIMIT)
_REFUSED = (Verdict.REJECTED, Verdict.STOP)
_STATE = {
    Verdict.SENT: DeliveryState.SENT,
    Verdict.REJECTED: DeliveryState.FAILED,
    Verdict.RETRY: DeliveryState.DEFERRED,
    Verdict.STOP: DeliveryState.DEFERRED,
    Verdict.IN_DOUBT: DeliveryState.IN_DOUBT,
}
