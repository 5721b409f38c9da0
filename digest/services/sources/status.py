"""How each source stands: what `sources list`, `status` and the preview tell of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa

from digest.collect.feeds.quarantine import History, PastReport, is_silent
from digest.config import Config
from digest.errors import DigestError
from digest.services.admins import audit
from digest.services.sources.all_feeds import all_sources
from digest.settings import FeedSource, FolderSource
from digest.store import added_sources, feeds
from digest.store.database import Database
from digest.store.feeds import FeedRow, WithheldCounts
from digest.store.reports import ReportState

WEEK = timedelta(days=7)
# What a source told within it says how often it usually speaks.
_MEMORY = timedelta(days=60)
# Of silence, whatever is usual.
LONG_SILENCE = timedelta(weeks=4)


class SourceState(StrEnum):
    """How a source stands; of several that hold, the first."""

    PAUSED = "paused"
    QUARANTINED = "quarantined"
    GONE = "gone"
    FAILING = "failing"
    NEVER_READ = "never read"
    EMPTY = "empty"
    SILENT = "silent"
    OK = "ok"

    @property
    def is_problem(self) -> bool:
        """Whether somebody should have a look."""
        return self not in (SourceState.OK, SourceState.PAUSED, SourceState.NEVER_READ)


@dataclass(frozen=True, slots=True)
class Condition:
    """A state, the reason as a sentence where there is one, and since when, if that is known."""

    state: SourceState
    reason: str = ""
    since: datetime | None = None


_OK = Condition(SourceState.OK)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """Where a source stands, as commands tell it.

    `stories` are those of the last seven days, `kept_back` the reports that a quarantine
    holds, `blocked` those that the source's keywords did not let through.
    `added_by` is who added it while everything ran; empty where it stands in the settings.
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
    added_by: str = ""

    @property
    def remedy(self) -> str:
        """The command that helps, if one does."""
        if self.kind == "folder":
            return ""
        return {
            SourceState.QUARANTINED: f"digest sources release {self.id}",
            SourceState.GONE: f"digest sources remove {self.id}",
            SourceState.FAILING: f"digest sources test {self.id}",
            SourceState.EMPTY: f"digest sources test {self.id}",
            SourceState.SILENT: f"digest sources test {self.id}",
        }.get(self.state, "")


def source_statuses(connection: sa.Connection, config: Config, now: datetime) -> list[SourceStatus]:
    """Every source: those of the settings in their order, then those that were added."""
    return statuses_of(connection, config, all_sources(connection, config), now)


def statuses_of(
    connection: sa.Connection,
    config: Config,
    sources: Sequence[FolderSource | FeedSource],
    now: datetime,
) -> list[SourceStatus]:
    """These of the sources, in this order."""
    rows = feeds.everything(connection)
    ids = [source.id for source in sources]
    counts = feeds.tallies(connection, ids, now - WEEK)
    visits = feeds.visits(connection, ids, now - _MEMORY)
    newest = feeds.newest(connection, ids, now - _MEMORY)
    statuses = []
    adders = {added.id: added.added_by for added in added_sources.everything(connection)}
    adders |= dict.fromkeys((source.id for source in config.sources), "")
    for source in sources:
        source_counts, told_at = counts[source.id], visits.get(source.id, [])
        if isinstance(source, FolderSource):
            folder = config.path(source.path)
            was_read = bool(told_at) or feeds.ever_told(connection, source.id)
            condition = judge_folder(folder, told_at, now, was_read=was_read)
            statuses.append(_folder_status(source, folder, source_counts, told_at, condition))
        else:
            row = rows.get(source.id, FeedRow(source.id, source.url, source.url)).at(source.url)
            condition = judge_feed(row, told_at, now, newest.get(source.id))
            statuses.append(_feed_status(source, row, source_counts, condition, adders[source.id]))
    return statuses


def with_problems(statuses: Sequence[SourceStatus]) -> list[SourceStatus]:
    """Those that somebody should have a look at."""
    return [status for status in statuses if status.state.is_problem]


def pause(database: Database, feed: FeedSource, now: datetime, *, who: str) -> None:
    """Ask a feed no more, until it is resumed."""
    with database.write() as connection:
        feeds.pause(connection, feed.id, feed.url)
        audit.record(connection, now, who, "pause source", f"source {feed.id}")


