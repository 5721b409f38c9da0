"""Every test of this folder begins with a new database: in SQLite, and in a real PostgreSQL."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digest.store.database import Database
from tests.postgres import database_url, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.Engine]:
    """A PostgreSQL server of this test process alone; its data go with it."""
    with postgres_server() as server:
        yield server.engine


@pytest.fixture(scope="session")
def postgres_template(postgres: sa.Engine) -> str:
    """The name of a migrated database on the server: to copy it takes a seventh of the time."""
    name = "migrated"
    with postgres.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    Database(database_url(postgres, name), Path()).close()
    return name


@dataclass(frozen=True)
class Makers:
    """How databases of one kind are made: each gives the address of a new one."""

    empty: Callable[[], str]
    migrated: Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def makers(request: pytest.FixtureRequest) -> Iterator[Makers]:
    """Those of both kinds in turn; SQLite's databases lie below tmp_path."""
    if request.param == "postgresql":
        server, template = (
            request.getfixturevalue(name) for name in ("postgres", "postgres_template")
        )
        with _copies(server) as copy:
            yield Makers(partial(copy, "template1"), partial(copy, template))
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


@contextmanager
def _copies(server: sa.Engine) -> Iterator[Callable[[str], str]]:
    """Copies a database of the server, under a name of its own; at the end all copies go."""
    names: list[str] = []

    def copy(template: str) -> str:
        names.append(f"test_{uuid.uuid4().hex}")
        with server.connect() as connection:
            connection.execute(
                sa.text(f"CREATE DATABASE {names[-1]} TEMPLATE {template} STRATEGY file_copy")
            )
        return database_url(server, names[-1])

    yield copy
    with server.connect() as connection:
        for name in names:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


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
