"""A farm of feeds on loopback: RSS 2.0, Atom, RDF and JSON Feed in turn, some of them broken.

Each feed N has a name of its own, N.farm.test, which `resolve` puts at an address of the open
internet, and `FarmNetwork` brings a connection to any such address to the farm: what is guarded
and paced stays as it is in life. The same feeds stand at 127.0.0.1 for whoever runs the real
command. `python -m tests.feed_farm 1000` serves them from a process of its own.
"""

import argparse
import asyncio
import gzip
import json
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import IPv4Address
from typing import Any, Self

import httpcore2
import trustme

from digest.collect.net.fetched import FailureKind
from digest.collect.net.weburl import IPAddress

ITEMS = 30
BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
MODIFIED = format_datetime(BEGIN, usegmt=True)
_FIRST_ADDRESS = int(IPv4Address("11.0.0.0"))


def _items(number: int) -> list[dict[str, str]]:
    return [
        {
            "id": f"tag:farm.test,2026:{number}/{item}",
            "url": f"https://{number}.farm.test/story/{item}",
            "title": f"Headline {item} of farm {number}: the harvest rose by {item} percent",
            "text": f"Farm {number} told of its harvest on day {item}. " + "It rained a lot. " * 20,
            "date": (BEGIN + timedelta(minutes=item)).isoformat(),
        }
        for item in range(ITEMS)
    ]


def rss(number: int) -> bytes:
    items = "".join(
        f"<item><guid>{i['id']}</guid><link>{i['url']}</link><title>{i['title']}</title>"
        f"<description>{i['text']}</description>"
        f"<pubDate>{format_datetime(datetime.fromisoformat(i['date']))}</pubDate></item>"
        for i in _items(number)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>Farm {number}</title><link>https://{number}.farm.test/</link>"
        f"<description>News</description>{items}</channel></rss>"
    ).encode()


def atom(number: int) -> bytes:
    entries = "".join(
        f"<entry><id>{i['id']}</id><link href='{i['url']}'/><title>{i['title']}</title>"
        f"<summary>{i['text']}</summary><updated>{i['date']}</updated></entry>"
        for i in _items(number)
    )
    return (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>urn:farm:{number}</id>'
        f"<title>Farm {number}</title><updated>{BEGIN.isoformat()}</updated>{entries}</feed>"
    ).encode()


def rdf(number: int) -> bytes:
    items = "".join(
        f'<item rdf:about="{i["url"]}"><title>{i["title"]}</title><link>{i["url"]}</link>'
        f"<description>{i['text']}</description><dc:date>{i['date']}</dc:date></item>"
        for i in _items(number)
    )
    return (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="https://{number}.farm.test/"><title>Farm {number}</title>'
        f"<link>https://{number}.farm.test/</link><description>News</description></channel>"
        f"{items}</rdf:RDF>"
    ).encode()


def json_feed(number: int) -> bytes:
    items = [
        {
            "id": i["id"],
            "url": i["url"],
            "title": i["title"],
            "content_text": i["text"],
            "date_published": i["date"],
        }
        for i in _items(number)
    ]
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": f"Farm {number}", "items": items}).encode()


