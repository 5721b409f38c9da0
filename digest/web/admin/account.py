"""One's own account: the password, where one is logged in, the second factor."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.parsing import read_number
from digest.roles import Role
from digest.services.admins import accounts, codes, log_in, passkeys
from digest.services.admins.passwords import SHORTEST
from digest.web.admin import cookies
from digest.web.admin.access import (
    AdminRequest,
    AdminRoute,
    Endpoint,
    admin_route,
    browser_of,
    passkey_place,
)

HERE = "/admin/account"


def show(asked: AdminRequest) -> Response:
    """All that concerns it."""
    place = passkey_place(asked.request, cookies.session_token(asked.request))
    return asked.page(
        "account.html.j2",
        shortest=SHORTEST,
        sessions=log_in.sessions_of(asked.project, asked.admin),
        this=asked.session,
        keys=passkeys.keys_of(asked.project.database, asked.admin),
        challenge=passkeys.registration(asked.project, asked.admin, place),
    )


def change_password(asked: AdminRequest) -> Response:
    """Choose another password; every other browser is logged out."""
    password, again = asked.form.get("password"), asked.form.get("again")
    if not isinstance(password, str) or password != again:
        return asked.back(HERE, "The two new passwords are not the same.", is_fault=True)
    fault = accounts.change_password(asked.project, asked.admin.email, password, asked.who)
    if fault:
        return asked.back(HERE, fault, is_fault=True)
    token = log_in.begin_session(asked.project, asked.admin, browser_of(asked.request))
    response = asked.back(HERE, "You have a new password, and are logged out everywhere else.")
    cookies.keep_session(asked.request, response, token)
    return response


def end_session(asked: AdminRequest) -> Response:
    """Log out one browser, or all others."""
    number = read_number(asked.field("session"))
    if number is not None:
        log_in.end_session(asked.project, asked.admin, number)
    else:
        log_in.end_other_sessions(asked.project, asked.admin, asked.session)
    return asked.back(HERE, "Logged out there.")


def set_codes_up(asked: AdminRequest) -> Response:
    """On to the code, once the password was typed: it would be old by then if it came first."""
    return asked.back(f"{HERE}/codes")


def show_codes(asked: AdminRequest) -> Response:
    """A new secret for a phone, which counts once a code of it was typed."""
    secret = codes.new_secret()
    return _codes_page(asked, secret)


def turn_codes_on(asked: AdminRequest) -> Response:
    """Ask for codes at each log-in by password."""
    secret = asked.field("secret")
    if not codes.turn_on(asked.project, asked.admin, secret, asked.field("code")):
        return _codes_page(asked, secret, "This is not the code that the phone shows now.")
    return asked.back(HERE, "From now on your phone's code is asked for beside the password.")


def turn_codes_off(asked: AdminRequest) -> Response:
    """Ask for no codes any more."""
    codes.turn_off(asked.project, asked.admin)
    return asked.back(HERE, "No codes are asked for any more.")


def add_passkey(asked: AdminRequest) -> Response:
    """Keep the passkey that the browser made."""
    place = passkey_place(asked.request, cookies.session_token(asked.request))
    is_kept = passkeys.add(
        asked.project,
        asked.admin,
        place,
        seal=asked.field("seal"),
        answer=asked.field("answer"),
        name=asked.field("name"),
    )
    if not is_kept:
        return asked.back(HERE, "The passkey was not taken. Try again.", is_fault=True)
    return asked.back(HERE, "You can log in with this passkey from now on.")


def remove_passkey(asked: AdminRequest) -> Response:
    """Let a passkey log in no more."""
    number = read_number(asked.field("passkey"))
    if number is not None:
        passkeys.remove(asked.project, asked.admin, number)
    return asked.back(HERE, "This passkey lets nobody in any more.")


def _codes_page(asked: AdminRequest, secret: str, fault: str = "") -> Response:
    issuer = asked.site.newsletter.name
    return asked.page(
        "codes.html.j2",
        status=403 if fault else 200,
        secret=secret,
        picture=codes.qr_code(secret, asked.admin, issuer),
        fault=fault,
    )


def _own(path: str, endpoint: Endpoint, *, is_grave: bool = False) -> AdminRoute:
    """An action on one's own account, which whoever has one may do."""
    return admin_route(
        f"{HERE}/{path}", endpoint, methods=["POST"], role=Role.VIEWER, is_grave=is_grave
    )


routes: list[BaseRoute] = [
    admin_route(HERE, show, role=Role.VIEWER),
    _own("password", change_password, is_grave=True),
    _own("sessions", end_session),
    admin_route(f"{HERE}/codes", show_codes, role=Role.VIEWER),
    _own("codes/set-up", set_codes_up, is_grave=True),
    _own("codes", turn_codes_on, is_grave=True),
    _own("codes/off", turn_codes_off, is_grave=True),
    _own("passkeys", add_passkey, is_grave=True),
    _own("passkeys/remove", remove_passkey, is_grave=True),
]
