"""Where a session gets its envelopes from: one now, none for the moment, or none any more."""

import asyncio
from collections.abc import AsyncIterator, Callable

from digest.model import Envelope


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


Source = Callable[[], Envelope | WaitSignal | None]


async def envelopes(source: Source) -> AsyncIterator[Envelope]:
    """All that `source` gives until it gives None."""
    while (given := source()) is not None:
        if isinstance(given, WaitSignal):
            await given.heard()
        else:
            yield given
