"""Limits of a host: so many requests at a time, and a pause between two."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class HostLimits:
    """At most `at_once` requests to each host at a time, begun at least `pause` seconds apart."""

    def __init__(self, at_once: int, pause: float) -> None:
        self._at_once = at_once
        self._pause = pause
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._next: dict[str, float] = {}

    @asynccontextmanager
    async def take(self, host: str) -> AsyncIterator[None]:
        """Wait until `host` may be asked, and count as one that asks it."""
        turn = self._hosts.setdefault(host, asyncio.Semaphore(self._at_once))
        async with turn:
            now = asyncio.get_running_loop().time()
            begin = max(now, self._next.get(host, now))
            self._next[host] = begin + self._pause
            if begin > now:
                await asyncio.sleep(begin - now)
            yield
