"""Subscribers: looked for, each with their whole history; added, changed, unsubscribed, erased.

A subscriber's page is named by their number, so that no address stands in a log.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from digest.clock import local_time
from digest.errors import DigestError, NotFoundError, UsageError
from digest.model import Newsletter, Subscription
from digest.roles import Role
from digest.services.explain.describe_subscriber import describe_subscriber
from digest.services.explain.explain_delivery import (
    DeliveryExplanation,
    explain_delivery,
    last_reply,
)
from digest.services.explain.facts import AddressFacts, Attempt, DeliveryFacts, DeliveryRecord
from digest.services.explain.read_facts import AddressHistory, read_facts
from digest.services.subscribers import manage
from digest.services.subscribers.importing.own_format import csv_lines, make_subscription
from digest.services.subscribers.search import email_of, number_of, search
from digest.store import subscribers
from digest.store.unsubscribes import UnsubscribeMethod
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.error_words import by_pages, sentence_of

HERE = "/admin/subscribers"
_PIECE = 256 * 1024
_LINES = ("timezone", "hour", "paused_until", "layout", "keywords", "at_least", "longest_wait")
_GIVEN = frozenset((*_LINES, "topics", "days"))
_FIELDS = (*_LINES, "alerts", "email", "name", "newsletter", "resubscribe")


def show_list(asked: AdminRequest) -> Response:
    """Those who were looked for, or the newest; a whole address leads to its owner's page."""
    text = asked.param("q")
    number = number_of(asked.project, text) if "@" in text else None
    if number is not None:
        return asked.back(f"{HERE}/{number}")
    return _list_page(asked)


def show(asked: AdminRequest) -> Response:
    """All that is on record of one of them."""
    history = _history(asked)
    zone, now = ZoneInfo(asked.project.config.settings.timezone), asked.project.clock()

    def when(at: datetime) -> str:
        return local_time(at, zone, now)

    names = asked.project.config.newsletter_names
    return asked.page(
        "subscriber.html.j2",
        number=asked.request.path_params["number"],
        names=names,
        history=history,
        sentences=describe_subscriber(_named(history.subscriber, names), when),
        deliveries=[
            (facts, _explained(facts, names, when), _attempts(facts.delivery))
            for facts in history.deliveries
        ],
        newsletters=asked.project.config.settings.newsletters,
        tree=asked.project.config.topics,
    )


def add(asked: AdminRequest) -> Response:
    """Add somebody; whoever is subscribed already stays as they are."""
    newsletter = _newsletter(asked)
    try:
        subscription = _subscription(asked, asked.field("email"))
        is_new = _keep(asked, newsletter, subscription, only_new=True)
        done = "is added to" if is_new else "is subscribed already to"
    except DigestError as error:
        return _list_page(asked, error)
    page = f"{HERE}/{number_of(asked.project, subscription.email)}"
    return asked.back(page, f"{subscription.email} {done} {newsletter.name}.")


def change(asked: AdminRequest) -> Response:
    """Change what a subscriber gets of a newsletter, or subscribe them to it."""
    newsletter, email = _newsletter(asked), _email(asked)
    is_new = _keep(asked, newsletter, _subscription(asked, email))
    done = "is added to" if is_new else "is changed in"
    return asked.back(_page_of(asked), f"{email} {done} {newsletter.name}.")


def unsubscribe(asked: AdminRequest) -> Response:
    """End one of somebody's subscriptions, or all."""
    project, email = asked.project, _email(asked)
    newsletter = asked.field("newsletter") or None
    now, how = project.clock(), UnsubscribeMethod.DESK
    manage.remove(project.database, email, newsletter, now, who=asked.who, how=how)
    name = _names(asked, [newsletter]) if newsletter else "any newsletter"
    return asked.back(_page_of(asked), f"{email} gets nothing more of {name}.")


def lift(asked: AdminRequest) -> Response:
    """Let an address get mail again."""
    project, email = asked.project, _email(asked)
    reason = manage.lift_suppression(project.database, email, project.clock(), who=asked.who)
    if reason is None:
        return asked.back(_page_of(asked), f"Nothing stood against mail to {email}.")
    names = _names(asked, [entry.newsletter for entry in _history(asked).subscriber.subscriptions])
    next_step = (
        f"They get {names} from the next issue on."
        if names
        else "They are subscribed to nothing now: subscribe them below, if they asked to come back."
    )
    return asked.back(_page_of(asked), f"{email} may be mailed again. {next_step}")


def erase(asked: AdminRequest) -> Response:
    """Erase a person who asks for it; whoever does so types the address."""
    project, email = asked.project, _email(asked)
    if asked.field("address").lower() != email.lower():
        text = f"Nothing was erased: what was typed is not {email}."
        return asked.back(_page_of(asked), text, is_fault=True)
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


def _names(asked: AdminRequest, newsletters: Iterable[str]) -> str:
    """The names of newsletters; one that is in the settings no more has its id alone."""
    named = [(asked.project.config.newsletter(name), name) for name in newsletters]
    return ", ".join(newsletter.name if newsletter else name for newsletter, name in named)


