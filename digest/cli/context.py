"""How a command gets at its project, and how SIGTERM asks it to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer

from digest import log
from digest.app import make_pipeline, open_project
from digest.cli.options import project_before
from digest.cli.output import note
from digest.config import find_project
from digest.model import Newsletter
from digest.pipeline import Pipeline
from digest.project import Project


def project_root(given: Path | None) -> Path:
    """The project of a command: its own --project, that before the command, or this folder."""
    return find_project(given or project_before.get())


@contextmanager
def project_of(given: Path | None) -> Iterator[Project]:
    """A command's project."""
    with _opened(given) as project, heeding_signals():
        yield project


@contextmanager
def pipeline_of(given: Path | None, *, ticking: bool = False) -> Iterator[Pipeline]:
    """The pipeline of a command's project; it stops where a signal asks for it."""
    with _opened(given, ticking=ticking) as project, heeding_signals() as asked:
        pipeline = make_pipeline(project)
        pipeline.stop_when(lambda: bool(asked), lambda: asked[0].name if asked else "")
        yield pipeline


@contextmanager
def _opened(given: Path | None, *, ticking: bool = False) -> Iterator[Project]:
    with open_project(project_root(given), ticking=ticking) as project:
        log.use_form(project.config.settings.log.format)
        if project.database.is_new:
            # Also to cron: one that is lost or not mounted looks like a new one.
            note(f"Made a new database, {project.database.place}: nobody is subscribed yet.")
        yield project


@contextmanager
def heeding_signals() -> Iterator[list[signal.Signals]]:
    """The signal that asked the command to stop, once the first SIGTERM or SIGINT came.

    The second ends the command where it is, with the exit status that a shell gives such an end:
    what was in flight is recorded as in doubt.
    """
    asked: list[signal.Signals] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise SystemExit(128 + number)
        asked.append(signal.Signals(number))

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def one_newsletter(project: Project, wanted: str | None) -> Newsletter:
    """The named newsletter, or the only one there is."""
    newsletters = project.config.newsletters(wanted)
    if len(newsletters) != 1:
        known = ", ".join(newsletter.id for newsletter in newsletters) or "none"
        raise typer.BadParameter(f"name one of: {known}", param_hint="--newsletter")
    return newsletters[0]
