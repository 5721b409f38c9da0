"""Procrastinate's tables: made, and brought up to date by the SQL files that it comes with.

It names the changes of its schema by file, and keeps no record of those that a database has had.
The record is ours: a table beside them.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from procrastinate.schema import SchemaManager
from sqlalchemy.schema import CreateTable

from digest.errors import DigestError
from digest.jobs.procrastinate_queue import SCHEMA

_RECORD = sa.Table(
    "digest_applied", sa.MetaData(), sa.Column("file", sa.Text, primary_key=True), schema=SCHEMA
)


def bring_up_to_date(connection: sa.Connection) -> int:
    """Make the tables, or apply what this version of Procrastinate changed; how many files."""
    connection.execute(sa.text(f"SET LOCAL search_path = {SCHEMA}"))
    missing = _missing(connection)
    if _has_record(connection):
        for file in missing:
            _run(connection, file.read_text(encoding="utf-8"))
    else:
        connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        connection.execute(CreateTable(_RECORD))
        _run(connection, SchemaManager.get_schema())
    if missing:
        rows = [{"file": file.name} for file in missing]
        connection.execute(sa.insert(_RECORD), rows)
    connection.execute(sa.text("SET LOCAL search_path TO DEFAULT"))
    return len(missing)


def refuse_an_old_schema(connection: sa.Connection) -> None:
    """An error where the tables are not those of the installed version of Procrastinate."""
    if _missing(connection):
        raise DigestError(
            "the database has no job queue of this version of Procrastinate",
            remedy="stop what still runs on it, and run `digest migrate`",
        )


def _missing(connection: sa.Connection) -> list[Path]:
    """The files that the database has not had, in their order."""
    applied: set[str] = set()
    if _has_record(connection):
        applied.update(connection.scalars(sa.select(_RECORD.c.file)))
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    return [file for file in files if file.name not in applied]


def _has_record(connection: sa.Connection) -> bool:
    return sa.inspect(connection).has_table(_RECORD.name, schema=SCHEMA)


def _run(connection: sa.Connection, statements: str) -> None:
    """Many statements at once, in which % is a sign like any other."""
    driver: Any = connection.connection.driver_connection
    driver.execute(statements)
