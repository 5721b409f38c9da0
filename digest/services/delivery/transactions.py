"""Transactions that are done again where PostgreSQL gave them up in favour of another."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from digest.store.database import Database

T = TypeVar("T")

# A deadlock; what could not be put in a row with others.
_GIVEN_UP = ("40P01", "40001")
_TRIES = 5


def transact(database: Database, work: Callable[[sa.Connection], T]) -> T:
    """`work` in a transaction of its own; the last of five failures is raised."""
    for tries_left in reversed(range(_TRIES)):
        try:
            with database.write() as connection:
                return work(connection)
        except OperationalError as error:
            if not tries_left or getattr(error.orig, "sqlstate", None) not in _GIVEN_UP:
                raise
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - no secret
    raise AssertionError("the last try returns or raises")
