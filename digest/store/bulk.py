"""A statement for many rows at a time: compiled once, given to the driver as plain values.

For the few that every delivery or every report goes through: SQLAlchemy's own way with each row
costs more than the database's.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.store.schema import Instant

Value = str | bytes | int | datetime | None


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

    `statement` makes it of one row's values. PostgreSQL gets an array of each of them, in one
    statement: that takes half of what it needs for a statement a row.
    """

    def __init__(
        self,
        types: Mapping[str, sa.types.TypeEngine[Any]],
        statement: Callable[[Mapping[str, sa.ColumnElement[Any]]], sa.Update],
    ) -> None:
        parameters = {name: sa.bindparam(name, type_=type_) for name, type_ in types.items()}
        self._row_by_row = Bulk(statement(parameters), tuple(types))
        self._types = types
        self._statement = statement
        self._of_arrays = ""

    def run(self, connection: sa.Connection, rows: Sequence[Sequence[Value]]) -> int:
        """Run it for all rows; how many rows of the table that wrote."""
        if connection.dialect.name != "postgresql" or not rows:
            return self._row_by_row.run(connection, rows)
        if not self._of_arrays:
            arrays = [
                sa.bindparam(name, type_=sa.ARRAY(type_)) for name, type_ in self._types.items()
            ]
            columns = [sa.column(name, type_) for name, type_ in self._types.items()]
            given = sa.func.unnest(*arrays).table_valued(*columns, name="given")
            update = self._statement(dict(given.render_derived().c))
            self._of_arrays = str(update.compile(dialect=connection.dialect))
        values = zip(self._types, zip(*rows, strict=True), strict=True)
        arguments = {name: list(column) for name, column in values}
        return connection.exec_driver_sql(self._of_arrays, arguments).rowcount


def instant_for(connection: sa.Connection, value: datetime | None) -> Value:
    """An instant as the driver takes it."""
    process = Instant().dialect_impl(connection.dialect).bind_processor(connection.dialect)
    bound: Value = process(value) if process else value
    return bound
