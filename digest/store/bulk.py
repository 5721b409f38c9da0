"""A statement for many rows at a time: compiled once, given to the driver as plain values.

For the few that every delivery or every report goes through: SQLAlchemy's own way with each row
costs more than the database's.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

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


def instant_for(connection: sa.Connection, value: datetime | None) -> Value:
    """An instant as the driver takes it."""
    process = Instant().dialect_impl(connection.dialect).bind_processor(connection.dialect)
    bound: Value = process(value) if process else value
    return bound
