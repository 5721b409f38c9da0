"""Commands that take a decision back, and that let it count again."""

from typing import Annotated

import typer

from digest.cli.by_option import By, name_of
from digest.cli.context import project_of
from digest.cli.edit_words import counting_sentence
from digest.cli.options import ProjectFolder, number
from digest.cli.output import say
from digest.services.issues.describe_edit import describe_edit, numbered_names
from digest.services.issues.edit import redo_edit, undo_edit

EditNumber = Annotated[
    int, typer.Argument(metavar="EDIT", parser=number(1, 10**18 - 1), help="The edit's number.")
]


def undo(edit: EditNumber, by: By = None, folder: ProjectFolder = None) -> None:
    """Undo one edit, by its number; others stay."""
    with project_of(folder) as project:
        undone = undo_edit(project, edit, name_of(by))
        names = numbered_names(project, undone.records)
    record = undone.record
    say(f"{record.newsletter}-{record.date}: undone: {describe_edit(record, names)}.")
    say(counting_sentence(undone, names))


def redo(edit: EditNumber, by: By = None, folder: ProjectFolder = None) -> None:
    """Let an edit count again that was undone, by its number."""
    with project_of(folder) as project:
        redone = redo_edit(project, edit, name_of(by))
        names = numbered_names(project, redone.records)
    record = redone.record
    say(f"{record.newsletter}-{record.date}: redone: {describe_edit(record, names)}.")
    say(counting_sentence(redone, names))
