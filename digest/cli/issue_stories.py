"""Commands for what a story of the next issue has: its picture, its days; and a story by hand."""

from datetime import date as date_type
from typing import Annotated

import typer

from digest.app import make_picture_fetcher
from digest.cli.by_option import By, name_of
from digest.cli.context import project_of
from digest.cli.editing import StoryNumber, issue_meant, make, say_made
from digest.cli.options import NextDate, OneNewsletterId, ProjectFolder, read_date
from digest.cli.output import say
from digest.issue_edits import Edit, EditKind
from digest.services.issues.choose_picture import choose_picture
from digest.services.issues.own_story import OwnStory, add_own_story
from digest.services.issues.story_material import StoryMaterial, read_material

NO_PICTURE = "none"


def picture(
    story: StoryNumber,
    address: Annotated[
        str | None,
        typer.Argument(
            metavar="IMAGE",
            help=f"Its address, as a report names it; or {NO_PICTURE!r}.",
            show_default="list them",
        ),
    ] = None,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let a story show another picture of its reports, or none, in this issue."""
    with project_of(folder) as project:
        if address is None:
            with project.database.read() as connection:
                material = read_material(connection, story, project.clock())
            _say_images(material)
            return
        chosen, day = issue_meant(project, newsletter, date)
        record = choose_picture(
            project,
            chosen,
            day,
            story,
            "" if address == NO_PICTURE else address,
            name_of(by),
            lambda: make_picture_fetcher(project.config, project.clock),
        )
        say_made(project, [record])


def _say_images(material: StoryMaterial) -> None:
    if not material.images:
        say(f"No report of story {material.story.id} names a picture.")
    for image in material.images:
        say(f"{image.url}  {image.alt}".rstrip())


def alt(
    story: StoryNumber,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What it shows; an empty one: it is ornament.")
    ],
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Say what a story's picture shows, for whoever does not see it."""
    make([Edit(EditKind.ALT, (text,), story)], newsletter, date, by, folder)


def days(
    story: StoryNumber,
    first: Annotated[
        date_type | None,
        typer.Option("--first", metavar="YYYY-MM-DD", parser=read_date, help="Not before."),
    ] = None,
    last: Annotated[
        date_type | None,
        typer.Option("--last", metavar="YYYY-MM-DD", parser=read_date, help="Not after."),
    ] = None,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Choose the first and the last date on which a story is news; without both, as the rules do.

    From its first date on it is news whatever its age, until an issue tells it.
    """
    lines = (str(first or ""), str(last or ""))
    make([Edit(EditKind.DAYS, lines, story)], newsletter, date, by, folder)


def write(
    headline: Annotated[str, typer.Argument(metavar="HEADLINE", help="One line.")],
    bullets: Annotated[list[str], typer.Argument(metavar="BULLET...", help="One line each.")],
    topic: Annotated[str, typer.Option("--topic", metavar="TOPIC", help="A topic's id or title.")],
    source: Annotated[
        str,
        typer.Option(
            "--source", metavar="NAME", help="Who says it.", show_default="the newsletter"
        ),
    ] = "",
    link: Annotated[
        str, typer.Option("--link", metavar="URL", help="Where it is said.", show_default=False)
    ] = "",
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Write a story by hand, for this issue alone."""
    written = OwnStory(headline, tuple(bullets), topic, source, link)
    with project_of(folder) as project:
        chosen, day = issue_meant(project, newsletter, date)
        record = add_own_story(project, chosen, day, written, name_of(by))
        say_made(project, [record])
