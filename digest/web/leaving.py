"""Leaving: one click by a mail client (RFC 8058), or a page with one button, and the undo.

A link is opened by scanners, previews and curious colleagues: GET shows, and only POST leaves.
"""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.desk.people import leaving
from digest.store.departures import REASON_LIMIT, How
from digest.web.private import (
    HEADERS,
    field,
    nothing_stored,
    private_page,
    reads_form,
    see_other,
    unknown,
)
from digest.web.site import site_of

Who = tuple[str, int]


def _who(request: Request) -> Who | None:
    """Newsletter and subscriber that the link names, None where we did not sign it."""
    links = site_of(request).pipeline.renderer.links
    return links.read_token("unsubscribe", request.path_params["token"])


def _back(request: Request, done: str = "") -> Response:
    path = f"/unsubscribe/{request.path_params['token']}"
    return see_other(path + (f"?done={done}" if done else ""))


def show(request: Request) -> Response:
    """The page with one button; for who has left, what can be done then."""
    who = _who(request)
    if who is None:
        return unknown(request)
    pipeline = site_of(request).pipeline
    with pipeline.database.read() as connection:
        leaver = leaving.look(connection, pipeline.config, *who)
    if leaver is None:
        return nothing_stored(request)
    return private_page(
        request,
        "unsubscribe.html.j2",
        language=leaver.language,
        leaver=leaver,
        here=f"/unsubscribe/{request.path_params['token']}",
        preferences=pipeline.renderer.links.preferences(*who),
        reasons=leaving.REASONS,
        longest_reason=REASON_LIMIT,
        done=request.query_params.get("done", ""),
    )


async def leave(request: Request) -> Response:
    """Leave at once. RFC 8058, section 3.1: no redirect where it is a mail client that asks."""
    try:
        async with request.form(max_files=0) as form:
            one_click = field(form, "List-Unsubscribe") == "One-Click"
    except HTTPException as error:
        if error.status_code != 400:
            raise
        one_click = True  # a form that cannot be read; that somebody wants to leave is clear
    return await run_in_threadpool(_leave, request, How.ONE_CLICK if one_click else How.PAGE)


def _leave(request: Request, how: How) -> Response:
    who = _who(request)
    if who is None:
        return unknown(request)
    _end(request, who[0], who[1], how)
    if how is How.ONE_CLICK:
        return PlainTextResponse("You have been unsubscribed.\n", headers=HEADERS)
    return _back(request)


def _end(request: Request, newsletter: str | None, subscriber_id: int, how: How) -> None:
    pipeline = site_of(request).pipeline
    with pipeline.database.write() as connection:
        leaving.leave(connection, newsletter, subscriber_id, how, pipeline.clock())


def leave_all(request: Request, _form: FormData) -> Response:
    """Leave all newsletters."""
    who = _who(request)
    if who is None:
        return unknown(request)
    _end(request, None, who[1], How.PAGE)
    return _back(request)


def undo(request: Request, form: FormData) -> Response:
    """Come back to what was left: the newsletter of the link, or the one that the form names."""
    who = _who(request)
    if who is None:
        return unknown(request)
    pipeline = site_of(request).pipeline
    newsletter = field(form, "newsletter") or who[0]
    with pipeline.database.write() as connection:
        leaving.undo(connection, newsletter, who[1], pipeline.clock())
    return _back(request, "undone")


def explain(request: Request, form: FormData) -> Response:
    """Keep the reason, if one was given."""
    who = _who(request)
    if who is None:
        return unknown(request)
    with site_of(request).pipeline.database.write() as connection:
        leaving.give_reason(connection, *who, field(form, "reason"), field(form, "words"))
    return _back(request)


routes: list[BaseRoute] = [
    Route("/unsubscribe/{token}", show, methods=["GET"]),
    Route("/unsubscribe/{token}", leave, methods=["POST"]),
    Route("/unsubscribe/{token}/all", reads_form(leave_all), methods=["POST"]),
    Route("/unsubscribe/{token}/undo", reads_form(undo), methods=["POST"]),
    Route("/unsubscribe/{token}/reason", reads_form(explain), methods=["POST"]),
]
