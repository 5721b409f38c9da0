"""A feed is asked now, for whoever wants to know what would come of it; nothing is kept."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from digest.app import make_fetcher, make_picture_fetcher
from digest.collect.net.fetch import Fetcher
from digest.collect.net.fetched import Failed, FailureKind, FetchRequest
from digest.errors import DigestError, UsageError
from digest.project import Project
from digest.services.pictures.due import WantedPicture
from digest.services.sources.all_feeds import feed_of
from digest.services.sources.decide_items import Decisions, SourceKeywords, decide
from digest.services.sources.keep import keywords_of, record_of
from digest.services.sources.try_feed import FetchedFeed, discover, try_feed
from digest.settings import FeedSource
from digest.store import feeds
from digest.store.feeds import FeedRow

# Of the items so many are shown, and their pictures looked at.
SHOWN = 10
# Seconds for the pictures of the first items: somebody waits.
_PATIENCE = 20
_AGAIN = "try again in a while, and open the address in a browser"
_ELSEWHERE = "look for the feed's own address on the site"
_REMEDIES = {
    FailureKind.ADDRESS: "give an address of the web, such as https://news.example.org/feed.xml; "
    "a folder of files stands in config/sources.toml",
    FailureKind.REFUSED: "if it is yours, name it in `allow` under [collect] in config/digest.toml",
    FailureKind.DNS: "look for a slip in the name, and whether this machine reaches the internet",
    FailureKind.CONNECT: _AGAIN,
    FailureKind.TLS: f"{_AGAIN}: its certificate may have run out",
    FailureKind.TIMEOUT: _AGAIN,
    FailureKind.PROTOCOL: _AGAIN,
    FailureKind.THROTTLED: "try again in a while: it wants to be asked less often",
    FailureKind.STATUS: f"open the address in a browser; if it is not there, {_ELSEWHERE}",
    FailureKind.GONE: _ELSEWHERE,
    FailureKind.REDIRECT: _ELSEWHERE,
    FailureKind.EMPTY: _ELSEWHERE,
    FailureKind.UNREADABLE: _ELSEWHERE,
    FailureKind.TOO_LARGE: "if it is worth it, raise `max_bytes` under [collect] in "
    "config/digest.toml",
    FailureKind.ENCODING: _AGAIN,
    FailureKind.ROBOTS: "if its owner lets you, set robots = false for it in config/sources.toml",
}

T = TypeVar("T")


def find_feed(project: Project, address: str) -> FetchedFeed:
    """The feed at an address; of a page that names several, an error with all of them."""
    now = project.clock()
    result = _with_fetcher(project, lambda fetcher: discover(fetcher, address, now))
    if isinstance(result, tuple):
        lines = "".join(f"\n  {f'{feed.url}  {feed.title}'.strip()}" for feed in result)
        raise UsageError(
            f"{address} names {len(result)} feeds:{lines}", remedy="give the address of one"
        )
    return _fetched_or_error(result)


def fetch_again(project: Project, source: FeedSource, row: FeedRow) -> FetchedFeed:
    """A feed that we have, as it is now."""
    # Without validators: a 304 would show nothing.
    request = FetchRequest(row.url, heed_robots=source.robots)
    now = project.clock()
    return _fetched_or_error(
        _with_fetcher(
            project,
            lambda fetcher: try_feed(fetcher, request, now, source=source.id, name=source.name),
        )
    )


def _fetched_or_error(result: FetchedFeed | Failed) -> FetchedFeed:
    if isinstance(result, Failed):
        raise DigestError(result.reason, remedy=_REMEDIES.get(result.kind))
    return result


def _with_fetcher(project: Project, use: Callable[[Fetcher], Awaitable[T]]) -> T:
    async def run() -> T:
        async with make_fetcher(project.config, project.clock, {}) as fetcher:
            return await use(fetcher)

    return asyncio.run(run())


def state_of(project: Project, source: FeedSource) -> FeedRow:
    """What is known of a feed that we have."""
    with project.database.read() as connection:
        row = feeds.get(connection, source.id)
    return (row or FeedRow(source.id, source.url, source.url)).at(source.url)


def decisions_of(project: Project, row: FeedRow, fetched: FetchedFeed) -> Decisions:
    """What would become of a feed's items, if it were collected now."""
    now = project.clock()
    with project.database.read() as connection:
        record = record_of(connection, row, now, quarantined=row.quarantine is not None)
        source = feed_of(connection, project.config, row.source)
    backlog = timedelta(hours=project.config.settings.collect.backlog)
    keywords = keywords_of(source, project.config.topics) if source else SourceKeywords()
    return decide(fetched.reading.reports, record, now=now, backlog=backlog, keywords=keywords)


def pictures_of(project: Project, decisions: Decisions) -> dict[str, str]:
    """What would come of the pictures of the first items, by their reports' keys; in words."""
    reports = [decision.item.report for decision in decisions.items[:SHOWN]]
    wanted = [
        WantedPicture(number, report.image.url, report.image)
        for number, report in enumerate(reports)
        if report.image
    ]
    if not wanted:
        return {}
    from digest.services.pictures.make import make_pictures

    fetcher = make_picture_fetcher(project.config, project.clock)
    made = make_pictures(wanted, fetcher, patience=_PATIENCE)
    return {
        reports[picture.wanted.story_id].key: f"no picture: {picture.reason}"
        if picture.reason
        else f"picture of {picture.shape[0]:,} × {picture.shape[1]:,} pixels"  # noqa: RUF001
        for picture in made
    }
