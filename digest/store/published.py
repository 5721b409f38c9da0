"""What anybody may read: sealed issues of the newsletters, and the stories that stood in them.

Nothing here names a subscriber, and nothing is written. `newsletters` are the ids of those of the
settings: what one that is there no more published is not public any more.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from digest.model import Picture, Story, story_slug
from digest.store.json_values import read_value
from digest.store.schema import corrections, issue_stories, issues, reports, stories
from digest.store.stories import COLUMNS, story_of


@dataclass(frozen=True, slots=True)
class Appearance:
    """A sealed issue that a story stood in."""

    newsletter: str
    date: date
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedStory:
    """A story, when it was told otherwise last, and the issues it stood in, oldest first.

    Where it is one of an event's, `is_corrected` tells whether there are corrections to be read.
    """

    story: Story
    updated_at: datetime
    issues: tuple[Appearance, ...]
    is_corrected: bool = False


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A story as a link names it."""

    slug: str
    headline: str


@dataclass(frozen=True, slots=True)
class IssueLine:
    """A sealed issue as a list names it; `picture` is its lead's."""

    newsletter: str
    date: date
    subject: str
    preheader: str
    stories: int
    sealed_at: datetime
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Featured:
    """A story in short, with what merging made of its first report: opaque here, None for nothing.

    `event` is the story that told its event first.
    """

    id: int
    headline: str
    topic: str
    event: int
    dropped: date | None
    collected_at: datetime
    features: bytes | None


# The questions of every page, put together once: that takes as long as an answer.

_NEWSLETTERS: sa.BindParameter[str] = sa.bindparam("newsletters", expanding=True)
_EVENT = sa.func.coalesce(stories.c.event_id, stories.c.id)
_EVENT_OF = sa.select(_EVENT).where(stories.c.id == sa.bindparam("story")).scalar_subquery()
_PUBLISHED = (
    sa.select(*COLUMNS, stories.c.updated_at)
    .where(
        sa.exists().where(
            issue_stories.c.newsletter.in_(_NEWSLETTERS), issue_stories.c.story_id == stories.c.id
        )
    )
    .order_by(stories.c.id.desc())
)
_STORY = _PUBLISHED.where(stories.c.id == sa.bindparam("story"))
# Each story as often as issues told it: these are few, and so it is one question.
_OF_EVENT = (
    sa.select(
        *COLUMNS,
        stories.c.updated_at,
        issues.c.newsletter,
        issues.c.date,
        issues.c.sealed_at,
        sa.exists().where(corrections.c.story_id == stories.c.id).label("is_corrected"),
    )
    .select_from(
        stories.join(issue_stories, issue_stories.c.story_id == stories.c.id).join(
            issues, issues.c.id == issue_stories.c.issue_id
        )
    )
    .where(sa.or_(stories.c.id == _EVENT_OF, stories.c.event_id == _EVENT_OF))
    .order_by(stories.c.id, issues.c.date, issues.c.newsletter)
)
_OF_NUMBERS = _PUBLISHED.where(stories.c.id.in_(sa.bindparam("numbers", expanding=True)))
_OF_TOPICS = (
    _PUBLISHED.where(stories.c.topic.in_(sa.bindparam("topics", expanding=True)))
    .limit(sa.bindparam("most", type_=sa.Integer))
    .offset(sa.bindparam("left_out", type_=sa.Integer))
)
_APPEARANCES = (
    sa.select(issue_stories.c.story_id, issues.c.newsletter, issues.c.date, issues.c.sealed_at)
    .join_from(issue_stories, issues, issues.c.id == issue_stories.c.issue_id)
    .where(
        issue_stories.c.story_id.in_(sa.bindparam("numbers", expanding=True)),
        issue_stories.c.newsletter.in_(_NEWSLETTERS),
    )
    .order_by(issues.c.date, issues.c.newsletter)
)
_OF_LETTER = sa.select(stories.c.id, stories.c.headline).where(
    issue_stories.c.newsletter == sa.bindparam("newsletter"),
    issue_stories.c.story_id == stories.c.id,
)
_BEFORE = (
    _OF_LETTER.where(issue_stories.c.story_id < sa.bindparam("story"))
    .order_by(issue_stories.c.story_id.desc())
    .limit(1)
)
_AFTER = (
    _OF_LETTER.where(issue_stories.c.story_id > sa.bindparam("story"))
    .order_by(issue_stories.c.story_id)
    .limit(1)
)
_NEIGHBOURS = sa.union_all(*(sa.select(each.subquery()) for each in (_BEFORE, _AFTER)))


