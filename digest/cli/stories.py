"""Commands for stories: list, pin, drop, merge, split."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.cli.by_option import name_of
from digest.cli.context import project_of
from digest.cli.json_output import say_json
from digest.cli.local_times import Tell, project_clock
from digest.cli.options import Json, ProjectFolder, number
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.model import Story
from digest.project import Project
from digest.services.admins.audit import Actor
from digest.services.stories import edit
from digest.store import story_list
from digest.text import plural

StoryName = Annotated[
    str, typer.Argument(metavar="STORY", help="A story's number, or its file in seeds/.")
]
StoryNames = Annotated[
    list[str], typer.Argument(metavar="STORY...", help="Their numbers, or their files in seeds/.")
]


def list_(
    days: Annotated[
        int, typer.Option("--days", metavar="N", parser=number(1, 36_500), help="How far back.")
    ] = 3,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """List the stories that were collected in the last days, the newest first."""
    with project_of(folder) as project, project.database.read() as connection:
        since = project.clock() - timedelta(days=days)
        listed = list(story_list.collected_since(connection, since))
        tell = project_clock(project)
    if as_json:
        say_json({"stories": [_story_json(story) for story in listed]})
    elif not listed:
        say("None.")
    else:
        say_table(
            ["Story", "Topic", "Sources", "Headline", "State"],
            [
                (story.id, story.topic, story.sources, story.headline, _state(story, tell))
                for story in listed
            ],
        )


def pin(
    names: StoryNames,
    before: Annotated[
        str | None,
        typer.Option("--before", metavar="STORY", help="Before this one, which is pinned already."),
    ] = None,
    folder: ProjectFolder = None,
) -> None:
    """Put stories before all others, in this order, in each issue that they are new for.

    They come behind those that are pinned already.
    """
    with project_of(folder) as project:
        outcomes = edit.pin(project.database, names, before, _actor(project))
    _say_outcomes(outcomes, "pinned")


def unpin(names: StoryNames, folder: ProjectFolder = None) -> None:
    """Let stories that were pinned take their places among the others again."""
    with project_of(folder) as project:
        outcomes = edit.unpin(project.database, names, _actor(project))
    _say_outcomes(outcomes, "unpinned", "was not pinned")


def drop(names: StoryNames, folder: ProjectFolder = None) -> None:
    """Take stories back that were not mailed yet: they go into no issue, for good.

    Deleting a story's file does not do that, and a new text in it does not undo it.
    """
    _set_withdrawn(names, folder, withdrawn=True)


def restore(names: StoryNames, folder: ProjectFolder = None) -> None:
    """Tell stories after all that were dropped, in each issue that they are new for."""
    _set_withdrawn(names, folder, withdrawn=False)


def _actor(project: Project) -> Actor:
    return Actor(name_of(None), project.clock())


def merge(
    story: StoryName,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The story that becomes part.")],
    folder: ProjectFolder = None,
) -> None:
    """Make two stories one, for good: OTHER's reports become part of STORY."""
    with project_of(folder) as project:
        from digest.services.stories import merge_split

        joined = merge_split.merge(project.database, project.config, story, other, _actor(project))
    say(f"{joined.id}, {joined.headline}: based on {plural(joined.source_count, 'source')} now.")


def split(
    story: StoryName,
    reports: Annotated[
        list[int],
        typer.Argument(
            metavar="REPORT...", parser=number(1), help="Reports to take out, by number."
        ),
    ],
    folder: ProjectFolder = None,
) -> None:
    """Take reports out of a story, for good: they make one of their own.

    `digest explain STORY` shows the numbers of its reports.
    """
    with project_of(folder) as project:
        from digest.services.stories import merge_split

        rest, new_story = merge_split.split(
            project.database, project.config, story, reports, _actor(project)
        )
    say(f"{rest.id}, {rest.headline}: based on {plural(rest.source_count, 'source')} now.")
    say(f"{new_story.id}, {new_story.headline}: new.")


def _set_withdrawn(names: list[str], folder: Path | None, *, withdrawn: bool) -> None:
    with project_of(folder) as project:
        at = project.clock() if withdrawn else None
        outcomes = edit.set_withdrawn(project.database, names, at, _actor(project))
    _say_outcomes(outcomes, *(("dropped",) if withdrawn else ("restored", "was not dropped")))


def _say_outcomes(outcomes: Sequence[tuple[Story, bool]], what: str, unchanged: str = "") -> None:
    for story, changed in outcomes:
        said = what if changed else unchanged or f"{what} already"
        say(f"{story.id}, {story.headline}: {said}.")


def _story_json(story: story_list.ListedStory) -> dict[str, Any]:
    return {
        "id": story.id,
        "topic": story.topic,
        "sources": story.sources,
        "headline": story.headline,
        "collected_at": story.collected_at,
        "pinned": story.pinned,
        "pin_place": story.pin_place if story.pinned else None,
        "withdrawn_at": story.withdrawn_at,
        "issues": story.issues,
        "written_for": story.written_for or None,
    }


def _state(story: story_list.ListedStory, tell: Tell) -> str:
    if story.written_for and not story.issues:
        return f"{'taken out of' if story.taken_out else 'written for'} {story.written_for}"
    if story.withdrawn_at and not story.issues:
        return f"dropped {tell(story.withdrawn_at)}"
    place = f"in {', '.join(story.issues)}" if story.issues else "in no issue yet"
    return f"pinned, {place}" if story.pinned else place
