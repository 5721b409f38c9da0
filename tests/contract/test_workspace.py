"""The copy of a database for a rehearsal has its rows, whatever it is a copy of."""

from pathlib import Path

import sqlalchemy as sa

from digest.config import load_config
from digest.new_project import create_project
from digest.simulation.workspace import copy_database
from digest.store.database import Database
from digest.store.schema import metadata
from tests.contract.givens import given_subscribers, laid_out


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables; the key of JSON and times as Python has them."""
    with database.read() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(sa.select(table).order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
        }


def test_every_row_is_copied_and_what_is_copied_stays(database, url, tmp_path, monkeypatch):
    laid_out(database, *given_subscribers(3))
    create_project(tmp_path / "project")
    monkeypatch.setenv("DIGEST_DATABASE_URL", url)
    before = rows(database)
    copy_database(load_config(tmp_path / "project"), Path(tmp_path / "copy.db"))
    copy = Database(f"sqlite:///{tmp_path}/copy.db", tmp_path)
    assert rows(copy) == before == rows(database)
    copy.close()
    assert len(before["deliveries"]) == 3