def resume(database: Database, feed: FeedSource, now: datetime, *, who: str) -> None:
    """Ask a feed again that was paused, was gone, or is waited with because it failed."""
    with database.write() as connection:
        feeds.resume(connection, feed.id)
        audit.record(connection, now, who, "resume source", f"source {feed.id}")


def release(database: Database, source: str, now: datetime, *, drop: bool, who: str) -> int:
    """End a quarantine: what was kept back is told, or with `drop` never. How many reports."""
    with database.write() as connection:
        row = feeds.get(connection, source)
        if row is None or row.quarantine is None:
            raise DigestError(f"{source} is not quarantined", remedy="see the list of sources")
        count = feeds.release(connection, source, ReportState.OLD if drop else ReportState.NEW)
        done = "drop what was kept back" if drop else "release source"
        audit.record(connection, now, who, done, f"source {source}", before=row.quarantine)
        return count


def forget(database: Database, source: str) -> None:
    """A feed that is no source any more has no state; the stories that came of it stay."""
    with database.write() as connection:
        feeds.forget(connection, source)


def judge_feed(
    row: FeedRow, told_at: Sequence[datetime], now: datetime, newest: datetime | None = None
) -> Condition:
    """How a feed stands, from its state and the times at which it told something; pure.

    `heard` goes back 60 days, and so does `newest`, the date of the newest item that came then: a
    source that was added today may have told nothing for years.
    """
    if row.paused:
        return Condition(SourceState.PAUSED)
    if row.quarantine is not None:
        return Condition(SourceState.QUARANTINED, row.quarantine, row.quarantined_at)
    if row.last_error:
        state = SourceState.GONE if row.gone else SourceState.FAILING
        return Condition(state, row.last_error, row.error_since)
    if row.last_success is None:
        return Condition(SourceState.NEVER_READ)
    if not told_at and (row.first_seen is None or row.first_seen >= now - _MEMORY):
        return Condition(SourceState.EMPTY, "it has no items", row.first_seen)
    return _judge_silence(sorted(min(at, newest or at) for at in told_at), now)


def judge_folder(
    folder: Path, told_at: Sequence[datetime], now: datetime, *, was_read: bool
) -> Condition:
    """The same of a folder; `was_read`: something came of it, however long ago."""
    if not folder.is_dir():
        return Condition(SourceState.FAILING, f"{folder} is no folder")
    return _judge_silence(told_at, now) if was_read else Condition(SourceState.NEVER_READ)


def _judge_silence(dates: Sequence[datetime], now: datetime) -> Condition:
    """Whether a source that is read well tells anything; `dates` of what it told, oldest first."""
    if not dates:
        return Condition(SourceState.SILENT, f"nothing new for more than {_MEMORY.days} days")
    silence = is_silent(History(tuple(PastReport(at, "") for at in dates)), now)
    # Who speaks once a month is not late after four weeks.
    pauses = (later - earlier for earlier, later in pairwise(dates))
    since_last = now - dates[-1]
    if silence is None and since_last > max(
        LONG_SILENCE, *(pause * 1.5 for pause in pauses), timedelta()
    ):
        silence = f"nothing new for {since_last.days} days"
    return Condition(SourceState.SILENT, silence, dates[-1]) if silence else _OK


def _feed_status(
    source: FeedSource, row: FeedRow, counts: WithheldCounts, condition: Condition, added_by: str
) -> SourceStatus:
    return SourceStatus(
        id=source.id,
        kind=source.kind,
        place=row.url,
        title=source.name or row.title or "",
        state=condition.state,
        reason=condition.reason,
        since=condition.since,
        last_success=row.last_success,
        last_error=row.last_error,
        next_fetch=None if row.paused or row.gone else row.next_at,
        stories=counts.stories,
        kept_back=counts.standings.get(ReportState.KEPT_BACK, 0),
        blocked=counts.standings.get(ReportState.BLOCKED, 0),
        added_by=added_by,
    )


def _folder_status(
    source: FolderSource,
    folder: Path,
    counts: WithheldCounts,
    told_at: Sequence[datetime],
    condition: Condition,
) -> SourceStatus:
    return SourceStatus(
        id=source.id,
        kind=source.kind,
        place=str(folder),
        title="",
        state=condition.state,
        reason=condition.reason,
        since=condition.since,
        last_success=told_at[-1] if told_at else None,
        last_error="",
        next_fetch=None,
        stories=counts.stories,
        kept_back=0,
        blocked=0,
    )
