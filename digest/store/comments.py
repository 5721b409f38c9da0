"""What people say of the draft of a date."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.model import DraftComment
from digest.store.schema import comments


@dataclass(frozen=True, slots=True)
class Comment:
    """One of them, as it came."""

    id: int
    newsletter: str
    date: date
    text: str
    made_by: str
    made_at: datetime


def add(
    connection: sa.Connection, newsletter: str, day: date, text: str, who: str, now: datetime
) -> Comment:
    """Keep a comment."""
    values = {"newsletter": newsletter, "date": day, "text": text, "made_by": who, "made_at": now}
    insert = sa.insert(comments).values(**values).returning(comments)
    return Comment(**connection.execute(insert).mappings().one())


def add_once(connection: sa.Connection, comment: DraftComment, now: datetime) -> bool:
    """Keep what came by mail; False where the same was kept before."""
    who, day = comment.sender, comment.day
    same = sa.and_(
        comments.c.newsletter == comment.newsletter,
        comments.c.date == day,
        comments.c.made_by == who,
        comments.c.text == comment.text,
    )
    if connection.scalar(sa.select(sa.exists().where(same))):
        return False
    add(connection, comment.newsletter, day, comment.text, who, now)
    return True


def of_issue(connection: sa.Connection, newsletter: str, day: date) -> list[Comment]:
    """The comments at the issue of a date, the oldest first."""
    query = (
        sa.select(comments)
        .where(comments.c.newsletter == newsletter, comments.c.date == day)
        .order_by(comments.c.id)
    )
    return [Comment(**row) for row in connection.execute(query).mappings()]
