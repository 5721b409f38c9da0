"""What stands before every page: small ASGI layers, each with one rule. Their order is web.app's.

The site has no cookie, so a request has no authority but what stands in its address or its form.
What is refused here is what a browser was made to do by somebody else's page, and what is too large
or too slow.
"""

import asyncio
import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.web.error_pages import error_page

# A page that needs more says so in a policy of its own, which then stands.
POLICY = (
    "default-src 'none'; img-src 'self' https: data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# A year; subdomains are not ours to speak for (RFC 6797, section 6.1).
STRICT_TRANSPORT = "max-age=31536000"
BODY_SECONDS = 20.0

_PLAIN_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_SECURE_HEADERS = [*_PLAIN_HEADERS, (b"strict-transport-security", STRICT_TRANSPORT.encode())]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Mail clients send these, from wherever they run (RFC 8058, section 3.2).
_FROM_ANYWHERE = re.compile(r"/(?:unsubscribe|alerts)/[^/]+")


class SecurityHeaders:
    """Puts the headers on every answer that does not bring its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                present = {name for name, _ in headers}
                added = _SECURE_HEADERS if scope["scheme"] == "https" else _PLAIN_HEADERS
                message["headers"] = [
                    *headers,
                    *(header for header in added if header[0] not in present),
                ]
            await send(message)

        await self.app(scope, receive, dressed)


class BodyLimit:
    """Refuses a body of more than `most` bytes, announced or not, and one that takes too long.

    The paths of `larger` may have more.
    """

    def __init__(
        self,
        app: ASGIApp,
        most: int,
        seconds: float = BODY_SECONDS,
        larger: Mapping[str, int] | None = None,
    ) -> None:
        self.app = app
        self.most = most
        self.seconds = seconds
        self.larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        announced = Headers(scope=scope).get("content-length", "")
        most = self.larger.get(scope.get("path", ""), self.most)
        if announced.isdecimal() and int(announced) > most:
            # What is on its way is not read: the connection ends with the answer.
            refused = error_page(Request(scope), 413, headers={"Connection": "close"})
            await refused(scope, receive, send)
            return
        body = _Body(receive, most, asyncio.get_running_loop().time() + self.seconds)
        await self.app(scope, body.receive, send)


class _Body:
    """A request's body, counted and timed as it is read; what is too much is an HTTPException."""

    def __init__(self, receive: Receive, most: int, until: float) -> None:
        self._receive = receive
        self._left = most
        self._until = until
        self._whole = False

    async def receive(self) -> Message:
        """The next message; once the body is whole, only the end of the connection can come."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, headers={"Connection": "close"}) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, headers={"Connection": "close"})
        self._whole = not message.get("more_body", False)
        return message


class CrossSite:
    """Refuses what a page of another site made a browser send, but for the one-click of a mail."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self.app = app
        self.origin = origin.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if (
            scope["method"] in _SAFE
            or _FROM_ANYWHERE.fullmatch(scope["path"])
            or is_own(Headers(scope=scope), self.origin)
        ):
            await self.app(scope, receive, send)
        else:
            await error_page(Request(scope), 403)(scope, receive, send)


def is_own(headers: Headers, origin: str) -> bool:
    """Whether a request that changes something comes from a page of ours, or from no page at all.

    A browser tells by Sec-Fetch-Site, or else by Origin (WHATWG Fetch); what sends neither is no
    browser. `null` is the origin of our own pages that send no referrer; where Sec-Fetch-Site is
    not told either, as over plain HTTP, it has to be believed.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    came_from = headers.get("origin", "null").lower()
    return came_from in ("null", origin) or came_from.partition("://")[2] == headers.get("host")
