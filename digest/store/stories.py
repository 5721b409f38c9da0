"""Stories: what subscribers see."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from digest.model import Story
from digest.store import given_topics
from digest.store.json_values import read_value
from digest.store.schema import alerts, issue_stories, issues, reports, stories, topic_labels

COLUMNS = [stories.c[field.name] for field in fields(Story)]
_WRITTEN = [column.name for column in COLUMNS if column is not stories.c.id]


def add(connection: sa.Connection, story: Story, now: datetime) -> int:
    """Keep a new story; its id (that of the value is ignored)."""
    values = _story_values(story)
    story_id = connection.scalar(
        sa.insert(stories).values(**values, updated_at=now).returning(stories.c.id)
    )
    assert story_id is not None
    return int(story_id)


def add_all(connection: sa.Connection, new_stories: Sequence[Story], now: datetime) -> list[int]:
    """Keep new stories; their ids, in the same order."""
    if not new_stories:
        return []
    adding = sa.insert(stories).returning(stories.c.id, sort_by_parameter_order=True)
    rows = [{**_story_values(story), "updated_at": now} for story in new_stories]
    return [int(story_id) for story_id in connection.scalars(adding, rows)]


def update(connection: sa.Connection, story: Story, now: datetime) -> None:
    """The story of `story.id` is told otherwise.

    When it was collected stays, and so do its picture and what an admin said of it.
    """
    values = _story_values(story)
    by_hand = ("topic", "topic_reason") if given_topics.is_set(connection, story.id) else ()
    for column in ("collected_at", "pinned", "pin_place", "picture", *by_hand):
        del values[column]
    connection.execute(
        sa.update(stories).where(stories.c.id == story.id).values(**values, updated_at=now)
    )
    if is_sealed(connection, story.id):
        from digest.store import search

        search.index(connection, [story.id])


def of_event(connection: sa.Connection, event: int) -> list[tuple[Story, date | None]]:
    """The stories of an event, the first one first; of each the last issue that it stood in."""
    last = (
        sa.select(issue_stories.c.story_id, sa.func.max(issues.c.date).label("date"))
        .join_from(issue_stories, issues, issues.c.id == issue_stories.c.issue_id)
        .group_by(issue_stories.c.story_id)
        .subquery()
    )
    query = (
        sa.select(*COLUMNS, last.c.date)
        .select_from(stories.outerjoin(last, last.c.story_id == stories.c.id))
        .where(sa.or_(stories.c.id == event, stories.c.event_id == event))
        .order_by(stories.c.id)
    )
    rows = connection.execute(query).mappings()
    return [(story_of(row), row["date"]) for row in rows]


def drop(connection: sa.Connection, story_id: int) -> None:
    """A story that is in no issue, and whose reports are in another now, is gone."""
    for table in (topic_labels, alerts):
        connection.execute(sa.delete(table).where(table.c.story_id == story_id))
    connection.execute(sa.delete(stories).where(stories.c.id == story_id))


def is_sealed(connection: sa.Connection, story_id: int) -> bool:
    """Whether a story stands in a sealed issue."""
    return bool(
        connection.scalar(sa.select(sa.exists().where(issue_stories.c.story_id == story_id)))
    )


def sealed_in(connection: sa.Connection, story_id: int) -> str | None:
    """The key of the first sealed issue that a story stands in."""
    query = (
        sa.select(issues.c.newsletter, issues.c.date)
        .join_from(issue_stories, issues, issues.c.id == issue_stories.c.issue_id)
        .where(issue_stories.c.story_id == story_id)
        .order_by(issues.c.date, issues.c.newsletter)
    )
    row = connection.execute(query.limit(1)).first()
    return f"{row.newsletter}-{row.date}" if row else None


def told_on(connection: sa.Connection, story_id: int) -> dict[str, date]:
    """By newsletter, the date of the sealed issue that a story stands in."""
    query = (
        sa.select(issue_stories.c.newsletter, issues.c.date)
        .join_from(issue_stories, issues, issues.c.id == issue_stories.c.issue_id)
        .where(issue_stories.c.story_id == story_id)
    )
    return {row.newsletter: row.date for row in connection.execute(query)}


def set_withdrawn(connection: sa.Connection, story_id: int, at: datetime | None) -> bool:
    """An admin drops a story at a time, or restores it (None); whether that changed anything.

    It stays so, whatever its file or later reports say.
    """
    is_in = stories.c.withdrawn_at.is_(None)
    which = is_in if at is not None else ~is_in
    changing = sa.update(stories).where(stories.c.id == story_id, which)
    return connection.execute(changing.values(withdrawn_at=at)).rowcount > 0


def withdrawn_at(connection: sa.Connection, story_id: int) -> datetime | None:
    """When an admin dropped a story, if one did."""
    return connection.scalar(sa.select(stories.c.withdrawn_at).where(stories.c.id == story_id))


def unsealed(
    connection: sa.Connection,
    newsletter: str,
    since: date,
    zone: ZoneInfo,
    *,
    older: Collection[int] = (),
    withdrawn: Collection[int] = (),
) -> Iterator[Story]:
    """The stories that stood in no sealed issue of the newsletter, dropped on `since` or later.

    Without those that an admin dropped. `since` is a date in `zone`, and is meant generously: a
    story outside of a dated folder is taken from the day before. Those of the numbers `older` and
    `withdrawn` are among them whatever their age, the latter also where they are dropped.
    """
    sealed = sa.select(issue_stories.c.story_id).where(issue_stories.c.newsletter == newsletter)
    begin = datetime.combine(since - timedelta(days=2), time(), zone)
    recent = sa.or_(
        stories.c.dropped >= since,
        sa.and_(stories.c.dropped.is_(None), stories.c.collected_at >= begin),
        stories.c.id.in_(older),
    )
    wanted = sa.or_(sa.and_(recent, stories.c.withdrawn_at.is_(None)), stories.c.id.in_(withdrawn))
    query = sa.select(*COLUMNS).where(wanted, stories.c.id.not_in(sealed)).order_by(stories.c.id)
    for row in connection.execute(query).mappings():
        yield story_of(row)


def collected_since(connection: sa.Connection, since: datetime) -> Iterator[Story]:
    """The stories that were collected since a time, the newest first; dropped ones too."""
    query = (
        sa.select(*COLUMNS)
        .where(stories.c.collected_at >= since)
        .order_by(stories.c.collected_at.desc(), stories.c.id.desc())
    )
    for row in connection.execute(query).mappings():
        yield story_of(row)


def get(connection: sa.Connection, story_id: int) -> Story | None:
    """A story by its id."""
    query = sa.select(*COLUMNS).where(stories.c.id == story_id)
    row = connection.execute(query).mappings().first()
    return story_of(row) if row else None


def headlines(connection: sa.Connection, story_ids: Collection[int]) -> dict[int, str]:
    """What these stories are called, by their numbers."""
    query = sa.select(stories.c.id, stories.c.headline).where(stories.c.id.in_(story_ids))
    return {row.id: row.headline for row in connection.execute(query)}


def story_of_key(connection: sa.Connection, key: str) -> int | None:
    """The id of the story that a file made; `key` is its path, or the end of it."""
    # Not LIKE: in SQLite it takes capitals and small letters for the same.
    end = sa.func.substr(reports.c.key, sa.func.length(reports.c.key) - len(key))
    return connection.scalar(
        sa.select(reports.c.story_id)
        .where(sa.or_(reports.c.key == key, end == "/" + key))
        .order_by(reports.c.id.desc())
        .limit(1)
    )


def count(connection: sa.Connection) -> int:
    """How many stories there are."""
    return connection.scalar(sa.select(sa.func.count()).select_from(stories)) or 0


def story_of(row: sa.RowMapping) -> Story:
    """The story of a row that has COLUMNS, whatever else it has."""
    values: dict[str, Any] = {column.name: row[column.name] for column in COLUMNS}
    lists = {name: row[name] or () for name in ("differing", "origins")}
    return read_value(Story, values | lists)


def _story_values(story: Story) -> dict[str, Any]:
    # Not `asdict` of the whole: it copies every value, at ten times the cost.
    values = {name: getattr(story, name) for name in _WRITTEN}
    return values | {
        "bullets": list(story.bullets),
        "image": asdict(story.image) if story.image else None,
        "picture": asdict(story.picture) if story.picture else None,
        "sources": [asdict(source) for source in story.sources],
        "differing": [asdict(fact) for fact in story.differing] or None,
        "origins": [asdict(origin) if origin else None for origin in story.origins] or None,
    }
