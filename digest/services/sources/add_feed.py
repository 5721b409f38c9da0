"""A feed is added while everything runs, or taken out again; both are on record."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from digest.collect.feeds.canonical import canonical
from digest.errors import UsageError
from digest.project import Project
from digest.services.admins import audit
from digest.services.sources.added import all_sources
from digest.services.sources.sources_file import free_id
from digest.setting_errors import fault_of
from digest.settings import FeedSource, FolderSource
from digest.store import added_sources, feeds, keyword_lists
from digest.store.added_sources import AddedSource
from digest.store.database import exclusively
from digest.store.keyword_lists import ListKind


@dataclass(frozen=True, slots=True)
class NewFeed:
    """What somebody says of a feed; without an id it gets one from its own title, or its host."""

    url: str
    title: str = ""
    id: str = ""
    name: str = ""
    topic: str = ""
    weight: float = 1.0

    def among(self, others: Iterable[FolderSource | FeedSource]) -> FeedSource:
        """As a source beside these; a usage error where it is there already, or cannot be."""
        others = list(others)
        refuse_known(self.url, (source for source in others if isinstance(source, FeedSource)))
        ids = {source.id for source in others}
        new_id = self.id or free_id(self.title, self.url, ids)
        if new_id in ids:
            raise UsageError(f"there is a source {new_id!r} already", remedy="give another id")
        try:
            return FeedSource(
                id=new_id, url=self.url, name=self.name, topic=self.topic, weight=self.weight
            )
        except ValidationError as error:
            raise UsageError(fault_of(error)) from error


def refuse_known(url: str, known: Iterable[FeedSource]) -> None:
    """A usage error where a feed of this address is there already."""
    form = canonical(url)
    for feed in known:
        if form is not None and canonical(feed.url) == form:
            raise UsageError(f"{url} is there already, as {feed.id}")


def add_feed(project: Project, chosen: NewFeed, who: str) -> FeedSource:
    """Add a feed: every process asks it from its next round on."""
    with project.database.write() as connection:
        exclusively(connection)
        feed = chosen.among(all_sources(connection, project.config))
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
