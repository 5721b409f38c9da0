"""The clients, as the bench calls them: a process that waits for orders, or smtp-source."""

import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self, cast

from tests.bench.mail import SIZE
from tests.bench.senders import Answer, Order
from tests.bench.tools import ROOT, program

_SENDERS = Path(__file__).parent / "senders"


class Client(Protocol):
    """Sends mail as it is ordered."""

    def order(self, order: Order) -> Answer:
        """`port`, `connections`, `messages`, and what else this client wants to know."""


class Missing(NamedTuple):
    """Stands for a client that cannot run, and says why."""

    reason: str


class Child:
    """A process of tests.bench.senders; it ends with the `with` block."""

    def __init__(self, *command: str) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self.pid = self._process.pid

    def order(self, order: Order) -> Answer:
        """Have an order carried out."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended; its error is above")
        return cast("Answer", json.loads(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()


class Source:
    """Postfix's smtp-source, which sends one fixed message and keeps its connections (-d)."""

    def order(self, order: Order) -> Answer:
        """Run it once; its start, a few milliseconds, counts."""
        path = program("smtp-source")
        assert path is not None, "smtp-source is not installed"
        messages = order["messages"]
        sizes = ["-s", str(order["connections"]), "-m", str(messages), "-l", str(SIZE)]
        begin = time.perf_counter()
        subprocess.run([path, "-d", *sizes, f"127.0.0.1:{order['port']}"], check=True)
        return Answer(messages=messages, seconds=time.perf_counter() - begin, bytes=SIZE)


def engine(folder: Path, issue_id: int, *url: str) -> Child:
    """This engine, on the database in a folder, or on one of PostgreSQL."""
    program = [sys.executable, "-m", "tests.bench.senders.engine"]
    return Child(*program, str(folder), str(issue_id), *url)


def django(mail: Path) -> Child:
    """Django, with the mail of a file."""
    return Child(sys.executable, "-m", "tests.bench.senders.django_mail", str(mail))


def nodemailer(mail: Path) -> Child:
    """nodemailer, with the mail of a file."""
    return Child(program("node") or "node", str(_SENDERS / "nodemailer.mjs"), str(mail))
