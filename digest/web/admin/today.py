"""The first page: what comes next, what is being sent, what went wrong, the days around today."""

from datetime import date

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.app import make_issue_builder
from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.model import Newsletter
from digest.parsing import read_issue_date
from digest.roles import Role
from digest.services.delivery import pause_and_stop
from digest.services.issues.edit import make_edits, release, reset
from digest.services.overview.concerns import read_concerns
from digest.services.overview.next_issues import NextState, next_issues
from digest.services.overview.sending import read_sending
from digest.services.overview.week import DayState, read_days
from digest.web.admin import issue_paths
from digest.web.admin.access import HOME, AdminRequest, admin_route
from digest.web.admin.concern_words import line_of
from digest.web.admin.layout import short_day

_TAGS = {
    NextState.HELD_BY_EDITOR: "bad",
    NextState.HELD_BY_GATE: "bad",
    NextState.TOO_FEW: "warn",
    NextState.VOID: "warn",
    NextState.UNAPPROVED: "warn",
    NextState.APPROVED: "good",
    NextState.READY: "good",
}
# Of the stories of a next issue so many are named.
_NAMED = 3


def show(asked: AdminRequest) -> Response:
    """Where things stand."""
    project = asked.project
    names = project.config.newsletter_names
    zone = project.config.settings.timezone
    return asked.page(
        "today.html.j2",
        names=names,
        next_issues=list(next_issues(project, make_issue_builder(project))),
        sending=read_sending(project),
        concerns=[line_of(concern, names, zone) for concern in read_concerns(project)],
        days=read_days(project),
        tags=_TAGS,
        named=_NAMED,
        paths=issue_paths,
        NextState=NextState,
        DayState=DayState,
        today=max(project.today(letter) for letter in project.config.settings.newsletters),
    )


def skip(asked: AdminRequest) -> Response:
    """Let there be no issue on a date."""
    newsletter, day = _named_issue(asked)
    reason = asked.field("reason") or f"{asked.who} skipped it"
    make_edits(asked.project, newsletter, day, [Edit(EditKind.SKIP, (reason,))], asked.who)
    return asked.back(HOME, f"There will be no {newsletter.name} on {short_day(day)}.")


def hold(asked: AdminRequest) -> Response:
    """Let the next issue wait until somebody releases it."""
    newsletter, day = _named_issue(asked)
    reason = f"{asked.who} held it"
    make_edits(asked.project, newsletter, day, [Edit(EditKind.HOLD, (reason,))], asked.who)
    return asked.back(HOME, f"{newsletter.name} of {short_day(day)} is held: nobody gets it now.")


def change_hour(asked: AdminRequest) -> Response:
    """Let the issue of a date go out at another hour; without one, at the usual one."""
    newsletter, day = _named_issue(asked)
    hour = asked.field("hour")
    if hour in ("", f"{newsletter.time:%H:%M}"):
        reset(asked.project, newsletter, day, EditKind.HOUR, asked.who)
        hour = f"{newsletter.time:%H:%M}, as always"
    else:
        make_edits(asked.project, newsletter, day, [Edit(EditKind.HOUR, (hour,))], asked.who)
    return asked.back(HOME, f"The hour of {newsletter.name} of {short_day(day)} is {hour}.")


def let_go(asked: AdminRequest) -> Response:
    """Let the issue of a date come after all, which somebody held or skipped."""
    newsletter, day = _named_issue(asked)
    release(asked.project, newsletter, day, asked.who)
    return asked.back(HOME, f"{newsletter.name} of {short_day(day)} is released.")


def pause(asked: AdminRequest) -> Response:
    """Let what is left of an issue wait."""
    newsletter, day = _named_issue(asked)
    pause_and_stop.pause(asked.project, newsletter, day, asked.who)
    return asked.back(HOME, f"{newsletter.name} of {short_day(day)}: what is left waits.")


def resume(asked: AdminRequest) -> Response:
    """Let it go on."""
    newsletter, day = _named_issue(asked)
    pause_and_stop.resume(asked.project, newsletter, day, asked.who)
    return asked.back(HOME, f"{newsletter.name} of {short_day(day)} goes on within a minute.")


def _named_issue(asked: AdminRequest) -> tuple[Newsletter, date]:
    """The newsletter and the date that the form names."""
    newsletter = asked.project.config.newsletter(asked.field("newsletter"))
    try:
        day = read_issue_date(asked.field("date"))
    except ValueError:
        day = None
    if newsletter is None or day is None:
        raise UsageError("this issue does not exist", remedy="load the page anew")
    return newsletter, day


routes: list[BaseRoute] = [
    admin_route(HOME, show, role=Role.VIEWER),
    admin_route("/admin/week/skip", skip, methods=["POST"], role=Role.PUBLISHER),
    admin_route("/admin/week/hold", hold, methods=["POST"], role=Role.PUBLISHER),
    admin_route("/admin/week/hour", change_hour, methods=["POST"], role=Role.PUBLISHER),
    admin_route("/admin/week/release", let_go, methods=["POST"], role=Role.PUBLISHER),
    admin_route("/admin/week/pause", pause, methods=["POST"], role=Role.PUBLISHER),
    admin_route("/admin/week/resume", resume, methods=["POST"], role=Role.PUBLISHER),
]