def story(
    connection: sa.Connection, story_id: int, newsletters: Sequence[str]
) -> PublishedStory | None:
    """A story that stood in a sealed issue, or None."""
    published = _published(connection, _STORY, newsletters, story=story_id)
    return published[0] if published else None


def of_event(
    connection: sa.Connection, story_id: int, newsletters: Sequence[str]
) -> list[PublishedStory]:
    """The public stories of a story's event, the one that told it first before those with news."""
    # To name the newsletters in the statement takes longer than to leave out what others told.
    rows = [
        row
        for row in connection.execute(_OF_EVENT, {"story": story_id}).mappings()
        if row["newsletter"] in newsletters
    ]
    appearances: dict[int, list[Appearance]] = {}
    for row in rows:
        appearance = Appearance(row["newsletter"], row["date"], row["sealed_at"])
        appearances.setdefault(row["id"], []).append(appearance)
    by_number = {row["id"]: row for row in rows}
    return [
        PublishedStory(
            story_of(row), row["updated_at"], tuple(appearances[number]), row["is_corrected"]
        )
        for number, row in by_number.items()
    ]


def of_topics(
    connection: sa.Connection,
    topics: Collection[str],
    newsletters: Sequence[str],
    *,
    limit: int,
    offset: int = 0,
) -> list[PublishedStory]:
    """The public stories of some topics, newest first."""
    asked = {"topics": sorted(topics), "most": limit, "left_out": offset}
    return _published(connection, _OF_TOPICS, newsletters, **asked)


def _published(
    connection: sa.Connection,
    query: sa.Select[Any],
    newsletters: Sequence[str],
    **asked: object,
) -> list[PublishedStory]:
    letters = list(newsletters)
    rows = connection.execute(query, {"newsletters": letters, **asked}).mappings().all()
    appearances: dict[int, list[Appearance]] = {row["id"]: [] for row in rows}
    if rows:
        values = {"numbers": list(appearances), "newsletters": letters}
        for row in connection.execute(_APPEARANCES, values):
            appearances[row.story_id].append(Appearance(row.newsletter, row.date, row.sealed_at))
    return [
        PublishedStory(story_of(row), row["updated_at"], tuple(appearances[row["id"]]))
        for row in rows
    ]


def newest(connection: sa.Connection, newsletters: Sequence[str], limit: int) -> list[Featured]:
    """The newest public stories, each with the features of its first report."""
    first = (
        sa.select(reports.c.features)
        .where(reports.c.story_id == stories.c.id)
        .order_by(reports.c.id)
        .limit(1)
        .scalar_subquery()
        .label("features")
    )
    query = (
        sa.select(
            stories.c.id,
            stories.c.headline,
            stories.c.topic,
            _EVENT.label("event"),
            stories.c.dropped,
            stories.c.collected_at,
            first,
        )
        .where(_is_public(newsletters))
        .order_by(stories.c.id.desc())
        .limit(limit)
    )
    return [Featured(**row) for row in connection.execute(query).mappings()]


def of_numbers(
    connection: sa.Connection, numbers: Sequence[int], newsletters: Sequence[str]
) -> list[PublishedStory]:
    """The public stories among these, in this order."""
    published = _published(connection, _OF_NUMBERS, newsletters, numbers=list(numbers))
    return sorted(published, key=lambda story: numbers.index(story.story.id))


