"""The command that copies the database while it is in use."""

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.context import project_of
from digest.cli.options import ProjectFolder
from digest.cli.output import say
from digest.errors import UsageError
from digest.services.backup import back_up, note_backup


def backup(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where to write the copy.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an older copy.")] = False,
    made: Annotated[
        bool,
        typer.Option("--made", help="Copy nothing: one was made by other means, as by pg_dump."),
    ] = False,
    folder: ProjectFolder = None,
) -> None:
    """Copy the SQLite database to FILE, also while mail is being sent.

    The copy is one state of it, complete, and readable by its owner alone. When the last one was
    made is among the metrics.
    """
    if file is None and not made:
        raise typer.BadParameter("name a file, or say --made", param_hint="FILE")
    with project_of(folder) as project:
        if file is None:
            note_backup(project)
            return
        if file.exists() and not force:
            raise UsageError(f"{file} is there already", remedy="add --force to write over it")
        size = back_up(project, file)
        say(f"{file}: {size / 1e6:,.1f} MB.")
        say("Keep with it: config/, .env, var/pictures, and var/secret_key if there is one.")
