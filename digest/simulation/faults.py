"""What goes wrong with the mail of a rehearsal; by a seed, whatever the order of the messages."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from digest.clock import Clock
from digest.faulty_smtp import Act, SmtpFault, close, reset_in_the_body, says, silence

# A message that is greylisted is taken so long after it was offered first.
GREYLISTED_FOR = timedelta(minutes=5)
_LONGEST_OUTAGE = timedelta(hours=5)
_DAYS_TO_AN_OUTAGE = 10
# A hang costs real seconds, smtp.timeout each.
_MOST_HANGS = 3


@dataclass
class SeededFault(SmtpFault):
    """Strikes a `share` of the attempts, or with `always` all those to a share of the people."""

    name: str = ""
    share: float = 0.0
    seed: int = 0
    always: bool = False
    struck: int = 0
    _seen: Counter[str] = field(default_factory=Counter)

    def strikes(self, step: str, recipient: str) -> bool:
        """Whether it strikes this attempt."""
        if step != self.step or not self.times:
            return False
        self._seen[recipient] += 0 if self.always else 1
        if lot(self.seed, self.name, recipient, self._seen[recipient]) >= self.share:
            return False
        self.times -= 1
        self.struck += 1
        return True


@dataclass
class Greylist(SmtpFault):
    """Puts off what was not offered before, for a share of the people."""

    clock: Clock = field(kw_only=True)
    name: str = "greylisted"
    share: float = 0.0
    seed: int = 0
    struck: int = 0
    _offered: dict[str, datetime] = field(default_factory=dict)

    def strikes(self, step: str, recipient: str) -> bool:
        """Whether it strikes this attempt."""
        if step != self.step or lot(self.seed, "greylist", recipient) >= self.share:
            return False
        since = self._offered.setdefault(recipient, self.clock())
        if self.clock() - since >= GREYLISTED_FOR:
            return False
        self.struck += 1
        return True


@dataclass
class Outage(SmtpFault):
    """Lets nobody in at some hours."""

    clock: Clock = field(kw_only=True)
    name: str = "server away"
    spans: Sequence[tuple[datetime, datetime]] = ()
    struck: int = 0

    def strikes(self, step: str, recipient: str) -> bool:  # noqa: ARG002 - a fault's signature
        """Whether it strikes now."""
        now = self.clock()
        if step != self.step or not any(begin <= now < end for begin, end in self.spans):
            return False
        self.struck += 1
        return True


Faulty = SeededFault | Greylist | Outage


def lot(seed: int, *of: object) -> float:
    """A number from 0 to 1 that follows from the seed and what it is drawn for."""
    drawn = hashlib.blake2b(repr((seed, *of)).encode(), digest_size=8).digest()
    return int.from_bytes(drawn, "big") / 2**64


def make_faults(seed: int, clock: Clock, start: datetime, days: int) -> list[Faulty]:
    """All that goes wrong in these days."""

    def seeded(name: str, step: str, act: Act, share: float, **more: Any) -> SeededFault:
        return SeededFault(step, act, name=name, share=share, seed=seed, **more)

    busy, gone = says("451 4.3.0 busy"), says("550 5.1.1 nobody")
    return [
        Outage(
            "greeting",
            says("421 4.3.2 away", then=close),
            clock=clock,
            spans=outages(seed, start, days),
        ),
        seeded("refused for good", "RCPT", gone, 0.004, always=True),
        Greylist("RCPT", says("451 4.7.1 later"), clock=clock, share=0.03, seed=seed),
        seeded("put off", "RCPT", busy, 0.01),
        seeded("broken off", "MAIL", close, 0.0005),
        seeded("broken off in the message", "body", reset_in_the_body, 0.0005, instead=False),
        seeded("taken, never answered", "kept", close, 0.0005),
        seeded("hangs", "message", silence, 0.0005, times=_MOST_HANGS),
    ]


def outages(seed: int, start: datetime, days: int) -> list[tuple[datetime, datetime]]:
    """When the server is away: some hours in each ten days."""
    random, spans = Random(seed), []  # noqa: S311 - chance that can be had again
    for number in range(days // _DAYS_TO_AN_OUTAGE):
        begin = start + timedelta(days=_DAYS_TO_AN_OUTAGE * (number + random.random()))
        spans.append((begin, begin + random.uniform(0.2, 1) * _LONGEST_OUTAGE))
    return spans
