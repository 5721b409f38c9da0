"""The state of feeds between two runs; which there are: digest.services.sources.all_feeds.

Whoever fetches writes with `put` what came of it. Whether a feed is paused or quarantined is not
among that: an operator may change it while a fetch is under way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.store.database import conflict_insert, insert_new
from digest.store.reports import ReportState
from digest.store.schema import feeds, reports

_AT_ONCE = 500  # sources in one statement
_NOT_OF_A_FETCH = {"source", "paused", "quarantine", "quarantined_at"}
_COLUMNS = feeds.columns.keys()


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed's state: `configured` is its address in the settings, `url` where it lives now."""

    source: str
    configured: str
    url: str
    title: str | None = None
    etag: str = ""
    last_modified: str = ""
    next_at: datetime | None = None
    failures: int = 0
    last_success: datetime | None = None
    last_error: str = ""
    error_since: datetime | None = None
    gone: bool = False
    paused: bool = False
    quarantine: str | None = None
    quarantined_at: datetime | None = None
    first_seen: datetime | None = None

    def at(self, configured: str) -> "FeedRow":
        """The state for an address in the settings; where that was changed, it begins anew.

        What an operator decided or has to decide stays: pause and quarantine are the source's.
        """
        if configured == self.configured:
            return self
        decided = {name: getattr(self, name) for name in _NOT_OF_A_FETCH}
        return FeedRow(configured=configured, url=configured, **decided)


@dataclass(frozen=True, slots=True)
class WithheldCounts:
    """How many reports of a source there are that were not told, by standing.

    `stories` counts the stories in which a report stands that came within the time asked for.
    """

    standings: Mapping[ReportState, int] = field(default_factory=dict)
    stories: int = 0


def everything(connection: sa.Connection) -> dict[str, FeedRow]:
    """All states, by the source's id; also of feeds that are not in the settings any more."""
    return {
        row["source"]: FeedRow(**row) for row in connection.execute(sa.select(feeds)).mappings()
    }


def get(connection: sa.Connection, source: str) -> FeedRow | None:
    """The state of one feed; None if it was never asked for."""
    query = sa.select(feeds).where(feeds.c.source == source)
    row = connection.execute(query).mappings().first()
    return FeedRow(**row) if row else None


def quarantined(connection: sa.Connection, sources: Sequence[str]) -> frozenset[str]:
    """Which of these sources are quarantined."""
    query = sa.select(feeds.c.source).where(
        feeds.c.source.in_(sources), feeds.c.quarantine.is_not(None)
    )
    return frozenset(connection.scalars(query))


def next_times(connection: sa.Connection, sources: Sequence[str]) -> dict[str, datetime | None]:
    """When each of these feeds is to be asked next; without those that have no state."""
    query = sa.select(feeds.c.source, feeds.c.next_at).where(feeds.c.source.in_(sources))
    return {row.source: row.next_at for row in connection.execute(query)}


def renew(connection: sa.Connection, claimed_until: datetime, until: datetime) -> None:
    """What was claimed until a time, and neither kept nor claimed by others, is so for longer."""
    mine = feeds.c.next_at == claimed_until
    connection.execute(sa.update(feeds).where(mine).values(next_at=until))


def put(connection: sa.Connection, *rows: FeedRow) -> None:
    """Keep what fetches came to; of a feed that is known, pause and quarantine stay as they are."""
    if not rows:
        return
    adding = conflict_insert(connection, feeds)
    put_all = adding.on_conflict_do_update(
        index_elements=[feeds.c.source],
        set_={name: adding.excluded[name] for name in _COLUMNS if name not in _NOT_OF_A_FETCH},
    )
    connection.execute(put_all, [{name: getattr(row, name) for name in _COLUMNS} for row in rows])


def pause(connection: sa.Connection, source: str, url: str) -> None:
    """Ask a feed no more, until it is resumed; also one that was never asked."""
    if not _change(connection, source, paused=True):
        row = FeedRow(source, configured=url, url=url, paused=True)
        insert_new(connection, feeds, [asdict(row)])


