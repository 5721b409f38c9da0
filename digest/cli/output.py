"""What commands print: lines for people, notes and errors to standard error."""

import os
import shutil
import sys
from pathlib import Path

from digest.errors import DigestError
from digest.text import visible


def fail(error: DigestError) -> int:
    """Tell an error with its remedy; the exit status that goes with it."""
    note(f"Error: {error.message}")
    if error.remedy:
        note(f"Remedy: {error.remedy}.")
    return error.exit_status


def note(line: str) -> None:
    """A line for a person, beside the command's output."""
    print(visible(line), file=sys.stderr)  # noqa: T201


def say(line: str = "") -> None:
    """A line of the command's output."""
    print(visible(line))  # noqa: T201


def short_path(path: Path, start: Path | None = None) -> str:
    """A path as seen from a folder (this one), where that is shorter."""
    relative = os.path.relpath(path, start)
    return relative if len(relative) < len(str(path)) else str(path)


def called_as(start: Path | None = None) -> str:
    """This command, as it is called in a folder: it may not be where the shell looks."""
    called, installed = Path(sys.argv[0]).absolute(), shutil.which("digest")
    is_known = installed is not None and Path(installed).absolute() == called
    if called.name != "digest" or os.sep not in sys.argv[0] or is_known:
        return "digest"
    return short_path(called, start)
