"""The command that copies the database while it is in use."""

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.context import project_of
from digest.cli.options import ProjectFolder
from digest.cli.output import say
from digest.errors import UsageError
from digest.store.snapshot import copy_to


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the copy.")],
    force: Annotated[bool, typer.Option("--force", help="Write over an older copy.")] = False,
    folder: ProjectFolder = None,
) -> None:
    """Copy the SQLite database to FILE, also while mail is being sent.

    The copy is one state of it, complete, and readable by its owner alone.
    """
    with project_of(folder) as project:
        if not project.database.is_sqlite:
            raise UsageError(
                "the database is PostgreSQL", remedy="use its own pg_dump and pg_restore"
            )
        if file.exists() and not force:
            raise UsageError(f"{file} is there already", remedy="add --force to write over it")
        size = copy_to(project.database.engine, file)
        say(f"{file}: {size / 1e6:,.1f} MB.")
        say("Keep with it: config/, .env, var/pictures, and var/secret_key if there is one.")
