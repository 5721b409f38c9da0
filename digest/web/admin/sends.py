"""Watch an issue being sent; pause it, let it go on, stop it for good, try again what failed."""

from functools import partial

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.model import DeliveryState
from digest.roles import Role
from digest.services.delivery import pause_and_stop
from digest.services.delivery.missed import retry as retry_deliveries
from digest.services.delivery.send_view import domains_of, latest_sends, send_stamp, send_view
from digest.services.issues.edit_rules import clean
from digest.store import alerts
from digest.text import plural
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.issue_of import issue_of
from digest.web.admin.issue_paths import alert_path, issue_path, sending_path

LIST = "/admin/sending"
# Alerts that the list shows.
_ALERTS = 10
PATH = sending_path("{newsletter}", "{day}")  # type: ignore[arg-type] # a pattern


def show_all(asked: AdminRequest) -> Response:
    """What is under way, the last that went out, and the last alerts between issues."""
    with asked.project.database.read() as connection:
        sent_alerts = alerts.latest(connection, _ALERTS)
        held_alerts = alerts.held_mails(connection)
    return asked.page(
        "sends.html.j2",
        sends=latest_sends(asked.project),
        alerts=sent_alerts,
        names=asked.project.config.newsletter_names,
        held_alerts=held_alerts,
        alert_path=alert_path,
        path_of=sending_path,
    )


def show(asked: AdminRequest) -> Response:
    """How one goes."""
    return _page(asked, "send.html.j2")


def live(asked: AdminRequest) -> Response:
    """The part of the page that changes while it goes, for a script that asks again."""
    return _page(asked, "send_live.html.j2")


async def changes(asked: AdminRequest) -> Response:
    """A stream that tells when that part is worth another look."""
    of = asked.project, *issue_of(asked)
    return asked.streams.answer(asked.param("stamp"), partial(send_stamp, *of))


def _page(asked: AdminRequest, template: str) -> Response:
    newsletter, day = issue_of(asked)
    return asked.page(
        template,
        send=send_view(asked.project, newsletter, day),
        path=sending_path(newsletter.id, day),
        issue_path=issue_path(newsletter.id, day),
    )


def domains(asked: AdminRequest) -> Response:
    """The largest domains: asked for apart, since each delivery is read for it."""
    newsletter, day = issue_of(asked)
    return asked.page(
        "send_domains.html.j2",
        domains=domains_of(asked.project, newsletter, day),
        newsletter=newsletter,
        day=day,
        path=sending_path(newsletter.id, day),
    )


def pause(asked: AdminRequest) -> Response:
    """Let what is left wait."""
    newsletter, day = issue_of(asked)
    pause_and_stop.pause(asked.project, newsletter, day, asked.who)
    message = "Paused. What is on the wire is still answered for; nothing else goes out."
    return asked.back(sending_path(newsletter.id, day), message)


def resume(asked: AdminRequest) -> Response:
    """Let it go on."""
    newsletter, day = issue_of(asked)
    pause_and_stop.resume(asked.project, newsletter, day, asked.who)
    return asked.back(sending_path(newsletter.id, day), "It goes on within a minute.")


def stop(asked: AdminRequest) -> Response:
    """End it for good."""
    newsletter, day = issue_of(asked)
    reason = asked.field("reason")
    pause_and_stop.stop(asked.project, newsletter, day, asked.who, clean(reason) if reason else "")
    return asked.back(sending_path(newsletter.id, day), "Stopped for good.")


def retry(asked: AdminRequest) -> Response:
    """Attempt one group again, or all that failed."""
    newsletter, day = issue_of(asked)
    state = asked.field("state")
    states = [DeliveryState(state)] if state in list(DeliveryState) else [DeliveryState.FAILED]
    words = asked.field("words") or None
    count = retry_deliveries(asked.project, newsletter, day, asked.who, states, words)
    message = f"{plural(count, 'mail')} will be attempted again within a minute."
    return asked.back(sending_path(newsletter.id, day), message)


routes: list[BaseRoute] = [
    admin_route(LIST, show_all, role=Role.VIEWER),
    admin_route(PATH, show, role=Role.VIEWER),
    admin_route(f"{PATH}/live", live, role=Role.VIEWER),
    admin_route(f"{PATH}/changes", changes, role=Role.VIEWER),
    admin_route(f"{PATH}/domains", domains, role=Role.VIEWER),
    admin_route(f"{PATH}/pause", pause, methods=["POST"], role=Role.PUBLISHER),
    admin_route(f"{PATH}/resume", resume, methods=["POST"], role=Role.PUBLISHER),
    admin_route(f"{PATH}/stop", stop, methods=["POST"], role=Role.PUBLISHER),
    admin_route(f"{PATH}/retry", retry, methods=["POST"], role=Role.PUBLISHER),
]
