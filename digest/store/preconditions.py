"""What must hold for a change, looked at in the transaction that makes it.

Whoever changes what they have seen says so around the call of a service: where it is another by
now, nothing is changed. The service need not know.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import sqlalchemy as sa

Check = Callable[[sa.Connection], None]

_check: ContextVar[Check | None] = ContextVar("check", default=None)


@contextmanager
def requiring(check: Check) -> Iterator[None]:
    """Within it, the first transaction that writes begins with the check, which may raise."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


def run_check(connection: sa.Connection) -> None:
    """At the beginning of a transaction that writes: what was required of it, once."""
    check = _check.get()
    if check is not None:
        _check.set(None)
        check(connection)


def lock(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> None:
    """Nobody else changes the rows of which these hold before the transaction ends.

    On SQLite nobody does anyhow.
    """
    if connection.dialect.name != "sqlite":
        rows = sa.select(sa.literal(1)).where(*conditions).with_for_update()
        connection.execute(rows).all()
