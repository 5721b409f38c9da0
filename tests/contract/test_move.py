"""docs/howto/postgresql.md has a script that takes a project from SQLite to PostgreSQL."""

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.store.database import Database
from digest.store.schema import metadata, stories, subscribers
from tests.contract.test_upgrade import VERSIONS, load
from tests.paths import ROOT

pytestmark = pytest.mark.parametrize("makers", ["postgresql"], indirect=True)
OLD = "sqlite:///old.db"


@contextmanager
def opened(url: str, folder: Path) -> Iterator[Database]:
    database = Database(url, folder)
    try:
        yield database
    finally:
        database.close()


def move(folder: Path, new: str) -> subprocess.CompletedProcess[str]:
    page = (ROOT / "docs" / "howto" / "postgresql.md").read_text()
    block = re.search(r"```python\n(.+?)```", page, re.DOTALL)
    assert block is not None
    (folder / "move.py").write_text(textwrap.dedent(block[1]))
    command = [sys.executable, "move.py", OLD, new]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    tables = {t.name: t.select().order_by(*t.primary_key) for t in metadata.sorted_tables}
    with database.read() as connection:
        return {
            name: [tuple(row) for row in connection.execute(query)]
            for name, query in tables.items()
        }


def test_every_row_is_moved_and_the_next_one_gets_a_number_of_its_own(makers, tmp_path):
    load(OLD, tmp_path, VERSIONS[-1])
    new = makers.empty()
    done = move(tmp_path, new)
    assert done.returncode == 0, done.stderr
    with opened(OLD, tmp_path) as old, opened(new, tmp_path) as moved:
        assert rows(old) == rows(moved)
        assert rows(moved)["subscribers"]
        with moved.write() as connection:
            highest = connection.scalar(sa.select(sa.func.max(subscribers.c.id)))
            added = connection.execute(
                subscribers.insert().returning(subscribers.c.id),
                {
                    "email": "new@example.org",
                    "address_hash": "new",
                    "name": "",
                    "created_at": connection.scalar(sa.select(stories.c.collected_at).limit(1)),
                },
            )
            assert highest is not None
            assert added.scalar_one() > highest


def test_a_database_that_holds_rows_is_left_alone(makers, tmp_path):
    load(OLD, tmp_path, VERSIONS[-1])
    new = makers.empty()
    assert move(tmp_path, new).returncode == 0
    again = move(tmp_path, new)
    assert again.returncode == 1
    assert "holds rows already" in again.stderr
