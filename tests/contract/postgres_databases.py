"""The databases that tests make on a PostgreSQL server: emptied where that will do, or copied."""

import uuid
from contextlib import closing
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

from tests.postgres import database_url

# A table with so many dead rows would slow the tests after.
MOST_ROWS = 5_000

_CLEANER = "cleaner"
_END_SESSIONS = sa.text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = :name AND application_name <> :cleaner"
)
# Of tables and of indexes.
_SHAPE = (
    "SELECT c.relname, c.relkind::text, a.attname, a.atttypid, a.attnotnull, a.atthasdef"
    " FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
    " WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, a.attnum"
)
_REVISION = "SELECT version_num FROM alembic_version"
_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)
_RESTART = (
    "SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences"
    " WHERE schemaname = 'public' AND last_value IS NOT NULL"
)


class PostgresDatabases:
    """Makes databases on a server, of which `template` is one that is migrated and empty.

    One of them is emptied after each test that used it, by a connection that stays: a new one
    would read the catalogue anew each time.
    """

    def __init__(self, server: sa.Engine, template: str) -> None:
        """Nothing is made yet."""
        self._server, self._template = server, template
        with closing(self._connect(template)) as connection:
            self._shape = _shape_of(connection)
        self._used: list[str] = []
        self._kept = ""
        self._cleaner: psycopg.Connection[Any] | None = None

    def empty(self) -> str:
        """The address of a new database, without a schema."""
        return self._copy("template1")

    def migrated(self) -> str:
        """The address of a database with the schema and no row: one that a test left, or a new one.

        To empty one takes a tenth of what it takes to copy one and drop it.
        """
        if not self._kept or self._kept in self._used:
            return self._copy(self._template)
        self._used.append(self._kept)
        return database_url(self._server, self._kept)

    def _copy(self, template: str) -> str:
        name = f"test_{uuid.uuid4().hex}"
        self._used.append(name)
        with self._server.connect() as connection:
            connection.execute(
                sa.text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
            )
        return database_url(self._server, name)

    def clean(self) -> None:
        """End what is still connected; keep one database for the next test, drop the others."""
        with self._server.connect() as connection:
            for name in self._used:
                connection.execute(_END_SESSIONS, {"name": name, "cleaner": _CLEANER})
                if name != (self._kept or name) or not self._is_emptied(name):
                    connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        self._used.clear()

    def close(self) -> None:
        """Leave the server."""
        self._keep("", None)

    def _is_emptied(self, name: str) -> bool:
        """Delete all rows and keep it, unless a test changed the schema or left many."""
        try:
            cleaner = self._cleaner or self._connect(name)
            self._keep(name, cleaner)
            if _shape_of(cleaner) == self._shape and _delete_all(cleaner) <= MOST_ROWS:
                return True
        except psycopg.Error:  # a test restarted the server
            pass
        self._keep("", None)
        return False

    def _keep(self, name: str, cleaner: psycopg.Connection[Any] | None) -> None:
        if self._cleaner is not None and cleaner is not self._cleaner:
            self._cleaner.close()
        self._kept, self._cleaner = name, cleaner

    def _connect(self, name: str) -> psycopg.Connection[Any]:
        url = self._server.url.set(drivername="postgresql", database=name)
        return psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True, application_name=_CLEANER
        )


def _shape_of(connection: psycopg.Connection[Any]) -> list[tuple[object, ...]]:
    """The columns, indexes and revision of a database."""
    shape = connection.execute(_SHAPE).fetchall()
    if any(row[0] == "alembic_version" for row in shape):
        shape += connection.execute(_REVISION).fetchall()
    return shape


def _delete_all(connection: psycopg.Connection[Any]) -> int:
    """How many rows there were."""
    connection.execute("SET session_replication_role = replica")  # no foreign keys
    tables = connection.execute(_TABLES).fetchall()
    deletions = [sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for (table,) in tables]
    rows = sum(connection.execute(deletion).rowcount for deletion in deletions)
    connection.execute(_RESTART)
    return rows
