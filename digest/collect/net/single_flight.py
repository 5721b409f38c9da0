"""Work that many wait for and that is done once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """What was begun for a key is what everyone gets who asks for it; one who gives up stops none.

    A fault in the work is raised to everyone who asked for that key.
    """

    def __init__(self) -> None:
        self._tasks: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, work: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """The result for `key`; `work` makes it if nobody asked before."""
        if key not in self._tasks:
            self._tasks[key] = asyncio.create_task(work())
        return await asyncio.shield(self._tasks[key])

    async def close(self) -> None:
        """Stop what is still going on."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
