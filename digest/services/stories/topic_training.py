"""Topics that are learned: labels out of the store, the model into var/topics.json, and back."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from pydantic import ValidationError

from digest.config import Config
from digest.errors import DigestError
from digest.files import make_private_folder, write_whole
from digest.log import get_logger
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
from digest.services.stories.edit import find_story
from digest.store import labels
from digest.store.database import Database
from digest.store.json_values import json_text, read_text

log = get_logger(__name__)

# What the reason of a story's topic is, where a person gave it.
BY_ADMIN = "an admin set it"


@dataclass(frozen=True, slots=True)
class StaleModel:
    """A model that is there and cannot be used, and why."""

    reason: str


def set_topic(database: Database, name: str, topic: str, now: datetime) -> Story:
    """Give a story its topic (an id), for good; the story as it was."""
    with database.write() as connection:
        story = find_story(connection, name)
        labels.set_topic(connection, story.id, topic, BY_ADMIN, now)
    return story


def read_labels(connection: sa.Connection, tree: TopicTree) -> list[Label]:
    """One label for each story of which somebody said that it is of a leaf of ours."""
    found: dict[int, Label] = {}
    for said in labels.said_topics(connection):
        topic = tree.find(said.topic)
        if topic and tree.is_leaf(topic):
            text = Text(said.headline, said.bullets)
            found.setdefault(said.story_id, Label(text, topic.id))
    return list(found.values())


def enough(every: list[Label]) -> list[Label]:
    """The labels that can be learned from; DigestError where they are too few."""
    kept = learnable(every)
    if not kept:
        raise DigestError(
            f"{len(every)} labelled stories are too few to learn from: it takes "
            f"{LEAST_LABELS}, of {LEAST_TOPICS} topics with {LEAST_OF_TOPIC} each",
            remedy="give stories their topics with `digest topics set STORY TOPIC`, "
            "or name them in story files",
        )
    return kept


def learn(every: list[Label], tree: TopicTree, now: datetime) -> TopicModel:
    """The model of all labels that can be learned from; DigestError where they are too few."""
    return train(enough(every), _leaves(tree), now)


def save(config: Config, model: TopicModel) -> Path:
    """Keep a model in the place of the last one; nobody ever reads half of it."""
    path = model_file(config)
    try:
        make_private_folder(path.parent)
        # Nothing hangs on it: after a power cut it is trained again.
        write_whole(path, json_text(TopicModel, model), sync=False)
    except OSError as error:
        raise DigestError(f"{path} cannot be written: {error.strerror}") from error
    return path


def look_up(config: Config) -> TopicModel | StaleModel | None:
    """The model of the project; None where there is none."""
    path = model_file(config)
    try:
        model = read_text(TopicModel, path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        return StaleModel(f"{path} cannot be read: {error.strerror}")
    except ValidationError:
        return StaleModel(f"{path} holds no model")
    if model.leaves != _leaves(config.topics):
        return StaleModel(f"{path} is of other topics than config/topics.toml")
    return model


def load(config: Config) -> TopicModel | None:
    """The model to use, if any; one that cannot be used is named in the log and left aside."""
    found = look_up(config)
    if isinstance(found, StaleModel):
        log.warning("topics not learned", reason=found.reason, remedy="digest topics train")
        return None
    return found


def model_file(config: Config) -> Path:
    """Where the project keeps its model."""
    return config.state_folder / "topics.json"


def _leaves(tree: TopicTree) -> tuple[str, ...]:
    return tuple(sorted(topic.id for topic in tree.leaves_under(None)))
