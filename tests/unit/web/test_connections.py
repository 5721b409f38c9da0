"""A real uvicorn within small limits, and strangers who go beyond each of them."""

import asyncio
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from digest.web.connections import BoundedProtocol, ConnectionLimits, Connections
from tests.integration.website import wait_until

QUICK = ConnectionLimits(
    head_bytes=4096,
    pipelined=2,
    head_seconds=0.5,
    body_seconds=0.5,
    idle_seconds=1,
    unread_seconds=0.5,
)
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
BIG = b"GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
MOST_SECONDS = 30.0


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once, without a look at the body; /big with 8 MB, /slow bit by bit."""
    del receive
    pause = 0.2 if scope["path"] == "/slow" else 0
    await asyncio.sleep(pause)
    size = 8 if scope["path"] == "/big" else 0
    length = str(size << 20 or 2).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]}
    )
    await asyncio.sleep(pause)
    for _ in range(size):
        await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})
    await send({"type": "http.response.body", "body": b"" if size else b"ok"})


class Served:
    """A server that runs in a thread, and why it ended connections."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.ended: Counter[str] = Counter()
        self.connections = Connections(limits, (), self._count)
        self.listener = socket.create_server(("127.0.0.1", 0))

    def _count(self, why: str) -> None:
        self.ended[why] += 1

    def connect(self) -> socket.socket:
        return socket.create_connection(self.listener.getsockname(), timeout=MOST_SECONDS)


class Server(uvicorn.Server):
    """Looks at its connections ten times a second, so that nobody has to wait here."""

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self._connections = connections

    async def on_tick(self, counter: int) -> bool:
        await self._connections.end_overdue()
        return await super().on_tick(counter)


@contextmanager
def serving(limits: ConnectionLimits = QUICK) -> Iterator[Served]:
    served = Served(limits)
    config = uvicorn.Config(
        app,
        http=served.connections.make_protocol,  # type: ignore[arg-type]
        timeout_keep_alive=60,
        lifespan="off",
        log_config=None,
    )
    server = Server(config, served.connections)
    thread = Thread(target=server.run, args=([served.listener],))
    thread.start()
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as served:
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[socket.socket]:
    served.ended.clear()
    with served.connect() as client:
        yield client


def all_of(client: socket.socket) -> bytes:
    """What comes until the other side ends."""
    pieces = []
    with suppress(ConnectionResetError):
        while piece := client.recv(1 << 20):
            pieces.append(piece)
    return b"".join(pieces)


def answer_of(client: socket.socket) -> bytes:
    """One answer of the app, to its last two bytes."""
    answer = b""
    while not answer.endswith(b"\r\n\r\nok") and (piece := client.recv(1000)):
        answer += piece
    return answer


def seconds_until_refused(client: socket.socket, piece: bytes) -> float:
    """How long somebody may send a piece again and again."""
    began = time.monotonic()
    with suppress(OSError):
        while time.monotonic() < began + MOST_SECONDS:
            client.sendall(piece)
            time.sleep(0.1)
    return time.monotonic() - began


@pytest.mark.parametrize(
    "rest",
    [b"X-A: b\r\n" * 600 + b"\r\n", b"X-A: b\r\n" * 600, b"X-A: " + b"b" * 4096, b"\r\n" * 2500],
    ids=["a whole head", "lines without end", "a line without end", "empty lines"],
)
def test_a_head_of_more_bytes_gets_a_431(served, client, rest):
    client.sendall((GET if rest.strip() else b"") + rest)
    assert all_of(client).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert served.ended == {"head too large": 1}


def test_trailers_without_end_are_no_way_round_it(served, client):
    client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
    seconds_until_refused(client, b"X-A: b\r\n" * 600)
    assert served.ended == {"head too large": 1}


def test_a_head_of_fewer_is_taken_and_so_are_the_next_ones(served, client):
    for _ in range(3):
        client.sendall(GET + b"X-A: " + b"b" * 3900 + b"\r\n\r\n")
        assert answer_of(client).endswith(b"ok")
    assert not served.ended


@pytest.mark.parametrize("sent", [b"", GET])
def test_who_does_not_end_a_head_in_time_is_left(served, client, sent):
    client.sendall(sent)
    assert all_of(client) == b""
    assert served.ended == {"head too slow": 1}


