"""The databases that tests make on a PostgreSQL server: emptied where that will do, or copied."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from tests.postgres import database_url

# A table with so many dead rows would slow the tests after.
MOST_ROWS = 5_000

_END_SESSIONS = sa.text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"
)
# Of tables and of indexes.
_SHAPE = sa.text(
    "SELECT c.relname, c.relkind::text, a.attname, a.atttypid, a.attnotnull, a.atthasdef"
    " FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
    " WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, a.attnum"
)
_REVISION = sa.text("SELECT version_num FROM alembic_version")
_TABLES = sa.text(
    "SELECT quote_ident(tablename) FROM pg_tables"
    " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)
_RESTART = sa.text(
    "SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences"
    " WHERE schemaname = 'public' AND last_value IS NOT NULL"
)


class PostgresDatabases:
    """Makes databases on a server, of which `template` is one that is migrated and empty."""

    def __init__(self, server: sa.Engine, template: str) -> None:
        """Nothing is made yet."""
        self._server, self._template = server, template
        with self._connected(template) as connection:
            self._shape = _shape_of(connection)
        self._used: list[str] = []
        self._emptied: list[str] = []

    def empty(self) -> str:
        """The address of a new database, without a schema."""
        return self._copy("template1")

    def migrated(self) -> str:
        """The address of a database with the schema and no row: one that a test left, or a new one.

        To empty one takes a fifth of what it takes to copy one and drop it.
        """
        if not self._emptied:
            return self._copy(self._template)
        self._used.append(self._emptied.pop())
        return database_url(self._server, self._used[-1])

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
                connection.execute(_END_SESSIONS, {"name": name})
                if not self._emptied and self._can_be_emptied(name):
                    self._emptied.append(name)
                else:
                    connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        self._used.clear()

    def _can_be_emptied(self, name: str) -> bool:
        """Delete all rows, unless a test changed the schema or left many."""
        with self._connected(name) as connection:
            if _shape_of(connection) != self._shape:
                return False
            connection.execute(sa.text("SET session_replication_role = replica"))  # no foreign keys
            deleted = [
                connection.execute(sa.text(f"DELETE FROM {table}")).rowcount
                for table in connection.scalars(_TABLES).all()
            ]
            connection.execute(_RESTART)
        return sum(deleted) <= MOST_ROWS

    @contextmanager
    def _connected(self, name: str) -> Iterator[sa.Connection]:
        engine = sa.create_engine(self._server.url.set(database=name), poolclass=sa.NullPool)
        with engine.begin() as connection:
            yield connection


def _shape_of(connection: sa.Connection) -> list[tuple[object, ...]]:
    """The columns, indexes and revision of a database."""
    shape = [tuple(row) for row in connection.execute(_SHAPE)]
    if any(row[0] == "alembic_version" for row in shape):
        shape += [tuple(row) for row in connection.execute(_REVISION)]
    return shape
