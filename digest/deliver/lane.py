"""One backend at work in a run: its sessions, what they have in hand, and when to give it up."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from digest.clock import Clock
from digest.deliver.clerk import Clerk
from digest.deliver.governor import Governor
from digest.deliver.retry import next_attempt, reconnect_after
from digest.deliver.share import Shares
from digest.deliver.source import Bell, Source
from digest.deliver.troubles import Troubles
from digest.deliver.wire import ConnectionEnd, Ending
from digest.limits import Limits
from digest.log import get_logger
from digest.model import (
    Claim,
    DeliveryState,
    Envelope,
    Outcome,
    Result,
    Stop,
    StopKind,
    Verdict,
)

log = get_logger(__name__)

# Tries in a row that bring a session nothing until it gives up; when all have, the lane closes.
_TRIES = 3

Done = Callable[[Envelope, Outcome], None]


class Backend(Protocol):
    """What hands messages over, in one or more sessions at a time."""

    @property
    def name(self) -> str:
        """Its name in the settings."""

    @property
    def place(self) -> str:
        """What people are told of where it is."""

    @property
    def limits(self) -> Limits:
        """How much it may be given."""

    @property
    def weight(self) -> int:
        """Its part of the messages, where there are several."""

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        """Send what `source` gives until it gives None; every expected failure is an outcome."""

    def hang_up(self) -> None:
        """Let all sessions end at once; what is in flight has its outcome, in doubt."""


@dataclass(slots=True, eq=False)
class _Session:
    """One of the sessions of a lane.

    `leaving`: it is to free its seat. `useful`: the server took a message, or refused an address.
    """

    leaving: bool = False
    useful: bool = False


class Lane:
    """Takes messages from the clerk to one backend. `closed` says why it takes no more."""

    def __init__(
        self,
        backend: Backend,
        clerk: Clerk,
        governor: Governor,
        shares: Shares | None,
        clock: Clock,
        jitter: Callable[[], float],
        troubles: Troubles,
    ) -> None:
        down = troubles.down.get(backend.name)
        self.closed = Stop(StopKind.REFUSED, down) if down is not None else None
        self.name = backend.name
        self._backend = backend
        self._clerk = clerk
        self._governor = governor
        self._shares = shares
        self._clock = clock
        self._jitter = jitter
        self._troubles = troubles
        self._in_hand: dict[str, Claim] = {}
        self._running: list[_Session] = []
        self._hopeful = backend.limits.connections  # sessions that have not given up

    async def work(self, desk: Executor, when_closed: Callable[[], None]) -> None:
        """Keep all sessions until nothing is left, or the backend is of no use."""
        async with asyncio.TaskGroup() as work:
            keeping = work.create_task(
                self._governor.keep(desk, lambda: len(self._running), lambda: self._hopeful)
            )
            async with asyncio.TaskGroup() as sessions:
                for _ in range(self._backend.limits.connections):
                    sessions.create_task(self._keep_session())
            self._stand_aside()
            keeping.cancel()
        when_closed()

    async def _keep_session(self) -> None:
        failures = 0
        while not self._is_closed() and not self._clerk.is_over:
            if not self._may_begin():
                await self._clerk.bell.heard()
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
        tell = log.warning if self._troubles.is_news(self.name) else log.debug
        tell("session ended", backend=self.name, reason=reason)

    def _may_begin(self) -> bool:
        free = len(self._running) < self._governor.connections
        return free and self._clerk.has_work and self._governor.may_send()

    async def _hold(self, session: _Session) -> ConnectionEnd:
        self._running.append(session)
        try:
            end = await self._backend.session(
                partial(self._pull, session), partial(self._done, session)
            )
        finally:
            self._running.remove(session)
        self._give_back(end.not_attempted)
        if end.ending is Ending.REFUSED:
            self._close(end.outcome.reply if end.outcome else end.detail)
        elif end.reply is not None:
            self._governor.told(end.reply.code, end.reply.text)
        self._clerk.bell.ring()  # a seat is free
        return end

    def _give_up(self, reason: str) -> None:
        """One connection fewer: the server may take less of them than we were told to make."""
        self._hopeful -= 1
        if not self._hopeful:
            self._troubles.down[self.name] = reason
            self._close(reason)

    def _is_closed(self) -> bool:
        if self.closed is None and self._governor.exhausted:
            self._close(self._governor.exhausted, StopKind.LIMITED)
        return self.closed is not None

    def _close(self, reason: str, kind: StopKind = StopKind.REFUSED) -> None:
        self.closed = self.closed or Stop(kind, reason)
        self._stand_aside()
        self._clerk.bell.ring()

    def _stand_aside(self) -> None:
        """The other backends need not wait for this one."""
        if self._shares is not None:
            self._shares.stand_aside(self.name)

    # What the sessions call, for every message.

    def _pull(self, session: _Session) -> Envelope | Bell | None:
        if self._is_closed() or self._clerk.halt or self._is_to_leave(session):
            return None
        made = self._take() if self._is_its_turn() else None
        if made is None:
            return None if self._clerk.is_dry else self._clerk.bell
        claim, envelope = made
        self._in_hand[envelope.name] = claim
        return envelope

    def _is_to_leave(self, session: _Session) -> bool:
        if len(self._running) > self._governor.connections:
            staying = sum(not one.leaving for one in self._running)
            session.leaving |= staying > self._governor.connections
        return session.leaving

    def _is_its_turn(self) -> bool:
        if not self._governor.may_send():
            self._stand_aside()
            return False
        return self._shares is None or self._shares.may_take(self.name, self._now())

    def _take(self) -> tuple[Claim, Envelope] | None:
        made = self._clerk.take(self._governor.gate)
        if made is not None:
            self._governor.sent()
            if self._shares is not None:
                self._shares.took(self.name, self._now())
                self._clerk.bell.ring()  # it may be another's turn now
        return made

    def _done(self, session: _Session, envelope: Envelope, outcome: Outcome) -> None:
        claim = self._in_hand.pop(envelope.name)
        self._governor.gate.done(self._clerk.domain(claim))
        self._governor.heard(outcome)
        session.useful |= outcome.verdict in (Verdict.SENT, Verdict.REJECTED)
        place, again = self._backend.place, self._again(claim, outcome)
        state = _STATE[outcome.verdict]
        self._clerk.finish(claim, Result(state, outcome.reply, outcome.code, again, place))
        if outcome.verdict is Verdict.STOP:
            self._clerk.look_again()
            self._close(outcome.reply)

    def _again(self, claim: Claim, outcome: Outcome) -> datetime | None:
        """When to try again, where that makes sense.

        What stopped the run may have been this one message after all: it is tried again at once,
        but behind all others, so that it cannot hold them up for ever.
        """
        match outcome.verdict:
            case Verdict.RETRY | Verdict.IN_DOUBT:
                return next_attempt(self._clock(), claim.attempt, self._jitter(), outcome.reply)
            case Verdict.STOP:
                return self._clock()
            case _:
                return None

    def _give_back(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            claim = self._in_hand.pop(envelope.name, None)
            if claim is not None:
                self._governor.gate.done(self._clerk.domain(claim))
                self._clerk.put_back(claim)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


_WELL = (Ending.DONE, Ending.LIMIT)
_STATE = {
    Verdict.SENT: DeliveryState.SENT,
    Verdict.REJECTED: DeliveryState.FAILED,
    Verdict.RETRY: DeliveryState.DEFERRED,
    Verdict.STOP: DeliveryState.DEFERRED,
    Verdict.IN_DOUBT: DeliveryState.IN_DOUBT,
}