def test_who_sends_a_body_byte_by_byte_is_left_though_there_is_an_answer(served, client):
    client.sendall(POST)
    assert answer_of(client).endswith(b"ok")
    assert 0.2 < seconds_until_refused(client, b"a") < MOST_SECONDS
    assert served.ended == {"body too slow": 1}


def test_who_sends_nothing_but_empty_lines_after_an_answer_is_left(served, client):
    client.sendall(GET + b"\r\n")
    assert answer_of(client).endswith(b"ok")
    assert 0.5 < seconds_until_refused(client, b"\r\n") < MOST_SECONDS
    assert not served.ended  # that a connection ends some time after an answer is no news


def test_who_does_not_read_the_answer_is_left_and_its_memory_freed(served, client):
    client.sendall(BIG)
    wait_until(lambda: served.ended)
    assert served.ended == {"answer not read": 1}
    assert len(all_of(client)) < 8 << 20


def test_who_reads_a_large_answer_gets_all_of_it(served, client):
    client.sendall(BIG.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert len(all_of(client).partition(b"\r\n\r\n")[2]) == 8 << 20
    assert not served.ended


def test_a_few_requests_at_once_are_answered_and_more_are_not(served, client):
    client.sendall((GET + b"\r\n") * 2 + GET + b"Connection: close\r\n\r\n")
    assert all_of(client).count(b"HTTP/1.1 200 OK") == 3
    with served.connect() as other:
        other.sendall((GET + b"\r\n") * 1000)
        assert all_of(other).count(b"HTTP/1.1 200 OK") <= 3
    assert served.ended == {"too many requests at once": 1}


def test_who_goes_away_amid_requests_is_no_fault(served, client, caplog):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.sendall(BIG.replace(b"/big", b"/slow") * 3)
    time.sleep(0.1)
    client.close()
    time.sleep(0.6)
    assert caplog.records == []
    assert not served.ended


@pytest.mark.parametrize(
    "head",
    [
        GET + b"Host: evil.example\r\n\r\n",
        b"EHLO mail.example.org\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
    ids=["two hosts", "SMTP", "TLS"],
)
def test_what_is_no_request_of_http_gets_a_400(served, client, head):
    client.sendall(head)
    assert all_of(client).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert sum(served.ended.values()) == 1


def test_of_all_together_there_are_so_many_and_room_comes_back():
    with serving(ConnectionLimits(connections=2)) as served:
        with served.connect() as first, served.connect() as second:
            for client in (first, second):
                client.sendall(GET + b"\r\n")
                assert answer_of(client).endswith(b"ok")
            with served.connect() as third:
                assert all_of(third).startswith(b"HTTP/1.1 503 ")
        wait_until(lambda: answer_to_one_more(served).startswith(b"HTTP/1.1 200 "))


def answer_to_one_more(served: Served) -> bytes:
    with served.connect() as client, suppress(OSError):
        client.sendall(GET + b"\r\n")
        return answer_of(client)
    return b""


@pytest.mark.parametrize(
    ("hosts", "taken"),
    [
        (["203.0.113.1", "203.0.113.2", "203.0.113.3"], 2),
        (["2001:db8:1::1", "2001:db8:1:ffff::2", "2001:db8:1::3"], 2),
        (["203.0.113.1", "203.0.113.2", "198.51.100.1"], 3),
        (["192.0.2.9"] * 5, 5),  # a proxy
        (["10.0.0.7"] * 5, 5),  # whoever is inside may be one
        ([None] * 3, 3),
    ],
)
def test_of_one_network_there_are_so_many_connections(hosts, taken, loop):
    limits = ConnectionLimits(per_network=2)
    connections = Connections(limits, ["192.0.2.0/24"], lambda _why: None)
    made = [(a_protocol(connections, loop), host) for host in hosts]
    assert [connections.add(*each) for each in made].count(None) == taken
    for connection, _ in made:
        connections.discard(connection)
    assert connections.add(*made[0]) is None


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def a_protocol(connections: Connections, loop: asyncio.AbstractEventLoop) -> BoundedProtocol:
    config = uvicorn.Config(app, log_config=None)
    state: Any = uvicorn.server.ServerState()
    return connections.make_protocol(config=config, server_state=state, app_state={}, _loop=loop)
