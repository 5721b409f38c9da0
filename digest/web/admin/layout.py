"""How the editors' pages are put together: head, navigation, messages. In English."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from string import hexdigits
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from digest.render.environment import environment_of, render_template
from digest.roles import Role
from digest.services.issues.edit_rules import required_role
from digest.store.admins import Admin
from digest.text import plural
from digest.web.admin import cookies
from digest.web.admin.cookies import Message
from digest.web.admin.error_words import by_pages, sentence_of
from digest.web.admin.issue_paths import read_key
from digest.web.admin_port import ADMIN
from digest.web.date_filters import page_filters
from digest.web.security import POLICY
from digest.web.site import site_of

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # a form of ours says where it came from, to us alone
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": f"{POLICY}; frame-src 'self'",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A line of the navigation, and for whom it is."""

    title: str
    path: str
    role: Role = Role.VIEWER


ACCOUNT = f"{ADMIN}/account"
# What an editor comes for each day is at hand on a phone, too; the rest is in its menu.
DAILY = (
    Section("Today", ADMIN),
    Section("Sending", f"{ADMIN}/sending"),
    Section("Stories", f"{ADMIN}/stories"),
    Section("Subscribers", f"{ADMIN}/subscribers"),
)
NOW_AND_THEN = (
    Section("Sources", f"{ADMIN}/sources"),
    Section("Numbers", f"{ADMIN}/numbers"),
    Section("Record", f"{ADMIN}/record"),
    Section("Settings", f"{ADMIN}/accounts", Role.OWNER),
)
# The pages of the settings, each with the others beside it.
SETTINGS = (
    Section("Accounts", f"{ADMIN}/accounts"),
    Section("Tokens", f"{ADMIN}/tokens"),
    Section("Webhooks", f"{ADMIN}/webhooks"),
)
# Pages whose address does not begin with that of their section.
_ELSEWHERE = {
    f"{ADMIN}/issues": ADMIN,
    f"{ADMIN}/keywords": f"{ADMIN}/sources",
    **{page.path: f"{ADMIN}/accounts" for page in SETTINGS},
}


@dataclass(frozen=True, slots=True)
class Frame:
    """Whose page it is, and the token of its forms; of nobody where nobody is logged in."""

    admin: Admin | None
    form_token: str


def admin_page(
    request: Request, name: str, frame: Frame, *, status: int = 200, **values: object
) -> HTMLResponse:
    """A template of templates/admin; a message that waits is shown, once."""
    message = cookies.read_message(request)
    response = HTMLResponse(
        _render(request, name, frame, message=message, **values), status, HEADERS
    )
    if message is not None:
        cookies.drop_message(request, response)
    return response


def admin_error(
    request: Request, status: int, heading: str, text: str, frame: Frame
) -> HTMLResponse:
    """A page that says why there is no other."""
    return admin_page(request, "error.html.j2", frame, status=status, heading=heading, text=text)


def see_other(
    request: Request, path: str, message: str = "", *, is_fault: bool = False
) -> Response:
    """On to a page by GET, which says the message."""
    response = RedirectResponse(path, 303, HEADERS)
    if message:
        cookies.keep_message(request, response, Message(message, is_fault))
    return response


def _render(request: Request, name: str, frame: Frame, **values: object) -> str:
    site = site_of(request)
    config = site.project.config
    environment = environment_of(
        (config.path("templates"),), "en", autoescape=True, more_filters=_filters
    )
    role = frame.admin.role if frame.admin else None
    daily, now_and_then = (
        [section for section in group if role is not None and role.includes(section.role)]
        for group in (DAILY, NOW_AND_THEN)
    )
    return render_template(
        environment,
        f"admin/{name}",
        site=site,
        admin=frame.admin,
        form_token=frame.form_token,
        daily=daily,
        now_and_then=now_and_then,
        settings=SETTINGS,
        here=_section_of(request.url.path),
        now=site.project.clock(),
        zone=config.settings.timezone,
        may=frame.admin.role.includes if frame.admin else lambda _role: False,
        Role=Role,
        required_role=required_role,
        **values,
    )


def _section_of(path: str) -> str:
    """The path of the section that a page belongs to: the longest that it begins with."""
    is_sending = path.startswith(f"{ADMIN}/issues/") and "/sending" in path
    if is_sending or path.startswith(f"{ADMIN}/alerts/"):
        return f"{ADMIN}/sending"
    sections = (section.path for section in (*DAILY, *NOW_AND_THEN))
    places = {path: path for path in (*sections, ACCOUNT)} | _ELSEWHERE
    begun = [place for place in places if place != ADMIN and f"{path}/".startswith(f"{place}/")]
    return places[max(begun, key=len)] if begun else ADMIN if path == ADMIN else ""


def _filters(language: str) -> dict[str, Callable[..., Any]]:
    return {
        **page_filters(language),
        "count": lambda number: f"{number:,}",
        "at": moment,
        "plural": plural,
        "minutes": _minutes,
        "browser": _browser,
        "clock_in": lambda when, in_zone: f"{when.astimezone(ZoneInfo(in_zone)):%H:%M}",
        "holds": lambda counts, states: sum(counts.get(state, 0) for state in states),
        "hour": lambda hour: f"{hour:%H:%M}",
        "by_pages": by_pages,
        "sentence": sentence_of,
        "day_name": _day_name,
        "short": short_day,
        "issue_title": issue_title,
        "without_hash": short_hash,
        "long_day": _long_day,
        "after_number": lambda text: text.partition(" ")[2],
    }


def moment(when: datetime, zone: str) -> str:
    """`Sat 21 Nov, 06:00`, in a zone."""
    local = when.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def _day_name(day: date, today: date) -> str:
    """`today`, `tomorrow`, or `Mon 23 Nov`."""
    names = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return names.get((day - today).days, short_day(day))


def short_day(day: date) -> str:
    """`Mon 23 Nov`."""
    return f"{day:%a} {day.day} {day:%b}"


def issue_title(key: str, names: Mapping[str, str]) -> str:
    """`Science Daily of Mon 23 Nov`, of an issue's key; `names` are those of the newsletters."""
    issue = read_key(key)
    return f"{names.get(issue[0], issue[0])} of {short_day(issue[1])}" if issue else key


def short_hash(value: object) -> object:
    """Of a SHA-256 as hexadecimal digits the first twelve; all else as it is."""
    is_hash = isinstance(value, str) and len(value) == 64 and set(value) <= set(hexdigits)
    return f"{value[:12]}…" if isinstance(value, str) and is_hash else value


def _long_day(day: date, today: date) -> str:
    """`Monday, 23 November`, with the year where that is another than today's."""
    return f"{day:%A}, {day.day} {day:%B}{f' {day.year}' if day.year != today.year else ''}"


def _browser(agent: str) -> str:
    """`Firefox on Windows`, as far as what a browser calls itself says so."""
    names = (("Firefox/", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"))
    systems = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
    browser = next((name for mark, name in (*names, ("Safari/", "Safari")) if mark in agent), "")
    system = next((name for name in systems if name in agent), "")
    return f"{browser or 'A browser'}{f' on {system}' if system else ''}"


def _minutes(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
