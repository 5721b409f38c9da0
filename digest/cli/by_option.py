"""Who decides, for the commands of editors: --by, or the log-in name."""

import getpass
from typing import Annotated

import typer

from digest.errors import UsageError
from digest.services.issues.edit_rules import LONGEST_NAME
from digest.text import clean_line

By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who decides.", show_default="your log-in name"),
]


def name_of(by: str | None) -> str:
    """Who decides, as it is kept: one line, as it is shown in a table."""
    if by is None:
        return _user()
    name = clean_line(by)
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(
            f"--by holds {len(name):,} characters" if name else "--by names nobody",
            remedy=f"name who decides in one line of at most {LONGEST_NAME} characters",
        )
    return name


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in a container
        return "somebody"
