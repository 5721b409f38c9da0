"""The options that many commands share, and how a command gets at its project."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from digest.app import open_pipeline
from digest.config import find_project
from digest.model import Newsletter
from digest.pipeline import Pipeline


def _read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date such as 2026-11-21") from error


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
        asked: list[int] = []

        def stop(number: int, _frame: FrameType | None) -> None:
            if asked:
                raise SystemExit(128 + number)
            asked.append(number)

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        pipeline.dispatch.should_stop = pipeline.post.should_stop = lambda: bool(asked)
        try:
            yield pipeline
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def one_newsletter(pipeline: Pipeline, wanted: str | None) -> Newsletter:
    """The named newsletter, or the only one there is."""
    found = pipeline.config.newsletters(wanted)
    if len(found) != 1:
        known = ", ".join(newsletter.id for newsletter in found) or "none"
        raise typer.BadParameter(f"name one of: {known}", param_hint="--newsletter")
    return found[0]
