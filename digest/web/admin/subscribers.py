"""Subscribers: looked for, each with their whole history; added, changed, unsubscribed, erased.

A subscriber's page is named by their number, so that no address stands in a log.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from digest.clock import local_time
from digest.errors import UsageError
from digest.roles import Role
from digest.services.explain.describe_subscriber import describe_subscriber
from digest.services.explain.explain_delivery import explain_delivery, last_reply
from digest.services.explain.facts import Attempt, DeliveryRecord
from digest.services.explain.read_facts import AddressHistory, read_facts
from digest.services.subscribers import manage
from digest.services.subscribers.importing.own_format import csv_lines, make_subscription
from digest.services.subscribers.search import email_of, number_of, search
from digest.store import subscribers
from digest.web.admin.access import AdminRequest, admin_route

HERE = "/admin/subscribers"
_PIECE = 256 * 1024


def show_list(asked: AdminRequest) -> Response:
    """Those who were looked for, or the newest; a whole address leads to its owner's page."""
    text, is_suppressed = asked.param("q"), asked.param("state") == "suppressed"
    number = number_of(asked.project, text) if "@" in text else None
    if number is not None:
        return asked.back(f"{HERE}/{number}")
    return asked.page(
        "subscribers.html.j2",
        text=text,
        is_suppressed=is_suppressed,
        found=search(asked.project, text, suppressed=is_suppressed),
        newsletters=asked.project.config.settings.newsletters,
        tree=asked.project.config.topics,
    )


def show(asked: AdminRequest) -> Response:
    """All that is on record of one of them."""
    history = _history(asked)
    zone, now = ZoneInfo(asked.project.config.settings.timezone), asked.project.clock()

    def when(at: datetime) -> str:
        return local_time(at, zone, now)

    return asked.page(
        "subscriber.html.j2",
        number=asked.request.path_params["number"],
        history=history,
        sentences=describe_subscriber(history.subscriber, when),
        deliveries=[
            (facts, explain_delivery(facts, when), _attempts(facts.delivery))
            for facts in history.deliveries
        ],
        newsletters=asked.project.config.settings.newsletters,
        tree=asked.project.config.topics,
    )


def keep(asked: AdminRequest) -> Response:
    """Add a subscription, or change what somebody gets."""
    newsletter = asked.project.config.newsletter(asked.field("newsletter"))
    if newsletter is None:
        raise UsageError("this newsletter does not exist", remedy="load the page anew")
    try:
        subscription = make_subscription(
            asked.field("email"),
            asked.field("name"),
            asked.fields("topics"),
            asked.field("timezone"),
            asked.project.config.topics,
            hour=asked.field("hour"),
            paused_until=asked.field("paused_until"),
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
    is_new = manage.add(
        asked.project.database,
        newsletter.id,
        subscription,
        asked.project.clock(),
        given=frozenset(("topics", "timezone", "hour", "paused_until")),
        resubscribe=bool(asked.field("resubscribe")),
        who=asked.who,
    )
    number = number_of(asked.project, subscription.email)
    done = "is added to" if is_new else "is changed in"
    return asked.back(f"{HERE}/{number}", f"{subscription.email} {done} {newsletter.name}.")


def unsubscribe(asked: AdminRequest) -> Response:
    """End one of somebody's subscriptions, or all."""
    project, email = asked.project, _email(asked)
    newsletter = asked.field("newsletter") or None
    manage.remove(project.database, email, newsletter, project.clock(), who=asked.who)
    return asked.back(
        _page_of(asked), f"{email} gets nothing more of {newsletter or 'any newsletter'}."
    )


def lift(asked: AdminRequest) -> Response:
    """Let an address get mail again."""
    project, email = asked.project, _email(asked)
    reason = manage.lift_suppression(project.database, email, project.clock(), who=asked.who)
    said = f"was suppressed ({reason}), and is no more" if reason else "was not suppressed"
    return asked.back(_page_of(asked), f"{email} {said}.")


def erase(asked: AdminRequest) -> Response:
    """Erase a person who asks for it."""
    project, email = asked.project, _email(asked)
    number = asked.request.path_params["number"]
    manage.erase(project.database, number, project.clock(), who=asked.who)
    return asked.back(HERE, f"All that was stored of {email} is erased.")


def export(asked: AdminRequest) -> Response:
    """The subscribers of a newsletter as CSV, in the form that an import reads."""
    project = asked.project
    newsletter = asked.field("newsletter")
    if project.config.newsletter(newsletter) is None:
        raise UsageError("this newsletter does not exist", remedy="load the page anew")
    # On the disk first: a browser may be slow, and a read of the database is not kept open for it.
    file = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed when it was sent
    with project.database.read() as connection:
        for line in csv_lines(subscribers.everyone(connection, newsletter)):
            file.write(line.encode())
    file.seek(0)
    manage.note_export(project.database, newsletter, project.clock(), who=asked.who)

    def pieces() -> Iterator[bytes]:
        while piece := file.read(_PIECE):
            yield piece

    name = f"{newsletter}-{project.clock():%Y-%m-%d}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(
        pieces(), headers=headers, media_type="text/csv", background=BackgroundTask(file.close)
    )


def _history(asked: AdminRequest) -> AddressHistory:
    project, email = asked.project, _email(asked)
    with project.database.read() as connection:
        return read_facts(connection, project.config, email, now=project.clock())


def _email(asked: AdminRequest) -> str:
    email = email_of(asked.project, asked.request.path_params["number"])
    if email is None:
        raise UsageError("nothing is stored of this subscriber", remedy="look for the address")
    return email


def _page_of(asked: AdminRequest) -> str:
    return f"{HERE}/{asked.request.path_params['number']}"


def _attempts(record: DeliveryRecord | None) -> list[tuple[Attempt, str]]:
    """Each attempt, and what the server said at its end."""
    return [
        (attempt, last_reply(attempt) if attempt.reply or attempt.cause else "")
        for attempt in (record.attempts if record else ())
    ]


_ONE = f"{HERE}/{{number:int}}"
routes: list[BaseRoute] = [
    admin_route(HERE, show_list, role=Role.VIEWER),
    admin_route(HERE, keep, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{HERE}/export", export, methods=["POST"], role=Role.OWNER, is_grave=True),
    admin_route(_ONE, show, role=Role.VIEWER),
    admin_route(f"{_ONE}/unsubscribe", unsubscribe, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/lift", lift, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/erase", erase, methods=["POST"], role=Role.OWNER, is_grave=True),
]
