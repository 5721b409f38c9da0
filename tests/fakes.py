"""Programmable stand-ins at the seams of sending: backends, and a ledger in memory."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from digest.deliver.backend import ConnectionEnd, Done, Ending, Source, envelopes
from digest.model import Claim, Envelope, Outcome, Result, Subscriber, Verdict
from digest.rate_limits import RateLimits

SENT = Outcome(Verdict.SENT, "250 ok", 250)


class FakeBackend:
    """Answers as it was told, in order; then with `sent`. A ConnectionEnd ends the session."""

    name = place = "fake"
    window = 8
    weight = 1

    def __init__(self, *answers: Outcome | Exception | ConnectionEnd, connections: int = 1) -> None:
        self.answers = list(answers)
        self.limits = RateLimits(connections=connections)
        self.messages: list[str] = []
        self.hung_up = False

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        count = 0
        async for envelope in envelopes(source):
            await asyncio.sleep(0)
            answer = self.answers.pop(0) if self.answers else Outcome(Verdict.SENT, "250 ok", 250)
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, ConnectionEnd):
                return replace(answer, messages=count, not_attempted=(envelope,))
            if answer.verdict is Verdict.STOP:
                return ConnectionEnd(
                    Ending.REFUSED, answer.reply, count, answer, not_attempted=(envelope,)
                )
            self.messages.append(envelope.recipient)
            done(envelope, answer)
            count += 1
        return ConnectionEnd(Ending.DONE, "done", count)

    def hang_up(self) -> None:
        self.hung_up = True


class FakeLedger:
    """Keeps the records in memory; never gives out more than `batch` claims."""

    def __init__(self, count: int, batch: int = 3) -> None:
        self.waiting = [
            Claim(1, Subscriber(n, f"{n}@example.org"), frozenset(), 1) for n in range(count)
        ]
        self.batch = batch
        self.results: dict[int, Result] = {}
        self.claimed: dict[int, Claim] = {}
        self.most_claimed = 0
        self.handed_out: set[int] = set()
        self.most_handed_out = 0
        self.may_hand_out = True

    def exchange(
        self, done: Sequence[tuple[Claim, Result]], limit: int, handed_out: Collection[Claim]
    ) -> list[Claim] | None:
        self.handed_out = {claim.subscriber.id for claim in handed_out}
        self.most_handed_out = max(self.most_handed_out, len(handed_out))
        for claim, result in done:
            del self.claimed[claim.subscriber.id]
            self.results[claim.subscriber.id] = result
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        self.claimed |= {claim.subscriber.id: claim for claim in taken}
        self.most_claimed = max(self.most_claimed, len(self.claimed))
        return taken

    def end(self) -> set[int]:
        """What was not handed out waits again; the rest stays claimed, and is in doubt."""
        back = [claim for number, claim in self.claimed.items() if number not in self.handed_out]
        self.waiting = [*back, *self.waiting]
        for claim in back:
            del self.claimed[claim.subscriber.id]
        return set(self.claimed)


def address(claim: Claim) -> Envelope | None:
    return Envelope("daily@example.org", claim.subscriber.email, b"", str(claim.subscriber.id))


@dataclass
class Relay:
    """A backend that asks `answer` what it says to each message, `pace` seconds later."""

    name: str = "relay"
    limits: RateLimits = field(default_factory=lambda: RateLimits(connections=2))
    window: int = 8
    weight: int = 1
    answer: Callable[[Envelope], Outcome] = lambda _envelope: SENT
    shared_limits: float = 0.0
    taken: list[str] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    begun: int = 0
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def place(self) -> str:
        return self.name

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            return await self._talk(source, done)
        finally:
            self.open -= 1

    async def _talk(self, source: Source, done: Done) -> ConnectionEnd:
        count = 0
        async for envelope in envelopes(source):
            self.begun += 1
            if await self._hangs_up():
                done(envelope, Outcome(Verdict.IN_DOUBT, "no answer"))
                return ConnectionEnd(Ending.LOST, "was left", count + 1)
            answer = self.answer(envelope)
            if answer.verdict is Verdict.STOP:
                return ConnectionEnd(
                    Ending.REFUSED, answer.reply, count, answer, not_attempted=(envelope,)
                )
            self.taken.append(envelope.recipient)
            done(envelope, answer)
            count += 1
        return ConnectionEnd(Ending.DONE, "", count)

    async def _hangs_up(self) -> bool:
        try:
            await asyncio.wait_for(self.hung_up.wait(), self.shared_limits)
        except TimeoutError:
            return False
        return True

    def hang_up(self) -> None:
        self.hung_up.set()
