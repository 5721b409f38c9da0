"""Puts a wire of some length before a server: every byte arrives later, in its order.

`python -m tests.bench.proxy PORT SECONDS` prints its own port and carries each connection to PORT;
what comes in on either side goes out on the other half of SECONDS later, so that SECONDS is one
round trip. It is a process of its own, so that it shares nobody's interpreter, and it uses threads,
since a selector's time-out is rounded up to the next millisecond. What it does not have of a
real wire: loss, a limit of its throughput, and the slow start of TCP.
"""

import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread

from tests.bench.tools import ROOT

_CHUNK = 256 * 1024
# When it is due (time.perf_counter), and the bytes; none are the end.
_Due = tuple[float, bytes]


@contextmanager
def far(port: int, round_trip: float) -> Iterator[int]:
    """The server at `port` as if `round_trip` seconds away: another port."""
    command = [sys.executable, "-m", "tests.bench.proxy", str(port), str(round_trip)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def round_trip(port: int, times: int = 9) -> float:
    """Seconds from a command to its reply, at an SMTP server; the median."""
    found = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        replies = wire.makefile("rb")
        replies.readline()
        for _ in range(times):
            begin = time.perf_counter()
            wire.sendall(b"NOOP\r\n")
            replies.readline()
            found.append(time.perf_counter() - begin)
        wire.sendall(b"QUIT\r\n")
        replies.readline()
    return statistics.median(found)


def main(port: int, seconds: float) -> None:
    """Carry connections until the process is ended."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            near, _ = server.accept()
            away = socket.create_connection(("127.0.0.1", port))
            for source, target in ((near, away), (away, near)):
                target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                carry(source, target, seconds / 2)


def carry(source: socket.socket, target: socket.socket, delay: float) -> None:
    """Bytes from one socket to the other, each `delay` seconds later, to the end."""
    wire: SimpleQueue[_Due] = SimpleQueue()
    Thread(target=_take, args=(source, wire, delay), daemon=True).start()
    Thread(target=_give, args=(wire, target), daemon=True).start()


def _take(source: socket.socket, wire: SimpleQueue[_Due], delay: float) -> None:
    data = b"more"
    while data:
        try:
            data = source.recv(_CHUNK)
        except OSError:  # reset: an end like any other
            data = b""
        wire.put((time.perf_counter() + delay, data))


def _give(wire: SimpleQueue[_Due], target: socket.socket) -> None:
    try:
        while True:
            due, data = wire.get()
            time.sleep(max(0.0, due - time.perf_counter()))
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)
    except OSError:  # nobody is there any more
        return


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
