"""Who may do what on the editors' pages: every route is declared here, with the role it asks for.

A request passes, in this order: a session, the role, the form's token, and for what is grave the
password. What an endpoint then does is a service's work, recorded as coming from that address.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.errors import DigestError, NotFoundError
from digest.project import Project
from digest.roles import Role
from digest.services.admins import audit, log_in
from digest.services.admins.audit import Actor
from digest.services.admins.log_in import Browser
from digest.services.admins.passkeys import PasskeyPlace
from digest.services.admins.tokens import form_token, is_form_token
from digest.store.admin_sessions import AdminSession
from digest.store.admins import Admin
from digest.web.admin import cookies
from digest.web.admin.error_words import sentence_of
from digest.web.admin.layout import Frame, admin_error, admin_page, see_other
from digest.web.admin.streams import Streams
from digest.web.site import Site, site_of


class _RowNumber(Convertor[int]):
    """`{number:row}` in a path: a number that a row may have, so that no other reaches SQL."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("row", _RowNumber())

HOME = "/admin"
LOG_IN = "/admin/log-in"
# Beside the field of a form: for scripts that send none.
TOKEN_HEADER = "x-form-token"  # noqa: S105 - the name of a header
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field
PASSWORD_FIELD = "your_password"  # noqa: S105 - the name of a field
# More than any form of ours has.
MOST_FIELDS = 2_000


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """A request of somebody who may make it; `form` is empty where it has none."""

    request: Request
    admin: Admin
    session: AdminSession
    form: FormData

    @property
    def site(self) -> Site:
        """The site that it is for."""
        return site_of(self.request)

    @property
    def project(self) -> Project:
        """The project of the site."""
        return self.site.project

    @property
    def streams(self) -> Streams:
        """Those of the server."""
        streams: Streams = self.request.app.state.streams
        return streams

    @property
    def who(self) -> str:
        """The name that is kept with what they do."""
        return self.admin.name

    @property
    def actor(self) -> Actor:
        """Who does it now."""
        return Actor(self.who, self.project.clock())

    def may(self, role: Role) -> bool:
        """Whether they may do what this role is asked for."""
        return self.admin.role.includes(role)

    def field(self, name: str) -> str:
        """A field of the form, without spaces around it; empty where it is missing."""
        value = self.form.get(name)
        return value.strip() if isinstance(value, str) else ""

    def fields(self, name: str) -> list[str]:
        """All values of a field that may stand in a form several times."""
        return [value for value in self.form.getlist(name) if isinstance(value, str)]

    def param(self, name: str) -> str:
        """What stands in the address after the `?` under this name; empty where nothing does."""
        return self.request.query_params.get(name, "").strip()

    def page(self, name: str, *, status: int = 200, **values: object) -> Response:
        """A template of templates/admin as an answer."""
        return admin_page(self.request, name, self._frame, status=status, **values)

    def error(self, status: int, heading: str, text: str) -> Response:
        """A page that says why there is no other."""
        return admin_error(self.request, status, heading, text, self._frame)

    def not_found(self) -> Response:
        """A page that says that there is none here."""
        return self.error(404, "There is no such page", "Choose one above.")

    def back(self, path: str, message: str = "", *, is_fault: bool = False) -> Response:
        """After a POST: a page by GET, at whose top the message stands."""
        return see_other(self.request, path, message, is_fault=is_fault)

    @property
    def _frame(self) -> Frame:
        key = self.project.links.key
        return Frame(self.admin, form_token(key, cookies.session_token(self.request)))


Endpoint = Callable[[AdminRequest], Response | Awaitable[Response]]


class AdminRoute(Route):
    """A page or an action, and the role that it asks for."""

    def __init__(
        self, path: str, endpoint: Endpoint, methods: Sequence[str], role: Role, rules: "_Rules"
    ) -> None:
        guarded = _Guarded(endpoint, role, rules)
        super().__init__(path, guarded.answer, methods=list(methods))
        self.role = role


def admin_route(
    path: str,
    endpoint: Endpoint,
    *,
    methods: Sequence[str] = ("GET",),
    role: Role,
    is_grave: bool = False,
    files: int = 0,
) -> AdminRoute:
    """Declare a page below /admin. An endpoint that is no coroutine works in a thread.

    What `is_grave` asks for the password, unless it was typed a short while ago. A form may bring
    so many `files`.
    """
    return AdminRoute(path, endpoint, methods, role, _Rules(is_grave, files))


@dataclass(frozen=True, slots=True)
class _Rules:
    is_grave: bool
    files: int


