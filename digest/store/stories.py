"""Stories and the reports that they are made of."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from digest.model import Report, Story
from digest.store.schema import issue_stories, reports, stories

_REPORT = TypeAdapter(Report)
_STORY = TypeAdapter(Story)
_STORY_COLUMNS = [field.name for field in fields(Story)]


def known_files(connection: sa.Connection, source: str) -> dict[str, str]:
    """The hash of the bytes of every report of a source, by key."""
    query = sa.select(reports.c.key, reports.c.raw_hash).where(reports.c.source == source)
    return {row.key: row.raw_hash for row in connection.execute(query)}


def find_report(connection: sa.Connection, source: str, key: str) -> tuple[Report, int, str] | None:
    """The report of a source with this key, its story's id and the hash of its bytes."""
    row = connection.execute(
        sa.select(reports.c.content, reports.c.story_id, reports.c.raw_hash).where(
            reports.c.source == source, reports.c.key == key
        )
    ).first()
    return (_REPORT.validate_python(row.content), row.story_id, row.raw_hash) if row else None


def find_same_text(connection: sa.Connection, report: Report) -> str | None:
    """The key of a report with the same text, under whatever name it came."""
    return connection.scalar(
        sa.select(reports.c.key).where(reports.c.content_hash == report.content_hash).limit(1)
    )


def add(connection: sa.Connection, report: Report, story: Story, raw_hash: str) -> int:
    """Keep a new report and the new story that it makes; the story's id (its own is ignored)."""
    values = _story_values(story)
    story_id = connection.scalar(
        sa.insert(stories).values(**values, updated_at=story.collected_at).returning(stories.c.id)
    )
    assert story_id is not None
    connection.execute(
        sa.insert(reports).values(
            source=report.source,
            key=report.key,
            raw_hash=raw_hash,
            content_hash=report.content_hash,
            content=_REPORT.dump_python(report, mode="json"),
            collected_at=story.collected_at,
            updated_at=story.collected_at,
            story_id=story_id,
        )
    )
    return int(story_id)


def update(
    connection: sa.Connection, report: Report, story: Story, raw_hash: str, now: datetime
) -> None:
    """The report changed, and with it the story of `story.id`; when it was collected stays."""
    connection.execute(
        sa.update(reports)
        .where(reports.c.source == report.source, reports.c.key == report.key)
        .values(
            raw_hash=raw_hash,
            content_hash=report.content_hash,
            content=_REPORT.dump_python(report, mode="json"),
            updated_at=now,
        )
    )
    values = _story_values(story)
    del values["collected_at"]
    connection.execute(
        sa.update(stories).where(stories.c.id == story.id).values(**values, updated_at=now)
    )


def retire_key(connection: sa.Connection, source: str, key: str) -> None:
    """Free a key for another story: the file was overwritten, the old report keeps its story."""
    connection.execute(
        sa.update(reports)
        .where(reports.c.source == source, reports.c.key == key)
        .values(key=key + sa.literal("#") + sa.cast(reports.c.id, sa.Text))
    )


def unsealed(connection: sa.Connection, newsletter: str, since: date) -> Iterator[Story]:
    """The stories that stood in no sealed issue of the newsletter, dropped on `since` or later.

    `since` is meant generously: a story outside of a dated folder is taken from the day before.
    """
    sealed = sa.select(issue_stories.c.story_id).where(issue_stories.c.newsletter == newsletter)
    instant = TypeAdapter(datetime).validate_python(datetime.combine(since, time())).astimezone()
    recent = sa.or_(
        stories.c.dropped >= since,
        sa.and_(stories.c.dropped.is_(None), stories.c.collected_at >= instant - timedelta(days=2)),
    )
    query = sa.select(*_columns()).where(recent, stories.c.id.not_in(sealed)).order_by(stories.c.id)
    for row in connection.execute(query).mappings():
        yield _story(row)


def get(connection: sa.Connection, story_id: int) -> Story | None:
    """A story by its id."""
    row = (
        connection.execute(sa.select(*_columns()).where(stories.c.id == story_id))
        .mappings()
        .first()
    )
    return _story(row) if row else None


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


def _story(row: Mapping[str, Any]) -> Story:
    return _STORY.validate_python({**row, "differing": row["differing"] or ()})


def _columns() -> list[sa.Column[Any]]:
    return [stories.c[name] for name in _STORY_COLUMNS]


def _story_values(story: Story) -> dict[str, Any]:
    values = asdict(story)
    del values["id"]
    return {**values, "bullets": list(story.bullets), "differing": values["differing"] or None}
