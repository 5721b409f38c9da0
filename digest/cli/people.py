"""Commands for subscribers, one at a time: add, remove, erase, list."""

from collections.abc import Mapping
from typing import Annotated

import typer

from digest.cli.options import Json, NewsletterId, Project, one_newsletter, pipeline_of
from digest.cli.output import say, say_json, say_table
from digest.errors import DigestError, UsageError
from digest.model import Subscription, TopicTree
from digest.services.subscribers import manage as people
from digest.services.subscribers import personal_data
from digest.services.subscribers.importing.own_format import make_subscription
from digest.store import subscribers

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address.")]


def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The person's name.")] = "",
    topics: Annotated[
        str | None,
        typer.Option("--topics", metavar="A;B", help="Topics, separated by ;.", show_default="all"),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="Such as Europe/Paris.")
    ] = None,
    hour: Annotated[
        str | None,
        typer.Option(
            "--hour",
            metavar="0-23",
            help="When the mail is wanted, by the person's clock.",
            show_default="as soon as it is made",
        ),
    ] = None,
    newsletter: NewsletterId = None,
    resubscribe: Annotated[
        bool,
        typer.Option("--resubscribe", help="Also an address that left: it asked to come back."),
    ] = False,
    project: Project = None,
) -> None:
    """Add one subscriber, or change what one gets.

    What is not named stays as it is; an empty value ('') puts it back to the default.
    """
    choices = {"topics": topics, "timezone": timezone, "hour": hour}
    given = {choice: value for choice, value in choices.items() if value is not None}
    with pipeline_of(project) as pipeline:
        chosen = one_newsletter(pipeline, newsletter)
        entry = _subscription(email, name, given, pipeline.config.topics)
        added = people.add(
            pipeline.database,
            chosen.id,
            entry,
            pipeline.clock(),
            given=frozenset(given),
            resubscribe=resubscribe,
        )
    say(f"{entry.email} {'added to' if added else 'updated in'} {chosen.id}.")


def remove(email: Email, newsletter: NewsletterId = None, project: Project = None) -> None:
    """End a subscription: nothing more is sent, also not of an issue that is on its way."""
    with pipeline_of(project) as pipeline:
        pipeline.config.newsletters(newsletter)
        ended = people.remove(pipeline.database, email, newsletter, pipeline.clock())
    if not ended:
        raise DigestError(f"{email} is not subscribed", remedy="see `digest subscribers list`")
    say(f"{email} left {newsletter or 'every newsletter'}.")


def erase(
    email: Email,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    project: Project = None,
) -> None:
    """Erase a person who asks for it: all that is stored, but a hash that keeps them out.

    They can do so themselves behind the link in each mail.
    """
    with pipeline_of(project) as pipeline:
        with pipeline.database.read() as connection:
            number = subscribers.find_id(connection, email)
        if number is None:
            raise DigestError(
                f"nothing is stored of {email}", remedy="see `digest subscribers list`"
            )
        if not yes:
            typer.confirm(f"Erase all that is stored of {email}?", abort=True)
        personal_data.erase(pipeline.database, number, pipeline.clock())
    say(f"All that was stored of {email} is erased.")


def list_all(
    newsletter: NewsletterId = None, project: Project = None, as_json: Json = False
) -> None:
    """List the subscribers."""
    with pipeline_of(project) as pipeline, pipeline.database.read() as connection:
        pipeline.config.newsletters(newsletter)
        rows = list(subscribers.everyone(connection, newsletter))
    if as_json:
        say_json({"subscribers": rows})
    elif not rows:
        say("Nobody yet. Add one with `digest subscribers add EMAIL`.")
    else:
        say_table(
            ["Email", "Name", "Newsletter", "Topics", "Zone", "Hour", "Paused until"],
            [
                (
                    r["email"],
                    r["name"],
                    r["newsletter"],
                    ", ".join(r["topics"]) or "all",
                    r["timezone"] or "",
                    "" if r["hour"] is None else r["hour"],
                    r["paused_until"] or "",
                )
                for r in rows
            ],
        )


def _subscription(email: str, name: str, given: Mapping[str, str], tree: TopicTree) -> Subscription:
    try:
        return make_subscription(
            email,
            name,
            given.get("topics", "").split(";"),
            given.get("timezone", ""),
            tree,
            hour=given.get("hour", ""),
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
