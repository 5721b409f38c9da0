"""The command that says what a copy of an installation is."""

from enum import Enum
from typing import Annotated

import typer

from digest.cli.context import pipeline_of
from digest.cli.options import ClockIsRight, ProjectFolder
from digest.cli.output import say
from digest.errors import UsageError
from digest.text import plural


class Sent(Enum):
    """What `--as` may say."""

    SENT = "sent"


def adopt(
    as_: Annotated[
        Sent | None,
        typer.Option(
            "--as",
            help="What it has still to send, and was due, may have gone out from the original: it "
            "is in doubt, and not sent again.",
        ),
    ] = None,
    as_is: Annotated[
        bool,
        typer.Option(
            "--as-is", help="Nothing went out since: what it has still to send is sent from here."
        ),
    ] = False,
    clock_is_right: ClockIsRight = False,
    folder: ProjectFolder = None,
) -> None:
    """Let a copy send that was moved here or restored; say what became of its mail.

    Whoever else has a copy must not send any more: stop it first.
    """
    if as_is == (as_ is not None):
        raise UsageError(
            "say what became of its mail",
            remedy="`--as sent` if it may have gone out, `--as-is` if nothing went out since",
        )
    with pipeline_of(folder, clock_is_right=clock_is_right) as pipeline:
        doubted = pipeline.adopt(as_sent=not as_is)
    say("Adopted: mail goes out from here from now on.")
    if doubted:
        are = "is" if doubted == 1 else "are"
        say(f"{plural(doubted, 'delivery')} {are} in doubt and not sent again.")
