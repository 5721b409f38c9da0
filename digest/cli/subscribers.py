"""Commands for subscribers: add, remove, erase, list, import, export."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from enum import StrEnum
from io import BufferedReader
from itertools import groupby, islice
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import sqlalchemy as sa
import typer

from digest.cli.by_option import name_of
from digest.cli.context import one_newsletter, project_of
from digest.cli.import_report import report_json, say_report
from digest.cli.json_output import say_json, say_json_list
from digest.cli.options import Email, Json, NewsletterId, ProjectFolder, number
from digest.cli.output import note, say
from digest.cli.progress import counting
from digest.cli.tables import say_long_table
from digest.error_words import words_of
from digest.errors import DigestError, UsageError
from digest.model import Subscription, TopicTree
from digest.services.subscribers import manage
from digest.services.subscribers.importing.add import Admission
from digest.services.subscribers.importing.csv_file import decoded
from digest.services.subscribers.importing.own_format import csv_lines, make_subscription
from digest.services.subscribers.importing.rows import ImportedStatus
from digest.services.subscribers.importing.run import FileFormat, Request, carry_out, read
from digest.store import subscribers
from digest.store.subscriber_list import SubscriptionState, Wanted, listed
from digest.text import clean_line, plural


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
    layout: Annotated[
        str | None,
        typer.Option(
            "--layout",
            metavar="LAYOUT",
            help="How long the mails are: magazine, brief or headlines.",
            show_default="the newsletter's",
        ),
    ] = None,
    days: Annotated[
        str | None,
        typer.Option(
            "--days",
            metavar="DAYS",
            help="The days of their own clock on which mail is wanted, such as mon,thu; what comes "
            "in between is told by the next one.",
            show_default="whenever there is some",
        ),
    ] = None,
    not_about: Annotated[
        str | None,
        typer.Option(
            "--not-about",
            metavar="A;B",
            help="Keywords of what is not told, such as 'football;title:cup*'; with a + before it, "
            "one of what alone is told.",
            show_default="none",
        ),
    ] = None,
    at_least: Annotated[
        str | None,
        typer.Option(
            "--at-least",
            metavar="1-50",
            help="Mail waits for so many stories on the person's topics.",
            show_default="no wait",
        ),
    ] = None,
    longest_wait: Annotated[
        str | None,
        typer.Option(
            "--longest-wait",
            metavar="1-31",
            help="For so many days at most.",
            show_default="7, where --at-least is given",
        ),
    ] = None,
    alerts: Annotated[
        bool | None,
        typer.Option(
            "--alerts/--no-alerts",
            help="Whether they are told between issues of what many sources tell at once.",
            show_default="no alerts",
        ),
    ] = None,
    newsletter: NewsletterId = None,
    resubscribe: Annotated[
        bool,
        typer.Option("--resubscribe", help="Also an address that left: it asked to come back."),
    ] = False,
    folder: ProjectFolder = None,
) -> None:
    """Add one subscriber, or change what one gets.

    What is not named stays as it is; an empty value ('') puts it back to the default.
    """
    choices = {
        "topics": topics,
        "timezone": timezone,
        "hour": hour,
        "layout": layout,
        "days": days,
        "keywords": not_about,
        "at_least": at_least,
        "longest_wait": longest_wait,
        "alerts": None if alerts is None else "yes" if alerts else "no",
    }
    given = {choice: value for choice, value in choices.items() if value is not None}
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        subscription = _subscription(email, name, given, project.config.topics)
        added = manage.add(
            project.database,
            chosen.id,
            subscription,
            project.clock(),
            given=frozenset(given),
            resubscribe=resubscribe,
            who=name_of(None),
        )
    say(f"{subscription.email} {'added to' if added else 'updated in'} {chosen.id}.")


def remove(email: Email, newsletter: NewsletterId = None, folder: ProjectFolder = None) -> None:
    """End a subscription: nothing more is sent, also not of an issue that is on its way."""
    with project_of(folder) as project:
        project.config.newsletters(newsletter)
        who = name_of(None)
        ended = manage.remove(project.database, email, newsletter, project.clock(), who=who)
    if not ended:
        raise DigestError(f"{email} is not subscribed", remedy="see `digest subscribers list`")
    say(f"{email} left {newsletter or 'every newsletter'}.")


def erase(
    email: Email,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    folder: ProjectFolder = None,
) -> None:
    """Erase a person who asks for it: all that is stored, but a hash that keeps them out.

    They can do so themselves behind the link in each mail.
    """
    with project_of(folder) as project:
        with project.database.read() as connection:
            number = subscribers.find_id(connection, email)
        if number is None:
            raise DigestError(
                f"nothing is stored of {email}", remedy="see `digest subscribers list`"
            )
        if not yes:
            typer.confirm(f"Erase all that is stored of {email}?", abort=True)
        manage.erase(project.database, number, project.clock(), who=name_of(None))
    say(f"All that was stored of {email} is erased.")


def list_(
    newsletter: NewsletterId = None,
    state: Annotated[
        SubscriptionState | None,
        typer.Option("--state", help="Who gets mail, who paused, who gets nothing more."),
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="ID", help="Who chose this topic by name.")
    ] = None,
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="In whose address it stands.")
    ] = "",
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            parser=number(1),
            help="So many subscribers at most.",
            show_default="all",
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            "--after", metavar="EMAIL", help="Those who come after this one, the last of a page."
        ),
    ] = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """List the subscribers.

    In the order in which they came; each line is printed as soon as it is read, however many there
    are. A page after another: --limit 50 --after the last address of the page before.
    """
    with project_of(folder) as project, project.database.read() as connection:
        project.config.newsletters(newsletter)
        wanted = Wanted(
            newsletter,
            state,
            None if topic is None else _topic_id(project.config.topics, topic),
            search.strip(),
            _number_of(connection, after),
        )
        with closing(listed(connection, wanted, project.clock().date())) as rows:
            page = rows if limit is None else _first(rows, limit)
            if as_json:
                say_json_list("subscribers", (_subscriber_json(row) for row in page))
            elif not say_long_table(_COLUMNS, (_cells(row) for row in page)):
                say("Nobody. Add somebody with `digest subscribers add EMAIL`.")


_COLUMNS = (
    "Email",
    "Name",
    "Newsletter",
    "Topics",
    "Zone",
    "Hour",
    "Paused until",
    "Layout",
    "Days",
    "Keywords",
    "Waits for",
)


def _cells(row: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        row["email"],
        row["name"],
        row["newsletter"],
        ", ".join(row["topics"]) or "all",
        row["timezone"] or "",
        "" if row["hour"] is None else row["hour"],
        row["paused_until"] or "",
        row["layout"] or "",
        ", ".join(row["days"]),
        ", ".join(row["keywords"]),
        "" if row["at_least"] is None else f"{row['at_least']} stories",
    )


def _topic_id(topics: TopicTree, name: str) -> str:
    topic = topics.find(name)
    if topic is None:
        raise UsageError(f"there is no topic {name!r}", remedy="`digest topics list` names them")
    return topic.id


def _number_of(connection: sa.Connection, email: str | None) -> int:
    if email is None:
        return 0
    subscriber_id = subscribers.find_id(connection, email)
    if subscriber_id is None:
        raise UsageError(
            f"nobody has the address {email}, after which the page is to begin",
            remedy="name the last address of the page before",
        )
    return subscriber_id


def _first(rows: Iterator[dict[str, Any]], most: int) -> Iterator[dict[str, Any]]:
    """All that the first `most` subscribers get."""
    for _, of_subscriber in islice(groupby(rows, lambda row: row["email"]), most):
        yield from of_subscriber


class Gone(StrEnum):
    """What --as says of everyone in a file."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A CSV file, or - for standard input.")
    ],
    form: Annotated[
        FileFormat,
        typer.Option("--from", help="Whose form the file has; auto looks at its columns."),
    ] = FileFormat.AUTO,
    gone: Annotated[
        Gone | None,
        typer.Option("--as", help="Everyone in the file left or bounced: they get nothing more."),
    ] = None,
    tags_as_topics: Annotated[
        bool, typer.Option("--tags-as-topics", help="Tags that are topics are what is wanted.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")
    ] = False,
    newsletter: NewsletterId = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Add the subscribers of a CSV file: our own, or an export of another service.

    Ours has the columns email, name, topics (a;b), timezone, hour, paused_until, layout, days
    (mon;thu), keywords (football;title:cup*), at_least, longest_wait (days), alerts (yes or no);
    only email is needed. A broken line is named and left out; the others are in, and the exit
    status is 1.
    Whoever unsubscribed or bounced, here or there, gets nothing.
    """
    request = Request(
        form, ImportedStatus(gone.value) if gone else ImportedStatus.ACTIVE, tags_as_topics
    )
    name = "standard input" if str(file) == "-" else clean_line(file.name)
    with project_of(folder) as project, _open(file) as text:
        chosen = one_newsletter(project, newsletter)
        reading = read(text, name, project.config.topics, request)
        admission = Admission(chosen.id, project.clock(), f"{reading.origin}: {name}")
        with counting("lines read") as count:
            report = carry_out(project.database, reading, admission, dry_run=dry_run, count=count)
    if as_json:
        say_json(report_json(file, reading, report, dry_run=dry_run))
    else:
        say_report(file, reading, report, dry_run=dry_run)
    if report.rejected:
        raise typer.Exit(1)


def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write; - is standard output.")
    ] = Path("-"),
    newsletter: NewsletterId = None,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Write values as they are, also those that a spreadsheet would run."
        ),
    ] = False,
    folder: ProjectFolder = None,
) -> None:
    """Write the subscribers as CSV, in the form that import reads.

    A value that a spreadsheet takes for a formula has a ' before it, which import takes away.
    """
    with project_of(folder) as project, project.database.read() as connection:
        chosen = one_newsletter(project, newsletter)
        if str(file) == "-":
            _write(sys.stdout, subscribers.everyone(connection, chosen.id), raw=raw)
            return
        try:
            with file.open("w", encoding="utf-8", newline="") as target:
                count = _write(target, subscribers.everyone(connection, chosen.id), raw=raw)
        except OSError as error:
            raise DigestError(f"{file} cannot be written: {words_of(error)}") from error
    note(f"{plural(count, 'subscriber')} written to {file}.")


def _subscriber_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "email": row["email"],
        "name": row["name"],
        "newsletter": row["newsletter"],
        "topics": row["topics"],
        "timezone": row["timezone"],
        "hour": row["hour"],
        "paused_until": row["paused_until"],
        "layout": row["layout"],
        "days": list(row["days"]),
        "keywords": list(row["keywords"]),
        "at_least": row["at_least"],
        "longest_wait": row["longest_wait"],
    }


def _subscription(email: str, name: str, given: Mapping[str, str], tree: TopicTree) -> Subscription:
    try:
        return make_subscription(
            email,
            name,
            given.get("topics", "").split(";"),
            given.get("timezone", ""),
            tree,
            hour=given.get("hour", ""),
            layout=given.get("layout", ""),
            days=given.get("days", ""),
            keywords=given.get("keywords", ""),
            at_least=given.get("at_least", ""),
            longest_wait=given.get("longest_wait", ""),
            alerts=given.get("alerts", ""),
        )
    except ValueError as error:
        raise UsageError(str(error)) from error


@contextmanager
def _open(file: Path) -> Iterator[TextIO]:
    if str(file) == "-":
        yield decoded(cast("BufferedReader", sys.stdin.buffer))
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {words_of(error)}") from error
    with opened:
        yield decoded(opened)


def _write(target: TextIO, rows: Iterator[dict[str, Any]], *, raw: bool) -> int:
    count = -1  # the header is no subscriber
    for line in csv_lines(rows, raw=raw):
        target.write(line)
        count += 1
    return count
