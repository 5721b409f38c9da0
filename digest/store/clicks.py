"""How often the links of a story were followed: a number an issue, story and day, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from digest.store.database import conflict_insert
from digest.store.schema import clicks, issues, stories


class ClickKey(NamedTuple):
    """What a number counts: the links of a story in an issue, on a day (UTC)."""

    issue_id: int
    story_id: int
    day: date


@dataclass(frozen=True, slots=True)
class StoryClicks:
    """How often the links of a story were followed, in the issue of a date."""

    story_id: int
    headline: str
    issued: date
    count: int


def add(connection: sa.Connection, counts: Mapping[ClickKey, int]) -> None:
    """So many more; in the order of their keys, so that no two processes wait for each other."""
    if not counts:
        return
    adding = conflict_insert(connection, clicks)
    adding = adding.on_conflict_do_update(
        index_elements=list(clicks.primary_key),
        set_={"count": clicks.c.count + adding.excluded["count"]},
    )
    rows = [{**key._asdict(), "count": count} for key, count in sorted(counts.items())]
    connection.execute(adding, rows)


def by_day(connection: sa.Connection, newsletter: str, since: date) -> dict[date, int]:
    """How often on each day since one, of all issues of a newsletter."""
    query = (
        sa.select(clicks.c.day, sa.func.sum(clicks.c.count).label("n"))
        .join(issues, issues.c.id == clicks.c.issue_id)
        .where(issues.c.newsletter == newsletter, clicks.c.day >= since)
        .group_by(clicks.c.day)
    )
    return {row.day: int(row.n) for row in connection.execute(query)}


def by_story(
    connection: sa.Connection, newsletter: str, since: date, limit: int
) -> list[StoryClicks]:
    """The stories of a newsletter that were followed most since a day, the first of them first."""
    total = sa.func.sum(clicks.c.count).label("n")
    query = (
        sa.select(clicks.c.story_id, stories.c.headline, issues.c.date, total)
        .join(issues, issues.c.id == clicks.c.issue_id)
        .join(stories, stories.c.id == clicks.c.story_id)
        .where(issues.c.newsletter == newsletter, clicks.c.day >= since)
        .group_by(clicks.c.story_id, stories.c.headline, issues.c.date)
        .order_by(total.desc(), issues.c.date.desc(), clicks.c.story_id)
        .limit(limit)
    )
    return [
        StoryClicks(row.story_id, row.headline, row.date, int(row.n))
        for row in connection.execute(query)
    ]


def delete_before(connection: sa.Connection, day: date, most: int) -> int:
    """Delete numbers of before a day, some at a time; how many."""
    key = sa.tuple_(clicks.c.issue_id, clicks.c.story_id, clicks.c.day)
    some = (
        sa.select(clicks.c.issue_id, clicks.c.story_id, clicks.c.day)
        .where(clicks.c.day < day)
        .limit(most)
    )
    return connection.execute(sa.delete(clicks).where(key.in_(some))).rowcount
