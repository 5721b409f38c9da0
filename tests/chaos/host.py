"""Hosts: each with a name and process numbers of its own, a clock, and minutes that are short.

`python -m tests.chaos.host NAME FAST DESCRIPTOR` is one from within: what forks its commands. Where
the machine gives no namespaces to this user, hosts share its name and numbers.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path

import psutil

from tests.commands import Command, load_all, serve, start, start_server

# A minute of the daemon, and of PostgreSQL's patience with a transaction that says nothing.
TICK = timedelta(seconds=1)
IDLE_SECONDS = 2


@dataclass
class Host:
    """One host: the connection to what forks its commands, and that as it is seen from here."""

    name: str
    connection: socket.socket
    process: "subprocess.Popen[bytes]"

    def start(self, args: Sequence[str], folder: Path, env: dict[str, str], log: Path) -> Command:
        """Run `digest`; its standard error goes to a file. Its `pid` is the one out here."""
        with log.open("a") as errors:
            command = start(args, folder, env, errors, self.connection)
        command.pid = self._number_out_here(command.pid)
        return command

    def _number_out_here(self, inside: int) -> int:
        for child in psutil.Process(self.process.pid).children(recursive=True):
            numbers = Path(f"/proc/{child.pid}/status").read_text().partition("NSpid:")[2]
            if int(numbers.partition("\n")[0].split()[-1]) == inside:
                return child.pid
        return inside  # it has ended


@contextmanager
def a_host(name: str, fast: timedelta = timedelta(0)) -> Iterator[Host]:
    """A host whose clock is fast by so much; all that runs on it ends with it."""
    command = [sys.executable, "-m", "tests.chaos.host", name, str(fast.total_seconds())]
    connection, process = start_server([*namespaces(), *command])
    try:
        yield Host(name, connection, process)
    finally:
        connection.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()  # and with it all of its namespace
            process.wait(timeout=10)


@cache
def namespaces() -> tuple[str, ...]:
    """What begins a command that gets a name and process numbers of its own, where it can."""
    command = ("unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
    for rights in ((), ("--user", "--map-root-user")) if shutil.which("unshare") else ():
        trial = subprocess.run(
            [*command, *rights, "hostname", "trial"], check=False, capture_output=True
        )
        if trial.returncode == 0:
            return (*command, *rights)
    return ()


# From within.


def live(name: str, fast: timedelta, connection: socket.socket) -> None:
    """Be a host until the connection is closed."""
    if namespaces_are_ours():
        socket.sethostname(name)
    load_all()
    from digest import scheduler
    from digest.store import database

    scheduler.TICK = TICK
    database.IDLE_SECONDS = IDLE_SECONDS
    if fast:
        set_clocks(fast)
    serve(connection)
    for child in psutil.Process().children():
        child.send_signal(signal.SIGKILL)


def namespaces_are_ours() -> bool:
    """Whether this process is the first of its namespace."""
    return os.getpid() == 1


def set_clocks(fast: timedelta) -> None:
    """Whatever of `digest` and its scheduler asks what time it is gets another answer."""

    class AnyTime(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

    class FastTime(datetime, metaclass=AnyTime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + fast

    for name, module in list(sys.modules.items()):
        ours = name.startswith(("digest.", "apscheduler."))
        if ours and getattr(module, "datetime", None) is datetime:
            module.datetime = FastTime  # type: ignore[attr-defined]


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[3])) as given:
        live(sys.argv[1], timedelta(seconds=float(sys.argv[2])), given)
