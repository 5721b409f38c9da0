"""How a command gets at its project, and how SIGTERM asks it to stop."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer

from digest import log
from digest.app import make_pipeline, open_project
from digest.cli.options import project_before
from digest.cli.output import note
from digest.config import find_project
from digest.exit_deadline import FOR_THE_BOOKS, end_in, in_time
from digest.model import Newsletter
from digest.pipeline import Pipeline
from digest.project import Project
from digest.services.installation.guard import trust_clock
from digest.store.database import Database, Upgrade
from digest.store.schema_revision import HEAD


def project_root(folder: Path | None) -> Path:
    """The project of a command: its own --project, that before the command, or this folder."""
    return find_project(folder or project_before.get())


@contextmanager
def project_of(folder: Path | None) -> Iterator[Project]:
    """A command's project."""
    with _opened(folder) as project, heeding_signals():
        yield project


@contextmanager
def pipeline_of(
    folder: Path | None, *, ticking: bool = False, clock_is_right: bool = False
) -> Iterator[Pipeline]:
    """The pipeline of a command's project; it stops where a signal asks for it, and in time."""
    with _opened(folder, ticking=ticking) as project:
        last_moment = project.config.settings.delivery.grace + FOR_THE_BOOKS
        with heeding_signals(lambda: end_in(last_moment)) as stop_signals, in_time():
            if clock_is_right:
                trust_clock(project)
            pipeline = make_pipeline(project)
            pipeline.stop_when(
                lambda: bool(stop_signals), lambda: stop_signals[0].name if stop_signals else ""
            )
            yield pipeline


@contextmanager
def _opened(folder: Path | None, *, ticking: bool = False) -> Iterator[Project]:
    with open_project(project_root(folder), ticking=ticking) as project:
        log.use_form(project.config.settings.log.format)
        if project.database.upgrade is not None:
            # Also to cron: a database that is not mounted looks like a new one.
            note(upgrade_sentence(project.database, project.database.upgrade))
        yield project


def upgrade_sentence(database: Database, upgrade: Upgrade) -> str:
    """What opening the database did to it."""
    if upgrade.before is None:
        return f"Made a new database, {database.place}: nobody is subscribed yet."
    sentence = f"Brought the database from schema {upgrade.before} to {HEAD}."
    if upgrade.copy is None:
        return sentence
    return f"{sentence} As it was, it is kept in {upgrade.copy}."


@contextmanager
def heeding_signals(
    on_first: Callable[[], None] = lambda: None,
) -> Iterator[list[signal.Signals]]:
    """The signal that asked the command to stop, once the first SIGTERM or SIGINT came.

    The second ends the command where it is, with the exit status that a shell gives such an end:
    what was in flight is recorded as in doubt.
    """
    stop_signals: list[signal.Signals] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        if stop_signals:
            raise SystemExit(128 + number)
        stop_signals.append(signal.Signals(number))
        on_first()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop_signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def one_newsletter(project: Project, newsletter_id: str | None) -> Newsletter:
    """The named newsletter, or the only one there is."""
    newsletters = project.config.newsletters(newsletter_id)
    if len(newsletters) != 1:
        ids = ", ".join(newsletter.id for newsletter in newsletters) or "none"
        raise typer.BadParameter(f"name one of: {ids}", param_hint="--newsletter")
    return newsletters[0]
