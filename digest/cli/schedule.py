"""The command that prints the file by which cron, systemd or launchd run this project."""

import getpass
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.context import project_root
from digest.cli.options import ProjectFolder
from digest.schedule_files import ScheduledProject, schedule_file


class Kind(StrEnum):
    """What runs it."""

    CRON = "cron"
    SYSTEMD = "systemd"
    LAUNCHD = "launchd"


def schedule(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="cron, systemd or launchd.")],
    file: Annotated[
        str,
        typer.Option(
            "--file",
            metavar="NAME",
            help="Another file of deploy/KIND, such as digest-run.timer.",
            show_default="the usual one",
        ),
    ] = "",
    user: Annotated[
        str,
        typer.Option("--user", metavar="NAME", help="As whom it runs.", show_default="you"),
    ] = "",
    folder: ProjectFolder = None,
) -> None:
    """Print the file that runs this project by cron, systemd or launchd, filled in.

    It is installed by nobody but you: the lines at its head say where.
    """
    beside = Path(sys.executable).with_name("digest")
    program = (str(beside),) if beside.exists() else (sys.executable, "-m", "digest")
    root = project_root(folder).resolve()
    scheduled = ScheduledProject(program, root, user or getpass.getuser())
    typer.echo(schedule_file(kind, scheduled, file), nl=False)
