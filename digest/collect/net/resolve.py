"""The one door through which connections go: a name is looked up once, judged, and kept.

httpcore asks the `GuardedNetwork` for a connection to a name; it connects to the addresses that
were judged and to no others, so a name that changes its address between two looks gains nothing.
TLS and the Host header go by the name.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import httpcore2

from digest.collect.net.fetched import Failed, FailureKind, Refused
from digest.collect.net.guard import Checked, Guard
from digest.collect.net.single_flight import SingleFlight
from digest.collect.net.weburl import IPAddress, WebUrl

Resolver = Callable[[str, int], Awaitable[Sequence[IPAddress]]]

# A host's first addresses are tried in turn; the rest would only take time.
_TRIED = 4
_AT_ONCE = 32


class SystemResolver:
    """Names as this machine knows them, /etc/hosts included; raises OSError.

    In threads of its own, so that dead names cost nobody else theirs.
    """

    def __init__(self) -> None:
        # More than are waited for at once: a dead name holds its thread after we gave it up.
        self._threads = ThreadPoolExecutor(4 * _AT_ONCE, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[IPAddress]:
        """The addresses of a host, the best one first (RFC 6724)."""
        loop = asyncio.get_running_loop()
        entries = await loop.run_in_executor(self._threads, _look_up, host, port)
        return [ip_address(sockaddr[0]) for *_, sockaddr in entries]

    def close(self) -> None:
        """Give up what is still being looked up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


async def _not_admitted() -> None:
    return None


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Looks up, judges and connects; what it once found holds for as long as it lives: a run."""

    def __init__(
        self,
        guard: Guard,
        resolver: Resolver,
        timeout: float,
        network: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        """`timeout` is in seconds, for a look-up; `network` makes a connection to an address."""
        self._guard = guard
        self._resolver = resolver
        self._timeout = timeout
        self._network = network or httpcore2.AnyIOBackend()
        self._lookups = asyncio.Semaphore(_AT_ONCE)
        self._known: SingleFlight[tuple[str, int], Checked | Refused | None] = SingleFlight()

    async def admit(self, url: WebUrl) -> Checked | Failed:
        """Where a connection for this address will go, or why there will be none."""
        checked = await self._known.get((url.host, url.port), lambda: self._look_up(url))
        if isinstance(checked, Refused):
            return Failed(FailureKind.REFUSED, f"{url}: {checked.reason}")
        if checked is None:
            return Failed(FailureKind.DNS, f"{url}: DNS knows no address of {url.host}")
        return checked

    async def _look_up(self, url: WebUrl) -> Checked | Refused | None:
        """The judged addresses of a host; None if there are none."""
        literal = url.address
        if literal is not None:
            return self._guard.check(url, [literal])
        async with self._lookups:
            try:
                async with asyncio.timeout(self._timeout):
                    addresses = await self._resolver(url.host, url.port)
            except (OSError, UnicodeError):
                return None
        return self._guard.check(url, addresses) if addresses else None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to a host that was admitted; its addresses share the time."""
        checked = await self._known.get((host, port), _not_admitted)
        if not isinstance(checked, Checked):
            raise httpcore2.ConnectError(f"{host}:{port} was not admitted")
        addresses = checked.addresses[:_TRIED]
        share = None if timeout is None else timeout / len(addresses)
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(
            str(addresses[-1]), port, share, local_address, socket_options
        )

    async def close(self) -> None:
        """Give up what is still being looked up."""
        await self._known.close()
