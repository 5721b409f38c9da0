"""Whether a database may send, and whether the clock may be right: rules of values and `now`.

Beside the database lies the mark (digest.services.installation.mark), which no backup copies. Each
is written durably, the database first: claims are committed, then counted, then the mark is
raised, then their bytes go out. So of an installation that is at home the mark never leads, and a
database that is behind its mark is an earlier copy. The mark may lag, by what was claimed within a
few seconds before a crash; the next run raises it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto

from digest.store.installations import Installation

# Clocks of several machines differ, but not by so much.
BACKWARD = timedelta(hours=1)
# Who does not run for longer is asked whether it was so long.
FORWARD = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where a file is: what of it a move keeps, and what a copy cannot have.

    `machine` is empty where that is not known.
    """

    machine: str
    path: str
    device: int
    inode: int

    def is_same(self, other: "FilePlace") -> bool:
        """Whether it is one file: renamed with its folder, or on a disk that was mounted anew."""
        if self.machine and other.machine and self.machine != other.machine:
            return False
        return self.inode == other.inode and (
            self.path == other.path or self.device == other.device
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an installation had come when the mark was written, and where it was written.

    `sealed` is the date of the last issue of each newsletter of which mail went out.
    """

    installation: str
    epoch: int
    home: str
    claimed: int
    until: datetime | None
    sealed: dict[str, date]
    place: FilePlace

    @property
    def position(self) -> tuple[int, int]:
        """As of `Installation`."""
        return self.epoch, self.claimed


class Why(Enum):
    """What tells that a database is a copy, or may be one."""

    BEHIND = auto()  # mail went out that it knows nothing of
    OTHER_DATABASE = auto()  # here another one has sent
    OTHER_HOME = auto()  # it was adopted elsewhere since, or restored on another server
    COPIED_FOLDER = auto()  # the mark was copied too
    NO_MARK = auto()  # it was brought here without its mark


def why_refused(
    this: Installation | None,
    mark: Mark | None,
    *,
    place: FilePlace | None,
    server_home: str | None,
) -> Why | None:
    """Why nothing may be sent from a database, None where it may.

    `place` is where the mark is now. `server_home` is None for SQLite, whose home is where its mark
    is. On PostgreSQL several machines share a database, each with a mark of its own or with none,
    and the server says where it is.
    """
    if this is None:
        # With a mark that counts none, the first process here ended before it wrote the row.
        return Why.OTHER_DATABASE if mark is not None and mark.claimed else None
    is_file = server_home is None
    home = mark.home if is_file and mark is not None else server_home
    signs = {
        Why.NO_MARK: is_file and mark is None,
        Why.COPIED_FOLDER: is_file and mark and place and not mark.place.is_same(place),
        Why.OTHER_DATABASE: mark and mark.installation != this.id,
        Why.OTHER_HOME: this.home and home and this.home != home,
        Why.BEHIND: mark and this.position < mark.position,
    }
    return next((why for why, holds in signs.items() if holds), None)


def is_clock_wrong(now: datetime, last: datetime | None) -> bool:
    """Whether `now` is before the newest time that is known, or far beyond it."""
    return last is not None and not last - BACKWARD <= now <= last + FORWARD
