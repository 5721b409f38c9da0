"""The tools over HTTP, behind a token of the API: RFC 6750 says how it is sent, and refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from digest.mcp.server import make_server
from digest.project import Project
from digest.scopes import Scope
from digest.services.admins import audit
from digest.services.admins.api_tokens import find_token, secret_of

PATH = "/mcp"
# In whose name the request that is answered drafts.
_editor: ContextVar[str] = ContextVar("editor")


def make_http_app(project: Project) -> Starlette:
    """The server at /mcp. A token must read all but addresses; with `issues:edit` it drafts too."""
    reading, drafting = make_server(project, None), make_server(project, _editor.get)
    gate = _TokenGate(
        project,
        # A stateless server: each request shows its token. One that needs a token needs no look at
        # the Host, which a page in somebody's browser could have changed.
        *(
            server.streamable_http_app(
                streamable_http_path=PATH,
                json_response=True,
                stateless_http=True,
                transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
            )
            for server in (reading, drafting)
        ),
    )

    @asynccontextmanager
    async def while_serving(_app: Starlette) -> AsyncIterator[None]:
        async with reading.session_manager.run(), drafting.session_manager.run():
            yield

    return Starlette(routes=[Mount("/", gate)], lifespan=while_serving)


# What a token has to have: what the tools read.
NEEDED = frozenset(
    {
        Scope.ISSUES_READ,
        Scope.STORIES_READ,
        Scope.SOURCES_READ,
        Scope.TOPICS_READ,
        Scope.FIGURES_READ,
    }
)


class _TokenGate:
    """Lets a request through to the tools that its token may use."""

    def __init__(self, project: Project, reading: ASGIApp, drafting: ASGIApp) -> None:
        self._project = project
        self._reading = reading
        self._drafting = drafting

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        secret = secret_of(Headers(scope=scope).get("authorization", ""))
        token = await run_in_threadpool(find_token, self._project, secret)
        if token is None:
            await _refusal(401, "invalid_token")(scope, receive, send)
        elif not all(map(token.may, NEEDED)):
            await _refusal(403, "insufficient_scope")(scope, receive, send)
        else:
            host = scope["client"][0] if scope.get("client") else "somewhere"
            _editor.set(token.who)
            with audit.coming_from(f"mcp, {host}"):
                app = self._drafting if token.may(Scope.ISSUES_EDIT) else self._reading
                await app(scope, receive, send)


def _refusal(status: int, error: str) -> JSONResponse:
    needed = " ".join(sorted(NEEDED))
    headers = {"WWW-Authenticate": f'Bearer realm="mcp", error="{error}", scope="{needed}"'}
    return JSONResponse({"error": error, "scope": needed}, status, headers)
