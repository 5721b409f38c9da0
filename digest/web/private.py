"""Pages whose address is a secret: kept by nobody, named to nobody, and in no index."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest.web.site import page

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
# More than any form of ours has.
MOST_FIELDS = 1_000

Endpoint = Callable[[Request], Awaitable[Response]]


def private_page(request: Request, name: str, *, status: int = 200, **values: Any) -> Response:
    """A page behind a signed link."""
    return page(request, name, status=status, headers=HEADERS, **values)


def unknown(request: Request) -> Response:
    """The page for a link that we did not sign, or of which a part is missing."""
    return private_page(request, "link_unknown.html.j2", status=404)


def nothing_stored(request: Request) -> Response:
    """The page for a link of somebody who was erased."""
    return private_page(request, "link_over.html.j2", status=410)


def see_other(path: str) -> Response:
    """After a POST: the page again, by GET, so that it can be loaded anew."""
    return RedirectResponse(path, 303, HEADERS)


def reads_form(handler: Callable[[Request, FormData], Response]) -> Endpoint:
    """An endpoint that reads the form and then works in a thread, as the database wants it."""

    async def endpoint(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
            return await run_in_threadpool(handler, request, form)

    return endpoint


def field(form: FormData, name: str) -> str:
    """A field's text; empty where it is missing."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def ticked(form: FormData, name: str) -> list[str]:
    """All values of a field that may stand in a form several times."""
    return [value for value in form.getlist(name) if isinstance(value, str)]
