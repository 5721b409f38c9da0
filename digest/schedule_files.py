"""The files by which cron, systemd or launchd run a project, made of those in deploy/."""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from digest.errors import UsageError
from digest.package_files import bundled

# What stands in the files of deploy/ for a project of somebody.
PROGRAM = "/srv/venv/bin/digest"
FOLDER = "/srv/my-newsletter"
USER = "newsletter"

FILES = {
    "cron": "newsletter",
    "systemd": "digest.service",
    "launchd": "org.newsletter-digest.plist",
}

_PLAIN = re.compile(r"[\w/.,:@+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ScheduledProject:
    """Which program runs which project, and as whom."""

    program: tuple[str, ...]
    folder: Path
    user: str


def schedule_file(kind: str, project: ScheduledProject, name: str = "") -> str:
    """A file of deploy/KIND (the usual one without a name) with a project's paths and user.

    UsageError where there is no such file, or a path cannot be written in it.
    """
    folder = bundled("deploy") / kind
    names = sorted(path.name for path in folder.iterdir())
    name = name or FILES[kind]
    if name not in names:
        raise UsageError(f"{name!r} is no file for {kind}", remedy=f"one of: {', '.join(names)}")
    quote = _QUOTES[kind]
    text = (folder / name).read_text("utf-8")
    if kind == "launchd":  # there each word is an element of its own
        words = "</string>\n    <string>".join(map(quote, project.program))
    else:
        words = " ".join(map(quote, project.program))
    text = text.replace(PROGRAM, words).replace(FOLDER, quote(str(project.folder)))
    return re.sub(rf"\b(User=|MAILTO=){USER}\b", rf"\g<1>{project.user}", text)


def _cron(text: str) -> str:
    """For the shell, and a % is a line's end in a crontab."""
    return shlex.quote(text).replace("%", r"\%")


def _systemd(text: str) -> str:
    """As it is: the settings in which it stands quote in different ways, or in none."""
    if not _PLAIN.fullmatch(text):
        raise UsageError(
            f"the path {text} cannot be written in a unit of systemd",
            remedy="move it to one of letters, digits and -_.,:@+",
        )
    return text


_QUOTES: dict[str, Callable[[str], str]] = {"cron": _cron, "systemd": _systemd, "launchd": escape}
