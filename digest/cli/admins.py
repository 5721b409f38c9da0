"""Commands for the accounts of those who look after the newsletters."""

import sys
from typing import Annotated
from urllib.parse import urlsplit

import typer

from digest.cli.by_option import name_of
from digest.cli.context import project_of
from digest.cli.json_output import say_json
from digest.cli.local_times import project_clock
from digest.cli.options import Email, Json, ProjectFolder
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.errors import DigestError
from digest.project import Project
from digest.roles import Role
from digest.services.admins import accounts


def read_address(text: str) -> str:
    """Reads where pages are served: `http://127.0.0.1:8001`."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise typer.BadParameter(f"{str(text)!r} is not an address such as http://127.0.0.1:8001")
    return f"{parts.scheme}://{parts.netloc}"


At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="URL",
        parser=read_address,
        help="Where the desk is served, if neither admin.url nor site_url says it.",
        show_default="site_url",
    ),
]


def add(
    email: Email,
    role: Annotated[
        Role | None,
        typer.Option(
            "--role",
            help="What they may do; each may what those before it may.",
            show_default="owner for the first account, else editor",
        ),
    ] = None,
    name: Annotated[
        str,
        typer.Option(
            "--name",
            metavar="NAME",
            help="Stands beside what they do.",
            show_default="the address up to its @",
        ),
    ] = "",
    at: At = None,
    folder: ProjectFolder = None,
) -> None:
    """Add an account, and print the link by which its owner chooses a password."""
    with project_of(folder) as project:
        chosen = role or (Role.EDITOR if accounts.all_admins(project) else Role.OWNER)
        admin = accounts.add_admin(project, email, name, chosen, name_of(None))
        say(f"{admin.name} is {admin.role}, by {admin.email}.")
        _say_link(project, admin.email, at)


def remove(email: Email, folder: ProjectFolder = None) -> None:
    """Remove an account: it is logged out everywhere; what it did stays on record."""
    with project_of(folder) as project:
        admin = accounts.remove_admin(project, email, name_of(None))
    say(f"{admin.name} has no account any more.")


def list_(folder: ProjectFolder = None, as_json: Json = False) -> None:
    """List the accounts, and the role of each."""
    with project_of(folder) as project:
        everyone = accounts.all_admins(project)
        tell = project_clock(project)
    if as_json:
        say_json(
            {
                "admins": [
                    {
                        "email": admin.email,
                        "name": admin.name,
                        "role": admin.role,
                        "has_password": bool(admin.password_hash),
                        "created_at": admin.created_at,
                        "created_by": admin.created_by,
                    }
                    for admin in everyone
                ]
            }
        )
    elif not everyone:
        say("Nobody yet. Add the first with `digest admins add EMAIL`.")
    else:
        say_table(
            ["Name", "Email", "Role", "Password", "Since", "Added by"],
            [
                (
                    admin.name,
                    admin.email,
                    admin.role,
                    "yes" if admin.password_hash else "not chosen yet",
                    tell(admin.created_at),
                    admin.created_by,
                )
                for admin in everyone
            ],
        )


def passwd(email: Email, folder: ProjectFolder = None) -> None:
    """Give an account another password, which is asked for, or read from standard input.

    It is logged out everywhere.
    """
    password = (
        typer.prompt("New password", hide_input=True, confirmation_prompt=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\n")
    )
    with project_of(folder) as project:
        fault = accounts.change_password(project, email, password, name_of(None))
    if fault:
        raise DigestError(
            f"this password is not taken: {fault[:1].lower()}{fault[1:].rstrip('.')}",
            remedy="choose another one; a sentence is good",
        )
    say("It has the new password, and is logged out everywhere.")


def link(email: Email, at: At = None, folder: ProjectFolder = None) -> None:
    """Print a link by which an account's owner chooses a new password: once, and for a day."""
    with project_of(folder) as project:
        _say_link(project, email, at)


def _say_link(project: Project, email: str, at: str | None) -> None:
    path = accounts.make_link(project, email, name_of(None))
    settings = project.config.settings
    url = at or settings.admin_url
    say("This link lets them choose a password. It works once, and for a day:")
    say(f"  {url}{path}")
    if not at and not settings.knows_admin_url:
        say(f"Where the desk is not at {url}, say so by --at: `digest serve` names its address.")
    if not settings.admin.on_site and not settings.admin.port:
        say("The settings serve no such pages: `digest serve --admin` does, or set admin.port.")
