"""What editors decided of issues: who, when, and what was there before. Nothing is deleted."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from digest.issue_edits import DAYS_REACH, Edit, EditKind, Edits
from digest.model import Picture
from digest.store.json_values import read_value
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

    @property
    def issue(self) -> str:
        """The key of the issue that it is made for."""
        return f"{self.newsletter}-{self.date}"

    @property
    def counts(self) -> bool:
        """Whether it was not undone; of several of one key the last counts."""
        return self.undone_at is None


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
        "picture": asdict(edit.picture) if edit.picture else None,
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
        .values(undone_by=who, undone_at=now, turns=edits.c.turns + 1)
    )
    return undone.rowcount > 0


def redo(connection: sa.Connection, number: int) -> bool:
    """Let an edit count again; False where it does."""
    redone = connection.execute(
        sa.update(edits)
        .where(edits.c.id == number, edits.c.undone_at.is_not(None))
        .values(undone_by=None, undone_at=None, turns=edits.c.turns + 1)
    )
    return redone.rowcount > 0


def of_issue(connection: sa.Connection, newsletter: str, day: date) -> list[EditRecord]:
    """All edits of the issue of a date, also those undone, in the order in which they were made.

    With those of a story's days that were made for another date and reach this one.
    """
    reach = timedelta(days=DAYS_REACH)
    days = (edits.c.kind == EditKind.DAYS) & edits.c.date.between(day - reach, day + reach)
    query = (
        sa.select(edits)
        .where(edits.c.newsletter == newsletter, sa.or_(edits.c.date == day, days))
        .order_by(edits.c.id)
    )
    return [_record_of(row) for row in connection.execute(query)]


def of_story(connection: sa.Connection, story: int) -> list[EditRecord]:
    """The edits of a story that were not undone, of all issues, in the order of their making."""
    query = (
        sa.select(edits)
        .where(edits.c.story_id == story, edits.c.undone_at.is_(None))
        .order_by(edits.c.id)
    )
    return [_record_of(row) for row in connection.execute(query)]


def written_for(connection: sa.Connection, story: int) -> EditRecord | None:
    """The edit by which an editor wrote a story, undone or not; None where nobody wrote it."""
    query = (
        sa.select(edits)
        .where(edits.c.story_id == story, edits.c.kind == EditKind.STORY)
        .order_by(edits.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return _record_of(row) if row else None


def stamp(connection: sa.Connection, newsletter: str, day: date) -> str:
    """Another text after each change of the edits of a date."""
    last_edit, all_turns = sa.func.max(edits.c.id), sa.func.sum(edits.c.turns)
    query = sa.select(sa.func.coalesce(last_edit, 0), sa.func.coalesce(all_turns, 0)).where(
        edits.c.newsletter == newsletter, edits.c.date == day
    )
    last, turns = connection.execute(query).one()
    return f"{last}.{turns}"


def move(connection: sa.Connection, story: int, to: int) -> None:
    """What was decided of a story counts for the one that has its reports now.

    But not that it is hidden, and nothing that was decided of the other itself. Its place in an
    order is the other's.
    """
    decided = {
        (record.newsletter, record.date, record.edit.kind) for record in of_story(connection, to)
    }
    for record in of_story(connection, story):
        kind = record.edit.kind
        if kind is EditKind.HIDE or (record.newsletter, record.date, kind) in decided:
            continue
        connection.execute(sa.update(edits).where(edits.c.id == record.id).values(story_id=to))
    orders = sa.select(edits.c.id, edits.c.lines).where(edits.c.kind == EditKind.ORDER)
    for number, lines in connection.execute(orders).all():
        if str(story) in lines:
            moved = dict.fromkeys(str(to) if line == str(story) else line for line in lines)
            connection.execute(
                sa.update(edits).where(edits.c.id == number).values(lines=list(moved))
            )


def get(connection: sa.Connection, number: int) -> EditRecord | None:
    """The edit of a number."""
    row = connection.execute(sa.select(edits).where(edits.c.id == number)).first()
    return _record_of(row) if row else None


def in_force(connection: sa.Connection, newsletter: str, day: date) -> Edits:
    """The edits of the issue of a date that were not undone."""
    records = of_issue(connection, newsletter, day)
    return Edits(tuple(record.edit for record in records if record.undone_at is None))


def changed_hours(connection: sa.Connection, since: date) -> dict[tuple[str, date], time]:
    """The hours of the dates from `since` on that have another than their newsletter's."""
    query = (
        sa.select(edits.c.newsletter, edits.c.date, edits.c.lines)
        .where(edits.c.kind == EditKind.HOUR, edits.c.date >= since, edits.c.undone_at.is_(None))
        .order_by(edits.c.id)
    )
    return {
        (row.newsletter, row.date): time.fromisoformat(row.lines[0])
        for row in connection.execute(query)
    }


def hour_of(connection: sa.Connection, newsletter: str, day: date) -> time | None:
    """The hour of the issue of a date, where it is not its newsletter's."""
    return changed_hours(connection, day).get((newsletter, day))


def _record_of(row: sa.Row[tuple[object, ...]]) -> EditRecord:
    picture = read_value(Picture, row.picture) if row.picture else None
    edit = Edit(EditKind(row.kind), tuple(row.lines), row.story_id, picture)
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
