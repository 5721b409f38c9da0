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
        dates = (one.report.published for one in self.reading.reports)
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
    answers: dict[str, tuple[FetchRequest, FetchedBody]] = {}

    async def fetch(request: FetchRequest) -> Fetched:
        answer = await fetcher.fetch(request)
        if isinstance(answer, FetchedBody):
            answers[answer.url] = (request, answer)
        return answer

    found = await find_feeds(address, fetch)
    if isinstance(found, Failed):
        return found
    if len(found) > 1:
        return tuple(found)
    url = found[0].url
    if url not in answers:
        return await try_feed(fetcher, FetchRequest(url), now)
    return _read(*answers[url], now)


def _read(
    request: FetchRequest, answer: Fetched, now: datetime, source: str = "", name: str = ""
) -> FetchedFeed | Failed:
    if not isinstance(answer, FetchedBody):
        # 304 is no answer to a request that named no copy.
        return answer if isinstance(answer, Failed) else unreadable(request.url, "empty")
    found = read_body(answer.body, answer.content_type, answer.url, source, name, now)
    if isinstance(found, NotAFeed):
        return unreadable(answer.url, found.reason)
    parsed = parse_url(request.url)
    asked = str(parsed) if isinstance(parsed, WebUrl) else request.url
    return FetchedFeed(answer.moved_to or asked, found)
