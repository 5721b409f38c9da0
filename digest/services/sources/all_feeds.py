"""The feeds that there are: those of the settings, and those that editors added beside them.

What is added here counts for every process on every host with its next round; what is written into
config/sources.toml counts on this host, once a process begins.
"""

import sqlalchemy as sa

from digest.config import Config
from digest.model import TopicTree
from digest.services.keywords.saved_keywords import feeds_with_saved_keywords
from digest.settings import FeedSource, FolderSource
from digest.store import added_sources
from digest.store.added_sources import AddedSource


def all_feeds(connection: sa.Connection, config: Config) -> tuple[FeedSource, ...]:
    """Every feed, with the keywords that count for it."""
    return feeds_with_saved_keywords(connection, feeds_as_given(connection, config))


def feeds_as_given(connection: sa.Connection, config: Config) -> tuple[FeedSource, ...]:
    """Every feed as the settings have it, or as it was added.

    Where the settings name one by the id of an added one, that of the settings counts.
    """
    taken = {source.id for source in config.sources}
    added = added_sources.everything(connection)
    return (
        *config.configured_feeds,
        *(_feed(source, config.topics) for source in added if source.id not in taken),
    )


def all_sources(connection: sa.Connection, config: Config) -> tuple[FolderSource | FeedSource, ...]:
    """Every source, those of the settings in their order, then those that were added."""
    counting = {feed.id: feed for feed in all_feeds(connection, config)}
    configured = tuple(counting.pop(source.id, source) for source in config.sources)
    return (*configured, *counting.values())


def feed_of(connection: sa.Connection, config: Config, source: str) -> FeedSource | None:
    """The feed of an id; None where there is none, or it is a folder."""
    return next((feed for feed in all_feeds(connection, config) if feed.id == source), None)


def _feed(source: AddedSource, topics: TopicTree) -> FeedSource:
    """As the settings would have it; it was judged when it was added, and its topic may be gone."""
    topic = source.topic if topics.find(source.topic) else ""
    return FeedSource.model_construct(
        id=source.id,
        kind="feed",
        url=source.url,
        name=source.name,
        topic=topic,
        weight=source.weight,
        robots=True,
    )
