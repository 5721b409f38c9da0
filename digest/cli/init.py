"""The command that makes a project folder."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.output import called_as, say
from digest.new_project import copy_templates, create_project


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder; it is made.")] = Path(),
    templates: Annotated[
        bool, typer.Option("--templates", help="Copy the mail's templates too, to edit them.")
    ] = False,
) -> None:
    """Make a project folder: settings, an .env, and seeds/ for stories. Nothing is overwritten.

    In a project that is there, --templates copies the templates alone.
    """
    root = folder.resolve()
    if templates and (root / "config").exists():
        say(f"{copy_templates(root)}: edit what you like, and delete what you do not change.")
        return
    paths = create_project(root)
    if templates:
        paths.append(copy_templates(root))
    say(f"A new project in {root}:")
    for path in paths:
        say(f"  {path.relative_to(root)}{'/' if path.is_dir() else ''}")
    say("Next, put a story into seeds/ and look at the mail:")
    if root != Path.cwd():
        say(f"  cd {shlex.quote(str(folder))}")
    say(f"  {called_as(root)} preview")
