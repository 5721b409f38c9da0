"""Keeps a copy from mailing what the original has mailed, and a wrong clock from using up news.

What sends through a mail server asks before it begins. Reading, previews and the `outbox` backend
go on.
"""

import uuid
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from digest.config import Config
from digest.error_words import words_of
from digest.errors import DigestError
from digest.log import get_logger
from digest.project import Project
from digest.services.installation.mark import mark_path, raise_mark, read_mark, write_mark
from digest.services.installation.refusal import CopyRefusal, refused, wrong_clock
from digest.services.installation.rules import Why, is_clock_wrong, why_refused
from digest.store import installations
from digest.store.database import Database, exclusively
from digest.store.installations import Installation

log = get_logger(__name__)


def settle_in(config: Config, database: Database) -> None:
    """Make a database that is no installation yet one, at home here; the mark is written first."""
    path = mark_path(config, database)
    if path is None:
        return
    with database.read() as connection:
        if installations.find(connection) is not None:
            return
    with database.write() as connection:
        exclusively(connection)
        kept = read_mark(path)
        if installations.find(connection) is not None or (kept and kept[0].claimed):
            return  # another process was faster, or another database has sent from here
        this = Installation(uuid.uuid4().hex, epoch=1, home=new_home(connection))
        try:
            write_mark(path, this, {})
        except OSError as error:
            if database.is_sqlite:  # whose mark alone says where it is at home
                log.warning("no mark can be kept", file=str(path), reason=words_of(error))
                return
        installations.put(connection, this)


def new_home(connection: sa.Connection) -> str:
    """Where the database is: its server says that, or else the mark, by a word of its own."""
    if connection.dialect.name == "postgresql":
        return installations.server_home(connection)
    return uuid.uuid4().hex


def find_refusal(config: Config, database: Database) -> CopyRefusal | None:
    """Why nothing may be sent from the database, None where it may."""
    path = mark_path(config, database)
    if path is None:
        return None
    mark, place = read_mark(path) or (None, None)
    with database.read() as connection:
        this = installations.find(connection)
        server = None if database.is_sqlite else installations.server_home(connection)
        why = why_refused(this, mark, place=place, server_home=server)
        if why is None:
            return None
        copied_at = _newest_time(connection, this)
    if mark is None or why is Why.NO_MARK:
        return CopyRefusal(why, copied_at)
    folder = Path(mark.place.path).parent
    origin = folder.parent if folder.name == config.state_folder.name else folder
    return CopyRefusal(why, copied_at, mark.until, str(origin))


def copy_fault(config: Config, database: Database, now: datetime) -> DigestError | None:
    """What to say where mail would be sent from a copy; None where it may go out."""
    if config.settings.backend != "smtp":
        return None
    refusal = find_refusal(config, database)
    if refusal is None:
        return None
    return refused(refusal, now, ZoneInfo(config.settings.timezone))


def refuse_a_copy(project: Project) -> None:
    """DigestError where mail would be sent from a copy; to be asked before anything is sent.

    What the mark lacks after a crash it gets.
    """
    config, database = project.config, project.database
    fault = copy_fault(config, database, project.clock())
    if fault is not None:
        raise fault
    path = mark_path(config, database)
    if path is None or config.settings.backend != "smtp":
        return
    with database.read() as connection:
        this = installations.find(connection)
    if this is not None:
        raise_mark(path, this)


def clock_fault(connection: sa.Connection, project: Project) -> DigestError | None:
    """What to say where now cannot be, and nothing is done therefore; None where it can."""
    this, now = installations.find(connection), project.clock()
    last = (this.ran_at if this else None) or installations.newest_time(connection)
    if last is None or not is_clock_wrong(now, last):
        return None
    return wrong_clock(now, last, ZoneInfo(project.config.settings.timezone))


def hold_at_a_wrong_clock(project: Project) -> None:
    """DigestError where now cannot be; else it is noted that a run begins now."""
    now = project.clock()
    with project.database.read() as connection:
        this, fault = installations.find(connection), clock_fault(connection, project)
    if fault is not None:
        raise fault
    if this is not None and (this.ran_at is None or now > this.ran_at):
        trust_clock(project)


def trust_clock(project: Project) -> None:
    """From now on it is the time that the clock says, whatever was noted before."""
    with project.database.write() as connection:
        installations.note_run(connection, project.clock())


def _newest_time(connection: sa.Connection, this: Installation | None) -> datetime | None:
    times = [installations.newest_time(connection)]
    times += [this.ran_at, this.claimed_at] if this is not None else []
    return max((at for at in times if at is not None), default=None)
