"""How much memory a process holds while something goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psutil


@contextmanager
def watched(pid: int, every: float = 0.1) -> Iterator[list[float]]:
    """The resident memory of a process in MB, looked at so often (seconds) and at both ends."""
    process = psutil.Process(pid)
    found: list[float] = []
    over = Event()

    def look() -> None:
        found.append(process.memory_info().rss / 1e6)

    def keep_looking() -> None:
        while not over.wait(every):
            look()

    look()
    watch = Thread(target=keep_looking)
    watch.start()
    try:
        yield found
    finally:
        over.set()
        watch.join()
        look()
