"""Coming in and going out: the log-in, the one-time link, the log-out."""

from collections.abc import Callable
from datetime import timedelta

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.roles import Role
from digest.services.admins import accounts, audit, log_in, passkeys
from digest.services.admins.log_in import LogInRefusal
from digest.services.admins.passwords import SHORTEST
from digest.services.admins.tokens import form_token, sealed, unsealed
from digest.store.admins import Admin
from digest.web.admin import cookies
from digest.web.admin.access import (
    HOME,
    LOG_IN,
    AdminRequest,
    admin_route,
    browser_of,
    has_form_token,
    own_path,
    passkey_place,
    to_log_in,
)
from digest.web.admin.layout import Frame, admin_error, admin_page, see_other
from digest.web.public.signed_links import Endpoint, field, reads_form
from digest.web.site import site_of

# From the password to the code of the phone.
CODE_LIFE = timedelta(minutes=5)
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
    if outcome.totp_secret:
        return _code_form(request, outcome.id, going_on)
    return _let_in(request, outcome, going_on)


def enter_code(request: Request, form: FormData) -> Response:
    """Log in by the code of a phone, after the password."""
    project, going_on = site_of(request).project, own_path(field(form, "next"))
    number = unsealed(
        project.links.key,
        f"code {cookies.visit_secret(request)}",
        field(form, "seal"),
        CODE_LIFE,
    )
    if not isinstance(number, int):
        return _form(request, going_on, fault="That took too long. Begin again.", status=403)
    outcome = log_in.enter_code(project, number, field(form, "code"), browser_of(request))
    if outcome is LogInRefusal.TOO_MANY:
        return _form(request, going_on, fault=FAULTS[outcome], status=429)
    if isinstance(outcome, LogInRefusal):
        return _code_form(
            request,
            number,
            going_on,
            fault="This is not the code of now, or it was used: wait for the next.",
        )
    return _let_in(request, outcome, going_on)


def enter_by_passkey(request: Request, form: FormData) -> Response:
    """Log in by a passkey, which stands for password and code."""
    project = site_of(request).project
    admin = passkeys.log_in(
        project,
        passkey_place(request, cookies.visit_secret(request)),
        seal=field(form, "seal"),
        answer=field(form, "answer"),
    )
    if admin is None:
        return _form(request, HOME, fault="This passkey is not known here.", status=403)
    return _let_in(request, admin, own_path(field(form, "next")))


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


def leave(asked: AdminRequest) -> Response:
    """Log out this browser."""
    log_in.end_session(asked.project, asked.admin, asked.session.id)
    response = to_log_in(asked.request)
    cookies.drop_session(asked.request, response)
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
    secret = cookies.visit_secret(request)
    challenge = passkeys.log_in_challenge(site_of(request).project, passkey_place(request, secret))
    return _page_of_a_visit(
        request,
        "log_in.html.j2",
        secret,
        status=status,
        going_on=going_on,
        email=email,
        fault=fault,
        challenge=challenge,
    )


def _code_form(request: Request, number: int, going_on: str, *, fault: str = "") -> Response:
    """The second step: whose password was right is sealed into the form."""
    secret, key = cookies.visit_secret(request), site_of(request).project.links.key
    return _page_of_a_visit(
        request,
        "code.html.j2",
        secret,
        status=403 if fault else 200,
        going_on=going_on,
        seal=sealed(key, f"code {secret}", number),
        fault=fault,
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
        cookies.visit_secret(request),
        status=403 if fault else 200,
        owner=admin,
        fault=fault,
        shortest=SHORTEST,
    )


def _page_of_a_visit(
    request: Request, name: str, secret: str, *, status: int, **values: object
) -> Response:
    """A page with a form for who is not logged in: its token needs a cookie all the same."""
    frame = Frame(None, form_token(site_of(request).project.links.key, secret))
    response = admin_page(request, name, frame, status=status, **values)
    cookies.keep_visit(request, response, secret)
    return response


def _with_form(handler: Callable[[Request, FormData], Response]) -> Endpoint:
    """An endpoint for a form of ours, which works in a thread."""

    def checked(request: Request, form: FormData) -> Response:
        if not has_form_token(request, form, cookies.visit_secret(request)):
            return _form(request, HOME, fault="That form was out of date. Try again.", status=403)
        with audit.coming_from(browser_of(request).address):
            return handler(request, form)

    return reads_form(checked)


routes: list[BaseRoute] = [
    Route(LOG_IN, show, methods=["GET"]),
    Route(LOG_IN, _with_form(enter), methods=["POST"]),
    Route("/admin/log-in/code", _with_form(enter_code), methods=["POST"]),
    Route("/admin/log-in/passkey", _with_form(enter_by_passkey), methods=["POST"]),
    Route("/admin/link/{token}", show_link, methods=["GET"]),
    Route("/admin/link/{token}", _with_form(use_link), methods=["POST"]),
    admin_route("/admin/log-out", leave, methods=["POST"], role=Role.VIEWER),
]
