"""A feed is added while everything runs, or taken out again; both are on record."""

from dataclasses import dataclass

import sqlalchemy as sa
from pydantic import ValidationError

from digest.collect.feeds.canonical import canonical
from digest.config import Config
from digest.errors import UsageError
from digest.project import Project
from digest.services.admins import audit
from digest.services.sources.all_feeds import all_feeds, all_sources
from digest.services.sources.sources_file import free_id
from digest.settings import FeedSource
from digest.store import added_sources, feeds, keyword_lists
from digest.store.added_sources import AddedSource
from digest.store.database import exclusively
from digest.store.keyword_lists import ListKind
from digest.validation_words import faults_of


@dataclass(frozen=True, slots=True)
class NewFeed:
    """What somebody says of a feed; without an id it gets one from its own title, or its host."""

    url: str
    title: str = ""
    id: str = ""
    name: str = ""
    topic: str = ""
    weight: float = 1.0


def new_feed(connection: sa.Connection, config: Config, chosen: NewFeed) -> FeedSource:
    """A feed as a source beside all others; a usage error where it is there, or cannot be."""
    refuse_known(connection, config, chosen.url)
    ids = {source.id for source in all_sources(connection, config)}
    new_id = chosen.id or free_id(chosen.title, chosen.url, ids)
    if new_id in ids:
        raise UsageError(f"there is a source {new_id!r} already", remedy="give another id")
    try:
        return FeedSource(
            id=new_id, url=chosen.url, name=chosen.name, topic=chosen.topic, weight=chosen.weight
        )
    except ValidationError as error:
        raise UsageError(next(faults_of(error))) from error


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


def refuse_known(connection: sa.Connection, config: Config, url: str) -> None:
    """A usage error where a feed is at this address, or moved there."""
    feed = feed_at(connection, config, url)
    if feed is not None:
        raise UsageError(
            f"{url} is there already, as {feed.id}",
            remedy=f"`digest sources test {feed.id}` asks it now",
        )


def add_feed(project: Project, chosen: NewFeed, who: str) -> FeedSource:
    """Add a feed: every process asks it from its next round on."""
    with project.database.write() as connection:
        exclusively(connection)
        feed = new_feed(connection, project.config, chosen)
        now = project.clock()
        added_sources.add(
            connection, AddedSource(feed.id, feed.url, feed.name, feed.topic, feed.weight, who, now)
        )
        audit.record(connection, now, who, "add source", f"source {feed.id}", after=feed.url)
    return feed


def remove_feed(project: Project, source: str, who: str) -> bool:
    """Take out a feed that was added so; the stories that came of it stay. False: none was."""
    with project.database.write() as connection:
        exclusively(connection)
        url = next((s.url for s in added_sources.everything(connection) if s.id == source), "")
        if not added_sources.remove(connection, source):
            return False
        if source not in {known.id for known in project.config.sources}:
            feeds.forget(connection, source)
            keyword_lists.forget(connection, ListKind.SOURCE, source)
        now = project.clock()
        audit.record(connection, now, who, "remove source", f"source {source}", before=url)
    return True
