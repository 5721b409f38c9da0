"""The feeds that editors added; those of the settings stand in config/sources.toml."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.store.schema import added_sources


@dataclass(frozen=True, slots=True)
class AddedSource:
    """A feed as it was added, by whom, and when."""

    id: str
    url: str
    name: str
    topic: str
    weight: float
    added_by: str
    added_at: datetime


def everything(connection: sa.Connection) -> list[AddedSource]:
    """All of them, the first first."""
    query = sa.select(added_sources).order_by(added_sources.c.added_at, added_sources.c.id)
    return [AddedSource(**row) for row in connection.execute(query).mappings()]


def add(connection: sa.Connection, source: AddedSource) -> None:
    """Keep one whose id is free."""
    connection.execute(sa.insert(added_sources).values(asdict(source)))


def remove(connection: sa.Connection, source: str) -> bool:
    """Take one out; False where there is none of this id."""
    removed = connection.execute(sa.delete(added_sources).where(added_sources.c.id == source))
    return removed.rowcount > 0
