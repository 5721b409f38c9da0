"""Which software this is: its version, and the commit where that is known."""

from functools import cache
from importlib.metadata import version
from pathlib import Path

_HERE = Path(__file__).parent
# Written by hatch_build.py where a wheel or a source archive is built from a checkout.
_COMMIT = _HERE / "COMMIT"


@cache
def software_version() -> str:
    """As its package has it; asked for each story file, and a millisecond to look up."""
    return version("newsletter-digest")


def commit() -> str | None:
    """The commit that it was built from, or that of the checkout in which it runs."""
    if _COMMIT.is_file():
        return _COMMIT.read_text("ascii").strip()
    checkout = _HERE.parent
    # Only ours: a virtual environment may lie in the checkout of something else.
    if not (checkout / ".git").exists():
        return None
    import subprocess

    try:
        asked = subprocess.run(  # noqa: S603
            ["git", "-C", checkout, "rev-parse", "--short=9", "HEAD"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return asked.stdout.strip()
