"""How a command gets at its project, and how SIGTERM asks it to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer

from digest.app import open_pipeline
from digest.cli.options import project_before
from digest.cli.output import note
from digest.config import find_project
from digest.model import Newsletter
from digest.pipeline import Pipeline


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
        if pipeline.database.is_new:
            # Also to cron: one that is lost or not mounted looks like a new one.
            note(f"Made a new database, {pipeline.database.place}: nobody is subscribed yet.")
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


def one_newsletter(pipeline: Pipeline, wanted: str | None) -> Newsletter:
    """The named newsletter, or the only one there is."""
    found = pipeline.config.newsletters(wanted)
    if len(found) != 1:
        known = ", ".join(newsletter.id for newsletter in found) or "none"
        raise typer.BadParameter(f"name one of: {known}", param_hint="--newsletter")
    return found[0]
