"""What editors decided of issues: who, when, and what was there before. Nothing is deleted."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.edits import Edit, EditKind, Edits
from digest.store.schema import edits


@dataclass(frozen=True, slots=True)
class EditRecord:
    """An edit as it is kept; `before` is what it changed, in lines, as its maker saw it."""

    id: int
    newsletter: str
    date: date
    edit: Edit
    before: tuple[str, ...]
    made_by: str
    made_at: datetime
    undone_by: str | None
    undone_at: datetime | None


def add(
    connection: sa.Connection,
    newsletter: str,
    day: date,
    edit: Edit,
    before: tuple[str, ...],
    who: str,
    now: datetime,
) -> int:
    """Keep an edit; its number."""
    values = {
        "newsletter": newsletter,
        "date": day,
        "kind": edit.kind,
        "story_id": edit.story,
        "lines": list(edit.lines),
        "before": list(before),
        "made_by": who,
        "made_at": now,
    }
    added = sa.insert(edits).values(**values).returning(edits.c.id)
    return int(connection.execute(added).scalar_one())


def undo(connection: sa.Connection, number: int, who: str, now: datetime) -> bool:
    """Let an edit count no more; False where it did not count before."""
    undone = connection.execute(
        sa.update(edits)
        .where(edits.c.id == number, edits.c.undone_at.is_(None))
        .values(undone_by=who, undone_at=now)
    )
    return undone.rowcount > 0


def of_issue(connection: sa.Connection, newsletter: str, day: date) -> list[EditRecord]:
    """All edits of the issue of a date, also those undone, in the order in which they were made."""
    query = (
        sa.select(edits)
        .where(edits.c.newsletter == newsletter, edits.c.date == day)
        .order_by(edits.c.id)
    )
    return [_record_of(row) for row in connection.execute(query)]


def get(connection: sa.Connection, number: int) -> EditRecord | None:
    """The edit of a number."""
    row = connection.execute(sa.select(edits).where(edits.c.id == number)).first()
    return _record_of(row) if row else None


def in_force(connection: sa.Connection, newsletter: str, day: date) -> Edits:
    """The edits of the issue of a date that were not undone."""
    records = of_issue(connection, newsletter, day)
    return Edits(tuple(record.edit for record in records if record.undone_at is None))


def _record_of(row: sa.Row[tuple[object, ...]]) -> EditRecord:
    edit = Edit(EditKind(row.kind), tuple(row.lines), row.story_id)
    return EditRecord(
        row.id,
        row.newsletter,
        row.date,
        edit,
        tuple(row.before),
        row.made_by,
        row.made_at,
        row.undone_by,
        row.undone_at,
    )
