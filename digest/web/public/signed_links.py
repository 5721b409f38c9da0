"""Pages behind a signed link: kept by nobody, named to nobody, and in no index."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest.web.site import page, site_of

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
# More than any form of ours has.
MOST_FIELDS = 1_000

Endpoint = Callable[[Request], Awaitable[Response]]


class UnknownLinkError(Exception):
    """A link that we did not sign, or of which a part is missing."""


class ErasedError(Exception):
    """A link of somebody of whom nothing is stored any more."""


def named_by_link(request: Request, purpose: str) -> tuple[str, int]:
    """The newsletter and the subscriber that a page's token names; UnknownLinkError."""
    links = site_of(request).project.links
    named = links.read_token(purpose, request.path_params["token"])
    if named is None:
        raise UnknownLinkError
    return named


def private_page(request: Request, name: str, *, status: int = 200, **values: Any) -> Response:
    """A page behind a signed link."""
    return page(request, name, status=status, headers=HEADERS, **values)


def on_unknown_link(request: Request, _error: Exception) -> Response:
    """A handler of Starlette for UnknownLinkError."""
    return private_page(request, "link_unknown.html.j2", status=404)


def on_erased(request: Request, _error: Exception) -> Response:
    """A handler of Starlette for ErasedError."""
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
