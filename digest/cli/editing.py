"""What the commands of an editor share: the issue meant, and how edits of it are kept and told."""

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.by_option import name_of
from digest.cli.context import one_newsletter, project_of
from digest.cli.options import NextDate, number
from digest.cli.output import say
from digest.issue_edits import Edit
from digest.model import Newsletter
from digest.project import Project
from digest.services.issues.describe_edit import describe_edit, numbered_names
from digest.services.issues.edit import make_edits, next_date
from digest.store.edits import EditRecord

StoryNumber = Annotated[
    int, typer.Argument(metavar="STORY", parser=number(1), help="The story's number.")
]
StoryNumbers = Annotated[
    list[int], typer.Argument(metavar="STORY...", parser=number(1), help="Their numbers.")
]
Line = Annotated[str, typer.Argument(metavar="TEXT", help="One line.")]


def issue_meant(
    project: Project, newsletter_id: str | None, date: dt.date | None
) -> tuple[Newsletter, dt.date]:
    """The newsletter and the date of the issue that is named, the next one where no date is."""
    newsletter = one_newsletter(project, newsletter_id)
    return newsletter, date or next_date(project, newsletter)


def make(
    edits: list[Edit], newsletter: str | None, date: NextDate, by: str | None, folder: Path | None
) -> None:
    """Keep edits, all or none, and say how each is undone."""
    with project_of(folder) as project:
        chosen, day = issue_meant(project, newsletter, date)
        records = make_edits(project, chosen, day, edits, name_of(by))
        say_made(project, records)


def say_made(project: Project, records: Collection[EditRecord]) -> None:
    """Say what was decided, and how each is undone."""
    names = numbered_names(project, records)
    for record in records:
        key = f"{record.newsletter}-{record.date}"
        say(f"{key}: {describe_edit(record, names)}. Undo: digest issue undo {record.id}")
