"""HTTP/1.1 connections that cost little, whatever a stranger does on them.

uvicorn speaks the protocol; but it waits for ever for a head, for a body, and for somebody to read
the answer, takes heads of any size, and queues all that is pipelined. Here each has its bound. A
connection that goes beyond one ends, with an answer where there is still something to say.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import Any, NoReturn

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from digest.networks import Network, networks_of


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What connections may take: how many there are at a time, bytes, and seconds.

    `pipelined` counts requests that wait for the answer to one before them, `idle_seconds` is from
    an answer to the next request, and within `unread_seconds` all that was answered is to be taken.
    """

    connections: int = 2000
    per_network: int = 100
    head_bytes: int = 32 * 1024
    pipelined: int = 4
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: int = 15
    unread_seconds: float = 60.0


class Connections:
    """All connections of a server: counts them by network, and ends those whose time is over.

    Behind `proxies` are many visitors, so their own connections are not counted by network.
    `on_end` is told why one was refused or cut off, in a few fixed words.
    """

    def __init__(
        self, limits: ConnectionLimits, proxies: Sequence[str], on_end: Callable[[str], None]
    ) -> None:
        self.limits = limits
        self.on_end = on_end
        everywhere = ("0.0.0.0/0", "::/0")
        named = [
            network for entry in proxies for network in (everywhere if entry == "*" else [entry])
        ]
        self._proxies = [ip_network(network) for network in named]
        self._open: dict[BoundedProtocol, Network | None] = {}
        self._by_network: Counter[Network] = Counter()

    def make_protocol(self, **of_uvicorn: Any) -> "BoundedProtocol":
        """For one more connection, as uvicorn asks for it."""
        return BoundedProtocol(self, **of_uvicorn)

    def add(self, connection: "BoundedProtocol", host: str | None) -> str | None:
        """Count a connection; where there is no room for it, say why instead."""
        network = None if self._is_proxy(host) else next(iter(networks_of(host)), None)
        if len(self._open) >= self.limits.connections:
            return "too many connections"
        if network is not None and self._by_network[network] >= self.limits.per_network:
            return "too many connections of a network"
        self._open[connection] = network
        if network is not None:
            self._by_network[network] += 1
        return None

    def discard(self, connection: "BoundedProtocol") -> None:
        """Forget a connection, which may not have been counted."""
        network = self._open.pop(connection, None)
        if network is not None:
            self._by_network[network] -= 1
            if not self._by_network[network]:
                del self._by_network[network]

    async def end_overdue(self) -> None:
        """Look at each connection, and end it if its time is over; to be called every second."""
        now = time.monotonic()
        for connection in list(self._open):
            connection.end_if_overdue(now)

    def _is_proxy(self, host: str | None) -> bool:
        try:
            address = ip_address((host or "").partition("%")[0])
        except ValueError:
            return False
        return any(address in network for network in self._proxies)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol within ConnectionLimits."""

    def __init__(self, connections: Connections, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._all = connections
        self._limits = connections.limits
        # Until when the client has to do what it has to do next, and what it means if it does not;
        # with 0 it is our turn.
        self._until = 0.0
        self._too_late = ""
        self._refused = False
        self._under_way: RequestResponseCycle | None = None
        self._unread_since: float | None = None
        # Bytes since the last head, piece of a body or end of a request.
        self._unparsed = 0
        self._refusal = (HTTPStatus.BAD_REQUEST, "no HTTP")

    def connection_made(self, transport: Any) -> None:
        """Somebody connected."""
        super().connection_made(transport)
        no_room = self._all.add(self, self.client[0] if self.client else None)
        if no_room is None:
            self._await(self._limits.head_seconds, "head too slow")
        else:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, no_room)
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more: all answers to pipelined requests are for nobody.

        uvicorn knows that of the last request only; the others would write to what is closed.
        """
        self._all.discard(self)
        for cycle in (self._under_way, *(cycle for cycle, _ in self.pipeline)):
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._under_way = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        """Some bytes: any part of a request, or of several."""
        if self._refused or self.transport.is_closing():
            return
        self._unparsed += len(data)
        super().data_received(data)
        if self._unparsed > self._limits.head_bytes and not self._refused:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head too large")

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._await(self._limits.head_seconds, "head too slow")

    def on_headers_complete(self) -> None:
        """All of its head."""
        self._unparsed = 0
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._limits.head_bytes:
            self._stop_parsing(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head too large")
        if sum(name == b"host" for name, _ in self.headers) > 1:  # RFC 9112, section 3.2
            self._stop_parsing(HTTPStatus.BAD_REQUEST, "two hosts")
        if len(self.pipeline) >= self._limits.pipelined:
            self._stop_parsing(HTTPStatus.TOO_MANY_REQUESTS, "too many requests at once")
        super().on_headers_complete()
        self._await(self._limits.body_seconds, "body too slow")

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of a request; where it has its answer already, the next may come."""
        self._unparsed = 0
        super().on_message_complete()
        self._until = 0.0
        self._await_next()

    def on_response_complete(self) -> None:
        """All of an answer was handed over."""
        super().on_response_complete()
        self._await_next()

    def _await_next(self) -> None:
        if not self._until and self.cycle.response_complete:
            self._await(self._limits.idle_seconds, "")

    def _await(self, seconds: float, too_late: str) -> None:
        self._until, self._too_late = time.monotonic() + seconds, too_late

    def end_if_overdue(self, now: float) -> None:
        """End the connection where the client did not do in time what it has to."""
        if not self.transport.get_write_buffer_size():
            self._unread_since = None
            if self._until and now >= self._until and not self.transport.is_closing():
                if self._too_late:
                    self._all.on_end(self._too_late)
                self.transport.close()
        elif self._unread_since is None:
            self._unread_since = now
        elif now - self._unread_since >= self._limits.unread_seconds:
            self._all.on_end("answer not read")
            self.transport.abort()  # to close would wait until it is read

    def _stop_parsing(self, status: HTTPStatus, why: str) -> NoReturn:
        """From within the parser, which then has `send_400_response` called."""
        self._refusal = (status, why)
        raise ValueError(why)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Refuse what the parser did not take, or was not to."""
        self._refuse(*self._refusal)

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        """Read no more of a connection, and answer unless that would stand amid another answer.

        It ends with the next look at all: at once, the bytes that were not read would make the
        system take the answer back, and who comes again and again would do so without a rest.
        """
        self._refused = True
        self._all.on_end(why)
        if self.cycle is None or self.cycle.response_complete:  # type: ignore[redundant-expr]
            text = f"{status.phrase}\n".encode()
            head = f"content-type: text/plain\r\ncontent-length: {len(text)}\r\nconnection: close"
            self.transport.write(STATUS_LINE[status] + head.encode() + b"\r\n\r\n" + text)
        self.flow.pause_reading()
        self._await(0.0, "")

    def _unsupported_upgrade_warning(self) -> None:
        """That a client would like another protocol is no news (RFC 9110, section 7.8)."""
