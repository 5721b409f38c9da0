"""`digest stories correct`: what was mailed wrongly is put right on the site."""

from typing import Annotated

import typer

from digest.cli.by_option import By, name_of
from digest.cli.context import project_of
from digest.cli.options import ProjectFolder, number
from digest.cli.output import say
from digest.services.issues.edit_rules import LONGEST_BULLET, clean
from digest.services.stories.correct import correct as correct_story


def correct(
    story: Annotated[
        int, typer.Argument(metavar="STORY", parser=number(1), help="The story's number.")
    ],
    note: Annotated[
        str,
        typer.Option(
            "--note", metavar="TEXT", help="What was wrong, in a sentence that the site shows."
        ),
    ],
    headline: Annotated[
        str, typer.Option("--headline", metavar="TEXT", help="The headline that is right.")
    ] = "",
    bullet: Annotated[
        list[str],
        typer.Option("--bullet", metavar="TEXT", help="A bullet; several make all of them."),
    ] = [],  # noqa: B006 - Typer's way; it is only read
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Correct a story on the site after it was mailed, marked as such; the mail stays as it is."""
    with project_of(folder) as project:
        corrected = correct_story(
            project,
            story,
            clean(note),
            name_of(by),
            headline=clean(headline) if headline else "",
            bullets=[clean(line, LONGEST_BULLET) for line in bullet],
        )
    say(f"Story {corrected.id} is corrected on the site: {corrected.headline}")
