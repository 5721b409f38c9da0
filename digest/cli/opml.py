"""The feeds of an OPML file, and what becomes of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from digest.collect.feeds.canonical import canonical
from digest.collect.feeds.opml import Outline
from digest.collect.net.fetched import Refused
from digest.collect.net.weburl import parse_url
from digest.model import TopicTree
from digest.services.sources.sources_file import free_id
from digest.settings import FeedSource
from digest.validation_words import faults_of


@dataclass(frozen=True, slots=True)
class SortedFeeds:
    """What becomes of the feeds of a list."""

    added: Sequence[FeedSource]
    already_there: Sequence[str]
    rejected: Sequence[str]


def new_feeds(
    outlines: Sequence[Outline],
    known_addresses: Collection[str],
    known_ids: Collection[str],
    topics: TopicTree,
) -> SortedFeeds:
    """Those to add, those that are there, and why the others are neither.

    `known_addresses` are in their canonical form.
    """
    added: list[FeedSource] = []
    already_there: list[str] = []
    rejected: list[str] = []
    addresses: set[str | None] = set(known_addresses)
    ids = set(known_ids)
    for outline in outlines:
        address = canonical(outline.feed_url)
        if address in addresses:
            already_there.append(outline.feed_url)
            continue
        feed = _as_feed(outline, topics, ids)
        if isinstance(feed, FeedSource):
            added.append(feed)
            addresses.add(address)
            ids.add(feed.id)
        else:
            rejected.append(feed)
    return SortedFeeds(added, already_there, rejected)


def _as_feed(outline: Outline, topics: TopicTree, used_ids: set[str]) -> FeedSource | str:
    """The feed of an outline, or why it is none."""
    url = parse_url(outline.feed_url)
    if isinstance(url, Refused):
        return url.reason
    # A list names an untitled feed by its address.
    title = "" if outline.title == outline.feed_url else outline.title
    folders = reversed((outline.category or "").split("/"))
    topic = next((match.id for name in folders if (match := topics.find(name))), "")
    try:
        return FeedSource(
            id=free_id(title, str(url), used_ids), url=outline.feed_url, name=title, topic=topic
        )
    except ValidationError as error:
        return f"{outline.feed_url}: {next(faults_of(error))}"
