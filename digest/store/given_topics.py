"""The topics that stories were given: by an admin, or in the story's own file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.store.schema import reports, stories, topic_labels


@dataclass(frozen=True, slots=True)
class TopicLabel:
    """A story, and a topic that somebody said it has, by id or title; perhaps none of ours."""

    story_id: int
    headline: str
    bullets: tuple[str, ...]
    topic: str


def set_topic(
    connection: sa.Connection, story_id: int, topic: str, reason: str, now: datetime
) -> None:
    """An admin gives a story its topic, for good."""
    connection.execute(sa.delete(topic_labels).where(topic_labels.c.story_id == story_id))
    connection.execute(sa.insert(topic_labels).values(story_id=story_id, topic=topic, made_at=now))
    connection.execute(
        sa.update(stories)
        .where(stories.c.id == story_id)
        .values(topic=topic, topic_reason=reason, updated_at=now)
    )


def is_set(connection: sa.Connection, story_id: int) -> bool:
    """Whether an admin gave the story its topic: then no rule gives it another."""
    query = sa.select(topic_labels.c.story_id).where(topic_labels.c.story_id == story_id)
    return connection.scalar(query) is not None


def said_topics(connection: sa.Connection) -> Iterator[TopicLabel]:
    """What admins, or else the stories' own reports, say of topics; the first story first."""
    named = reports.c.content["topic"].as_string()
    topic = sa.func.coalesce(topic_labels.c.topic, named)
    query = (
        sa.select(stories.c.id, stories.c.headline, stories.c.bullets, topic)
        .select_from(stories)
        .join(reports, reports.c.story_id == stories.c.id)
        .join(topic_labels, topic_labels.c.story_id == stories.c.id, isouter=True)
        .where(topic.is_not(None))
        .order_by(stories.c.id, reports.c.id)
    )
    with connection.execute(query, execution_options={"yield_per": 1000}) as result:
        for number, headline, bullets, label in result:
            yield TopicLabel(number, headline, tuple(bullets), label)
