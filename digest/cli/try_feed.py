"""A look at a feed: what `digest sources test` shows, and what `digest sources add` begins with."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from digest.app import make_fetcher
from digest.cli.output import plural, say
from digest.cli.times import Tell
from digest.collect.net.fetch import Fetcher
from digest.collect.net.fetched import Failed, FailureKind, FetchRequest
from digest.errors import DigestError, UsageError
from digest.project import Project
from digest.services.sources.keep import history_of, known_of
from digest.services.sources.try_feed import FetchedFeed, Forecast, discover, forecast, try_feed
from digest.settings import FeedSource
from digest.store import feeds
from digest.store.feeds import FeedRow
from digest.text import shorten

_SHOWN = 10
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
    found = _with_fetcher(project, lambda fetcher: discover(fetcher, address, now))
    if isinstance(found, tuple):
        lines = "".join(f"\n  {f'{each.url}  {each.title}'.strip()}" for each in found)
        raise UsageError(
            f"{address} names {len(found)} feeds:{lines}", remedy="give the address of one"
        )
    return _seen(found)


def look_again(project: Project, source: FeedSource, row: FeedRow) -> FetchedFeed:
    """A feed that we have, as it is now."""
    # Without validators: a 304 would show nothing.
    request = FetchRequest(row.url, heed_robots=source.robots)
    now = project.clock()
    return _seen(
        _with_fetcher(
            project,
            lambda fetcher: try_feed(fetcher, request, now, source=source.id, name=source.name),
        )
    )


def _seen(found: FetchedFeed | Failed) -> FetchedFeed:
    if isinstance(found, Failed):
        raise DigestError(found.reason, remedy=_REMEDIES.get(found.kind))
    return found


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


def forecast_of(project: Project, row: FeedRow, found: FetchedFeed) -> Forecast:
    """What would come of a feed, if it were collected now."""
    now = project.clock()
    with project.database.read() as connection:
        known, history = known_of(connection, row.source), history_of(connection, row, now)
    backlog = timedelta(hours=project.config.settings.collect.backlog)
    first_seen = row.first_seen or now
    return forecast(found.reading, known, history, first_seen=first_seen, now=now, backlog=backlog)


def say_look(found: FetchedFeed, tell: Tell) -> None:
    """What a feed is: its title, how much it holds, and how fresh that is."""
    title = found.reading.title or "without a title"
    newest = tell(found.newest) if found.newest else "without a date"
    say(f"{found.url}: {title}")
    say(f"  {plural(len(found.reading.reports), 'item')}, the newest {newest}")
    for fault in found.reading.faults:
        say(f"  left out  {fault}")


def say_forecast(outcome: Forecast, tell: Tell) -> None:
    """What would become of its items, the first of them by name."""
    for report, outlook in outcome.reports[:_SHOWN]:
        at = tell(report.published) if report.published else "no date"
        say(f"  {outlook:7}  {at:16}  {shorten(report.headline, 64)}")
    left = len(outcome.reports) - _SHOWN
    if left > 0:
        say(f"  and {left:,} more")
    if outcome.suspect:
        say(f"It would be quarantined: {outcome.suspect}.")


def trial_json(found: FetchedFeed, outcome: Forecast) -> dict[str, Any]:
    """Both for programs."""
    return {
        "url": found.url,
        "title": found.reading.title,
        "newest": found.newest,
        "items": [
            {
                "published": report.published,
                "headline": report.headline,
                "url": report.sources[0].url if report.sources else report.url,
                "outlook": outlook,
            }
            for report, outlook in outcome.reports
        ],
        "faults": found.reading.faults,
        "suspect": outcome.suspect,
    }
