"""One feed asked by hand: what is at an address, and what of it would come; nothing is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from digest.collect.feeds.dates import is_fresh
from digest.collect.feeds.matching import (
    Known,
    Match,
    NewReport,
    SameReport,
    UpdatedReport,
    match_reports,
)
from digest.collect.feeds.quarantine import History, judge
from digest.collect.feeds.values import NotAFeed
from digest.collect.net.discover import FoundFeed, find_feeds
from digest.collect.net.fetch import Fetcher
from digest.collect.net.fetched import Failed, Fetched, FetchedBody, FetchRequest
from digest.collect.net.weburl import WebUrl, parse_url
from digest.model import Report
from digest.services.sources.fetch_round import unreadable
from digest.services.sources.read_feed import FeedContent, read_body

# How far back quarantine looks.


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


class ItemForecast(StrEnum):
    """What would become of an item."""

    NEW = "new"
    OLD = "old"  # would be known, and not told: it was there before its source was added
    CHANGED = "changed"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a fetch would bring: each report in feed order, and why it would be quarantined."""

    reports: tuple[tuple[Report, ItemForecast], ...]
    suspect: str | None = None


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
    return FetchedFeed(answer.moved_to or _plain(request.url), found)


def _plain(url: str) -> str:
    parsed = parse_url(url)
    return str(parsed) if isinstance(parsed, WebUrl) else url


def forecast(
    reading: FeedContent,
    known: Sequence[Known],
    history: History,
    *,
    first_seen: datetime,
    now: datetime,
    backlog: timedelta,
) -> Forecast:
    """What collecting would make of a feed's reports; pure."""

    def outlook(match: Match) -> ItemForecast:
        if isinstance(match, SameReport):
            return ItemForecast.KNOWN
        if isinstance(match, UpdatedReport):
            return ItemForecast.CHANGED
        published = match.report.published
        fresh = is_fresh(published, first_seen_source=first_seen, now=now, backlog=backlog)
        return ItemForecast.NEW if fresh else ItemForecast.OLD

    matches = match_reports(known, [(one.report, one.names) for one in reading.reports])
    found = [(match, outlook(match)) for match in matches]
    new = [m.report for m, it in found if isinstance(m, NewReport) and it is ItemForecast.NEW]
    verdict = judge(history, new, now)
    told = tuple((match.report, it) for match, it in found)
    return Forecast(told, verdict.reason if verdict else None)
