"""The robots.txt of each origin, as it was read last; what is in it is not ours to understand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.store.schema import robots

# What is known of an origin: its rules as JSON, and when they were read.
Copy = tuple[list[Any], datetime]


def everything(connection: sa.Connection) -> dict[str, Copy]:
    """All copies, by origin."""
    return {row.origin: (row.rules, row.read_at) for row in connection.execute(sa.select(robots))}


def keep(connection: sa.Connection, copies: Mapping[str, Copy]) -> None:
    """Keep these copies in place of the older ones."""
    if copies:
        connection.execute(sa.delete(robots).where(robots.c.origin.in_(copies)))
        connection.execute(
            sa.insert(robots),
            [
                {"origin": origin, "rules": rules, "read_at": read_at}
                for origin, (rules, read_at) in copies.items()
            ],
        )
