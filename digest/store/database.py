"""The database: opens it, brings it up to date, and says where transactions begin and end."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from digest.atomic_files import PRIVATE_FILE, make_private, make_private_folder
from digest.error_words import words_of
from digest.errors import DigestError, UsageError
from digest.store.preconditions import run_check
from digest.store.schema_revision import HEAD
from digest.store.snapshot import copy_before_upgrade

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy.dialects.postgresql import Insert as PostgresInsert

BUSY_SECONDS = 60
# PostgreSQL ends a transaction in which nothing is done for so long: its process was stopped or its
# machine is gone, and nobody else gets past what it has locked.
IDLE_SECONDS = 60
_LOCK = 0x64696765  # one advisory lock for all that must not run twice at once on PostgreSQL


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The schema before it was brought up to date, None where there was none; the copy of then."""

    before: str | None
    copy: Path | None


class Database:
    """A pool of connections to one database whose schema is up to date."""

    def __init__(
        self,
        url: str,
        root: Path,
        *,
        may_migrate: bool = False,
        gone: DigestError | None = None,
    ) -> None:
        """Open the database at `url`; a relative SQLite path lies below `root`.

        An empty one gets its tables; `gone` is the refusal where it ought not to be empty. SQLite
        with the schema of an earlier version is copied and brought up to date. PostgreSQL, which
        others may be using, is so with `may_migrate` alone, and else refused.
        """
        self.engine = _engine(url, root, gone)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.upgrade: Upgrade | None = None
        self._kept: sa.Connection | None = None
        self._kept_lock = threading.Lock()
        try:
            revision = self.revision()
            if revision is None and gone is not None:
                raise gone
            if revision is not None and revision > HEAD:
                raise _newer(revision)
            if revision is not None and revision < HEAD and not (self.is_sqlite or may_migrate):
                raise _older(revision)
            if revision != HEAD:
                self.upgrade = self._migrate()
        except DBAPIError as error:
            self.close()
            _refuse(url, error)
        except DigestError:
            self.close()
            raise

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database."""
        path = self.engine.url.database if self.is_sqlite else None
        return Path(path) if path and path != ":memory:" else None

    @property
    def place(self) -> str:
        """Where it is, for people: without the password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database and changes nothing."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                _driver(connection).execute("BEGIN")  # a snapshot, of which nothing can fail yet
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that is committed at the end, or rolled back by an exception."""
        with self.engine.begin() as connection:
            self._take_write_lock(connection)
            run_check(connection)
            yield connection

    @contextmanager
    def rehearsal(self) -> Iterator[sa.Connection]:
        """A transaction that is always rolled back: see what would happen (promise 1)."""
        with self.engine.connect() as connection:
            transaction = connection.begin()
            self._take_write_lock(connection)
            try:
                yield connection
            finally:
                transaction.rollback()

    def _take_write_lock(self, connection: sa.Connection) -> None:
        """On SQLite, at once: what reads first and then finds the lock taken could only fail."""
        if self.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    def peek(self, query: str) -> tuple[Any, ...] | None:
        """The first row of a query without parameters, as the driver has it; None without one.

        It sees what is committed by now, over a connection that is kept for such looks: to take
        one and to begin a transaction costs some fifty times as much as the look.
        """
        with self._kept_lock:
            try:
                return self._peek(query)
            except self.engine.dialect.loaded_dbapi.Error:  # the server was restarted since
                self._let_go()
                return self._peek(query)

    def _peek(self, query: str) -> tuple[Any, ...] | None:
        if self._kept is None:
            self._kept = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        driver: Any = self._kept.connection.driver_connection
        row: tuple[Any, ...] | None = driver.execute(query).fetchone()
        return row

    def _let_go(self) -> None:
        if self._kept is not None:
            self._kept.invalidate()
            self._kept.close()
            self._kept = None

    def revision(self) -> str | None:
        """The migration at which the schema stands, None for an empty database."""
        with self.engine.connect() as connection:
            return _revision(connection)

    def _migrate(self) -> Upgrade | None:
        """Bring the schema up to date; None where another process was faster."""
        from digest.store.migrations import upgrade

        with (
            self.engine.connect() as connection,
            _without_foreign_keys(connection),
            connection.begin(),
        ):
            self._take_write_lock(connection)
            exclusively(connection)
            before = _revision(connection)
            if before == HEAD:
                return None
            copy = None
            if before is not None and self.file is not None:
                # On a connection of its own it sees what was there before this transaction.
                copy = copy_before_upgrade(self.engine, self.file)
            upgrade(connection)
            return Upgrade(before, copy)

    def close(self) -> None:
        """Give all connections back."""
        with self._kept_lock:
            self._let_go()
        self.engine.dispose()


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if revision is None else str(revision)


def _newer(revision: str) -> DigestError:
    return DigestError(
        f"the database is of a newer version of newsletter-digest: it has schema {revision}, and "
        f"this version works with {HEAD}",
        remedy="install the version that last opened it, or a newer one; for the way back see "
        "docs/upgrading.md",
    )


def _older(revision: str) -> DigestError:
    return DigestError(
        f"the database is of an earlier version of newsletter-digest: it has schema {revision}, "
        f"and this version works with {HEAD}",
        remedy="stop what still runs on it, and run `digest migrate`: see docs/upgrading.md",
    )


@contextmanager
def _without_foreign_keys(connection: sa.Connection) -> Iterator[None]:
    """On SQLite no foreign key is enforced meanwhile; to be entered before the transaction begins.

    SQLite can change a table only by making it anew and dropping the old one, and rows that refer
    to that one must not hold it back: https://sqlite.org/lang_altertable.html#otheralter
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = _driver(connection)
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _driver(connection: sa.Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def exclusively(connection: sa.Connection) -> None:
    """From here to the end of the transaction, nobody else is past this point.

    On SQLite every write transaction is so from its beginning.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def insert_new(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, leaving those whose unique key is there already as they are."""
    if rows:
        connection.execute(conflict_insert(connection, table).on_conflict_do_nothing(), rows)


def conflict_insert(connection: sa.Connection, table: sa.Table) -> "SqliteInsert | PostgresInsert":
    """An INSERT that can say what happens where a unique key is there already."""
    if connection.dialect.name == "postgresql":
        # Loaded for a PostgreSQL database alone: it takes as long as half of our tables.
        from sqlalchemy.dialects.postgresql import insert

        return insert(table)
    return sqlite_insert(table)


def _engine(url: str, root: Path, gone: DigestError | None) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(parsed.set(drivername="sqlite"), root, gone)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise UsageError("database_url cannot be read", remedy=_URL_REMEDY) from error
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        try:
            return _postgres_engine(parsed.set(drivername="postgresql+psycopg"))
        except (ImportError, NoSuchModuleError) as error:
            raise UsageError(
                "PostgreSQL needs its driver", remedy="pip install 'newsletter-digest[postgres]'"
            ) from error
    raise UsageError(f"database_url names {parsed.drivername}", remedy=_URL_REMEDY)


_URL_REMEDY = "write sqlite:///var/digest.db or postgresql://user:password@host/name"


def _postgres_engine(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: "psycopg.Connection", _record: object) -> None:
        connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
        connection.commit()

    return engine


def _sqlite_engine(url: sa.URL, root: Path, gone: DigestError | None) -> sa.Engine:
    if url.database and url.database != ":memory:":
        path = root / url.database
        if not path.parent.is_dir() and root not in path.parents:
            # Elsewhere it is a slip of the pen, or a disk that is not mounted.
            raise DigestError(
                f"the database's folder {path.parent} is not there",
                remedy="mount or make it, or mend database_url",
            )
        try:
            if path.parent != root and root in path.parents:
                make_private_folder(path.parent)
            if not path.exists():
                if gone is not None:
                    raise gone
                path.touch(PRIVATE_FILE)  # SQLite gives the files beside it the same mode
            for beside in ("", "-wal", "-shm"):
                make_private(path.with_name(path.name + beside))
        except OSError as error:
            raise DigestError(
                f"the database {path} cannot be made: {words_of(error)}",
                remedy="mend database_url or the folder's permissions",
            ) from error
        url = url.set(database=str(path))
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        # Database says BEGIN: the driver's own begins late, and never IMMEDIATE. To say it by an
        # event of the engine would cost each statement a fifth of its time.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        _keep_a_wal(connection)
        # FULL: a claim that was committed is on the disk before the bytes go out (promise 4).
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # What is deleted is overwritten, also where SQLite was built without: a person's letters.
        connection.execute("PRAGMA secure_delete = ON")

    return engine


def _keep_a_wal(connection: sqlite3.Connection) -> None:
    """Switch the file to write-ahead logging, in which it then stays.

    Several processes may open a new file at once. SQLite answers the switch with "locked" at
    once where waiting could end in a deadlock, whatever the busy timeout; so we wait ourselves.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


# What a database says when it cannot go on, and what helps.
_CURES = {
    "full or fails": "see whether its disk is full or failing, and run again",
    "is full": "make room on its disk and run again",
    "no space left": "make room on its disk and run again",
    "may not write": "let this user write the file and its folder",
    "is locked": "see which process has held it for a minute, and run again",
    "malformed": "restore a backup: see docs/howto/restore.md",
    "nobody listens": "start it, or mend host and port in database_url, and run again",
    "name is not known": "mend the host in database_url, and run again",
    "cannot be looked up": "see whether the network and its name server work, and run again",
    "no answer came": "check that it runs and can be reached, and run again",
    "no way leads": "check that it can be reached from this machine, and run again",
    "broke the connection": "check that it runs and can be reached, and run again",
    "shut down": "start it, and run again",
    "restarted": "run again",
    "nothing was done": "run again",
    "starting or stopping": "wait until it runs, and run again",
    "too many connections": "end what holds them, or raise max_connections, and run again",
    "waited for each other": "run again",
    "changed the same rows": "run again",
    "password is wrong": "mend the password in database_url",
    "does not let this user in": "mend the user in database_url, or pg_hba.conf",
    "no database of this name": "make it with createdb, or mend database_url",
}


def in_words(error: DBAPIError) -> DigestError | None:
    """What a fault of the disk, the network or the server means; None where the fault is ours."""
    reason, cure = _reason(error)
    if cure is None and error.connection_invalidated:
        cure = "check that it runs and can be reached, and run again"
    if cure is None:
        return None
    return DigestError(
        f"the database cannot go on: {reason}",
        remedy=f"{cure}; what was recorded is kept, and `digest status` says what is in doubt",
    )


def _refuse(url: str, error: DBAPIError) -> NoReturn:
    """Say which database and why, without the password."""
    shown = sa.make_url(url).difference_update_query(["password", "sslpassword"])
    reason, cure = _reason(error)
    raise DigestError(
        f"the database {shown.render_as_string(hide_password=True)} cannot be used: {reason}",
        remedy=cure or "check database_url, that the server runs, and the permissions",
    ) from error


def _reason(error: DBAPIError) -> tuple[str, str | None]:
    """The first line of what the database said, and what helps where that is known."""
    reason = words_of(error)
    return reason, next((cure for sign, cure in _CURES.items() if sign in reason.lower()), None)
