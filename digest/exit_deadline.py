"""How long a process that was asked to stop may go on: a feed, a name server or a disk may hang."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds beside `delivery.grace`, to write what came of the answers, or that none came.
FOR_THE_BOOKS = 1.0


def end_in(seconds: float) -> None:
    """End this process in so many seconds, with status 0, wherever it is by then.

    Nothing is lost: a transaction is as if it had never begun, and what was on the wire is found in
    doubt by the next run. May be called by a signal's handler.
    """
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, lambda _number, _frame: os._exit(0))
        signal.setitimer(signal.ITIMER_REAL, seconds)


@contextmanager
def in_time() -> Iterator[None]:
    """Whoever leaves this has ended by itself."""
    try:
        yield
    finally:
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0)
