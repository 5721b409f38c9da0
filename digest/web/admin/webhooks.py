"""For owners: programs that are told what happens, what they were told, and what they answered."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.app import make_webhook_poster, make_webhook_sender
from digest.roles import Role
from digest.services.webhooks import manage, status
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.remedies import refused_test
from digest.text import plural
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.error_words import sentence_of

HERE = "/admin/webhooks"


def show_list(asked: AdminRequest) -> Response:
    """All of them, and the form for another."""
    with asked.project.database.read() as connection:
        webhooks = status.statuses(connection)
    return asked.page("webhooks.html.j2", webhooks=webhooks, kinds=list(EventKind))


def add(asked: AdminRequest) -> Response:
    """Add one, and show its secret."""
    webhook, secret = manage.add(
        asked.project,
        make_webhook_poster(asked.project.config),
        asked.field("url"),
        asked.fields("kinds"),
        asked.who,
        with_addresses=bool(asked.field("with_addresses")),
    )
    return asked.page("webhook_secret.html.j2", number=webhook.id, secret=secret, until=None)


def show(asked: AdminRequest) -> Response:
    """One of them, with the last events."""
    fares, messages = status.latest(asked.project, _number(asked))
    return asked.page("webhook.html.j2", fares=fares, webhook=fares.webhook, messages=messages)


def rotate(asked: AdminRequest) -> Response:
    """Give it another secret, and show that."""
    number = _number(asked)
    until, secret = manage.rotate(asked.project, number, asked.who)
    return asked.page("webhook_secret.html.j2", number=number, secret=secret, until=until)


def test(asked: AdminRequest) -> Response:
    """Send it an event for which nothing happened, and say what its server answers."""
    number = _number(asked)
    answer = make_webhook_sender(asked.project).send_test(number, asked.who)
    if answer.is_taken:
        words = status.answer_words(answer.code, answer.reply)
        return asked.back(f"{HERE}/{number}", f"It took the test: {words}")
    words = sentence_of(refused_test(number, answer))
    return asked.back(f"{HERE}/{number}", words, is_fault=True)


def replay(asked: AdminRequest) -> Response:
    """Send again one event, or all that was given up."""
    number = _number(asked)
    event_id = asked.field("event") or None
    count = manage.replay(asked.project, number, asked.who, event_id=event_id)
    waits = "waits" if count == 1 else "wait"
    return asked.back(f"{HERE}/{number}", f"{plural(count, 'event')} {waits} to be sent again.")


def enable(asked: AdminRequest) -> Response:
    """Let it be told again."""
    manage.enable(asked.project, _number(asked), asked.who)
    return asked.back(f"{HERE}/{_number(asked)}", "It is told again.")


def disable(asked: AdminRequest) -> Response:
    """Tell it nothing until it is enabled."""
    manage.disable(asked.project, _number(asked), asked.who)
    return asked.back(f"{HERE}/{_number(asked)}", "It is told nothing until it is enabled.")


def remove(asked: AdminRequest) -> Response:
    """Take it away."""
    manage.remove(asked.project, _number(asked), asked.who)
    return asked.back(HERE, "It is gone.")


def _number(asked: AdminRequest) -> int:
    number: int = asked.request.path_params["number"]
    return number


_ONE = f"{HERE}/{{number:row}}"
routes: list[BaseRoute] = [
    admin_route(HERE, show_list, role=Role.OWNER),
    admin_route(HERE, add, methods=["POST"], role=Role.OWNER, is_grave=True),
    admin_route(_ONE, show, role=Role.OWNER),
    admin_route(f"{_ONE}/rotate", rotate, methods=["POST"], role=Role.OWNER, is_grave=True),
    admin_route(f"{_ONE}/test", test, methods=["POST"], role=Role.OWNER),
    admin_route(f"{_ONE}/replay", replay, methods=["POST"], role=Role.OWNER),
    admin_route(f"{_ONE}/enable", enable, methods=["POST"], role=Role.OWNER),
    admin_route(f"{_ONE}/disable", disable, methods=["POST"], role=Role.OWNER),
    admin_route(f"{_ONE}/remove", remove, methods=["POST"], role=Role.OWNER, is_grave=True),
]
