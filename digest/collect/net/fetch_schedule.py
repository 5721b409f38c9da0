"""When a feed is asked again, from what became of it the last time; pure.

A feed that is well is asked at most every `shortest`, later if it says that it changes less often;
one that fails is asked less and less; one that is gone is not asked any more.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.collect.net.fetched import Failed, FailureKind, Fetched, FetchedBody, FetchRequest


@dataclass(frozen=True, slots=True)
class FetchInterval:
    """How often feeds are asked.

    The longest waits are under a day, so that a run a day always asks a feed that is not gone.
    """

    shortest: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    longest_backoff: timedelta = timedelta(hours=18)


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is known of a feed between two runs; `url` is where it lives now."""

    url: str
    etag: str = ""
    last_modified: str = ""
    next_at: datetime | None = None
    failures: int = 0
    last_success: datetime | None = None
    last_error: str = ""
    error_since: datetime | None = None
    gone: bool = False


def is_due(state: FeedState, now: datetime) -> bool:
    """Whether a feed is to be asked now."""
    return not state.gone and (state.next_at is None or state.next_at <= now)


def request_for(state: FeedState, *, heed_robots: bool = True) -> FetchRequest:
    """What to ask of a feed's server."""
    return FetchRequest(state.url, state.etag, state.last_modified, heed_robots)


def next_fetch(
    state: FeedState,
    outcome: Fetched,
    now: datetime,
    *,
    jitter: float,
    interval: FetchInterval = FetchInterval(),
    ttl: timedelta = timedelta(),
) -> FeedState:
    """The state after `outcome`; `jitter` from 0 to 1; `ttl` is what the feed itself asks for.

    To be written together with the reports of a new body, and only if it could be read:
    the validators in it say that we have them.
    """
    if isinstance(outcome, Failed):
        return _failed(state, outcome, now, jitter, interval)
    wait = min(max(outcome.fresh_for, ttl, interval.shortest), interval.longest)
    # Up to a tenth less than what is asked for, so that a run an hour finds an hour over.
    well = replace(
        state,
        url=outcome.moved_to or state.url,
        next_at=now + wait * (1 - 0.1 * jitter),
        failures=0,
        last_success=now,
        last_error="",
        error_since=None,
        gone=False,
    )
    if isinstance(outcome, FetchedBody):
        return replace(well, etag=outcome.etag, last_modified=outcome.last_modified)
    return well


def _failed(
    state: FeedState, outcome: Failed, now: datetime, jitter: float, interval: FetchInterval
) -> FeedState:
    again = now + backoff(state.failures + 1, jitter, interval)
    if outcome.retry_at is not None:
        again = max(again, outcome.retry_at)
    gone = outcome.kind is FailureKind.GONE
    return replace(
        state,
        next_at=None if gone else again,
        failures=state.failures + 1,
        last_error=outcome.reason,
        error_since=state.error_since or now,
        gone=gone,
    )


def backoff(failures: int, jitter: float, interval: FetchInterval) -> timedelta:
    """How long to leave a feed alone after so many failures in a row: doubled each time."""
    doublings: int = 2 ** min(failures - 1, 10)
    return min(interval.shortest * doublings, interval.longest_backoff) * (1 + 0.2 * jitter)
