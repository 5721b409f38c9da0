"""One line of log a request, and its figures: what was asked for and what came of it, not by whom.

A route is told by its template, such as `/preferences/{token}`: neither token nor search stands in
the log. No address, no agent, no referrer.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.log import get_logger

log = get_logger(__name__)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN = "-"


class Answered(NamedTuple):
    """A request that has its answer; one that was broken off has the status 499."""

    method: str
    route: str
    status: int
    seconds: float
    bytes: int


def route_of(scope: Scope) -> str:
    """The template of the route that a request met, `-` where it met none."""
    return str(getattr(scope.get("route"), "path", "")) or UNKNOWN


class AccessLog:
    """Writes a line of log for each request, and calls `observe` with it."""

    def __init__(self, app: ASGIApp, observe: Callable[[Answered], None]) -> None:
        self.app = app
        self.observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        began = time.perf_counter()
        status, size = 499, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, counted)
        finally:
            method = scope["method"] if scope["method"] in METHODS else UNKNOWN
            seconds = time.perf_counter() - began
            self._report(Answered(method, route_of(scope), status, seconds, size))

    def _report(self, answered: Answered) -> None:
        self.observe(answered)
        log.info(
            "request",
            method=answered.method,
            route=answered.route,
            status=answered.status,
            ms=round(answered.seconds * 1000, 1),
            bytes=answered.bytes,
        )
