"""What was learned of topics, kept in var/topics.json; most projects have none."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from digest.atomic_files import make_private_folder, write_whole
from digest.config import Config
from digest.error_words import words_of
from digest.errors import DigestError
from digest.log import get_logger
from digest.model import TopicTree
from digest.store.json_values import json_text, read_text

if TYPE_CHECKING:
    from digest.merge.topic_model import TopicModel

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StaleModel:
    """A model that is there and cannot be used, and why."""

    reason: str


def save(config: Config, model: "TopicModel") -> Path:
    """Keep a model in the place of the last one; nobody ever reads half of it."""
    from digest.merge.topic_model import TopicModel

    path = model_file(config)
    try:
        make_private_folder(path.parent)
        # Nothing hangs on it: after a power cut it is trained again.
        write_whole(path, json_text(TopicModel, model), sync=False)
    except OSError as error:
        raise DigestError(f"{path} cannot be written: {words_of(error)}") from error
    return path


def look_up(config: Config) -> "TopicModel | StaleModel | None":
    """The model of the project; None where there is none."""
    path = model_file(config)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        return StaleModel(f"{path} cannot be read: {words_of(error)}")
    from digest.merge.topic_model import TopicModel

    try:
        model = read_text(TopicModel, text)
    except ValidationError:
        return StaleModel(f"{path} holds no model")
    if model.leaves != leaf_ids(config.topics):
        return StaleModel(f"{path} is of other topics than config/topics.toml")
    return model


def load(config: Config) -> "TopicModel | None":
    """The model to use, if any; one that cannot be used is named in the log and left aside."""
    model = look_up(config)
    if isinstance(model, StaleModel):
        log.warning("topics not learned", reason=model.reason, remedy="digest topics train")
        return None
    return model


def model_file(config: Config) -> Path:
    """Where the project keeps its model."""
    return config.state_folder / "topics.json"


def leaf_ids(tree: TopicTree) -> tuple[str, ...]:
    """The leaves that a model is of, in their order."""
    return tuple(sorted(topic.id for topic in tree.leaves_under(None)))
