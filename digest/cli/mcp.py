"""The command by which an agent reads the project, and drafts edits for an editor."""

from typing import Annotated

import typer

from digest.app import open_project
from digest.cli.context import project_root
from digest.cli.options import ProjectFolder
from digest.cli.who import name_of
from digest.errors import UsageError


def mcp(
    drafts_for: Annotated[
        str | None,
        typer.Option(
            "--drafts-for",
            metavar="NAME",
            help="Let the agent draft edits too, in the name of this editor.",
            show_default="it only reads",
        ),
    ] = None,
    folder: ProjectFolder = None,
) -> None:
    """Answer an agent on standard input and output, by the Model Context Protocol.

    It approves, sends and erases nothing, and learns no subscriber's address. docs/mcp.md says how
    to use it.
    """
    try:
        from digest.mcp.server import make_server
    except ModuleNotFoundError as error:
        raise UsageError(
            "digest mcp needs the SDK of the Model Context Protocol",
            remedy="pip install 'newsletter-digest[mcp]'",
        ) from error
    editor = None if drafts_for is None else name_of(drafts_for)
    with open_project(project_root(folder), ticking=True) as project:
        make_server(project, editor).run("stdio")
