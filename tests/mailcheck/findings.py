"""What the parts of this package hand to each other: a mail to be judged, and what is wrong."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NODE_MODULES = HERE / "node_modules"


@dataclass(frozen=True, slots=True)
class Mail:
    """One rendered issue: what a subscriber's program shows, and what the server gets."""

    name: str
    html: Path
    eml: Path


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a tool does not accept. `theme` is empty where it makes no difference."""

    tool: str
    mail: str
    message: str
    theme: str = ""


class ToolError(Exception):
    """A tool did not do its work, so nothing is known about the mail."""
