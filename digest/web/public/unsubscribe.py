"""Unsubscribe by one click in a mail client (RFC 8058) or on a page with one button; undo it.

A link is opened by scanners, previews and curious colleagues: GET shows, only POST unsubscribes.
"""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.services.subscribers import unsubscribe_page
from digest.store.unsubscribes import REASON_LIMIT, UnsubscribeMethod
from digest.web.public.signed_links import (
    HEADERS,
    ErasedError,
    field,
    named_by_link,
    private_page,
    reads_form,
    see_other,
)
from digest.web.site import site_of


def _named_by_link(request: Request) -> tuple[str, int]:
    return named_by_link(request, "unsubscribe")


def _back(request: Request, done: str = "") -> Response:
    path = f"/unsubscribe/{request.path_params['token']}"
    return see_other(path + (f"?done={done}" if done else ""))


def show(request: Request) -> Response:
    """The page with one button; for who has left, what can be done then."""
    named = _named_by_link(request)
    project = site_of(request).project
    with project.database.read() as connection:
        subscriber = unsubscribe_page.read_view(connection, project.config, *named, project.clock())
    if subscriber is None:
        raise ErasedError
    here = f"/unsubscribe/{request.path_params['token']}"
    return private_page(
        request,
        "unsubscribe.html.j2",
        language=subscriber.language,
        subscriber=subscriber,
        leaver=subscriber,  # its name in the templates of 0.1
        here=here,
        preferences=here,  # in the templates of 0.2 a link: that page is not behind this token
        reasons=unsubscribe_page.REASONS,
        longest_reason=REASON_LIMIT,
        done=request.query_params.get("done", ""),
    )


async def unsubscribe(request: Request) -> Response:
    """Unsubscribe at once; a mail client that asks gets no redirect (RFC 8058, section 3.1)."""
    try:
        async with request.form(max_files=0) as form:
            one_click = field(form, "List-Unsubscribe") == "One-Click"
    except HTTPException as error:
        if error.status_code != 400:
            raise
        one_click = True  # a form that cannot be read; that somebody wants to unsubscribe is clear
    return await run_in_threadpool(
        _unsubscribe, request, UnsubscribeMethod.ONE_CLICK if one_click else UnsubscribeMethod.PAGE
    )


def _unsubscribe(request: Request, how: UnsubscribeMethod) -> Response:
    newsletter, subscriber_id = _named_by_link(request)
    project = site_of(request).project
    unsubscribe_page.leave(project.database, newsletter, subscriber_id, how, project.clock())
    if how is UnsubscribeMethod.ONE_CLICK:
        return PlainTextResponse("You have been unsubscribed.\n", headers=HEADERS)
    return _back(request)


def unsubscribe_all(request: Request, _form: FormData) -> Response:
    """Unsubscribe from all newsletters."""
    _, subscriber_id = _named_by_link(request)
    project = site_of(request).project
    unsubscribe_page.leave(
        project.database, None, subscriber_id, UnsubscribeMethod.PAGE, project.clock()
    )
    return _back(request)


def undo(request: Request, form: FormData) -> Response:
    """Subscribe again: to the newsletter of the link, or the one that the form names."""
    newsletter, subscriber_id = _named_by_link(request)
    project = site_of(request).project
    chosen = field(form, "newsletter") or newsletter
    unsubscribe_page.undo(project.database, chosen, subscriber_id, project.clock())
    return _back(request, "undone")


def mail_preferences(request: Request, _form: FormData) -> Response:
    """Mail the link to the preferences, which this one does not open: mails are passed on."""
    named = _named_by_link(request)
    unsubscribe_page.mail_preferences(site_of(request).project, *named)
    site_of(request).notices.wake()
    return _back(request, "mailed")


def explain(request: Request, form: FormData) -> Response:
    """Keep the reason, if one was given."""
    named, database = _named_by_link(request), site_of(request).project.database
    unsubscribe_page.give_reason(database, *named, field(form, "reason"), field(form, "words"))
    return _back(request)


routes: list[BaseRoute] = [
    Route("/unsubscribe/{token}", show, methods=["GET"]),
    Route("/unsubscribe/{token}", unsubscribe, methods=["POST"]),
    Route("/unsubscribe/{token}/all", reads_form(unsubscribe_all), methods=["POST"]),
    Route("/unsubscribe/{token}/undo", reads_form(undo), methods=["POST"]),
    Route("/unsubscribe/{token}/preferences", reads_form(mail_preferences), methods=["POST"]),
    Route("/unsubscribe/{token}/reason", reads_form(explain), methods=["POST"]),
]
