"""Lists of keywords that editors saved; those of the settings stand in its files."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from digest.store.schema import keyword_lists


class ListKind(StrEnum):
    """Whose a list is."""

    SOURCE = "source"
    NEWSLETTER = "newsletter"


@dataclass(frozen=True, slots=True)
class SavedList:
    """A list as it was saved, with a + before what is kept; by whom, when, and who undid it.

    With `from_settings` that of the settings counts again, and it has no keywords.
    """

    id: int
    kind: str
    owner: str
    keywords: tuple[str, ...]
    from_settings: bool
    saved_by: str
    saved_at: datetime
    undone_by: str | None = None
    undone_at: datetime | None = None


def in_force(connection: sa.Connection, kind: ListKind) -> dict[str, SavedList]:
    """By its owner the last of each that is not undone."""
    query = (
        sa.select(keyword_lists)
        .where(keyword_lists.c.kind == kind, keyword_lists.c.undone_at.is_(None))
        .order_by(keyword_lists.c.id)
    )
    return {saved.owner: saved for saved in _saved(connection, query)}


def in_place_of_settings(connection: sa.Connection, kind: ListKind) -> dict[str, SavedList]:
    """By its owner what counts and not the list of the settings."""
    return {
        owner: saved
        for owner, saved in in_force(connection, kind).items()
        if not saved.from_settings
    }


def history(connection: sa.Connection, kind: ListKind, owner: str, count: int) -> list[SavedList]:
    """What was saved for one owner, the last first."""
    query = (
        sa.select(keyword_lists)
        .where(keyword_lists.c.kind == kind, keyword_lists.c.owner == owner)
        .order_by(keyword_lists.c.id.desc())
        .limit(count)
    )
    return list(_saved(connection, query))


def _saved(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> Iterable[SavedList]:
    return (SavedList(**row) for row in connection.execute(query).mappings())


def add(connection: sa.Connection, saved: SavedList) -> None:
    """Keep a list under a number of its own; it counts from now on."""
    row = asdict(saved)
    del row["id"]
    connection.execute(sa.insert(keyword_lists).values(row))


def undo(connection: sa.Connection, number: int, who: str, now: datetime) -> None:
    """A list counts no more."""
    _mark(connection, number, undone_by=who, undone_at=now)


def redo(connection: sa.Connection, number: int) -> None:
    """A list that was undone counts again."""
    _mark(connection, number, undone_by=None, undone_at=None)


def _mark(connection: sa.Connection, number: int, **values: object) -> None:
    connection.execute(sa.update(keyword_lists).where(keyword_lists.c.id == number).values(values))


def forget(connection: sa.Connection, kind: ListKind, owner: str) -> None:
    """Whoever had them is gone."""
    connection.execute(
        sa.delete(keyword_lists).where(keyword_lists.c.kind == kind, keyword_lists.c.owner == owner)
    )
