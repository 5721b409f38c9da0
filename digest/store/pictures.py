"""What the pictures of stories were made of, and why some have none."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.model import Picture
from digest.store.schema import approvals, edits, issues, pictures, stories


@dataclass(frozen=True, slots=True)
class PictureRow:
    """What was tried last for a story; `reason` says why there is no picture, if there is none."""

    story_id: int
    origin: str
    content_hash: str | None
    reason: str
    tried_at: datetime


def of_stories(connection: sa.Connection, story_ids: Sequence[int]) -> dict[int, PictureRow]:
    """What was tried for these stories, by their ids."""
    query = sa.select(pictures).where(pictures.c.story_id.in_(story_ids))
    return {row["story_id"]: PictureRow(**row) for row in connection.execute(query).mappings()}


def keep(connection: sa.Connection, row: PictureRow, picture: Picture | None) -> None:
    """Put what came of a story's picture in the place of what was there.

    Nothing, where the story is gone meanwhile: another one took its reports.
    """
    illustrated = connection.execute(
        sa.update(stories)
        .where(stories.c.id == row.story_id)
        .values(picture=asdict(picture) if picture else None)
    )
    if illustrated.rowcount:
        connection.execute(sa.delete(pictures).where(pictures.c.story_id == row.story_id))
        connection.execute(sa.insert(pictures).values(**asdict(row)))


def texts_that_name_some(connection: sa.Connection) -> Iterator[str]:
    """Every text of the store that may name files of pictures, one at a time."""
    for column in (
        stories.c.picture,
        edits.c.lines,
        edits.c.picture,
        issues.c.content,
        issues.c.rendered,
        approvals.c.content,
        approvals.c.rendered,
    ):
        query = sa.select(sa.cast(column, sa.Text)).where(column.is_not(None))
        with connection.execute(query, execution_options={"yield_per": 100}) as result:
            yield from result.scalars()


def stories_with(connection: sa.Connection, content_hash: str) -> frozenset[int]:
    """The stories whose picture came as these bytes."""
    query = sa.select(pictures.c.story_id).where(pictures.c.content_hash == content_hash)
    return frozenset(connection.scalars(query))
