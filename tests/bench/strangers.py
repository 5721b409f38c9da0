"""The public pages beside strangers who hold on to the site.

100 requests a second for the story pages, beside 500 connections that pipeline requests and read
no answer, 500 that send a head or a body byte by byte, and 10 that send heads without end, as fast
as they can; each that is cut off comes again:

    p99 at most 200 ms, no error, memory of the site at most 150 MB

All of it on this machine. The strangers are a process of their own, as is who asks for pages.
"""

import argparse
import asyncio
import contextlib
import json
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil

from tests.bench.machine import facts
from tests.bench.web import ask, page_paths, server
from tests.bench.webload import Load
from tests.sites import DAILY, fill, open_site

RATE = 100
CONNECTIONS = 8
HEAD = b"GET /issues/daily/2026-11-20 HTTP/1.1\r\nHost: localhost\r\n"
FORM = b"POST /sign-up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Strangers:
    """How many of each kind hold on to the site, and for how long."""

    url: str
    seconds: float
    coming: float
    unread: int
    slow: int
    endless: int


def main() -> int:
    """Measure and print the table; 1 where a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.strangers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--coming", type=float, default=5, help="seconds over which they come")
    parser.add_argument("--unread", type=int, default=500, help="who read no answer")
    parser.add_argument("--slow", type=int, default=500, help="who send byte by byte")
    parser.add_argument("--endless", type=int, default=10, help="who send heads without end")
    parser.add_argument("--goal", type=float, default=200, help="ms that p99 may be")
    parser.add_argument("--memory", type=float, default=150, help="MB that the site may take")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digest-strangers-") as folder:
        root = Path(folder) / "project"
        with open_site(root, DAILY) as pipeline:
            fill(pipeline, days=9, stories_a_day=20)
        with server(root) as process:
            met = _measure(process.url, process.pid, root, options)
        log = (root / "serve.log").read_text()
        errors = [line for line in log.splitlines() if "level=error" in line or "Traceback" in line]
        print(f"\nErrors in the log: {len(errors)}.", *errors[:3], sep="\n")
    return 0 if met and not errors else 1


def _measure(url: str, pid: int, root: Path, options: argparse.Namespace) -> bool:
    pages = page_paths(root)["story pages"]
    ask(Load(url, pages, 0, 60, 4, once=True))  # so that they are made
    print(f"{facts()}\n")
    print("| | asked | p50 ms | p99 ms | worst ms | errors | memory MB, at most |")
    print("|---|---|---|---|---|---|---|")
    load = Load(url, pages, RATE, options.seconds, CONNECTIONS)
    quiet = Load(url, pages, RATE, min(options.seconds, 10), CONNECTIONS)
    with _memory_of(pid) as memory:
        _print_row("alone", quiet, memory)
    strangers = Strangers(
        url,
        options.seconds + options.coming + 2,
        options.coming,
        options.unread,
        options.slow,
        options.endless,
    )
    with _memory_of(pid) as memory, _holding_on(strangers):
        p99, errors = _print_row("beside strangers", load, memory)
    with urlopen(f"{url}/metrics") as figures:
        refused = re.findall(
            r'connections_refused_total{reason="(.+?)"} (\d+)', figures.read().decode()
        )
    print(f"\nRefused or cut off: {', '.join(f'{count} {why}' for why, count in refused)}.")
    met = p99 <= options.goal and not errors and max(memory) <= options.memory
    goal = f"p99 at most {options.goal:.0f} ms, no error, at most {options.memory:.0f} MB"
    print("\nThe goal is met." if met else f"\nThe goal is missed: {goal}.")
    return met


def _print_row(name: str, load: Load, memory: list[float]) -> tuple[float, int]:
    seen = ask(load)
    times = sorted(seen.seconds) or [float("inf")]
    p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
    print(
        f"| {name} | {len(seen.seconds):,} | {p50:.1f} | {p99:.1f} | {times[-1] * 1000:.1f} "
        f"| {seen.errors} | {max(memory):.0f} |"
    )
    return p99, seen.errors


@contextlib.contextmanager
def _memory_of(pid: int) -> Iterator[list[float]]:
    """What a process takes, in MB, four times a second."""
    seen, over, process = [], Event(), psutil.Process(pid)

    def look() -> None:
        while not over.is_set():
            seen.append(process.memory_info().rss / 1e6)
            over.wait(0.25)

    thread = Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def _holding_on(strangers: Strangers) -> Iterator[None]:
    """Strangers in a process of their own; at the end it says what became of them."""
    command = [sys.executable, "-m", "tests.bench.strangers", "--as-strangers"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as them:
        assert them.stdin is not None
        them.stdin.write(json.dumps(asdict(strangers)))
        them.stdin.close()
        assert them.stdout is not None
        assert them.stdout.readline() == "all are there\n"
        try:
            yield
        finally:
            print(them.stdout.read(), end="", file=sys.stderr)


# What follows runs in the process of the strangers.


async def hold_on(strangers: Strangers) -> None:
    """All of them at once, until the time is over."""
    place = urlsplit(strangers.url)
    address = (place.hostname or "", place.port or 80)
    kinds = [(_never_read, strangers.unread), (_endless_head, strangers.endless)]
    kinds += [(_slow_head, strangers.slow // 2), (_slow_body, strangers.slow // 2)]
    turns: Counter[str] = Counter()
    end = asyncio.get_running_loop().time() + strangers.seconds
    async with asyncio.TaskGroup() as group:
        for act, count in kinds:
            for number in range(count):
                coming = _again_and_again(act, address, end, turns)
                group.create_task(_after(strangers.coming * number / count, coming))
        await asyncio.sleep(strangers.coming)
        print("all are there", flush=True)
    print(f"connections: {dict(turns)}")


Act = Callable[[asyncio.AbstractEventLoop, socket.socket], Coroutine[None, None, None]]


async def _after(seconds: float, coming: Coroutine[None, None, None]) -> None:
    await asyncio.sleep(seconds)
    await coming


async def _again_and_again(
    act: Act, address: tuple[str, int], end: float, turns: Counter[str]
) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(end):
            while True:
                with contextlib.suppress(OSError), socket.socket() as connection:
                    connection.setblocking(False)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    await loop.sock_connect(connection, address)
                    turns[act.__name__] += 1
                    await act(loop, connection)


async def _never_read(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    await loop.sock_sendall(connection, (HEAD + b"\r\n") * 5)
    while True:
        await asyncio.sleep(1)
        await loop.sock_sendall(connection, b"\r\n")


async def _slow_head(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    await _byte_by_byte(loop, connection, HEAD, b"X-Slow: yes\r\n" * 1000)


async def _slow_body(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    await _byte_by_byte(loop, connection, FORM, b"a" * 60_000)


async def _byte_by_byte(
    loop: asyncio.AbstractEventLoop, connection: socket.socket, begin: bytes, rest: bytes
) -> None:
    await loop.sock_sendall(connection, begin)
    for byte in rest:
        await loop.sock_sendall(connection, bytes((byte,)))
        await asyncio.sleep(1)


async def _endless_head(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    await loop.sock_sendall(connection, HEAD)
    while True:
        await loop.sock_sendall(connection, b"X-Long: " + b"x" * 1000 + b"\r\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--as-strangers"]:
        asyncio.run(hold_on(Strangers(**json.load(sys.stdin))))
    else:
        sys.exit(main())
