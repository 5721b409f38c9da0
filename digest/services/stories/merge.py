"""Merging, as its callers see it: the reports that wait become stories.

The work itself is done in `digest.services.stories.events`, loaded only where something waits:
numpy takes long to load, on every command of a project without feeds.
"""

from concurrent.futures import Executor
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.config import Config
from digest.merge.merge_result import MergeResult
from digest.store import reports

if TYPE_CHECKING:
    from digest.merge.topic_model import TopicModel


def merge_waiting(
    connection: sa.Connection,
    config: Config,
    now: datetime,
    *,
    model: "TopicModel | None" = None,
    writers: Executor | None = None,
) -> MergeResult:
    """Find each waiting report its story, in the open transaction.

    `model` is what was learned of topics. `writers` are other processes that help where there is
    much to write.
    """
    waiting = reports.waiting(connection)
    if not waiting:
        return MergeResult()
    from digest.services.stories.events import find_stories, source_preferences

    return find_stories(
        connection, waiting, source_preferences(connection, config, model), now, writers
    )
