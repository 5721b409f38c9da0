"""The command that stays and serves: the site, and what is due beside it."""

from typing import Annotated
from urllib.parse import urlsplit

import typer

from digest import log
from digest.cli.context import pipeline_of
from digest.cli.options import ClockIsRight, ProjectFolder, number
from digest.cli.output import note
from digest.cli.run_report import outbox_of
from digest.project import Project


def serve(
    host: Annotated[
        str | None,
        typer.Option("--host", help="Address to listen on.", show_default="web.host"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="PORT",
            parser=number(0, 65535),
            help="Its port; 0 is any free one.",
            show_default="web.port",
        ),
    ] = None,
    scheduler: Annotated[
        bool,
        typer.Option(
            " /--no-scheduler", help="Serve only: cron or another process collects and sends."
        ),
    ] = True,
    clock_is_right: ClockIsRight = False,
    folder: ProjectFolder = None,
) -> None:
    """Serve the site and do what is due, every minute, until SIGTERM or Ctrl-C."""
    # The other commands need no web server.
    from digest.web import server
    from digest.web.app import make_app

    log.stay_and_tell()
    with pipeline_of(folder, ticking=True, clock_is_right=clock_is_right) as pipeline:
        app = make_app(pipeline)
        web = pipeline.project.config.settings.web
        listener = server.listen(host or web.host, web.port if port is None else port)
        with listener:
            _warn_of_local_links(pipeline.project, *listener.getsockname()[:2])
            # Not `say`: it has to be read while we stay.
            typer.echo(f"Serving {server.address_of(listener)} until SIGTERM or Ctrl-C.")
            _tell_of_outbox(pipeline.project)
            status = server.run_server(app, pipeline, listener, scheduler=scheduler)
    raise typer.Exit(status)


def _tell_of_outbox(project: Project) -> None:
    """Whoever signs up here waits for a mail, and somebody has to know where it is."""
    folder = outbox_of(project.config)
    if folder:
        typer.echo(f"Mails are written to {folder}; nothing is sent.")


def _warn_of_local_links(project: Project, host: str, port: int) -> None:
    """Mails and pages lead to site_url, wherever this process listens."""
    site = urlsplit(project.config.settings.site_url)
    is_here = site.port == port and host in ("127.0.0.1", "::1")
    if site.hostname == "localhost" and not is_here:
        note(
            f"Warning: links in mails and pages begin with {site.geturl()}, which is not where "
            "subscribers reach this."
        )
        note("Remedy: set site_url to the address that they use.")
