"""One request and its answer over httpcore, within bounds: the only place that asks a server.

httpcore decodes nothing, follows nothing and keeps no cookies: that is decided elsewhere.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import httpcore2

from digest.collect.net.decode import BadCodingError, TooLargeError, decode
from digest.collect.net.fetched import Failed, FailureKind
from digest.collect.net.resolve import GuardedNetwork
from digest.collect.net.weburl import WebUrl
from digest.error_words import words_of

_TIMEOUTS = (httpcore2.TimeoutException, TimeoutError)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What a server said; header names in lower case, `body` decoded and by GET that of a 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """For one exchange: seconds to connect, of silence, in all; bytes of the body."""

    connect: float
    silence: float
    total: float
    max_bytes: int


async def ask(
    door: GuardedNetwork,
    tls: ssl.SSLContext | None,
    url: WebUrl,
    headers: Mapping[str, str],
    bounds: ExchangeLimits,
    method: Literal["GET", "HEAD", "POST"] = "GET",
    content: bytes | None = None,
) -> HttpResponse | Failed:
    """Ask for `url`; whatever the server does, this returns within `bounds.total` seconds.

    Of the answer to a POST, which brings `content`, the body is cut off at `bounds.max_bytes`.
    """
    try:
        async with asyncio.timeout(bounds.total):
            answer, packed = await _exchange(door, tls, url, headers, bounds, method, content)
        coding = answer.headers.get("content-encoding", "") if method == "GET" else ""
        body = decode(packed, coding, bounds.max_bytes)
    except TooLargeError:
        return Failed(
            FailureKind.TOO_LARGE, f"{url} is larger than {bounds.max_bytes:,} bytes, the limit"
        )
    except BadCodingError as error:
        return Failed(FailureKind.ENCODING, f"{url} cannot be unpacked: {error}")
    except (*_TIMEOUTS, httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        return _broken(url, error, bounds)
    return HttpResponse(answer.status, answer.headers, body)


async def _exchange(
    door: GuardedNetwork,
    tls: ssl.SSLContext | None,
    url: WebUrl,
    headers: Mapping[str, str],
    bounds: ExchangeLimits,
    method: str,
    content: bytes | None,
) -> tuple[HttpResponse, bytes]:
    """The answer's head and the body as it came, if one was asked for and, by GET, it is a 200."""
    core_url = httpcore2.URL(
        scheme=url.scheme.encode(), host=url.host.encode(), port=url.port, target=url.target
    )
    sent = [(b"Host", url.authority.encode())]
    sent += [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    timeouts = {"connect": bounds.connect, "read": bounds.silence, "write": bounds.silence}
    line = _Line(door)
    connection = httpcore2.AsyncHTTPConnection(core_url.origin, tls, network_backend=line)
    asked = connection.stream(
        method, core_url, headers=sent, content=content, extensions={"timeout": timeouts}
    )
    async with line, connection, asked as response:
        answer = HttpResponse(response.status, _headers(response.headers))
        if method == "POST":
            body = await _beginning(response, bounds.max_bytes)
        elif method == "GET" and response.status == 200:
            body = await _body(answer, response, bounds.max_bytes)
        else:
            body = b""
    return answer, body


class _Line(httpcore2.AsyncNetworkBackend):
    """The network of one exchange: at its end what was opened is closed.

    httpcore forgets a connection whose TLS handshake is cancelled, as the time limit does.
    """

    def __init__(self, door: GuardedNetwork) -> None:
        self._door = door
        self._stream: httpcore2.AsyncNetworkStream | None = None

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore2.AsyncNetworkStream:
        self._stream = await self._door.connect_tcp(*args, **kwargs)
        return self._stream

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        if self._stream is not None:
            await self._stream.aclose()


async def _body(answer: HttpResponse, response: httpcore2.Response, limit: int) -> bytes:
    length = answer.headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and len(length) < 20 and int(length) > limit:
        raise TooLargeError
    body = bytearray()
    async for piece in response.aiter_stream():
        body += piece
        if len(body) > limit:
            raise TooLargeError
    return bytes(body)


async def _beginning(response: httpcore2.Response, limit: int) -> bytes:
    body = b""
    async for piece in response.aiter_stream():
        body += piece
        if len(body) >= limit:
            break
    return body[:limit]


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name; lines of one name are one list (RFC 9110, section 5.3)."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _broken(url: WebUrl, error: Exception, bounds: ExchangeLimits) -> Failed:
    """What went wrong below HTTP, in words."""
    if isinstance(error, httpcore2.ConnectTimeout):
        return Failed(
            FailureKind.TIMEOUT, f"{url} could not be connected to within {bounds.connect:g} s"
        )
    if isinstance(error, httpcore2.TimeoutException):
        return Failed(FailureKind.TIMEOUT, f"{url} was silent for {bounds.silence:g} s")
    if isinstance(error, TimeoutError):
        return Failed(
            FailureKind.TIMEOUT, f"{url} did not answer in full within the time for one feed"
        )
    causes = (error, error.__cause__, error.__context__)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Failed(FailureKind.TLS, f"{url}: no secure connection: {words_of(error)}")
    if isinstance(error, httpcore2.ConnectError):
        return Failed(FailureKind.CONNECT, f"{url}: no connection: {words_of(error)}")
    verb = "does not keep to HTTP" if isinstance(error, httpcore2.ProtocolError) else "broke off"
    return Failed(FailureKind.PROTOCOL, f"{url} {verb}: {words_of(error)}")
