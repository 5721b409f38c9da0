"""The cookies of the editors' pages: HttpOnly, SameSite=Lax, and behind https Secure.

Behind https they have the prefix `__Host-` (RFC 6265bis, section 4.1.3.2), so that no other host of
the domain can set them.
"""

from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import Response

from digest.services.admins import tokens
from digest.services.admins.log_in import LONGEST
from digest.web.site import site_of

_SESSION = "digest-session"
# Of who is not logged in, for the form that logs in.
_VISIT = "digest-visit"
_MESSAGE = "digest-message"
_MESSAGE_SECONDS = 60
_LONGEST_MESSAGE = 1_000


@dataclass(frozen=True, slots=True)
class Message:
    """What a page says at its top of what was just done."""

    text: str
    is_fault: bool


def session_token(request: Request) -> str:
    """The token of the session, empty where there is none."""
    return request.cookies.get(_name(request, _SESSION), "")


def visit_secret(request: Request) -> str:
    """What the forms of a browser without a session are bound to: its cookie, or a new one."""
    return request.cookies.get(_name(request, _VISIT), "") or tokens.new_token()


def keep_visit(request: Request, response: Response, secret: str) -> None:
    """Let the browser have that, until it is closed."""
    _set(request, response, _VISIT, secret, seconds=None)


def keep_session(request: Request, response: Response, token: str) -> None:
    """Let the browser have a session."""
    _set(request, response, _SESSION, token, seconds=int(LONGEST.total_seconds()))


def drop_session(request: Request, response: Response) -> None:
    """Let the browser forget it."""
    _set(request, response, _SESSION, "", seconds=0)


def keep_message(request: Request, response: Response, message: Message) -> None:
    """Let the next page say it."""
    value = _serializer(request).dumps([message.text[:_LONGEST_MESSAGE], message.is_fault])
    assert isinstance(value, str)
    _set(request, response, _MESSAGE, value, seconds=_MESSAGE_SECONDS)


def read_message(request: Request) -> Message | None:
    """What the page before left for this one."""
    value = request.cookies.get(_name(request, _MESSAGE), "")
    if not value:
        return None
    try:
        text, is_fault = _serializer(request).loads(value)
    except (BadData, ValueError, TypeError):
        return None
    return Message(str(text), bool(is_fault))


def drop_message(request: Request, response: Response) -> None:
    """Say it once."""
    _set(request, response, _MESSAGE, "", seconds=0)


def _serializer(request: Request) -> URLSafeSerializer:
    return URLSafeSerializer(site_of(request).project.links.key, salt="digest.admin.message")


def _name(request: Request, name: str) -> str:
    return f"__Host-{name}" if request.url.scheme == "https" else name


def _set(
    request: Request, response: Response, name: str, value: str, *, seconds: int | None
) -> None:
    """Without `seconds` until the browser is closed; 0 deletes."""
    response.set_cookie(
        _name(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
