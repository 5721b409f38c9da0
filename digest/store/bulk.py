"""A statement for many rows at a time: compiled once, given to the driver as plain values.

For the few that every delivery or every report goes through: SQLAlchemy's own way with each row
costs more than the database's.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import sqlalchemy as sa

from digest.store.schema import Instant

Value = str | bytes | int | datetime | None

# So many rows of a dozen parameters are within what SQLite takes (32,766 of them).
_ROWS = 500


class Bulk:
    """An insert or update whose parameters are named; rows give their values in that order.

    The types of the parameters are the driver's: an instant is made by `instant_for` first.
    """

    def __init__(self, statement: sa.UpdateBase, names: Sequence[str]) -> None:
        self._statement = statement
        self._names = tuple(names)
        self._compiled: dict[str, tuple[str, Callable[[Sequence[Value]], object]]] = {}

    def run(self, connection: sa.Connection, rows: Sequence[Sequence[Value]]) -> int:
        """Run it once a row; how many rows of the table that wrote."""
        if not rows:
            return 0
        text, arrange = self._for(connection.dialect)
        return connection.exec_driver_sql(text, [arrange(row) for row in rows]).rowcount

    def _for(self, dialect: sa.Dialect) -> tuple[str, Callable[[Sequence[Value]], object]]:
        if dialect.name not in self._compiled:
            compiled = self._statement.compile(dialect=dialect)
            names = self._names
            if compiled.positiontup is None:

                def arrange(row: Sequence[Value]) -> object:
                    return dict(zip(names, row, strict=True))
            else:
                order = [names.index(name) for name in compiled.positiontup]

                def arrange(row: Sequence[Value]) -> object:
                    return tuple([row[at] for at in order])

            self._compiled[dialect.name] = (str(compiled), arrange)
        return self._compiled[dialect.name]


class BulkUpdate:
    """An update of many rows, each by values of its own, in the order of `types`.

    `statement` makes it of one row's values. All of them go into one statement: PostgreSQL, which
    gets them as an array a parameter, takes half of what it needs for a statement a row. Of SQLite,
    which gets them as a table, the driver leaves and takes the interpreter once and not once a row.
    """

    def __init__(
        self,
        types: Mapping[str, sa.types.TypeEngine[Any]],
        statement: Callable[[Mapping[str, sa.ColumnElement[Any]]], sa.Update],
    ) -> None:
        self._types = types
        self._statement = statement
        self._of_arrays = ""
        self._of_tables: dict[int, str] = {}  # by the number of rows

    def run(self, connection: sa.Connection, rows: Sequence[Sequence[Value]]) -> int:
        """Run it for all rows; how many rows of the table that wrote."""
        if connection.dialect.name == "postgresql":
            return self._run_with_arrays(connection, rows) if rows else 0
        parts = [rows[begin : begin + _ROWS] for begin in range(0, len(rows), _ROWS)]
        return sum(self._run_with_table(connection, part) for part in parts)

    def _run_with_arrays(self, connection: sa.Connection, rows: Sequence[Sequence[Value]]) -> int:
        if not self._of_arrays:
            arrays = [
                sa.bindparam(name, type_=sa.ARRAY(type_)) for name, type_ in self._types.items()
            ]
            given = sa.func.unnest(*arrays).table_valued(*self._columns(), name="given")
            self._of_arrays = self._text(connection, given.render_derived())
        values = zip(self._types, zip(*rows, strict=True), strict=True)
        arguments = {name: list(column) for name, column in values}
        return connection.exec_driver_sql(self._of_arrays, arguments).rowcount

    def _run_with_table(self, connection: sa.Connection, rows: Sequence[Sequence[Value]]) -> int:
        count = len(rows)
        if count not in self._of_tables:
            # As a subquery: of a statement that begins with WITH the driver counts no rows.
            names = ", ".join(f"column{at} AS {name}" for at, name in enumerate(self._types, 1))
            row = f"({', '.join('?' * len(self._types))})"
            table = sa.text(f"SELECT {names} FROM (VALUES {', '.join([row] * count)})")  # noqa: S608
            given = table.columns(*self._columns()).subquery("given")
            self._of_tables[count] = self._text(connection, given)
        values = tuple(chain.from_iterable(rows))
        return connection.exec_driver_sql(self._of_tables[count], values).rowcount

    def _text(self, connection: sa.Connection, given: sa.FromClause) -> str:
        return str(self._statement(dict(given.c)).compile(dialect=connection.dialect))

    def _columns(self) -> list[sa.ColumnClause[Any]]:
        return [sa.column(name, type_) for name, type_ in self._types.items()]


def instant_for(connection: sa.Connection, value: datetime | None) -> Value:
    """An instant as the driver takes it."""
    process = _instant_processor(connection.dialect)
    bound: Value = process(value) if process else value
    return bound


@lru_cache(maxsize=8)
def _instant_processor(dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """Asked for several times a turn of a run, it takes longer to make than to use."""
    return Instant().dialect_impl(dialect).bind_processor(dialect)
