"""Commands for stories: list, pin, drop, merge, split; and how a story is found by its name."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from digest.cli.context import pipeline_of
from digest.cli.json_output import say_json
from digest.cli.options import Json, Project, number
from digest.cli.output import plural, say
from digest.cli.tables import say_table
from digest.cli.times import Tell, project_clock
from digest.errors import UsageError
from digest.model import Story
from digest.store import pins, stories, story_list
from digest.store.database import exclusively

StoryName = Annotated[
    str, typer.Argument(metavar="STORY", help="A story's number, or its file in seeds/.")
]
StoryNames = Annotated[
    list[str], typer.Argument(metavar="STORY...", help="Their numbers, or their files in seeds/.")
]


def find_story(connection: sa.Connection, name: str) -> Story:
    """The story of a number or a file; a usage error where there is none."""
    story = look_up(connection, name)
    if story is None:
        raise UsageError(
            f"there is no story {name!r}",
            remedy="name its number (`digest stories list`) or its file in seeds/",
        )
    return story


def look_up(connection: sa.Connection, name: str) -> Story | None:
    """The story of a number or a file, if there is one."""
    found = int(name) if name.isdecimal() else stories.story_of_key(connection, _key(name))
    return stories.get(connection, found) if found is not None else None


def list_(
    days: Annotated[
        int, typer.Option("--days", metavar="N", parser=number(1), help="How far back.")
    ] = 3,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """List the stories that were collected in the last days, the newest first."""
    with pipeline_of(project) as pipeline, pipeline.database.read() as connection:
        since = pipeline.clock() - timedelta(days=days)
        found = list(story_list.collected_since(connection, since))
        tell = project_clock(pipeline)
    if as_json:
        say_json({"stories": [_story_json(story) for story in found]})
    elif not found:
        say("None.")
    else:
        say_table(
            ["Story", "Topic", "Sources", "Headline", "State"],
            [(s.id, s.topic, s.sources, s.headline, _state(s, tell)) for s in found],
        )


def pin(story: StoryName, project: Project = None) -> None:
    """Put a story before all others, in each issue that it is new for."""
    _set_pinned(story, project, pinned=True)


def unpin(story: StoryName, project: Project = None) -> None:
    """Let a story that was pinned take its place among the others again."""
    _set_pinned(story, project, pinned=False)


def drop(names: StoryNames, project: Project = None) -> None:
    """Take stories back that were not mailed yet: they go into no issue, for good.

    Deleting a story's file does not do that, and a new text in it does not undo it.
    """
    _set_withdrawn(names, project, withdrawn=True)


def restore(names: StoryNames, project: Project = None) -> None:
    """Tell stories after all that were dropped, in each issue that they are new for."""
    _set_withdrawn(names, project, withdrawn=False)


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
        if stories.withdrawn_at(connection, one.id):
            raise UsageError(
                f"story {one.id} was dropped, and with it would be what becomes part of it",
                remedy=f"digest stories restore {one.id}",
            )
        from digest.services.stories import merge_split

        joined = merge_split.join(connection, pipeline.config, one, two, pipeline.clock())
    say(f"{joined.id}, {joined.headline}: based on {plural(joined.source_count, 'source')} now.")


def split(
    story: StoryName,
    reports: Annotated[
        list[int],
        typer.Argument(
            metavar="REPORT...", parser=number(1), help="Reports to take out, by number."
        ),
    ],
    project: Project = None,
) -> None:
    """Take reports out of a story, for good: they make one of their own.

    `digest explain STORY` shows the numbers of its reports.
    """
    with pipeline_of(project) as pipeline, pipeline.database.write() as connection:
        whole = find_story(connection, story)
        from digest.services.stories import merge_split

        rest, taken = merge_split.part(
            connection, pipeline.config, whole, reports, pipeline.clock()
        )
    say(f"{rest.id}, {rest.headline}: based on {plural(rest.source_count, 'source')} now.")
    say(f"{taken.id}, {taken.headline}: new.")


def _set_pinned(name: str, project: Path | None, *, pinned: bool) -> None:
    with pipeline_of(project) as pipeline, pipeline.database.write() as connection:
        story = find_story(connection, name)
        changed = pins.set_pinned(connection, story.id, pinned)
    already = "" if changed else " already"
    say(f"{story.id}, {story.headline}: {'pinned' if pinned else 'not pinned'}{already}.")


def _set_withdrawn(names: list[str], project: Path | None, *, withdrawn: bool) -> None:
    """All of them or none: what a sealed issue holds was mailed, and is refused."""
    with pipeline_of(project) as pipeline, pipeline.database.write() as connection:
        exclusively(connection)  # of two, a seal takes the story or this does
        found = {story.id: story for story in (find_story(connection, name) for name in names)}
        if withdrawn:
            for story in found.values():
                _refuse_mailed(connection, story)
        at = pipeline.clock() if withdrawn else None
        changed = {number: stories.set_withdrawn(connection, number, at) for number in found}
    for story in found.values():
        already = "" if changed[story.id] else " already"
        say(f"{story.id}, {story.headline}: {'dropped' if withdrawn else 'not dropped'}{already}.")


def _refuse_mailed(connection: sa.Connection, story: Story) -> None:
    issue = stories.sealed_in(connection, story.id)
    if issue is not None:
        raise UsageError(
            f"story {story.id} is in {issue}, which was mailed: it cannot be taken back",
            remedy="put a correction into a story of its own",
        )


def _story_json(story: story_list.ListedStory) -> dict[str, Any]:
    return {
        "id": story.id,
        "topic": story.topic,
        "sources": story.sources,
        "headline": story.headline,
        "collected_at": story.collected_at,
        "pinned": story.pinned,
        "withdrawn_at": story.withdrawn_at,
        "issues": story.issues,
    }


def _state(story: story_list.ListedStory, tell: Tell) -> str:
    if story.withdrawn_at:
        return f"dropped {tell(story.withdrawn_at)}"
    stood = f"in {', '.join(story.issues)}" if story.issues else "in no issue yet"
    return f"pinned, {stood}" if story.pinned else stood


def _key(name: str) -> str:
    parts = Path(name).parts
    return "/".join(parts[1:] if parts and parts[0] == "seeds" else parts)
