"""What a backend is: where its messages come from, whom it tells of them, how a connection ends.

The queue knows backends by this alone, and no backend knows the queue.

    queue ──Source: an envelope, or a signal for now──> session ──Done: its outcome──> queue
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from digest.model import Envelope, Outcome
from digest.rate_limits import RateLimits


class WaitSignal:
    """Given in place of an envelope: nothing for the moment; it rings when it is time to ask."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []

    def call(self, back: Callable[[], None]) -> None:
        """`back` is called at the next ring, once, on the event loop's thread."""
        self._waiting.append(back)

    def ring(self) -> None:
        """Wake all who wait; whoever then finds nothing waits for the next ring."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for back in waiting:
                back()

    async def heard(self) -> None:
        """Wait for the next ring."""
        rung = asyncio.Event()
        self.call(rung.set)
        await rung.wait()


# Where a session gets its envelopes: one now, none for the moment, or none any more.
Source = Callable[[], Envelope | WaitSignal | None]
# Told the outcome of each.
Done = Callable[[Envelope, Outcome], None]


async def envelopes(source: Source) -> AsyncIterator[Envelope]:
    """All that `source` gives until it gives None."""
    while (given := source()) is not None:
        if isinstance(given, WaitSignal):
            await given.heard()
        else:
            yield given


class Reply(NamedTuple):
    """A server's reply; the lines of a longer one are parted by line feeds."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".replace("\n", " ").strip()


class Ending(StrEnum):
    """Why a connection ended."""

    DONE = "done"  # the source gave no more
    LIMIT = "limit"  # as many messages as one connection is to carry
    LOST = "lost"  # broken, silent or not to be understood, in the middle of the work
    LATER = "later"  # the server cannot be worked with now
    REFUSED = "refused"  # nor will it be: log-in, certificate


@dataclass(frozen=True, slots=True)
class ConnectionEnd:
    """The account of one connection. `messages` counts the envelopes that got an outcome.

    `not_attempted` were pulled from the source, have no outcome, and are to be given back.
    `outcome` is what the whole run ends with, if REFUSED. `reply` is what the server ended it
    with, if LATER.
    """

    ending: Ending
    detail: str
    messages: int = 0
    outcome: Outcome | None = None
    pipelining_failed: bool = False
    not_attempted: tuple[Envelope, ...] = ()
    reply: Reply | None = None


class Backend(Protocol):
    """What hands messages over, in one or more sessions at a time."""

    @property
    def name(self) -> str:
        """Its name in the settings."""

    @property
    def place(self) -> str:
        """What people are told of where it is."""

    @property
    def limits(self) -> RateLimits:
        """How much it may be given."""

    @property
    def window(self) -> int:
        """How many messages it may have at a time: as many may be in doubt after a crash."""

    @property
    def weight(self) -> int:
        """Its part of the messages, where there are several."""

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        """Send what `source` gives until it gives None; every expected failure is an outcome."""

    def hang_up(self) -> None:
        """Let all sessions end at once; what is in flight has its outcome, in doubt."""
