"""What was corrected of a story on the site after it was mailed; nothing is deleted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.model import Story
from digest.store.schema import corrections


@dataclass(frozen=True, slots=True)
class Correction:
    """A story's words on the site, and what stood there before, which is also in the mail.

    `note` says in a sentence what was wrong.
    """

    story_id: int
    headline: str
    bullets: tuple[str, ...]
    headline_before: str
    bullets_before: tuple[str, ...]
    note: str
    made_by: str
    made_at: datetime


def add(
    connection: sa.Connection, before: Story, now: Story, note: str, who: str, at: datetime
) -> None:
    """Keep a correction."""
    connection.execute(
        sa.insert(corrections).values(
            story_id=before.id,
            headline=now.headline,
            bullets=list(now.bullets),
            headline_before=before.headline,
            bullets_before=list(before.bullets),
            note=note,
            made_by=who,
            made_at=at,
        )
    )


def of_stories(
    connection: sa.Connection, numbers: Collection[int], since: datetime | None = None
) -> list[Correction]:
    """The corrections of some stories (made since a time), the first that was made first."""
    return _made(connection, _OF_STORIES, since, {"numbers": list(numbers)})


def since(connection: sa.Connection, moment: datetime) -> list[Correction]:
    """All corrections that were made since a time, the first that was made first."""
    return _made(connection, _ALL, moment, {})


# Put together once, since each public page asks them.
_ALL = sa.select(corrections).order_by(corrections.c.id)
_OF_STORIES = _ALL.where(corrections.c.story_id.in_(sa.bindparam("numbers", expanding=True)))


def _made(
    connection: sa.Connection,
    query: sa.Select[Any],
    since: datetime | None,
    values: Mapping[str, list[int]],
) -> list[Correction]:
    if since is not None:
        query = query.where(corrections.c.made_at >= since)
    return [
        Correction(
            row.story_id,
            row.headline,
            tuple(row.bullets),
            row.headline_before,
            tuple(row.bullets_before),
            row.note,
            row.made_by,
            row.made_at,
        )
        for row in connection.execute(query, values)
    ]
