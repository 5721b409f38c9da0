"""Documents put to servers through the same door as feeds: none within reach of us alone.

No redirect is followed: what is sent is meant for one address.
"""

import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import Self

import httpcore2

from digest.collect.net.exchange import ExchangeLimits, HttpResponse, ask
from digest.collect.net.fetched import Failed, FailureKind, Refused
from digest.collect.net.guard import Guard
from digest.collect.net.resolve import GuardedNetwork, Resolver
from digest.collect.net.weburl import WebUrl, parse_url
from digest.log import get_logger

_log = get_logger(__name__)


class Poster:
    """Puts documents to servers for one run, in which each name is looked up once.

    `agent` is the User-Agent. Of an answer's body its first `limits.max_bytes` are read.
    """

    def __init__(
        self,
        *,
        agent: str,
        guard: Guard,
        resolver: Resolver,
        limits: ExchangeLimits,
    ) -> None:
        self._headers = {"User-Agent": agent, "Accept-Encoding": "identity", "Connection": "close"}
        self._limits = limits
        self._door = GuardedNetwork(guard, resolver, limits.connect)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # To read the authorities that are trusted takes 30 ms.
        return httpcore2.default_ssl_context()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._door.close()

    async def admit(self, address: str) -> WebUrl | Failed:
        """The address, where a document may go there; else why not. Nobody is connected to."""
        url = parse_url(address)
        if isinstance(url, Refused):
            return Failed(FailureKind.ADDRESS, url.reason)
        checked = await self._door.admit(url)
        if isinstance(checked, Failed):
            return checked
        if url.scheme != "https" and not checked.own:
            reason = f"{url} is not https: anybody on the way could read what is sent"
            return Failed(FailureKind.NOT_HTTPS, reason)
        return url

    async def post(
        self, address: str, headers: Mapping[str, str], body: bytes
    ) -> HttpResponse | Failed:
        """What a server answers to a document, or why there is no answer."""
        url = await self.admit(address)
        if isinstance(url, Failed):
            return url
        sent, tls = {**self._headers, **headers}, self._tls if url.scheme == "https" else None
        try:
            return await ask(self._door, tls, url, sent, self._limits, "POST", body)
        except Exception:  # noqa: BLE001 - logged with its place
            # Ours to mend; it must not cost the others.
            _log.exception("a document could not be sent", url=address)
            reason = f"{url} brings out a fault in this program, which the log names"
            return Failed(FailureKind.UNEXPECTED, reason)
