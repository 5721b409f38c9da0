"""One feed asked by hand: what is at an address; nothing is kept."""

from dataclasses import dataclass
from datetime import datetime

from digest.collect.feeds.values import NotAFeed
from digest.collect.net.discover import FoundFeed, find_feeds
from digest.collect.net.fetch import Fetcher
from digest.collect.net.fetched import Failed, Fetched, FetchedBody, FetchRequest
from digest.collect.net.weburl import WebUrl, parse_url
from digest.services.sources.fetch_round import unreadable
from digest.services.sources.read_feed import FeedContent, read_body


@dataclass(frozen=True, slots=True)
class FetchedFeed:
    """A feed that was fetched and read; `url` is the address under which to keep it."""

    url: str
    reading: FeedContent

    @property
    def newest(self) -> datetime | None:
        """When the last of its items was published; None where no item says so."""
        dates = (read_report.report.published for read_report in self.reading.reports)
        return max(filter(None, dates), default=None)


async def try_feed(
    fetcher: Fetcher, request: FetchRequest, now: datetime, *, source: str = "", name: str = ""
) -> FetchedFeed | Failed:
    """Fetch one feed and read it; its publisher is `name` or, without one, its own title."""
    return _read(request, await fetcher.fetch(request), now, source, name)


async def discover(
    fetcher: Fetcher, address: str, now: datetime
) -> FetchedFeed | tuple[FoundFeed, ...] | Failed:
    """The feed at an address, or the one that the page there names; several are only named."""
    fetched_feeds: dict[str, tuple[FetchRequest, FetchedBody]] = {}

    async def fetch(request: FetchRequest) -> Fetched:
        fetched = await fetcher.fetch(request)
        if isinstance(fetched, FetchedBody):
            fetched_feeds[fetched.url] = (request, fetched)
        return fetched

    feeds = await find_feeds(address, fetch)
    if isinstance(feeds, Failed):
        return feeds
    if len(feeds) > 1:
        return tuple(feeds)
    url = feeds[0].url
    if url not in fetched_feeds:
        return await try_feed(fetcher, FetchRequest(url), now)
    return _read(*fetched_feeds[url], now)


def _read(
    request: FetchRequest, fetched: Fetched, now: datetime, source: str = "", name: str = ""
) -> FetchedFeed | Failed:
    if not isinstance(fetched, FetchedBody):
        # 304 is no answer to a request that named no copy.
        return fetched if isinstance(fetched, Failed) else unreadable(request.url, "empty")
    content = read_body(fetched.body, fetched.content_type, fetched.url, source, name, now)
    if isinstance(content, NotAFeed):
        return unreadable(fetched.url, content.reason)
    parsed = parse_url(request.url)
    address = str(parsed) if isinstance(parsed, WebUrl) else request.url
    return FetchedFeed(fetched.moved_to or address, content)
