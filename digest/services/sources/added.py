"""The feeds that there are: those of the settings, and those that editors added beside them.

What is added here counts for every process on every host with its next round; what is written into
config/sources.toml counts on this host, once a process begins.
"""

import sqlalchemy as sa

from digest.collect.feeds.canonical import canonical
from digest.config import Config
from digest.model import TopicTree
from digest.settings import FeedSource, FolderSource
from digest.store import added_sources, feeds
from digest.store.added_sources import AddedSource


def all_feeds(connection: sa.Connection, config: Config) -> tuple[FeedSource, ...]:
    """Every feed; where the settings name one by the id of an added one, that of the settings."""
    taken = {source.id for source in config.sources}
    added = added_sources.everything(connection)
    return (
        *config.configured_feeds,
        *(_feed(source, config.topics) for source in added if source.id not in taken),
    )


def all_sources(connection: sa.Connection, config: Config) -> tuple[FolderSource | FeedSource, ...]:
    """Every source, those of the settings in their order, then those that were added."""
    return (*config.sources, *all_feeds(connection, config)[len(config.configured_feeds) :])


def feed_of(connection: sa.Connection, config: Config, source: str) -> FeedSource | None:
    """The feed of an id; None where there is none, or it is a folder."""
    return next((feed for feed in all_feeds(connection, config) if feed.id == source), None)


def feed_at(connection: sa.Connection, config: Config, url: str) -> FeedSource | None:
    """The feed of an address, or that has moved there; None where there is none."""
    form = canonical(url)
    return feeds_by_address(connection, config).get(form) if form else None


def feeds_by_address(connection: sa.Connection, config: Config) -> dict[str, FeedSource]:
    """Every feed by the canonical form of its address, and by that of where it has moved."""
    rows = feeds.everything(connection)
    by_address: dict[str, FeedSource] = {}
    for feed in all_feeds(connection, config):
        moved_to = rows[feed.id].at(feed.url).url if feed.id in rows else feed.url
        for form in filter(None, (canonical(feed.url), canonical(moved_to))):
            by_address.setdefault(form, feed)
    return by_address


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
