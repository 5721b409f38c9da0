"""The page behind the link in an alert: it stops alerts, and nothing else.

A link is opened by scanners too: GET shows, POST stops (RFC 8058 for mail clients).
"""

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.services.subscribers import alerts
from digest.web.public.signed_links import (
    HEADERS,
    ErasedError,
    field,
    named_by_link,
    private_page,
    see_other,
)
from digest.web.site import site_of


def show(request: Request) -> Response:
    """Whether alerts come, and the button that changes it."""
    choice = alerts.read_alert_choice(site_of(request).project, named_by_link(request, "alerts"))
    if choice is None:
        raise ErasedError
    return private_page(
        request,
        "alerts.html.j2",
        language=choice.language,
        choice=choice,
        here=request.url.path,
        is_saved=request.query_params.get("saved") == "1",
    )


async def change(request: Request) -> Response:
    """Stop alerts, or let them come again where the page's other button says so."""
    try:
        async with request.form(max_files=0) as form:
            one_click = field(form, "List-Unsubscribe") == "One-Click"
            wanted = field(form, "alerts") == "yes"
    except HTTPException as error:
        if error.status_code != 400:
            raise
        one_click, wanted = True, False  # a form that cannot be read: that somebody stops is clear
    return await run_in_threadpool(_change, request, one_click=one_click, wanted=wanted)


def _change(request: Request, *, one_click: bool, wanted: bool) -> Response:
    named_by = named_by_link(request, "alerts")
    is_known = alerts.change_alerts(
        site_of(request).project, named_by, wanted=wanted and not one_click
    )
    if one_click:
        return PlainTextResponse("No more alerts.\n", headers=HEADERS)
    if not is_known:
        raise ErasedError
    return see_other(f"{request.url.path}?saved=1")


routes: list[BaseRoute] = [
    Route("/alerts/{token}", show, methods=["GET"]),
    Route("/alerts/{token}", change, methods=["POST"]),
]
