"""The command that stays and serves: the site, and what is due beside it."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from digest import log
from digest.cli.context import pipeline_of
from digest.cli.options import ClockIsRight, ProjectFolder, port_option
from digest.cli.output import note
from digest.cli.run_report import outbox_of
from digest.project import Project

if TYPE_CHECKING:
    from digest.web.admin_port import AdminPlace


def serve(
    host: Annotated[
        str | None,
        typer.Option("--host", help="Address to listen on.", show_default="web.host"),
    ] = None,
    port: Annotated[
        int | None, port_option("--port", "Its port; 0 is any free one.", "web.port")
    ] = None,
    scheduler: Annotated[
        bool,
        typer.Option(
            " /--no-scheduler", help="Serve only: cron or another process collects and sends."
        ),
    ] = True,
    admin: Annotated[
        bool,
        typer.Option(
            "--admin", help="Serve the editors' pages too, below /admin.", show_default=False
        ),
    ] = False,
    clock_is_right: ClockIsRight = False,
    folder: ProjectFolder = None,
) -> None:
    """Serve the site and do what is due, every minute, until SIGTERM or Ctrl-C."""
    # The other commands need no web server.
    from digest.web import server
    from digest.web.admin_port import AdminPlace
    from digest.web.app import make_app

    log.stay_and_tell()
    with pipeline_of(folder, ticking=True, clock_is_right=clock_is_right) as pipeline:
        settings = pipeline.project.config.settings
        web = settings.web
        with ExitStack() as stack:
            listener = stack.enter_context(
                server.listen(host or web.host, web.port if port is None else port)
            )
            listeners = [listener]
            if settings.admin.port:
                own = server.listen(settings.admin.host, settings.admin.port)
                listeners.append(stack.enter_context(own))
            place = AdminPlace(
                admin or settings.admin.on_site, settings.admin.port, settings.api.enabled
            )
            app = make_app(pipeline, place)
            _warn_of_local_links(pipeline.project, *listener.getsockname()[:2])
            # Not `say`: it has to be read while we stay.
            typer.echo(f"Serving {server.address_of(listener)} until SIGTERM or Ctrl-C.")
            _tell_of_admin_pages(place, pipeline.project, server.address_of(listener))
            _tell_of_outbox(pipeline.project)
            status = server.run_server(app, pipeline, listeners, scheduler=scheduler)
    raise typer.Exit(status)


def _tell_of_admin_pages(place: "AdminPlace", project: Project, here: str) -> None:
    """Where editors go, and that somebody needs an account first.

    Where `site_url` was never set, that is `here`, whatever port it listens on.
    """
    from digest.services.admins import accounts

    if place.is_anywhere:
        settings = project.config.settings
        url = settings.admin_url_at(here)
        typer.echo(f"Editors: {url}/admin")
        if not accounts.all_admins(project):
            at = f" --at {url}" if url != settings.admin_url else ""
            typer.echo(f"Nobody has an account yet: `digest admins add EMAIL{at}` makes the first.")


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
