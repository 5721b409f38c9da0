"""A process that reads letters of strangers: one that is too dear costs itself alone.

    we ──> it   what reads a letter; then letters
    it ──> we   one sign when it begins; then what each letter means

It may take so much of the processor for a letter, and so much memory; if it dies of one, that
letter is unreadable, and the next is read by a new process. It ends when our end of the
socket is closed, so it outlives nobody, however they die.
"""

import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from digest.errors import DigestError
from digest.model import Bounce, BounceKind

# Seconds of the processor for a letter: none of a mail system's takes a tenth of one.
SECONDS = 2
_MEMORY = 1 << 30
# Seconds until an answer is waited for no longer, on a machine that has much else to do.
_PATIENCE = 60.0

ReadLetter = Callable[[bytes], Bounce]


class LetterProcess:
    """Reads letters by `read_letter` (pickled) in a process started for the first one."""

    def __init__(self, read_letter: ReadLetter) -> None:
        self._read_letter = read_letter
        self._process: subprocess.Popen[bytes] | None = None
        self._link: Connection | None = None

    def __call__(self, content: bytes) -> Bounce:
        """What a letter means; one that cannot be read within the bounds is unreadable."""
        link = self._link or self._start()
        try:
            link.send_bytes(content)
            bounce: Bounce = _answer(link)
        except (EOFError, OSError):
            self._stop()
            reason = f"reading it takes more than {SECONDS} seconds of the processor, or the memory"
            return Bounce(BounceKind.UNREADABLE, reason=reason)
        return bounce

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            # -P: what lies in the working directory must not stand in for a module.
            command = [sys.executable, "-P", "-m", "digest.deliver.bounces.child_process"]
            self._process = subprocess.Popen(command, stdin=theirs.fileno())  # noqa: S603 - us
        self._link = Connection(ours.detach())
        try:
            self._link.send(self._read_letter)
            _answer(self._link)
        except (EOFError, OSError) as error:
            self._stop()
            raise DigestError(
                "the process that reads letters could not be started",
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
        # They are meant for the command, which ends in good order after the letter at hand.
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    link = Connection(sys.stdin.fileno())
    with suppress(EOFError, ConnectionError, MemoryError):
        read: ReadLetter = link.recv()
        link.send(None)
        while True:
            content = link.recv_bytes()
            _allow_seconds()
            link.send(read(content))


def _allow_seconds() -> None:
    """Let this process be killed when it has used so much more of the processor than now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    # Whole seconds: what is begun counts.
    soft = int(used.ru_utime + used.ru_stime) + 1 + SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, most))


if __name__ == "__main__":
    main()
