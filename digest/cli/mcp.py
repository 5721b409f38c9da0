"""The command by which an agent reads the project, and drafts edits for an editor."""

from typing import TYPE_CHECKING, Annotated

import typer

from digest.app import open_project
from digest.cli.by_option import name_of
from digest.cli.context import heeding_signals, project_root
from digest.cli.options import ProjectFolder, port_option
from digest.errors import UsageError
from digest.exit_deadline import FOR_THE_BOOKS, end_in, in_time

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
        port_option(
            "--port",
            "Answer at /mcp of this port instead, whoever has a token; 0 is any free one.",
            "none",
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
    from digest.scheduler import StopSign
    from digest.web.server import Server, Turning, address_of, listen

    sign, grace = StopSign(), project.config.settings.delivery.grace

    def stop() -> None:
        sign.put_up()
        end_in(grace + FOR_THE_BOOKS)

    # Also where the signal comes before the server turns: it looks at the sign at each turn.
    with listen(host, port) as listener, heeding_signals(stop), in_time():
        config = uvicorn.Config(
            make_http_app(project),
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=max(1, int(grace)),
        )
        # Not `say`: it has to be read while we stay.
        typer.echo(f"Answering agents at {address_of(listener)}{PATH[1:]} until SIGTERM or Ctrl-C.")
        Server(config, sign, Turning()).run(sockets=[listener])
