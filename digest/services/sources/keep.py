"""What feeds answered, kept: their state and what they told, a few in one transaction.

A feed's reports and its state are written together: whoever is killed in between asks that feed
again, and finds nothing double.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.clock import Clock
from digest.collect.feeds.dates import is_fresh
from digest.collect.feeds.matching import Known, SameReport, UpdatedReport, match_reports
from digest.collect.feeds.quarantine import History, PastReport, judge
from digest.collect.net.fetched import Failed, Fetched
from digest.collect.net.polite import FeedState, FetchInterval, next_fetch
from digest.log import get_logger
from digest.model import Report
from digest.services.sources.due import DueFeed, feed_state
from digest.services.sources.fetch_summary import FeedProblem, FetchSummary
from digest.store import feeds, reports
from digest.store.database import Database, exclusively
from digest.store.feeds import FeedRow
from digest.store.reports import ReportState, StoredReport

if TYPE_CHECKING:
    from digest.services.sources.read_feed import FeedContent

log = get_logger(__name__)

# How far back quarantine looks.
_MEMORY = timedelta(weeks=4)


# A feed, what came of it, and, where that was a body, what it says.
Answer = tuple[DueFeed, Fetched, "FeedContent | None"]


def known_of(connection: sa.Connection, source: str) -> list[Known]:
    """What is kept of a source's reports to know them again."""
    return [Known(*names) for names in reports.names_of(connection, source)]


def history_of(connection: sa.Connection, row: FeedRow, now: datetime) -> History:
    """What quarantine judges a feed by; nothing of one that was never read."""
    if row.last_success is None:
        return History()
    told = reports.told_since(connection, row.source, now - _MEMORY)
    from digest.collect.feeds.report import title_form

    return History(
        tuple(PastReport(at, title_form(headline)) for at, headline in told), row.last_success
    )


class FeedRecorder:
    """Keeps what feeds tell; `backlog` is how old the news of a new source may be."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        backlog: timedelta,
        interval: FetchInterval,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.gathered = FetchSummary()
        self._database = database
        self._clock = clock
        self._backlog = backlog
        self._interval_limits = interval
        self._jitter = jitter

    def keep(self, group: Sequence[Answer]) -> int:
        """Write states and reports; how many reports wait to be merged because of it."""
        before = self.gathered.reports
        self.gathered.asked += len(group)
        now = self._clock()
        with self._database.write() as connection:
            exclusively(connection)  # another process may be keeping the same feed
            suspects = feeds.quarantined(connection, [feed.source.id for feed, _, _ in group])
            rows: list[FeedRow] = []
            new: list[StoredReport] = []
            for feed, fetched, reading in group:
                row = self._row_after(feed, fetched, reading, now)
                rows.append(row)
                if reading is None:
                    self._note(feed, fetched)
                else:
                    self.gathered.faults += [f"{feed.source.id}: {one}" for one in reading.faults]
                    suspect = feed.source.id in suspects
                    new += self._take(connection, feed.row, row, reading, now, suspect=suspect)
            reports.add(connection, new, now)
            feeds.put(connection, *rows)
        return self.gathered.reports - before

    def _row_after(
        self, feed: DueFeed, fetched: Fetched, reading: "FeedContent | None", now: datetime
    ) -> FeedRow:
        ttl = reading.ttl if reading else timedelta()
        state = next_fetch(
            feed_state(feed.row),
            fetched,
            now,
            jitter=self._jitter(),
            interval=self._interval_limits,
            ttl=ttl,
        )
        row = replace(
            feed.row, **{each.name: getattr(state, each.name) for each in fields(FeedState)}
        )
        if reading is None:
            return row
        return replace(row, title=reading.title or row.title, first_seen=row.first_seen or now)

    def _note(self, feed: DueFeed, fetched: Fetched) -> None:
        if isinstance(fetched, Failed):
            self.gathered.problems.append(FeedProblem(feed.source.id, fetched.reason))
            log.info("feed failed", source=feed.source.id, reason=fetched.reason)
        else:
            self.gathered.unchanged += 1

    def _take(
        self,
        connection: sa.Connection,
        before: FeedRow,
        row: FeedRow,
        reading: "FeedContent",
        now: datetime,
        *,
        suspect: bool,
    ) -> list[StoredReport]:
        """What of a feed is to be kept anew; what was changed is written."""
        fresh: list[StoredReport] = []
        old: list[StoredReport] = []
        known = known_of(connection, row.source)
        matches = match_reports(known, [(one.report, one.names) for one in reading.reports])
        for match, one in zip(matches, reading.reports, strict=True):
            if isinstance(match, SameReport):
                continue
            names = one.names
            kept = StoredReport(
                match.report, names.title_hash, one.features, content_hash=names.content_hash
            )
            if isinstance(match, UpdatedReport):
                self.gathered.reports += reports.change(connection, kept, now)
            elif self._is_news(match.report, row, now):
                fresh.append(kept)
            else:
                old.append(replace(kept, standing=ReportState.OLD))
        return self._is_trusted(connection, before, fresh, now, suspect=suspect) + old

    def _is_news(self, report: Report, row: FeedRow, now: datetime) -> bool:
        assert row.first_seen is not None
        return is_fresh(
            report.published, first_seen_source=row.first_seen, now=now, backlog=self._backlog
        )

    def _is_trusted(
        self,
        connection: sa.Connection,
        row: FeedRow,
        fresh: list[StoredReport],
        now: datetime,
        *,
        suspect: bool,
    ) -> list[StoredReport]:
        """The new reports, kept back where their source is suspect, or is so from now on."""
        if not suspect:
            history = history_of(connection, row, now)
            verdict = judge(history, [one.report for one in fresh], now)
            if verdict is None:
                self.gathered.reports += len(fresh)
                return fresh
            feeds.quarantine(connection, row.source, verdict.reason, now)
            problem = FeedProblem(row.source, verdict.reason, quarantined=True)
            self.gathered.problems.append(problem)
            log.warning("feed quarantined", source=row.source, reason=verdict.reason)
        self.gathered.kept_back += len(fresh)
        return [replace(one, standing=ReportState.KEPT_BACK) for one in fresh]
