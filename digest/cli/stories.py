"""Commands for stories: list, pin, merge, split; and how a command finds a story by its name."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from digest.cli.options import Json, Project, pipeline_of
from digest.cli.output import plural, say, say_json, say_table
from digest.errors import UsageError
from digest.model import Story
from digest.store import pins, shelf, stories

StoryName = Annotated[
    str, typer.Argument(metavar="STORY", help="A story's number, or its file in seeds/.")
]


def find_story(connection: sa.Connection, name: str) -> Story:
    """The story of a number or a file; a usage error where there is none."""
    found = int(name) if name.isdecimal() else stories.story_of_key(connection, _key(name))
    story = stories.get(connection, found) if found is not None else None
    if story is None:
        raise UsageError(
            f"there is no story {name!r}",
            remedy="name its number (`digest stories list`) or its file in seeds/",
        )
    return story


def list_all(
    days: Annotated[int, typer.Option("--days", min=1, help="How far back.")] = 3,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """List the stories that were collected in the last days, the newest first."""
    with pipeline_of(project) as pipeline, pipeline.database.read() as connection:
        since = pipeline.clock() - timedelta(days=days)
        found = list(shelf.collected_since(connection, since))
    if as_json:
        say_json({"stories": [asdict(story) for story in found]})
    elif not found:
        say("None.")
    else:
        say_table(
            ["Story", "Topic", "Sources", "Headline", "State"],
            [(s.id, s.topic, s.sources, s.headline, _state(s)) for s in found],
        )


def pin(story: StoryName, project: Project = None) -> None:
    """Put a story before all others, in each issue that it is new for."""
    _set_pinned(story, project, pinned=True)


def unpin(story: StoryName, project: Project = None) -> None:
    """Let a story that was pinned take its place among the others again."""
    _set_pinned(story, project, pinned=False)


def merge(
    story: StoryName,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The story that becomes part.")],
    project: Project = None,
) -> None:
    """Make two stories one, for good: OTHER's reports become part of STORY."""
    with pipeline_of(project) as pipeline, pipeline.database.write() as connection:
        one, two = find_story(connection, story), find_story(connection, other)
        if one.id == two.id:
            raise UsageError(f"{story} and {other} are one story already", remedy="name two")
        from digest.desk.news import editing  # noqa: PLC0415 - see digest.desk.news.merging

        joined = editing.join(connection, pipeline.config, one, two, pipeline.clock())
    say(f"{joined.id}, {joined.headline}: based on {plural(joined.source_count, 'source')} now.")


def split(
    story: StoryName,
    reports: Annotated[
        list[int], typer.Argument(metavar="REPORT...", help="Reports to take out, by number.")
    ],
    project: Project = None,
) -> None:
    """Take reports out of a story, for good: they make one of their own.

    `digest explain STORY` shows the numbers of its reports.
    """
    with pipeline_of(project) as pipeline, pipeline.database.write() as connection:
        whole = find_story(connection, story)
        from digest.desk.news import editing  # noqa: PLC0415 - see digest.desk.news.merging

        rest, taken = editing.part(connection, pipeline.config, whole, reports, pipeline.clock())
    say(f"{rest.id}, {rest.headline}: based on {plural(rest.source_count, 'source')} now.")
    say(f"{taken.id}, {taken.headline}: new.")


def _set_pinned(name: str, project: Path | None, *, pinned: bool) -> None:
    with pipeline_of(project) as pipeline, pipeline.database.write() as connection:
        story = find_story(connection, name)
        changed = pins.set_pinned(connection, story.id, pinned)
    already = "" if changed else " already"
    say(f"{story.id}, {story.headline}: {'pinned' if pinned else 'not pinned'}{already}.")


def _state(story: shelf.Shelved) -> str:
    stood = f"in {', '.join(story.issues)}" if story.issues else "in no issue yet"
    return f"pinned, {stood}" if story.pinned else stood


def _key(name: str) -> str:
    parts = Path(name).parts
    return "/".join(parts[1:] if parts and parts[0] == "seeds" else parts)
