"""Where the chaos takes place: a disk, databases of two kinds on it, and a mail server."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.faulty_smtp import FaultServer, serving
from digest.jobs.schema import bring_up_to_date
from digest.new_project import create_project
from digest.store.database import Database
from tests.chaos.disk import Disk, a_disk
from tests.integration.conftest import Project
from tests.postgres import PostgresServer, postgres_server
from tests.sampling import sample

# The last is a PostgreSQL beside which workers do the work.
KINDS = ["sqlite", "postgresql", "workers"]


@pytest.fixture(scope="module")
def disk() -> Iterator[Disk]:
    """What holds the projects and the databases.

    Not below pytest's own folder: PostgreSQL, as another user, must get at its data.
    """
    with (
        tempfile.TemporaryDirectory(prefix="digest-disk-") as folder,
        a_disk(Path(folder)) as disk,
    ):
        yield disk


@pytest.fixture(scope="module")
def postgres(disk: Disk) -> Iterator[PostgresServer]:
    """A PostgreSQL server whose data are on the disk, in small pieces."""
    with postgres_server(disk.folder) as server:
        with server.engine.connect() as connection:
            connection.execute(sa.text("ALTER SYSTEM SET max_wal_size = '64MB'"))
            connection.execute(sa.text("SELECT pg_reload_conf()"))
        yield server


@pytest.fixture
def project(disk: Disk) -> Project:
    """A project on the disk."""
    root = disk.folder / uuid.uuid4().hex
    create_project(root)
    return Project(root)


@pytest.fixture(params=KINDS if "KILLS" in os.environ else sample(KINDS, 1))
def database_url(request: pytest.FixtureRequest, project: Project) -> str:
    """The address of a new database of each kind, or of one of them."""
    if request.param == "sqlite":
        url = f"sqlite:///{project.root}/var/digest.db"
        (project.root / "var").mkdir(mode=0o700)
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.make_database(f"chaos_{uuid.uuid4().hex}")
    database = Database(url, Path(project.root))
    if request.param == "workers":
        project.env["DIGEST_WORKERS_ENABLED"] = "true"
        with database.write() as connection:
            bring_up_to_date(connection)
    database.close()
    return url


@pytest.fixture
def server() -> FaultServer:
    """A mail server that counts what it takes."""
    return FaultServer()


@pytest.fixture
def port(server: FaultServer) -> Iterator[int]:
    """Where it listens."""
    with serving(server) as port:
        yield port
