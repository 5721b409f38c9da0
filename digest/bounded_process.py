"""A process in which what strangers sent is read: one piece that is too dear costs itself alone.

    we ──> it   what reads a piece; then pieces
    it ──> we   one sign when it begins; then what each piece comes to

It may take so much of the processor for a piece, and so much memory; if it dies of one, the next
is read by a new process. It ends when our end of the socket is closed, so it outlives nobody,
however they die.
"""

import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from digest.errors import DigestError

# Seconds until an answer is waited for no longer, on a machine that has much else to do.
_PATIENCE = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the process may take: whole seconds of the processor for a piece, bytes of memory."""

    seconds: int
    memory: int


@dataclass(frozen=True, slots=True)
class TooDear:
    """A piece took more than the bounds."""


class BoundedProcess(Generic[T]):
    """Calls `work` (pickled) with bytes, in a process started for the first of them."""

    def __init__(self, work: Callable[[bytes], T], bounds: Bounds) -> None:
        self._work = work
        self._bounds = bounds
        self._process: subprocess.Popen[bytes] | None = None
        self._link: Connection | None = None

    def ask(self, content: bytes) -> T | TooDear:
        """What a piece comes to."""
        link = self._link or self._start()
        try:
            link.send_bytes(content)
            answer: T = _answer(link)
        except (EOFError, OSError):
            self._stop()
            return TooDear()
        return answer

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            # -P: what lies in the working directory must not stand in for a module.
            command = [sys.executable, "-P", "-m", "digest.bounded_process"]
            self._process = subprocess.Popen(command, stdin=theirs.fileno())  # noqa: S603 - us
        self._link = Connection(ours.detach())
        try:
            self._link.send((self._bounds, self._work))
            _answer(self._link)
        except (EOFError, OSError) as error:
            self._stop()
            raise DigestError(
                "the process that reads what strangers sent could not be started",
                remedy="try again; if it stays so, run `digest check`",
            ) from error
        return self._link

    def _stop(self) -> None:
        if self._link is not None:
            self._link.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._link = self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()


def _answer(link: Connection) -> Any:
    if not link.poll(_PATIENCE):
        raise TimeoutError
    return link.recv()


def main() -> None:
    """Be that process; the socket is the standard input."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # They are meant for the command, which ends in good order after the piece at hand.
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    link = Connection(sys.stdin.fileno())
    with suppress(EOFError, ConnectionError, MemoryError):
        bounds, work = link.recv()
        resource.setrlimit(resource.RLIMIT_AS, (bounds.memory, bounds.memory))
        link.send(None)
        while True:
            content = link.recv_bytes()
            _allow_seconds(bounds.seconds)
            link.send(work(content))


def _allow_seconds(seconds: int) -> None:
    """Let this process be killed when it has used so much more of the processor than now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    # Whole seconds: what is begun counts.
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, most))


if __name__ == "__main__":
    main()
