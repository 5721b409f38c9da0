"""What the commands of an editor share: whose decision it is, and how it is kept and told."""

import getpass
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.context import one_newsletter, project_of
from digest.cli.edit_words import phrase
from digest.cli.options import NextDate, number
from digest.cli.output import say
from digest.edits import Edit
from digest.errors import UsageError
from digest.services.issues.edit import make_edits, next_date
from digest.services.issues.edit_rules import LONGEST_NAME
from digest.store.edits import EditRecord
from digest.text import clean_line

StoryNumber = Annotated[
    int, typer.Argument(metavar="STORY", parser=number(1), help="The story's number.")
]
StoryNumbers = Annotated[
    list[int], typer.Argument(metavar="STORY...", parser=number(1), help="Their numbers.")
]
Line = Annotated[str, typer.Argument(metavar="TEXT", help="One line.")]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who decides.", show_default="your log-in name"),
]


def make(
    edits: list[Edit], newsletter: str | None, date: NextDate, by: str | None, folder: Path | None
) -> None:
    """Keep edits, all or none, and say how each is undone."""
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        day = date or next_date(project, chosen)
        records = make_edits(project, chosen, day, edits, who(by))
    say_made(records)


def say_made(records: Iterable[EditRecord]) -> None:
    """Say what was decided, and how each is undone."""
    for record in records:
        key = f"{record.newsletter}-{record.date}"
        say(f"{key}: {phrase(record)}. Undo: digest issue undo {record.id}")


def who(by: str | None) -> str:
    """Who decides, as it is kept: one line, as it is shown in a table."""
    if by is None:
        return _user()
    name = clean_line(by)
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(
            f"--by holds {len(name):,} characters" if name else "--by names nobody",
            remedy=f"name who decides in one line of at most {LONGEST_NAME} characters",
        )
    return name


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in a container
        return "somebody"
