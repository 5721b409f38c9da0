"""Commands for sources as they stand: list, pause, resume, release."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from digest.cli.options import Json, Project, pipeline_of
from digest.cli.output import note, plural, say, say_json, say_table
from digest.config import Config
from digest.errors import UsageError
from digest.pipeline import Pipeline
from digest.services.sources import status
from digest.services.sources.status import SourceStatus, source_statuses, with_problems
from digest.settings import FeedSource
from digest.store import feeds

SourceName = Annotated[
    str, typer.Argument(metavar="ID", help="The source's id, as `digest sources list` has it.")
]


def list_all(project: Project = None, as_json: Json = False) -> None:
    """List the sources: how each stands, when it was read last, what came of it in a week."""
    with pipeline_of(project) as pipeline, pipeline.database.read() as connection:
        found = source_statuses(connection, pipeline.config, pipeline.clock())
        zone = ZoneInfo(pipeline.config.settings.timezone)
    if as_json:
        say_json({"sources": [source_json(each) for each in found]})
    elif not found:
        say("None yet. Add one with `digest sources add URL`.")
    else:
        say_table(
            ["Source", "Kind", "State", "Last success", "Stories in a week", "Next fetch"],
            [
                (
                    each.id,
                    each.kind,
                    each.state,
                    moment(each.last_success, zone),
                    f"{each.stories:,}",
                    moment(each.next_fetch, zone),
                )
                for each in found
            ],
        )
        say_problem(found, zone)


def source_json(status: SourceStatus) -> dict[str, Any]:
    """A source for programs."""
    return {**asdict(status), "remedy": status.remedy}


def say_problem(statuses: Sequence[SourceStatus], zone: ZoneInfo, most: int | None = None) -> None:
    """The sources that somebody should have a look at, `most` of them, with reason and remedy."""
    troubled = with_problems(statuses)
    if troubled:
        say()
        say(f"{plural(len(troubled), 'source')} in trouble:")
    for each in troubled[:most]:
        since = f" since {moment(each.since, zone)}" if each.since else ""
        held = f", {plural(each.kept_back, 'report')} kept back" if each.kept_back else ""
        say(f"  {each.id}: {each.state}{since}{held}")
        say(f"    {each.reason}")
        if each.remedy:
            say(f"    -> {each.remedy}")
    if most is not None and len(troubled) > most:
        say(f"  and {len(troubled) - most:,} more: see `digest sources list`")


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """`2026-11-21 06:00` in the project's zone; nothing where it never was."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


def warn_of_quarantines(pipeline: Pipeline) -> None:
    """A note for each source whose news is kept back: what is looked at lacks it."""
    with pipeline.database.read() as connection:
        rows = feeds.everything(connection)
    for source in pipeline.config.feeds:
        row = rows.get(source.id)
        if row is not None and row.quarantine is not None:
            note(f"{source.id} is quarantined, its news is not in here: {row.quarantine}.")
            note(f"  After a look: digest sources release {source.id}")


def feed_named(config: Config, source_id: str) -> FeedSource:
    """The feed with this id; that it is a folder, or unknown, is a usage error."""
    for source in config.sources:
        if source.id == source_id:
            if isinstance(source, FeedSource):
                return source
            raise UsageError(f"{source_id} is a folder", remedy="name a feed")
    raise UsageError(f"there is no source {source_id!r}", remedy="see `digest sources list`")


def pause(source: SourceName, project: Project = None) -> None:
    """Ask a feed no more, until it is resumed. What it has told stays."""
    with pipeline_of(project) as pipeline:
        status.pause(pipeline.database, feed_named(pipeline.config, source))
    say(f"{source} is paused. `digest sources resume {source}` goes on.")


def resume(source: SourceName, project: Project = None) -> None:
    """Ask a feed again that was paused, was gone, or is waited with because it failed."""
    with pipeline_of(project) as pipeline:
        status.resume(pipeline.database, feed_named(pipeline.config, source))
    say(f"{source} is asked again when something collects next.")


def release(
    source: SourceName,
    drop: Annotated[
        bool, typer.Option("--drop", help="Never tell what was kept back, only what comes later.")
    ] = False,
    project: Project = None,
) -> None:
    """Trust a quarantined source again, after a look: what was kept back is told.

    With --drop it is not: its reports count as known, and only what comes from now on is told.
    """
    with pipeline_of(project) as pipeline:
        feed = feed_named(pipeline.config, source)
        count = status.release(pipeline.database, feed.id, drop=drop)
    fate = "will not be told" if drop else "will be told"
    say(f"{source} is released; {plural(count, 'report')} that had been kept back {fate}.")
