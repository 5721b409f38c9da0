"""Every test of this folder begins with a new database: in SQLite, and in a real PostgreSQL.

`make test` asks PostgreSQL every third time only, where SQLite answers the same question.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digest.store.database import Database
from tests.contract.postgres_databases import PostgresDatabases
from tests.postgres import database_url, postgres_server
from tests.sampling import SAMPLED, SEED

# What only one of them can be asked.
on_sqlite = pytest.mark.parametrize("makers", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("makers", ["postgresql"], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out of a sample two of three tests that SQLite has as well."""
    if not SAMPLED:
        return
    names = {item.nodeid for item in items}
    twins = [
        item
        for item in items
        if "[postgresql" in item.nodeid
        and item.nodeid.replace("[postgresql", "[sqlite", 1) in names
    ]
    left_out = {item for place, item in enumerate(twins) if (place + SEED) % 3}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.Engine]:
    """A PostgreSQL server of this test process alone; its data go with it."""
    with postgres_server() as server:
        yield server.engine


@pytest.fixture(scope="session")
def postgres_databases(postgres: sa.Engine) -> Iterator[PostgresDatabases]:
    """Makes databases on the server; to migrate each would take seven times as long."""
    with postgres.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE migrated"))
    Database(database_url(postgres, "migrated"), Path()).close()
    databases = PostgresDatabases(postgres, "migrated")
    yield databases
    databases.close()


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