def _list_page(asked: AdminRequest, fault: DigestError | None = None) -> Response:
    """The list; with a fault also what was typed, to be corrected."""
    text, is_suppressed = asked.param("q"), asked.param("state") == "suppressed"
    typed = {name: asked.field(name) for name in _FIELDS}
    return asked.page(
        "subscribers.html.j2",
        status=400 if fault else 200,
        text=text,
        is_suppressed=is_suppressed,
        found=search(asked.project, text, suppressed=is_suppressed),
        newsletters=asked.project.config.settings.newsletters,
        tree=asked.project.config.topics,
        fault=sentence_of(fault) if fault else "",
        typed={
            **typed,
            "zone": typed["timezone"],
            "topics": asked.fields("topics"),
            "days": asked.fields("days"),
        },
    )


def _newsletter(asked: AdminRequest) -> Newsletter:
    """The newsletter that a form names."""
    newsletter = asked.project.config.newsletter(asked.field("newsletter"))
    if newsletter is None:
        raise UsageError("this newsletter does not exist", remedy="load the page anew")
    return newsletter


def _subscription(asked: AdminRequest, email: str) -> Subscription:
    """What a form chooses for an address."""
    until = asked.field("paused_until")
    if until and until < f"{asked.project.clock():%Y-%m-%d}":
        raise UsageError(f"{until} is over", remedy="pause until a day to come, or not at all")
    try:
        return make_subscription(
            email,
            asked.field("name"),
            asked.fields("topics"),
            asked.field("timezone"),
            asked.project.config.topics,
            hour=asked.field("hour"),
            paused_until=asked.field("paused_until"),
            layout=asked.field("layout"),
            days=";".join(asked.fields("days")),
            keywords=asked.field("keywords"),
            at_least=asked.field("at_least"),
            longest_wait=asked.field("longest_wait"),
            alerts=asked.field("alerts"),
        )
    except ValueError as error:
        raise UsageError(str(error)) from error


def _keep(
    asked: AdminRequest,
    newsletter: Newsletter,
    subscription: Subscription,
    *,
    only_new: bool = False,
) -> bool:
    """Keep all that a form chooses; whether the subscription is new."""
    try:
        return manage.add(
            asked.project.database,
            newsletter.id,
            subscription,
            asked.project.clock(),
            given=_GIVEN | ({"alerts"} if newsletter.has_alerts else set()),
            resubscribe=bool(asked.field("resubscribe")),
            who=asked.who,
            how="desk",
            only_new=only_new,
        )
    except manage.NotWantedError as error:
        remedy = "if they asked to come back, tick that they did"
        raise UsageError(error.message, remedy=remedy) from error


def _history(asked: AdminRequest) -> AddressHistory:
    project, email = asked.project, _email(asked)
    with project.database.read() as connection:
        return read_facts(connection, project.config, email, now=project.clock())


def _email(asked: AdminRequest) -> str:
    email = email_of(asked.project, asked.request.path_params["number"])
    if email is None:
        raise NotFoundError("nothing is stored of this subscriber", remedy="look for the address")
    return email


def _named(subscriber: AddressFacts, names: Mapping[str, str]) -> AddressFacts:
    """The same with newsletters by their names, as editors know them."""
    return replace(
        subscriber,
        subscriptions=tuple(
            replace(entry, newsletter=names.get(entry.newsletter, entry.newsletter))
            for entry in subscriber.subscriptions
        ),
        unsubscribes=tuple(
            replace(entry, newsletter=names.get(entry.newsletter, entry.newsletter))
            for entry in subscriber.unsubscribes
        ),
    )


def _explained(
    facts: DeliveryFacts, names: Mapping[str, str], when: Callable[[datetime], str]
) -> DeliveryExplanation:
    named = replace(
        facts,
        subscriber=_named(facts.subscriber, names),
        newsletter=names.get(facts.newsletter, facts.newsletter),
    )
    explanation = explain_delivery(named, when)
    return replace(explanation, reason=by_pages(explanation.reason))


def _page_of(asked: AdminRequest) -> str:
    return f"{HERE}/{asked.request.path_params['number']}"


def _attempts(record: DeliveryRecord | None) -> list[tuple[Attempt, str]]:
    """Each attempt, and what the server said at its end."""
    return [
        (attempt, last_reply(attempt) if attempt.reply or attempt.cause else "")
        for attempt in (record.attempts if record else ())
    ]


_ONE = f"{HERE}/{{number:row}}"
routes: list[BaseRoute] = [
    admin_route(HERE, show_list, role=Role.VIEWER),
    admin_route(HERE, add, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{HERE}/export", export, methods=["POST"], role=Role.OWNER, is_grave=True),
    admin_route(_ONE, show, role=Role.VIEWER),
    admin_route(f"{_ONE}/subscription", change, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/unsubscribe", unsubscribe, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/lift", lift, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/erase", erase, methods=["POST"], role=Role.OWNER, is_grave=True),
]
