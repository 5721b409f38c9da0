"""On which ports the editors' pages and the API are, and on which the site is."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from digest.web.error_pages import error_page
from digest.web.problems import API, is_api

ADMIN = "/admin"
# Where a file of subscribers is taken, and how large it may be, in bytes.
UPLOAD = f"{ADMIN}/subscribers/import"
LARGEST_UPLOAD = 64 * 1024 * 1024
# What is on both kinds of port.
_SHARED = ("/static/", "/pictures/", "/health", "/ready")


@dataclass(frozen=True, slots=True)
class AdminPlace:
    """Where the editors' pages are: on every port, or on one of their own (0 is none).

    The API is where they are, or on the site's port where they are nowhere.
    """

    on_site: bool = False
    port: int = 0
    with_api: bool = False

    @property
    def is_anywhere(self) -> bool:
        """Whether they are served at all."""
        return self.on_site or self.port != 0

    def has(self, path: str, port: int | None) -> bool:
        """Whether a path is served on a port of ours."""
        if self.port and port == self.port:
            own = (f"{ADMIN}/", f"{API}/") if self.with_api else (f"{ADMIN}/",)
            return f"{path}/".startswith((*own, *_SHARED))
        if is_api(path):
            return self.with_api and (self.on_site or not self.port)
        return self.on_site or not f"{path}/".startswith(f"{ADMIN}/")


NOWHERE = AdminPlace()


class OnItsPort:
    """Answers what is not on the port that was asked as if it did not exist.

    The port is the one that the connection came to, not what the request says of it.
    """

    def __init__(self, app: ASGIApp, admin: AdminPlace) -> None:
        self.app = app
        self.admin = admin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        server = scope.get("server")
        port = server[1] if server else None
        if scope["path"] == "/" and self.admin.port and port == self.admin.port:
            await RedirectResponse(ADMIN)(scope, receive, send)
        elif self.admin.has(scope["path"], port):
            await self.app(scope, receive, send)
        else:
            await error_page(Request(scope), 404)(scope, receive, send)