def resume(connection: sa.Connection, source: str) -> None:
    """Ask a feed at the next opportunity, also one that was gone or that failed of late."""
    _change(connection, source, paused=False, gone=False, next_at=None)


def quarantine(connection: sa.Connection, source: str, reason: str, now: datetime) -> None:
    """Note that a source is suspect; the first reason stays until it is released."""
    connection.execute(
        sa.update(feeds)
        .where(feeds.c.source == source, feeds.c.quarantine.is_(None))
        .values(quarantine=reason, quarantined_at=now)
    )


def release(connection: sa.Connection, source: str, kept_back: ReportState) -> int:
    """End a quarantine; what was kept back has the given standing now. How many reports it was."""
    _change(connection, source, quarantine=None, quarantined_at=None)
    return connection.execute(
        sa.update(reports)
        .where(reports.c.source == source, reports.c.standing == ReportState.KEPT_BACK)
        .values(standing=kept_back)
    ).rowcount


def forget(connection: sa.Connection, source: str) -> None:
    """Drop a feed's state; what it told stays."""
    connection.execute(sa.delete(feeds).where(feeds.c.source == source))


def _change(connection: sa.Connection, source: str, **values: Any) -> bool:
    """Whether there was such a feed."""
    changed = connection.execute(sa.update(feeds).where(feeds.c.source == source).values(**values))
    return changed.rowcount > 0


def tallies(
    connection: sa.Connection, sources: Sequence[str], since: datetime
) -> dict[str, WithheldCounts]:
    """Counts of these sources; stories of what came since a time."""
    withheld = (
        sa.select(reports.c.source, reports.c.standing, sa.func.count().label("number"))
        # As the partial index has it: SQLite takes that only for the very same words.
        .where(sa.text("standing <> 'told'"))
        .group_by(reports.c.source, reports.c.standing)
    )
    standings: dict[str, dict[ReportState, int]] = {}
    for row in connection.execute(withheld):
        standings.setdefault(row.source, {})[ReportState(row.standing)] = row.number
    in_stories = sa.select(
        reports.c.source, sa.func.count(reports.c.story_id.distinct()).label("number")
    ).group_by(reports.c.source)
    rows = _since(connection, in_stories, sources, since)
    stories = {row.source: row.number for row in rows}
    return {
        source: WithheldCounts(standings.get(source, {}), stories.get(source, 0))
        for source in sources
    }


def visits(
    connection: sa.Connection, sources: Sequence[str], since: datetime
) -> dict[str, list[datetime]]:
    """When each of these sources told something, since a time; each moment once, oldest first."""
    query = (
        sa.select(reports.c.source, reports.c.collected_at)
        .distinct()
        .order_by(reports.c.collected_at)
    )
    visits_by_source: dict[str, list[datetime]] = {}
    for row in _since(connection, query, sources, since):
        visits_by_source.setdefault(row.source, []).append(row.collected_at)
    return visits_by_source


def newest(
    connection: sa.Connection, sources: Sequence[str], since: datetime
) -> dict[str, datetime]:
    """The date of the newest report of each of these sources that came since a time."""
    query = sa.select(reports.c.source, sa.func.max(reports.c.published).label("newest")).group_by(
        reports.c.source
    )
    return {row.source: row.newest for row in _since(connection, query, sources, since)}


def ever_told(connection: sa.Connection, source: str) -> bool:
    """Whether anything was ever told by a source."""
    return bool(connection.scalar(sa.select(sa.exists().where(reports.c.source == source))))


def _since(
    connection: sa.Connection, query: sa.Select[Any], sources: Sequence[str], since: datetime
) -> Iterator[sa.Row[Any]]:
    """The rows of what these sources told since a time, some sources in one statement."""
    for at in range(0, len(sources), _AT_ONCE):
        some = sources[at : at + _AT_ONCE]
        yield from connection.execute(
            query.where(reports.c.source.in_(some), reports.c.collected_at >= since)
        )
