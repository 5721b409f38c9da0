"""The options that many commands share, and how a command gets at its project."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from digest.app import open_pipeline
from digest.cli.output import note
from digest.config import find_project
from digest.model import Newsletter
from digest.pipeline import Pipeline


def _read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date such as 2026-11-21") from error


def number(low: int, high: int | None = None) -> Callable[[str], int]:
    """Reads a whole number of an option, from `low` up to `high`."""
    bounds = f"of at least {low}" if high is None else f"from {low} to {high}"

    def read(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = low - 1
        if found < low or (high is not None and found > high):
            raise typer.BadParameter(f"{str(text)!r} is not a whole number {bounds}")
        return found

    return read


def read_weight(text: str) -> float:
    """Reads a weight: a number from 0 to 10."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 10:
        raise typer.BadParameter(f"{str(text)!r} is not a number from 0 to 10")
    return found


Project = Annotated[
    Path | None,
    typer.Option(
        "--project", metavar="DIR", help="The folder that holds config/.", show_default="."
    ),
]
Date = Annotated[
    date | None,
    typer.Option(
        "--date",
        metavar="YYYY-MM-DD",
        parser=_read_date,
        help="The issue's date.",
        show_default="today",
    ),
]
PastDate = Annotated[
    date | None,
    typer.Option(
        "--date",
        metavar="YYYY-MM-DD",
        parser=_read_date,
        help="The issue's date.",
        show_default="the last issues",
    ),
]
NewsletterId = Annotated[
    str | None,
    typer.Option("--newsletter", metavar="ID", help="One newsletter only.", show_default="all"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


# The --project that stands before the command, if one does.
project_before: ContextVar[Path | None] = ContextVar("project_before", default=None)


def project_root(given: Path | None) -> Path:
    """The project of a command: its own --project, that before the command, or this folder."""
    return find_project(given or project_before.get())


@contextmanager
def pipeline_of(given: Path | None, *, ticking: bool = False) -> Iterator[Pipeline]:
    """The pipeline of a command's project; the first SIGTERM or SIGINT asks it to stop.

    The second ends the command where it is, with the exit status that a shell gives such an end:
    what was in flight is recorded as in doubt.
    """
    with open_pipeline(project_root(given), ticking=ticking) as pipeline:
        _tell_of_new(pipeline)
        asked: list[int] = []

        def stop(number: int, _frame: FrameType | None) -> None:
            if asked:
                raise SystemExit(128 + number)
            asked.append(number)

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        pipeline.dispatch.should_stop = pipeline.post.should_stop = lambda: bool(asked)
        pipeline.dispatch.stopped_by = lambda: signal.Signals(asked[0]).name if asked else ""
        try:
            yield pipeline
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _tell_of_new(pipeline: Pipeline) -> None:
    """Also to cron: one that is lost, or on a disk that is not mounted, looks like a new one."""
    if pipeline.database.is_new:
        note(f"Made a new database, {pipeline.database.place}: nobody is subscribed yet.")


def one_newsletter(pipeline: Pipeline, wanted: str | None) -> Newsletter:
    """The named newsletter, or the only one there is."""
    found = pipeline.config.newsletters(wanted)
    if len(found) != 1:
        known = ", ".join(newsletter.id for newsletter in found) or "none"
        raise typer.BadParameter(f"name one of: {known}", param_hint="--newsletter")
    return found[0]
