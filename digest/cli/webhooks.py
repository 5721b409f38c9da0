"""Commands for webhooks: programs that are told what happens."""

from datetime import UTC, datetime, time
from typing import Annotated, Any

import typer

from digest.app import make_webhook_poster, make_webhook_sender
from digest.cli.by_option import name_of
from digest.cli.context import project_of
from digest.cli.json_output import say_json
from digest.cli.local_times import Tell, project_clock
from digest.cli.options import Json, ProjectFolder, number, read_date
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.services.webhooks import manage, status
from digest.services.webhooks.remedies import refused_test
from digest.services.webhooks.status import WebhookStatus, answer_words
from digest.store.webhook_messages import WebhookMessage
from digest.store.webhooks import Webhook
from digest.text import plural

Number = Annotated[
    int, typer.Argument(metavar="NUMBER", parser=number(1), help="Its number, as `list` has it.")
]


def list_(folder: ProjectFolder = None, as_json: Json = False) -> None:
    """List the webhooks: how each fares, and how many events wait for it."""
    with project_of(folder) as project:
        with project.database.read() as connection:
            everything = status.statuses(connection)
        tell = project_clock(project)
    if as_json:
        say_json({"webhooks": [_webhook_json(fares) for fares in everything]})
    elif not everything:
        say("None yet. Add one with `digest webhooks add URL`.")
    else:
        say_table(
            ["Number", "Address", "State", "Waiting", "Events", "Since", "Added by"],
            [_row(fares, tell) for fares in everything],
        )


def show(webhook: Number, folder: ProjectFolder = None, as_json: Json = False) -> None:
    """Show the last events for a webhook, and what its server answered."""
    with project_of(folder) as project:
        fares, messages = status.latest(project, webhook)
        tell = project_clock(project)
    if as_json:
        say_json({"webhook": fares.webhook.id, "messages": [_message_json(m) for m in messages]})
    elif not messages:
        say(f"Nothing was told to {fares.webhook.url} yet.")
    else:
        say_table(
            ["Message", "Event", "About", "When", "State", "Attempts", "Answer"],
            [
                (
                    message.event_id,
                    message.kind,
                    message.subject,
                    tell(message.created_at),
                    message.state,
                    message.attempts,
                    answer_words(message.code, message.reply),
                )
                for message in messages
            ],
        )


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The address, by https.")],
    events: Annotated[
        list[str] | None,
        typer.Option(
            "--event",
            metavar="KIND",
            help="Tell it of these events alone; may stand several times.",
            show_default="all",
        ),
    ] = None,
    with_addresses: Annotated[
        bool,
        typer.Option(
            "--with-addresses", help="Tell it the addresses of subscribers beside their numbers."
        ),
    ] = False,
    folder: ProjectFolder = None,
) -> None:
    """Tell a program of what happens, and print the secret by which it knows us."""
    with project_of(folder) as project:
        webhook, secret = manage.add(
            project,
            make_webhook_poster(project.config),
            url,
            events or [],
            name_of(None),
            with_addresses=with_addresses,
        )
    say(f"Webhook {webhook.id} is told of {_kinds(webhook)}.")
    _say_secret(secret)


def remove(webhook: Number, folder: ProjectFolder = None) -> None:
    """Remove a webhook, and forget what waits for it."""
    with project_of(folder) as project:
        manage.remove(project, webhook, name_of(None))
    say(f"Webhook {webhook} is told nothing any more.")


def enable(webhook: Number, folder: ProjectFolder = None) -> None:
    """Let a webhook be told again; what waits for it is sent at once."""
    with project_of(folder) as project:
        manage.enable(project, webhook, name_of(None))
    say(f"Webhook {webhook} is enabled.")


def disable(webhook: Number, folder: ProjectFolder = None) -> None:
    """Tell a webhook nothing until it is enabled; what happens meanwhile is not kept for it."""
    with project_of(folder) as project:
        manage.disable(project, webhook, name_of(None))
    say(f"Webhook {webhook} is disabled.")


def rotate(webhook: Number, folder: ProjectFolder = None) -> None:
    """Print a new secret for a webhook; for a day the one before signs as well."""
    with project_of(folder) as project:
        until, secret = manage.rotate(project, webhook, name_of(None))
        tell = project_clock(project)
    _say_secret(secret)
    say(f"Until {tell(until)} the secret before signs as well.")


def test(webhook: Number, folder: ProjectFolder = None) -> None:
    """Send an event for which nothing happened now, and say what the server answers."""
    with project_of(folder) as project:
        attempt = make_webhook_sender(project).send_test(webhook, name_of(None))
    if not attempt.is_taken:
        raise refused_test(webhook, attempt)
    say(f"Taken: {answer_words(attempt.code, attempt.reply)}")


def replay(
    webhook: Number,
    message: Annotated[
        str | None,
        typer.Argument(
            metavar="MESSAGE", help="One message, taken or not.", show_default="what was given up"
        ),
    ] = None,
    since: Annotated[
        Any,
        typer.Option(
            "--since",
            metavar="YYYY-MM-DD",
            parser=read_date,
            help="All of this date (UTC) and after, taken or not.",
            show_default="none",
        ),
    ] = None,
    folder: ProjectFolder = None,
) -> None:
    """Send a webhook again what was given up; or one message, or all since a date."""
    begin = datetime.combine(since, time(0), UTC) if since else None
    with project_of(folder) as project:
        count = manage.replay(project, webhook, name_of(None), event_id=message, since=begin)
    say(f"{plural(count, 'event')} {'waits' if count == 1 else 'wait'} to be sent again.")


def _webhook_json(fares: WebhookStatus) -> dict[str, Any]:
    """How a webhook fares; without its secret."""
    webhook = fares.webhook
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": list(webhook.kinds),
        "with_addresses": webhook.with_addresses,
        "state": fares.state,
        "waiting": fares.waiting,
        "failing_since": webhook.failing_since,
        "disabled_at": webhook.disabled_at,
        "disabled_reason": webhook.disabled_reason,
        "created_at": webhook.created_at,
        "created_by": webhook.created_by,
    }


def _row(fares: WebhookStatus, tell: Tell) -> list[object]:
    webhook = fares.webhook
    state = f"{fares.state}: {webhook.disabled_reason}" if webhook.disabled_at else fares.state
    return [
        webhook.id,
        webhook.url,
        state,
        fares.waiting,
        _kinds(webhook),
        tell(webhook.created_at),
        webhook.created_by,
    ]


def _kinds(webhook: Webhook) -> str:
    return ", ".join(webhook.kinds) or "everything"


def _message_json(message: WebhookMessage) -> dict[str, Any]:
    return {
        "id": message.event_id,
        "event": message.kind,
        "about": message.subject,
        "data": message.data,
        "created_at": message.created_at,
        "state": message.state,
        "attempts": message.attempts,
        "finished_at": message.finished_at,
        "code": message.code,
        "reply": message.reply,
    }


def _say_secret(secret: str) -> None:
    say("Its secret, which is not shown again:")
    say(f"  {secret}")
