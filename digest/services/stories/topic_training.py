"""Topics that are learned from the labels in the store."""

from datetime import datetime

import sqlalchemy as sa

from digest.errors import DigestError
from digest.merge.topic_model import (
    LEAST_LABELS,
    LEAST_OF_TOPIC,
    LEAST_TOPICS,
    Label,
    Text,
    TopicModel,
    learnable,
    train,
)
from digest.model import Story, TopicTree
from digest.services.admins import audit
from digest.services.stories.edit import find_story
from digest.services.stories.topic_file import leaf_ids
from digest.store import given_topics
from digest.store.database import Database

# What the reason of a story's topic is, where an admin gave it.
BY_ADMIN = "an admin set it"


def set_topic(
    database: Database, name: str, topic: str, now: datetime, who: str | None = None
) -> Story:
    """Give a story its topic (an id), for good; the story as it was."""
    with database.write() as connection:
        story = find_story(connection, name)
        given_topics.set_topic(connection, story.id, topic, BY_ADMIN, now)
        if who is not None:
            subject, before = f"story {story.id}", story.topic
            audit.record(connection, now, who, "relabel", subject, before=before, after=topic)
    return story


def read_labels(connection: sa.Connection, tree: TopicTree) -> list[Label]:
    """One label for each story of which somebody said that it is of a leaf of ours."""
    labels_by_story: dict[int, Label] = {}
    for label in given_topics.said_topics(connection):
        topic = tree.find(label.topic)
        if topic and tree.is_leaf(topic):
            text = Text(label.headline, label.bullets)
            labels_by_story.setdefault(label.story_id, Label(text, topic.id))
    return list(labels_by_story.values())


def enough(every: list[Label]) -> list[Label]:
    """The labels that can be learned from; DigestError where they are too few."""
    usable = learnable(every)
    if not usable:
        raise DigestError(
            f"{len(every)} labelled stories are too few to learn from: it takes "
            f"{LEAST_LABELS}, of {LEAST_TOPICS} topics with {LEAST_OF_TOPIC} each",
            remedy="give stories their topics with `digest topics set STORY TOPIC`, "
            "or name them in story files",
        )
    return usable


def learn(every: list[Label], tree: TopicTree, now: datetime) -> TopicModel:
    """The model of all labels that can be learned from; DigestError where they are too few."""
    return train(enough(every), leaf_ids(tree), now)