def issue_lines(
    connection: sa.Connection, newsletter: str, *, limit: int, offset: int = 0
) -> list[IssueLine]:
    """The sealed issues of a newsletter, newest first."""
    query = (
        sa.select(
            issues.c.newsletter,
            issues.c.date,
            issues.c.content["subject"].as_string().label("subject"),
            issues.c.content["preheader"].as_string().label("preheader"),
            sa.select(sa.func.count())
            .where(issue_stories.c.issue_id == issues.c.id)
            .scalar_subquery()
            .label("stories"),
            issues.c.sealed_at,
            issues.c.content[("stories", 0, "picture")].as_json().label("picture"),
        )
        .where(_is_sealed(newsletter))
        .order_by(issues.c.date.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = connection.execute(query).mappings()
    return [IssueLine(**{**row, "picture": _picture(row["picture"])}) for row in rows]


def _picture(content: object) -> Picture | None:
    return read_value(Picture, content) if content else None


def story_neighbours(
    connection: sa.Connection, newsletter: str, story_id: int
) -> tuple[StoryLine | None, StoryLine | None]:
    """The public stories of a newsletter before and after one, by number."""
    values = {"newsletter": newsletter, "story": story_id}
    rows = connection.execute(_NEIGHBOURS, values).all()
    lines = {
        row.id < story_id: StoryLine(story_slug(row.id, row.headline), row.headline) for row in rows
    }
    return lines.get(True), lines.get(False)


def neighbours(
    connection: sa.Connection, newsletter: str, day: date
) -> tuple[date | None, date | None]:
    """The dates of the sealed issues before and after one."""
    before = sa.select(sa.func.max(issues.c.date)).where(
        _is_sealed(newsletter), issues.c.date < day
    )
    after = sa.select(sa.func.min(issues.c.date)).where(_is_sealed(newsletter), issues.c.date > day)
    return connection.scalar(before), connection.scalar(after)


# For the map of the site.


def last_story(connection: sa.Connection, newsletters: Sequence[str]) -> int:
    """The highest number of a public story; 0 where there is none."""
    # Not max(): it would look at every story, where the first from the end is enough.
    query = sa.select(stories.c.id).where(_is_public(newsletters)).order_by(stories.c.id.desc())
    return connection.scalar(query.limit(1)) or 0


def stories_between(
    connection: sa.Connection, newsletters: Sequence[str], first: int, end: int
) -> Iterator[tuple[int, str, datetime]]:
    """Number, headline and time of the last change of the public stories from `first` to `end`."""
    query = (
        sa.select(stories.c.id, stories.c.headline, stories.c.updated_at)
        .where(stories.c.id >= first, stories.c.id < end, _is_public(newsletters))
        .order_by(stories.c.id)
    )
    yield from connection.execute(query)


def issue_years(connection: sa.Connection, newsletters: Sequence[str]) -> range:
    """The years from the first sealed issue to the last."""
    query = sa.select(sa.func.min(issues.c.date), sa.func.max(issues.c.date)).where(
        issues.c.newsletter.in_(newsletters), issues.c.sealed_at.is_not(None)
    )
    first, last = connection.execute(query).one()
    return range(first.year, last.year + 1) if first else range(0)


def issues_of_year(
    connection: sa.Connection, newsletters: Sequence[str], year: int
) -> Iterator[tuple[str, date, datetime]]:
    """Newsletter, date and seal of the sealed issues of a year."""
    query = (
        sa.select(issues.c.newsletter, issues.c.date, issues.c.sealed_at)
        .where(
            issues.c.newsletter.in_(newsletters),
            issues.c.sealed_at.is_not(None),
            issues.c.date.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .order_by(issues.c.date, issues.c.newsletter)
    )
    yield from connection.execute(query)


def _is_sealed(newsletter: str) -> sa.ColumnElement[bool]:
    return sa.and_(issues.c.newsletter == newsletter, issues.c.sealed_at.is_not(None))


def _is_public(newsletters: Sequence[str]) -> sa.ColumnElement[bool]:
    """Only a seal writes issue_stories: what stands there was told."""
    return sa.exists().where(
        issue_stories.c.newsletter.in_(newsletters), issue_stories.c.story_id == stories.c.id
    )
