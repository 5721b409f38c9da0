"""Statements are compiled once in a process of the tests, not anew for the database of each test.

A process of ours has one database, and SQLAlchemy keeps what it compiled with it. Each test has
a database of its own; all of a kind are served by one driver, which is set up in one way.
"""

from typing import Any

import sqlalchemy as sa


class _ByKind(dict[Any, Any]):
    """Compiled statements; a key begins with the dialect, of which each engine has another."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), value)


_COMPILED = _ByKind()


def compile_once() -> None:
    """Let every connection of this process use one cache, as `compiled_cache` allows."""

    @sa.event.listens_for(sa.Engine, "engine_connect")
    def _share(connection: sa.Connection) -> None:
        connection.execution_options(compiled_cache=_COMPILED)
