"""Asks a web server for pages at a set rate, and says how long each answer took.

The times at which requests go out are set beforehand, and an answer's time counts from there: a
server that stalls is not spared the requests that would have come meanwhile. With the rate 0
each connection asks again as soon as it is answered.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of whom: each path in turn (`once`: and no more), over open connections.

    `head` are lines of the head that each request has besides, with their ends.
    """

    url: str
    paths: Sequence[str]
    rate: float
    seconds: float
    connections: int
    once: bool = False
    head: str = ""

    def lasts(self, turn: int, due: float, end: float) -> bool:
        """Whether a request is still to be sent."""
        return turn < len(self.paths) if self.once else due < end


@dataclass(slots=True)
class Seen:
    """Seconds of each answer that was asked for; how many were others; and how long all took."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    lasted: float = 0.0


def main() -> None:
    """Read a load from standard input as JSON, and print what was seen."""
    load = Load(**json.load(sys.stdin))
    print(json.dumps(asdict(asyncio.run(run(load)))))


async def run(load: Load) -> Seen:
    """The whole load, all connections at once."""
    seen, begin = Seen(), time.perf_counter() + 0.1
    await asyncio.gather(
        *(_connection(load, number, begin, seen) for number in range(load.connections))
    )
    seen.lasted = time.perf_counter() - begin
    return seen


async def _connection(load: Load, number: int, begin: float, seen: Seen) -> None:
    place = urlsplit(load.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    turn, end = number, begin + load.seconds
    while load.lasts(turn, due := _due(load, turn, begin), end):
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        path = load.paths[turn % len(load.paths)]
        usual = f"Host: {place.netloc}\r\nAccept-Encoding: gzip\r\n"
        writer.write(f"GET {path} HTTP/1.1\r\n{usual}{load.head}\r\n".encode())
        if await _answer(reader) in (200, 302):
            seen.seconds.append(time.perf_counter() - due)
        else:
            seen.errors += 1
        turn += load.connections
    writer.close()


def _due(load: Load, turn: int, begin: float) -> float:
    return begin + turn / load.rate if load.rate else max(begin, time.perf_counter())


async def _answer(reader: asyncio.StreamReader) -> int:
    """The status of an answer, once its body is read."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, _, length = head.partition(b"content-length: ")
    if length:
        await reader.readexactly(int(length.partition(b"\r\n")[0]))
    return int(head[9:12])


if __name__ == "__main__":
    main()