class _Guarded:
    """An endpoint behind what it asks for."""

    def __init__(self, endpoint: Endpoint, role: Role, rules: _Rules) -> None:
        self.endpoint = endpoint
        self.role = role
        self.rules = rules

    async def answer(self, request: Request) -> Response:
        """The endpoint's answer, or why there is none."""
        project = site_of(request).project
        session = await run_in_threadpool(
            log_in.find_session, project, cookies.session_token(request)
        )
        if session is None:
            return to_log_in(request)
        asked = AdminRequest(request, *session, FormData())
        if not asked.may(self.role):
            return asked.error(
                403,
                f"This is for {a_role(self.role)}",
                f"You are {a_role(asked.admin.role)}. An owner can give you another role.",
            )
        if request.method in ("GET", "HEAD"):
            return await self._answer(asked)
        async with request.form(max_files=self.rules.files, max_fields=MOST_FIELDS) as form:
            asked = AdminRequest(request, *session, form)
            refusal = await run_in_threadpool(self._refusal, asked)
            return refusal or await self._answer(asked)

    def _refusal(self, asked: AdminRequest) -> Response | None:
        if not has_form_token(asked.request, asked.form, cookies.session_token(asked.request)):
            return asked.error(
                403, "This form is out of date", "Load its page anew, and try again."
            )
        if not self.rules.is_grave or log_in.is_confirmed(asked.project, asked.session):
            return None
        typed = asked.form.get(PASSWORD_FIELD)
        if not isinstance(typed, str):
            return _ask_password(asked)
        with audit.coming_from(browser_of(asked.request).address):
            if log_in.confirm(asked.project, asked.admin, asked.session, typed):
                return None
        return _ask_password(asked, "That is not your password, or there were too many tries.")

    async def _answer(self, asked: AdminRequest) -> Response:
        with audit.coming_from(browser_of(asked.request).address):
            try:
                if inspect.iscoroutinefunction(self.endpoint):
                    answer: Response = await self.endpoint(asked)
                else:
                    answer = await run_in_threadpool(self.endpoint, asked)  # type: ignore[arg-type]
            except HTTPException as error:
                if error.status_code != 404:
                    raise
                return asked.not_found()
            except DigestError as error:
                return _refused(asked, error)
        return answer


def to_log_in(request: Request) -> Response:
    """Where somebody is sent who is not logged in; they come back to the page they asked for."""
    path = request.url.path
    wanted = f"?next={quote(path)}" if request.method == "GET" and path != HOME else ""
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": LOG_IN})
    return see_other(request, LOG_IN + wanted)


def has_form_token(request: Request, form: FormData, secret: str) -> bool:
    """Whether a form came from a page that the browser with this cookie was given."""
    token = form.get(TOKEN_FIELD) or request.headers.get(TOKEN_HEADER, "")
    key = site_of(request).project.links.key
    return isinstance(token, str) and is_form_token(key, secret, token)


def browser_of(request: Request) -> Browser:
    """Where a request came from."""
    address = request.client.host if request.client else ""
    return Browser(address, request.headers.get("user-agent", ""))


def passkey_place(request: Request, secret: str) -> PasskeyPlace:
    """Where a passkey of these pages belongs, asked for by the browser with this cookie."""
    url = request.url
    return PasskeyPlace(url.hostname or "", f"{url.scheme}://{url.netloc}", secret)


def own_path(path: str) -> str:
    """A path to go on to, if it is one of these pages; else the first of them."""
    parts = urlsplit(path)
    is_own = not parts.scheme and not parts.netloc and "\\" not in path
    return path if is_own and f"{parts.path}/".startswith(f"{HOME}/") else HOME


def a_role(role: Role) -> str:
    """`an editor`, `a viewer`."""
    return f"{'an' if role[0] in 'eo' else 'a'} {role}"


def _ask_password(asked: AdminRequest, fault: str = "") -> Response:
    """The same form again, with the password; what it holds goes along."""
    ours = (TOKEN_FIELD, PASSWORD_FIELD)
    held = [(name, value) for name, value in asked.form.multi_items() if name not in ours]
    return asked.page(
        "confirm.html.j2",
        status=403 if fault else 200,
        held=[(name, value) for name, value in held if isinstance(value, str)],
        fault=fault,
    )


def _refused(asked: AdminRequest, error: DigestError) -> Response:
    """What a service refuses, told where it was asked for."""
    text = sentence_of(error)
    if asked.request.method in ("GET", "HEAD"):
        if isinstance(error, NotFoundError):
            return asked.error(404, "This is not here", text)
        return asked.error(400, "This cannot be shown", text)
    came_from = urlsplit(asked.request.headers.get("referer", ""))
    return asked.back(own_path(came_from.path), text, is_fault=True)
