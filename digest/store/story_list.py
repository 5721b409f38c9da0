"""The stories of the last days as an admin sees them: with the issues that they stood in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa

from digest.issue_edits import EditKind
from digest.store.schema import edits, issue_stories, issues, stories


@dataclass(frozen=True, slots=True)
class ListedStory:
    """A story in short; `issues` are the keys of those that were sealed with it, oldest first.

    An admin dropped it at `withdrawn_at`. One that an editor wrote has the key of its issue in
    `written_for`, and `taken_out` where that was undone.
    """

    id: int
    topic: str
    sources: int
    headline: str
    collected_at: datetime
    pinned: bool
    pin_place: int
    withdrawn_at: datetime | None
    issues: tuple[str, ...]
    written_for: str
    taken_out: bool


def collected_since(connection: sa.Connection, since: datetime) -> Iterator[ListedStory]:
    """The stories that were collected since a time, the newest first."""
    written = sa.and_(edits.c.story_id == stories.c.id, edits.c.kind == EditKind.STORY)
    query = (
        sa.select(
            stories.c.id,
            stories.c.topic,
            stories.c.source_count.label("sources"),
            stories.c.headline,
            stories.c.collected_at,
            stories.c.pinned,
            stories.c.pin_place,
            stories.c.withdrawn_at,
            issues.c.newsletter,
            issues.c.date,
            edits.c.newsletter.label("own_newsletter"),
            edits.c.date.label("own_date"),
            edits.c.undone_at.is_not(None).label("taken_out"),
        )
        .select_from(stories)
        .join(issue_stories, issue_stories.c.story_id == stories.c.id, isouter=True)
        .join(issues, issues.c.id == issue_stories.c.issue_id, isouter=True)
        .join(edits, written, isouter=True)
        .where(stories.c.collected_at >= since)
        .order_by(
            stories.c.collected_at.desc(), stories.c.id.desc(), issues.c.date, issues.c.newsletter
        )
    )
    rows = connection.execute(query).mappings()
    for _, of_one in groupby(rows, key=itemgetter("id")):
        rows_of_story = [dict(row) for row in of_one]
        # Both are None of a story that stood in no issue.
        places = [(row.pop("newsletter"), row.pop("date")) for row in rows_of_story]
        stood = tuple(f"{newsletter}-{date}" for newsletter, date in places if newsletter)
        first = rows_of_story[0]
        own_newsletter, own_date = first.pop("own_newsletter"), first.pop("own_date")
        written_for = f"{own_newsletter}-{own_date}" if own_newsletter else ""
        yield ListedStory(**first, issues=stood, written_for=written_for)