FORMATS = (
    (rss, "application/rss+xml"),
    (atom, "application/atom+xml; charset=utf-8"),
    (rdf, "application/rdf+xml"),
    (json_feed, "application/feed+json"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request as the farm saw it; header names in lower case."""

    host: str
    path: str
    headers: dict[str, str] = field(repr=False)
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Stall:
    """Where an answer is written: the connection, and what the farm is asked for."""

    farm: "Farm"
    number: int
    visit: Visit
    writer: asyncio.StreamWriter

    def body(self) -> bytes:
        return FORMATS[self.number % len(FORMATS)][0](self.number)

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, status: str, body: bytes = b"", /, **headers: str) -> None:
        lines = {"Content-Length": str(len(body)), "Connection": "close"}
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        await self.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)

    async def ok(self, body: bytes, **headers: str) -> None:
        await self.answer("200 OK", body, Content_Type="application/rss+xml", **headers)

    async def stay_silent(self) -> None:
        # Until whoever asked has had enough.
        await self.farm.closing.wait()


async def well(stall: Stall) -> None:
    """As it should be: with validators, packed where that is understood."""
    etag = f'"{stall.number}-{stall.farm.version}"'
    headers = stall.visit.headers
    validators = {"ETag": etag, "Last_Modified": MODIFIED}
    if etag == headers.get("if-none-match") or (
        "if-none-match" not in headers and headers.get("if-modified-since") == MODIFIED
    ):
        await stall.answer("304 Not Modified", **validators)
        return
    body, packing = stall.body(), {}
    if "gzip" in headers.get("accept-encoding", "") and stall.number % 2:
        body, packing = gzip.compress(body, 1), {"Content_Encoding": "gzip"}
    kind = FORMATS[stall.number % len(FORMATS)][1]
    await stall.answer("200 OK", body, Content_Type=kind, **validators, **packing)


def _status(line: str, **headers: str) -> Callable[[Stall], Awaitable[None]]:
    async def answer(stall: Stall) -> None:
        await stall.answer(line, b"No feed today.", **headers)

    return answer


def _body(make: Callable[[bytes], bytes], **headers: str) -> Callable[[Stall], Awaitable[None]]:
    async def answer(stall: Stall) -> None:
        await stall.ok(make(stall.body()), **headers)

    return answer


def _raw(data: bytes) -> Callable[[Stall], Awaitable[None]]:
    async def answer(stall: Stall) -> None:
        await stall.write(data)

    return answer


async def _silence(stall: Stall) -> None:
    await stall.stay_silent()


async def _silence_in_body(stall: Stall) -> None:
    await stall.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<rss>")
    await stall.stay_silent()


async def _drip(stall: Stall) -> None:
    await stall.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not stall.farm.closing.is_set():
        await stall.write(b"<")
        await asyncio.sleep(0.1)


async def _drip_head(stall: Stall) -> None:
    await stall.write(b"HTTP/1.1 200 OK\r\n")
    while not stall.farm.closing.is_set():
        await stall.write(b"X-More: and more\r\n")
        await asyncio.sleep(0.1)


async def _truncated(stall: Stall) -> None:
    body = stall.body()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
    await stall.write(head.encode() + body[: len(body) // 2])


async def _endless(stall: Stall) -> None:
    await stall.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss>")
    while not stall.farm.closing.is_set():
        await stall.write(b"<item>more</item>" * 4096)


async def _circle(stall: Stall) -> None:
    path = f"/feed/{stall.number}"
    there = path if stall.visit.path.endswith("?round") else path + "?round"
    await stall.answer("302 Found", Location=there)


async def _staircase(stall: Stall) -> None:
    step = int(stall.visit.path.partition("?")[2] or 0) + 1
    await stall.answer("302 Found", Location=f"/feed/{stall.number}?{step}")


async def _reset(stall: Stall) -> None:
    linger = struct.pack("ii", 1, 0)
    sock = stall.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    stall.writer.transport.abort()


def _bomb(_body: bytes) -> bytes:
    return gzip.compress(b"<rss>" + b" " * 50_000_000, 9)


_GZIP = {"Content_Encoding": "gzip"}

# Each way to be broken, and what is to come of it; None where the bytes arrive and it is the
# parser's turn. Ways whose name begins with tls are asked by https.
WAYS: dict[str, tuple[Callable[[Stall], Awaitable[None]], FailureKind | None]] = {
    "404": (_status("404 Not Found"), FailureKind.STATUS),
    "410": (_status("410 Gone"), FailureKind.GONE),
    "500": (_status("500 Internal Server Error"), FailureKind.STATUS),
    "401": (_status("401 Unauthorized"), FailureKind.STATUS),
    "429": (_status("429 Too Many Requests", Retry_After="7200"), FailureKind.THROTTLED),
    "503": (_status("503 Service Unavailable"), FailureKind.THROTTLED),
    "unasked 304": (_status("304 Not Modified"), FailureKind.STATUS),
    "silence": (_silence, FailureKind.TIMEOUT),
    "silence in the body": (_silence_in_body, FailureKind.TIMEOUT),
    "drip": (_drip, FailureKind.TIMEOUT),
    "drip in the head": (_drip_head, FailureKind.TIMEOUT),
    "truncated": (_truncated, FailureKind.PROTOCOL),
    "broken gzip": (_body(lambda b: gzip.compress(b)[:99] + b"?" * 99, **_GZIP),
                    FailureKind.ENCODING),
    "half a gzip": (_body(lambda b: gzip.compress(b)[:500], **_GZIP), FailureKind.ENCODING),
    "no gzip at all": (_body(lambda b: b, **_GZIP), None),
    "unknown packing": (_body(lambda b: b, Content_Encoding="lzma"), FailureKind.ENCODING),
    "bomb": (_body(_bomb, **_GZIP), FailureKind.TOO_LARGE),
    "endless": (_endless, FailureKind.TOO_LARGE),
    "huge by its own word": (
        _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"), FailureKind.TOO_LARGE),
    "circle": (_circle, FailureKind.REDIRECT),
    "staircase": (_staircase, FailureKind.REDIRECT),
    "to nowhere": (_status("301 Moved Permanently"), FailureKind.REDIRECT),
    "to loopback": (_status("302 Found", Location="http://127.0.0.1:9/"), FailureKind.REFUSED),
    "to loopback, decimal": (
        _status("302 Found", Location="http://2130706433/"), FailureKind.REFUSED),
    "to metadata": (
        _status("301 Moved Permanently", Location="http://169.254.169.254/latest/meta-data/"),
        FailureKind.REFUSED),
    "to a name inside": (_status("302 Found", Location="http://inside.test/"), FailureKind.REFUSED),
    "to a file": (
        _status("302 Found", Location="file:///etc/passwd"), FailureKind.REDIRECT),
    "tls not trusted": (well, FailureKind.TLS),
    "garbage": (_raw(bytes(range(256)) * 8), FailureKind.PROTOCOL),
    "html": (_body(lambda _: b"<!DOCTYPE html><html><body>Welcome!</body></html>"), None),
    "empty": (_body(lambda _: b""), FailureKind.EMPTY),
    "wrong charset": (_body(lambda _: "<?xml version='1.0' encoding='utf-8'?><rss><channel>"
                            "<title>Gem\xfcse</title></channel></rss>".encode("latin-1")), None),
    "invalid header": (
        _raw(b"HTTP/1.1 200 OK\r\nBad Header\x00: x\r\n\r\n<rss/>"), FailureKind.PROTOCOL),
    "endless head": (
        _raw(b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 20_000), FailureKind.PROTOCOL),
    "half a head": (_raw(b"HTTP/1.1 200 OK\r\nContent-Le"), FailureKind.PROTOCOL),
    "closed at once": (_raw(b""), FailureKind.PROTOCOL),
    "reset": (_reset, FailureKind.PROTOCOL),
    "bad chunk": (
        _raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss/>\r\n0\r\n\r\n"),
        FailureKind.PROTOCOL),
    "chunks without an end": (
        _raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n"),
        FailureKind.PROTOCOL),
    "two lengths": (
        _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n<rss/>"),
        FailureKind.PROTOCOL),
}  # fmt: skip


class Farm:
    """`size` feeds, of which each `broken_every`-th is broken, in all `WAYS` in turn.

    Serves from a thread of its own while it is entered. `version` is part of each ETag.
    """

    def __init__(self, size: int, *, broken_every: int = 10) -> None:
        self.size = size
        self.version = 1
        self.visits: list[Visit] = []
        self.robots: dict[str, bytes] = {}
        # What a path answers, beside the feeds.
        self.pages: dict[str, Callable[[Stall], Awaitable[None]]] = {}
        self.closing: asyncio.Event
        self.port = self.tls_port = 0
        self.authority = trustme.CA()
        self._broken_every = broken_every
        self._started = threading.Event()
        self._connections: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def way(self, number: int) -> str | None:
        """How a feed is broken; None if it is well."""
        if number % self._broken_every != self._broken_every - 1:
            return None
        return list(WAYS)[number // self._broken_every % len(WAYS)]

    def url(self, number: int, *, scheme: str = "") -> str:
        """A feed's address under its own name."""
        scheme = scheme or ("https" if (self.way(number) or "").startswith("tls") else "http")
        return f"{scheme}://{number}.farm.test/feed/{number}"

    def local_url(self, number: int) -> str:
        """The same feed on loopback."""
        if (self.way(number) or "").startswith("tls"):
            return f"https://127.0.0.1:{self.tls_port}/feed/{number}"
        return f"http://127.0.0.1:{self.port}/feed/{number}"

    @property
    def well(self) -> list[int]:
        """The feeds that are not broken."""
        return [number for number in range(self.size) if self.way(number) is None]

    def asked(self, path: str) -> list[Visit]:
        """The requests for a path."""
        return [visit for visit in self.visits if visit.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self.closing.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.closing = asyncio.Event()
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        names = ["127.0.0.1", "farm.test", "*.farm.test"]
        self.authority.issue_cert(*names).configure_cert(tls)
        plain = await asyncio.start_server(self._meet, "127.0.0.1", 0, backlog=1000)
        secure = await asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=tls, backlog=1000)
        self.port, self.tls_port = (s.sockets[0].getsockname()[1] for s in (plain, secure))
        self._started.set()
        await self.closing.wait()
        for server in (plain, secure):
            server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await self._answer(_visit(head), writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, visit: Visit, writer: asyncio.StreamWriter) -> None:
        self.visits.append(visit)
        path = visit.path.partition("?")[0]
        _, _, digits = path.rpartition("/")
        number = int(digits) if digits.isdigit() else 0
        stall = Stall(self, number, visit, writer)
        if path in self.pages:
            await self.pages[path](stall)
        elif path == "/robots.txt" and visit.host in self.robots:
            await stall.ok(self.robots[visit.host])
        elif path.startswith("/feed/") and number < self.size:
            way = self.way(number)
            await (WAYS[way][0] if way else well)(stall)
        else:
            await stall.answer("404 Not Found", b"not here")


def _visit(head: bytes) -> Visit:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    method, path, *_ = first.split(" ")
    return Visit(headers.get("host", ""), path, headers, method)


class FarmResolver:
    """The farm's names at addresses of the open internet; `extra` overrides and adds."""

    def __init__(self) -> None:
        self.extra: dict[str, Sequence[IPAddress]] = {"inside.test": [IPv4Address("10.0.0.1")]}
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[IPAddress]:
        self.asked.append(host)
        if host in self.extra:
            return self.extra[host]
        number, _, rest = host.partition(".")
        if rest != "farm.test" or not number.isdigit():
            raise OSError(f"no such name: {host}")
        return [IPv4Address(_FIRST_ADDRESS + int(number))]


class FarmNetwork(httpcore2.AsyncNetworkBackend):
    """Brings connections to any address to the farm, and notes where they were to go."""

    def __init__(self, port: int, tls_port: int) -> None:
        self.dialled: list[tuple[str, int]] = []
        self._ports = {443: tls_port}
        self._port = port
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.dialled.append((host, port))
        there = self._ports.get(port, self._port)
        return await self._network.connect_tcp("127.0.0.1", there, timeout)


def main() -> None:
    """Serve until standard input is closed; the first line printed is the ports, as JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("size", type=int)
    parser.add_argument("--broken-every", type=int, default=10)
    options = parser.parse_args()
    with Farm(options.size, broken_every=options.broken_every) as farm:
        print(json.dumps({"port": farm.port, "tls_port": farm.tls_port}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
