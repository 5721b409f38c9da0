"""How many came to a newsletter and left it, by day (UTC), whoever is there of them still.

A row is added in the transaction of what happened, so that nobody waits for another who counts: a
day has many, and its figures are their sums.
"""

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa

from digest.store.schema import subscriber_figures


def add(
    connection: sa.Connection, newsletter: str, now: datetime, *, joined: int = 0, left: int = 0
) -> None:
    """So many more came, or left."""
    if joined or left:
        row = {"newsletter": newsletter, "day": now.date(), "joined": joined, "left": left}
        connection.execute(sa.insert(subscriber_figures), [row])


def by_day(
    connection: sa.Connection, newsletter: str, since: date
) -> Mapping[date, tuple[int, int]]:
    """How many came to a newsletter and how many left it, on each day since one."""
    figures = subscriber_figures.c
    query = (
        sa.select(figures.day, sa.func.sum(figures.joined), sa.func.sum(figures.left))
        .where(figures.newsletter == newsletter, figures.day >= since)
        .group_by(figures.day)
    )
    return {day: (int(joined), int(left)) for day, joined, left in connection.execute(query)}
