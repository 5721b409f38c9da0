"""Sources: how each stands; a feed is paused, resumed, and released from a quarantine."""

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from typing_extensions import TypedDict

from digest.errors import NotFoundError
from digest.scopes import Scope
from digest.services.sources import status
from digest.services.sources.all_feeds import all_sources, feed_of
from digest.services.sources.status import SourceState, SourceStatus, statuses_of
from digest.settings import FeedSource
from digest.store import feeds
from digest.store.preconditions import lock
from digest.store.schema import feeds as feed_rows
from digest.web.api.operation import ApiCall, Operation, Tagged, etag_of
from digest.web.api.values import Page, PageQuery, Slug, Strict, page_of_list


class SourceView(TypedDict):
    """A source; `stories` are those of seven days, `kept_back` what a quarantine holds.

    `blocked` did not pass its keywords; `added_by` is empty where it stands in the settings.
    """

    id: str
    kind: str
    place: str
    title: str
    state: SourceState
    reason: str
    since: datetime | None
    last_success: datetime | None
    last_error: str
    next_fetch: datetime | None
    stories: int
    kept_back: int
    blocked: int
    added_by: str


class SourceChange(Strict):
    """Whether a feed is asked any more."""

    paused: bool


class SourceRelease(Strict):
    """Whether what was kept back is never told."""

    drop: bool = False


class Released(TypedDict):
    """How many reports had been kept back."""

    reports: int


def list_all(call: ApiCall, query: PageQuery) -> Page[SourceView]:
    """List the sources, in the order of the settings."""
    config, now = call.project.config, call.project.clock()
    with call.project.database.read() as connection:
        page = page_of_list(all_sources(connection, config), query)
        statuses = statuses_of(connection, config, page["items"], now)
    return {"items": [_view(source) for source in statuses], "next": page["next"]}


def show(call: ApiCall, source: Slug) -> Tagged[SourceView]:
    """Show a source."""
    config, now = call.project.config, call.project.clock()
    with call.project.database.read() as connection:
        named = [one for one in all_sources(connection, config) if one.id == source]
        for one in statuses_of(connection, config, named, now):
            return Tagged(_view(one), _etag(connection, source))
    raise _unknown(source)


def change(call: ApiCall, source: Slug, body: SourceChange) -> Tagged[SourceView]:
    """Pause a feed, or ask it again: also one that was gone, or is waited with."""
    feed, database = _feed(call, source), call.project.database
    with call.changing(lambda connection: _etag(connection, source, locked=True)):
        if body.paused:
            status.pause(database, feed, call.project.clock(), who=call.who)
        else:
            status.resume(database, feed, call.project.clock(), who=call.who)
    return show(call, source)


def release(call: ApiCall, source: Slug, body: SourceRelease) -> Released:
    """Trust a quarantined feed again."""
    feed, database = _feed(call, source), call.project.database
    now = call.project.clock()
    with call.changing(lambda connection: _etag(connection, source, locked=True)):
        count = status.release(database, feed.id, now, drop=body.drop, who=call.who)
    return {"reports": count}


def _view(source: SourceStatus) -> SourceView:
    return asdict(source)  # type: ignore[return-value] # of the same fields


def _etag(connection: sa.Connection, source: str, *, locked: bool = False) -> str:
    """Another one where a person or a fetch changed how it stands."""
    if locked:
        lock(connection, feed_rows.c.source == source)
    row = feeds.get(connection, source)
    if row is None:
        return etag_of(source)
    return etag_of(source, row.url, row.paused, row.gone, row.quarantine, row.last_error)


def _feed(call: ApiCall, source: str) -> FeedSource:
    with call.project.database.read() as connection:
        feed = feed_of(connection, call.project.config, source)
    if feed is None:
        raise _unknown(source)
    return feed


def _unknown(source: str) -> NotFoundError:
    return NotFoundError(f"there is no source {source!r}", remedy="see /sources")


_ONE = "/sources/{source}"
operations = [
    Operation("GET", "/sources", list_all, Scope.SOURCES_READ),
    Operation("GET", _ONE, show, Scope.SOURCES_READ),
    Operation("PATCH", _ONE, change, Scope.SOURCES_EDIT, conditional=True),
    Operation("POST", f"{_ONE}/release", release, Scope.SOURCES_EDIT, conditional=True),
]
