"""Which installation this database is: one row, and where a PostgreSQL server is at home."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.store.database import conflict_insert
from digest.store.schema import installation, issues, stories

_NUMBER = 1  # of the one row


@dataclass(frozen=True, slots=True)
class Installation:
    """What a database says of itself; see digest.store.schema.

    Of two states of one installation the one with the greater `position` is the later.
    """

    id: str
    epoch: int
    home: str
    claimed: int = 0
    claimed_at: datetime | None = None
    ran_at: datetime | None = None

    @property
    def position(self) -> tuple[int, int]:
        """How far it has come: adoptions, then messages claimed since the beginning."""
        return self.epoch, self.claimed


def find(connection: sa.Connection) -> Installation | None:
    """The installation; None in a database that was only just made, or brought up to date."""
    row = connection.execute(sa.select(installation)).mappings().first()
    return _read(row) if row is not None else None


def put(connection: sa.Connection, this: Installation) -> None:
    """Make it the installation of this database."""
    values = {
        "id": this.id,
        "epoch": this.epoch,
        "home": this.home,
        "claimed": this.claimed,
        "claimed_at": this.claimed_at,
        "ran_at": this.ran_at,
    }
    insert = conflict_insert(connection, installation).values(number=_NUMBER, **values)
    connection.execute(insert.on_conflict_do_update(index_elements=["number"], set_=values))


def count(
    connection: sa.Connection, this: Installation, claimed: int, now: datetime
) -> Installation | None:
    """So many more messages were claimed; how far it has come with them.

    None where the database is that installation no more: replaced, or adopted.
    """
    counted = connection.execute(
        sa.update(installation)
        .where(
            installation.c.id == this.id,
            installation.c.epoch == this.epoch,
            installation.c.home == this.home,
        )
        .values(claimed=installation.c.claimed + claimed, claimed_at=now)
        .returning(installation)
    )
    row = counted.mappings().first()
    return _read(row) if row is not None else None


def note_run(connection: sa.Connection, now: datetime) -> None:
    """Collecting or sending begins now: whatever was noted before, this is the time."""
    connection.execute(sa.update(installation).values(ran_at=now))


def newest_time(connection: sa.Connection) -> datetime | None:
    """When the last story or issue was made; each is a look into an index or a short table."""
    times = [
        connection.scalar(sa.select(sa.func.max(stories.c.collected_at))),
        connection.scalar(sa.select(sa.func.max(issues.c.created_at))),
    ]
    return max((at for at in times if at is not None), default=None)


def server_home(connection: sa.Connection) -> str:
    """The server, the database and the timeline; empty where PostgreSQL does not tell them.

    A dump that is restored has another database or server, a copy of the server's folder that was
    promoted or brought back to an earlier time another timeline. That is read from the log in
    which the server writes now: pg_control_checkpoint has it only after the next checkpoint.
    """
    query = sa.text(
        "SELECT has_function_privilege('pg_control_system()', 'execute')"
        " AND has_function_privilege('pg_current_wal_lsn()', 'execute')"
        " AND has_function_privilege('pg_walfile_name(pg_lsn)', 'execute')"
        " AND NOT pg_is_in_recovery()"
    )
    if not connection.scalar(query):
        return ""
    home = sa.text(
        "SELECT (SELECT system_identifier FROM pg_control_system()) || '/'"
        " || (SELECT oid FROM pg_database WHERE datname = current_database()) || '/'"
        " || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
    )
    return str(connection.scalar(home))


def _read(row: sa.RowMapping) -> Installation:
    return Installation(
        id=row["id"],
        epoch=row["epoch"],
        home=row["home"],
        claimed=row["claimed"],
        claimed_at=row["claimed_at"],
        ran_at=row["ran_at"],
    )
