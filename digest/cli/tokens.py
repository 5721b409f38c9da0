"""Commands for the tokens of the API."""

from typing import Annotated

import typer

from digest.cli.by_option import name_of
from digest.cli.context import project_of
from digest.cli.json_output import say_json
from digest.cli.local_times import project_clock
from digest.cli.options import Json, ProjectFolder, number
from digest.cli.output import note, say
from digest.cli.tables import say_table
from digest.roles import Role
from digest.scopes import WITHOUT_ADDRESSES
from digest.services.admins import api_tokens
from digest.store.api_tokens import ApiToken

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="What it is for; stands beside what it does.")
]


def add(
    name: Name,
    role: Annotated[
        Role, typer.Option("--role", help="The most that it may do; the scopes say what.")
    ] = Role.VIEWER,
    scopes: Annotated[
        str,
        typer.Option(
            "--scopes",
            metavar="S;S",
            help="What it is for, such as 'issues:read;issues:edit'.",
            show_default="to read all but addresses",
        ),
    ] = "",
    days: Annotated[
        int,
        typer.Option(
            "--days",
            metavar="N",
            parser=number(1, api_tokens.MOST_DAYS),
            help="For so long it works.",
        ),
    ] = api_tokens.DEFAULT_DAYS,
    folder: ProjectFolder = None,
) -> None:
    """Make a token by which a program uses the API, and print it: this one time."""
    names = [scope.strip() for scope in scopes.split(";") if scope.strip()]
    chosen = api_tokens.read_scopes(names) or WITHOUT_ADDRESSES
    with project_of(folder) as project:
        token, secret = api_tokens.add_token(project, name, role, chosen, days, name_of(None))
        tell = project_clock(project)
        is_served = project.config.settings.api.enabled
    # To standard output the secret alone, for a pipe into whatever keeps it.
    note(f"{token.name} is {token.role}, for {_words(token)}, until {tell(token.expires_at)}.")
    note("The token follows. Nobody can be shown it again.")
    say(secret)
    if not is_served:
        note("The API is off: set enabled = true below [api] in config/digest.toml.")


def list_(folder: ProjectFolder = None, as_json: Json = False) -> None:
    """List the tokens: what each may do, until when, and when it was last used."""
    with project_of(folder) as project:
        tokens = api_tokens.all_tokens(project)
        tell, now = project_clock(project), project.clock()
    if as_json:
        say_json(
            {
                "tokens": [
                    {
                        "name": token.name,
                        "role": token.role,
                        "scopes": sorted(token.scopes),
                        "works": token.works(now),
                        "created_at": token.created_at,
                        "created_by": token.created_by,
                        "expires_at": token.expires_at,
                        "revoked_at": token.revoked_at,
                        "revoked_by": token.revoked_by,
                        "used_at": token.used_at,
                    }
                    for token in tokens
                ]
            }
        )
    elif not tokens:
        say("None yet. `digest tokens add NAME` makes one.")
    else:
        say_table(
            ["Name", "Role", "For", "Works until", "Last used", "Made by"],
            [
                (
                    token.name,
                    token.role,
                    _words(token),
                    tell(token.expires_at)
                    if token.works(now)
                    else f"revoked by {token.revoked_by}"
                    if token.revoked_at
                    else f"expired {tell(token.expires_at)}",
                    tell(token.used_at) if token.used_at else "never",
                    token.created_by,
                )
                for token in tokens
            ],
        )


def revoke(name: Name, folder: ProjectFolder = None) -> None:
    """Let a token open nothing from now on; what was done by it stays on record."""
    with project_of(folder) as project:
        token = api_tokens.revoke_token(project, name, name_of(None))
    say(f"{token.name} opens nothing any more.")


def _words(token: ApiToken) -> str:
    return ", ".join(sorted(token.scopes))
