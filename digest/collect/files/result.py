"""What reading one item came to: a value each, so that one bad item costs itself alone."""

from dataclasses import dataclass
from datetime import date

from digest.model import Report
from digest.text import at_line, clean_line, shorten

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that cannot be read: where (lines count from 1), and why.

    `raw_hash` is that of its bytes and of this version, as another one may read what this one
    cannot; empty where the bytes could not be had.
    """

    file: str
    line: int | None
    reason: str
    raw_hash: str = ""

    def __str__(self) -> str:
        return at_line(self.file, self.line, self.reason)


@dataclass(frozen=True, slots=True)
class Held:
    """An item that waits for its date; `collected_as` is as in ReadStory, or its own `key`."""

    file: str
    until: date
    key: str = ""
    collected_as: str | None = None


@dataclass(frozen=True, slots=True)
class ReadStory:
    """An item that became a report; `raw_hash` is that of its bytes.

    `collected_as` is the key under which it was read before it was moved.
    """

    file: str
    raw_hash: str
    report: Report
    collected_as: str | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An item whose bytes are those of the last time."""

    file: str


class UnreadableError(Exception):
    """Raised by a parser: the line (from 1) and the reason. Never leaves `collect`."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = shorten(clean_line(reason), _LONGEST_REASON)
