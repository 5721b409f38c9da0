"""What a visitor sees where a request cannot be answered: a page of the site, with a way on.

A fault of ours is logged under a reference that stands on the page, so that whoever reports it and
whoever mends it speak of the same one.
"""

import secrets
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.log import get_logger
from digest.web.accesslog import route_of
from digest.web.problems import is_api, problem
from digest.web.site import page

log = get_logger(__name__)


def error_page(
    request: Request, status: int, *, headers: Mapping[str, str] | None = None, reference: str = ""
) -> Response:
    """The page for a status such as 404; below the API a problem for programs."""
    if is_api(request.url.path):
        return problem(status, headers=headers, reference=reference)
    return page(
        request,
        "error.html.j2",
        status=status,
        headers={**(headers or {}), "Cache-Control": "no-store"},
        code=status,
        reference=reference,
    )


def on_http_error(request: Request, error: Exception) -> Response:
    """A handler of Starlette for what a route refuses."""
    assert isinstance(error, HTTPException)
    if error.status_code in (204, 304):  # which have no body
        return Response(status_code=error.status_code, headers=error.headers)
    return error_page(request, error.status_code, headers=error.headers)


class ErrorPages:
    """Answers what raised with a page; the log has the traceback, under the same reference."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            pass  # nobody is left to be told
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("fault", reference=reference, route=route_of(scope))
            if started:
                raise
            await _internal_error(Request(scope), reference)(scope, receive, send)


def _internal_error(request: Request, reference: str) -> Response:
    try:
        return error_page(request, 500, reference=reference)
    except Exception:
        # What is broken may be the templates themselves.
        log.exception("no page for a fault", reference=reference)
        return PlainTextResponse(f"Something went wrong here. Reference: {reference}", 500)
