"""The options that many commands share."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.parsing import MOST_NUMBER, read_issue_date

# As issues are named elsewhere: a newsletter's id, and the date.
_ISSUE = re.compile(r"(.+)-([0-9]{4}-[0-9]{2}-[0-9]{2})")


def read_date(text: str) -> date:
    """Reads a date, 2026-11-21."""
    issue = _ISSUE.fullmatch(text)
    if issue is not None:
        newsletter, day = issue.groups()
        raise typer.BadParameter(
            f"{text!r} is an issue: give its date, {day}; of several newsletters also "
            f"--newsletter {newsletter}"
        )
    try:
        return read_issue_date(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def date_option(default: str, *names: str) -> Any:
    """--date, or what it is named, where it stands for `default` if it is not given."""
    return typer.Option(
        *(names or ("--date",)),
        metavar="YYYY-MM-DD",
        parser=read_date,
        help="The issue's date.",
        show_default=default,
    )


def number(low: int, high: int = MOST_NUMBER) -> Callable[[str], int]:
    """Reads a whole number of an option, from `low` up to `high`."""
    bounds = f"of at least {low}" if high == MOST_NUMBER else f"from {low} to {high}"

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise typer.BadParameter(f"{str(text)!r} is not a whole number {bounds}")
        return value

    return read


def read_weight(text: str) -> float:
    """Reads a weight: a number from 0 to 10."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 10:
        raise typer.BadParameter(f"{str(text)!r} is not a number from 0 to 10")
    return value


ProjectFolder = Annotated[
    Path | None,
    typer.Option(
        "--project", metavar="DIR", help="The folder that holds config/.", show_default="."
    ),
]
Date = Annotated[date | None, date_option("today")]
NextDate = Annotated[date | None, date_option("the next issue")]
PastDate = Annotated[date | None, date_option("the last issues")]
NewsletterId = Annotated[
    str | None,
    typer.Option("--newsletter", metavar="ID", help="One newsletter only.", show_default="all"),
]
OneNewsletterId = Annotated[
    str | None,
    typer.Option(
        "--newsletter",
        metavar="ID",
        help="Which newsletter; needed where there are several.",
        show_default="the only one",
    ),
]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
ClockIsRight = Annotated[
    bool,
    typer.Option("--clock-is-right", help="Go on although the clock is far from the last run's."),
]


def port_option(name: str, words: str, default: str) -> Any:
    """An option of this name that takes a port, and what it stands for where it is not given."""
    return typer.Option(
        name, metavar="PORT", parser=number(0, 65535), help=words, show_default=default
    )


HealthPort = Annotated[
    int | None,
    port_option(
        "--health-port", "Answer /health on this port of web.host; 0 is any free one.", "none"
    ),
]

# The --project that stands before the command, if one does.
project_before: ContextVar[Path | None] = ContextVar("project_before", default=None)
