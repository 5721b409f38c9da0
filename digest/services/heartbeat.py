"""Tells a watcher elsewhere that rounds are made: what is not done at all is seen by others alone.

In the way of Healthchecks: URL/start when a round begins, URL when it ended well, else URL/fail.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from digest.collect.net.fetch import Fetcher
from digest.collect.net.fetched import Failed, FailureKind, FetchRequest
from digest.log import get_logger

log = get_logger(__name__)


@dataclass(slots=True)
class Round:
    """One round of a run; it went well where whoever makes it says so."""

    went_well: bool = False


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Asks for the watcher's address; that it does not answer costs a line of the log alone."""

    url: str
    make_fetcher: Callable[[], Fetcher]

    @contextmanager
    def beating(self) -> Iterator[Round]:
        """Tell of a round: that it begins, and how it ended; an exception is a bad end."""
        self._ask("/start")
        round_ = Round()
        try:
            yield round_
        finally:
            self._ask("" if round_.went_well else "/fail")

    def _ask(self, path: str) -> None:
        # What is after a ? stays after it.
        address, mark, query = self.url.partition("?")
        request = FetchRequest(f"{address.rstrip('/')}{path}{mark}{query}", heed_robots=False)
        answer = asyncio.run(self._fetch(request))
        if isinstance(answer, Failed) and answer.kind is not FailureKind.EMPTY:
            log.warning("heartbeat", reason=answer.reason)

    async def _fetch(self, request: FetchRequest) -> object:
        async with self.make_fetcher() as fetcher:
            return await fetcher.fetch(request)
