"""Commands for the deliveries of an issue: who did not get it, why, and another attempt."""

import csv
import sys
from collections.abc import Iterator
from datetime import date as date_type
from typing import Annotated, Any

import typer

from digest.cli.by_option import By, name_of
from digest.cli.context import one_newsletter, project_of
from digest.cli.json_output import say_json
from digest.cli.options import Json, OneNewsletterId, ProjectFolder, date_option
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.errors import UsageError
from digest.model import DeliveryState, Newsletter
from digest.project import Project
from digest.services.delivery.missed import (
    COLUMNS,
    NOT_SENT,
    csv_row,
    find_sealed,
    missed_groups,
    missed_lines,
    why_of,
)
from digest.services.delivery.missed import (
    retry as retry_deliveries,
)
from digest.store import issues
from digest.store.delivery_list import DeliveryLine
from digest.text import plural

IssueDate = Annotated[date_type | None, date_option("the last sealed issue", "--issue", "--date")]


def _read_state(text: str) -> DeliveryState:
    try:
        return DeliveryState(text.replace("-", " "))
    except ValueError:
        names = ", ".join(state.replace(" ", "-") for state in DeliveryState)
        raise typer.BadParameter(f"{text!r} is none of: {names}") from None


States = Annotated[
    list[DeliveryState],
    typer.Option(
        "--state",
        metavar="STATE",
        parser=_read_state,
        help="How they stand; may be given several times.",
        show_default="all but sent",
    ),
]
Words = Annotated[
    str | None,
    typer.Option("--words", metavar="TEXT", help="The words of one group of `--groups` alone."),
]


def list_(
    issue: IssueDate = None,
    state: States = [],  # noqa: B006 - Typer's way; it is only read
    words: Words = None,
    groups: Annotated[
        bool, typer.Option("--groups", help="Count them by what the servers said.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a line each.")] = False,
    newsletter: OneNewsletterId = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """List all who did not get an issue, and why; with --state those who stand so."""
    states = tuple(state) or NOT_SENT
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        day = _day(project, chosen, issue)
        with project.database.read() as connection:
            record = find_sealed(connection, chosen, day)
            if groups:
                _say_groups(missed_groups(connection, record.id, states), as_json=as_json)
                return
            lines = missed_lines(connection, record.id, states, words)
            empty = f"nobody is {' or '.join(states)}" if state else "nobody missed it"
            _say_lines(lines, record.key, empty, as_csv=as_csv, as_json=as_json)


def _say_groups(groups: Any, *, as_json: bool) -> None:
    if as_json:
        keys = ("state", "reason", "count")
        say_json({"groups": [{key: getattr(group, key) for key in keys} for group in groups]})
        return
    say_table(["Count", "State", "Words"], [(f"{g.count:,}", g.state, g.reason) for g in groups])


def _say_lines(
    lines: Iterator[DeliveryLine], key: str, empty: str, *, as_csv: bool, as_json: bool
) -> None:
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(map(csv_row, lines))
    elif as_json:
        say_json({"issue": key, "deliveries": list(map(_line_json, lines))})
    elif table := [(line.email or "(erased)", line.state, why_of(line)) for line in lines]:
        say_table(["Address", "State", "Why"], table)
    else:
        say(f"{key}: {empty}.")


def _line_json(line: DeliveryLine) -> dict[str, Any]:
    return {
        "email": line.email,
        "state": str(line.state),
        "why": why_of(line),
        "attempts": line.attempts,
        "server": line.server or None,
        "due_at": line.due_at,
        "next_attempt_at": line.next_attempt_at,
        "ended_at": line.finished_at,
    }


def retry(
    issue: IssueDate = None,
    state: States = [],  # noqa: B006
    words: Words = None,
    newsletter: OneNewsletterId = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Attempt again what failed of an issue, for nobody else; the next run sends it."""
    states = tuple(state) or (DeliveryState.FAILED,)
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        day = _day(project, chosen, issue)
        taken = retry_deliveries(project, chosen, day, name_of(by), states, words)
    say(f"{chosen.id}-{day}: {plural(taken, 'delivery')} to attempt again with the next run.")


def _day(project: Project, newsletter: Newsletter, day: date_type | None) -> date_type:
    with project.database.read() as connection:
        last = issues.last(connection, newsletter.id)
    if day is None and last is None:
        raise UsageError(
            f"no issue of {newsletter.id} was sealed yet", remedy="`digest send` makes one"
        )
    return day or last.date  # type: ignore[union-attr] # one of them is there
