"""Coming in and going out: the log-in, the one-time link, the log-out."""

from collections.abc import Callable

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.services.admins import accounts, audit, log_in
from digest.services.admins.log_in import LogInRefusal
from digest.services.admins.passwords import SHORTEST
from digest.store.admins import Admin
from digest.web.admin import cookies
from digest.web.admin.access import (
    HOME,
    LOG_IN,
    browser_of,
    has_form_token,
    own_path,
    to_log_in,
)
from digest.web.admin.layout import Frame, admin_error, admin_page, see_other
from digest.web.public.signed_links import Endpoint, field, reads_form
from digest.web.site import site_of

FAULTS = {
    LogInRefusal.WRONG: "The address or the password is wrong.",
    LogInRefusal.TOO_MANY: "Too many tries. Wait an hour, or ask an owner for a link.",
}


def show(request: Request) -> Response:
    """The log-in form; whoever is in already goes on."""
    going_on = own_path(request.query_params.get("next", HOME))
    if log_in.find_session(site_of(request).project, cookies.session_token(request)):
        return see_other(request, going_on)
    return _form(request, going_on)


def enter(request: Request, form: FormData) -> Response:
    """Log in by address and password."""
    going_on, email = own_path(field(form, "next")), field(form, "email")
    password = form.get("password")
    if not isinstance(password, str):
        return _form(request, going_on, email=email)
    outcome = log_in.log_in(site_of(request).project, email, password, browser_of(request))
    if isinstance(outcome, LogInRefusal):
        status = 429 if outcome is LogInRefusal.TOO_MANY else 403
        return _form(request, going_on, email=email, fault=FAULTS[outcome], status=status)
    return _let_in(request, outcome, going_on)


def show_link(request: Request) -> Response:
    """The page of a one-time link: a form for the new password."""
    return _link_form(request)


def use_link(request: Request, form: FormData) -> Response:
    """Choose the password, and be in."""
    project = site_of(request).project
    password, again = form.get("password"), form.get("again")
    if not isinstance(password, str) or password != again:
        return _link_form(request, "The two are not the same.")
    admin, fault = accounts.use_link(project, request.path_params["token"], password)
    if admin is None or fault:
        return _link_form(request, fault)
    return _let_in(request, admin, HOME)


def leave(request: Request, _form: FormData) -> Response:
    """Log out this browser."""
    project = site_of(request).project
    found = log_in.find_session(project, cookies.session_token(request))
    if found:
        admin, session = found
        log_in.end_session(project, admin, session.id)
    response = to_log_in(request)
    cookies.drop_session(request, response)
    return response


def _let_in(request: Request, admin: Admin, going_on: str) -> Response:
    project = site_of(request).project
    token = log_in.begin_session(project, admin, browser_of(request))
    response = see_other(request, going_on)
    cookies.keep_session(request, response, token)
    return response


def _form(
    request: Request, going_on: str, *, email: str = "", fault: str = "", status: int = 200
) -> Response:
    return _page_of_a_visit(
        request, "log_in.html.j2", status=status, going_on=going_on, email=email, fault=fault
    )


def _link_form(request: Request, fault: str = "") -> Response:
    admin = accounts.find_by_link(site_of(request).project, request.path_params["token"])
    if admin is None:
        return admin_error(
            request,
            410,
            "This link does not work any more",
            "It works once, and for a day. An owner can make another, as can "
            "`digest admins link` where the newsletter runs.",
            Frame(None, ""),
        )
    return _page_of_a_visit(
        request,
        "link.html.j2",
        status=403 if fault else 200,
        owner=admin,
        fault=fault,
        shortest=SHORTEST,
    )


def _page_of_a_visit(request: Request, name: str, *, status: int, **values: object) -> Response:
    """A page with a form for who is not logged in: its token needs a cookie all the same."""
    visit = Response()
    form_token = cookies.begin_visit(request, visit)
    response = admin_page(request, name, Frame(None, form_token), status=status, **values)
    response.headers.append("set-cookie", visit.headers["set-cookie"])
    return response


def _with_form(handler: Callable[[Request, FormData], Response]) -> Endpoint:
    """An endpoint for a form of ours, which works in a thread."""

    def checked(request: Request, form: FormData) -> Response:
        if not has_form_token(request, form):
            return _form(request, HOME, fault="That form was out of date. Try again.", status=403)
        with audit.coming_from(browser_of(request).address):
            return handler(request, form)

    return reads_form(checked)


routes: list[BaseRoute] = [
    Route(LOG_IN, show, methods=["GET"]),
    Route(LOG_IN, _with_form(enter), methods=["POST"]),
    Route("/admin/link/{token}", show_link, methods=["GET"]),
    Route("/admin/link/{token}", _with_form(use_link), methods=["POST"]),
    Route("/admin/log-out", _with_form(leave), methods=["POST"]),
]
