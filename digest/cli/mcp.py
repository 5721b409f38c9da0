"""The command by which an agent reads the project, and drafts edits for an editor."""

from typing import TYPE_CHECKING, Annotated

import typer

from digest.app import open_project
from digest.cli.context import heeding_signals, project_root
from digest.cli.options import ProjectFolder, number
from digest.cli.who import name_of
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.project import Project


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
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="PORT",
            parser=number(0, 65535),
            help="Answer at /mcp of this port instead, whoever has a token; 0 is any free one.",
            show_default="none",
        ),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
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
        if port is not None:
            _serve(project, host, port)
        else:
            make_server(project, (lambda: editor) if editor else None).run("stdio")


def _serve(project: "Project", host: str, port: int) -> None:
    import uvicorn

    from digest.mcp.http import PATH, make_http_app
    from digest.web.server import address_of, listen

    with listen(host, port) as listener, heeding_signals():
        config = uvicorn.Config(make_http_app(project), log_level="warning", access_log=False)
        # Not `say`: it has to be read while we stay.
        typer.echo(f"Answering agents at {address_of(listener)}{PATH[1:]} until SIGTERM or Ctrl-C.")
        uvicorn.Server(config).run(sockets=[listener])
