"""What feeds answered, kept: their state and what they held, a few in one transaction.

A feed's reports and its state are written together: whoever is killed in between asks that feed
again, and finds nothing double. An answer that comes when somebody else has claimed the feed is not
kept: what they are told is newer.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.clock import Clock
from digest.collect.feeds.matching import Known
from digest.collect.feeds.quarantine import History, PastReport
from digest.collect.net.fetch_schedule import FeedState, FetchInterval, next_fetch
from digest.collect.net.fetched import Failed, Fetched
from digest.compose.keywords import topic_names
from digest.log import get_logger
from digest.model import TopicTree
from digest.services.sources.decide_items import (
    Decision,
    FeedRecord,
    ItemOutcome,
    SourceKeywords,
    decide,
)
from digest.services.sources.due import CLAIM, DueFeed, feed_state
from digest.services.sources.fetch_summary import FeedProblem, FetchSummary
from digest.services.webhooks.source_events import tell_of_feeds, tell_of_quarantine
from digest.settings import FeedSource
from digest.store import feeds, reports
from digest.store.database import Database, exclusively
from digest.store.feeds import FeedRow
from digest.store.reports import ReportState, StoredReport

if TYPE_CHECKING:
    from digest.services.sources.read_feed import FeedContent

log = get_logger(__name__)

# What a source told within it says whether what it tells now is suspect.
_MEMORY = timedelta(weeks=4)
_STATES = {
    ItemOutcome.NEW: ReportState.NEW,
    ItemOutcome.OLD: ReportState.OLD,
    ItemOutcome.KEPT_BACK: ReportState.KEPT_BACK,
    ItemOutcome.BLOCKED: ReportState.BLOCKED,
}


# A feed, what came of it, and, where that was a body, what it says.
Answer = tuple[DueFeed, Fetched, "FeedContent | None"]


def record_of(
    connection: sa.Connection, row: FeedRow, now: datetime, *, quarantined: bool
) -> FeedRecord:
    """What is known of a feed, to judge by it what it tells now."""
    known_names = tuple(Known(*names) for names in reports.names_of(connection, row.source))
    if row.last_success is None:
        return FeedRecord(row.first_seen or now, known_names, quarantined=quarantined)
    past = reports.told_since(connection, row.source, now - _MEMORY)
    # With it comes lxml, which a round in which no feed was due does without.
    from digest.collect.feeds.report_from_item import title_form

    history = History(
        tuple(PastReport(at, title_form(headline)) for at, headline in past), row.last_success
    )
    return FeedRecord(row.first_seen or now, known_names, history, quarantined)


def keywords_of(feed: FeedSource, tree: TopicTree) -> SourceKeywords:
    """What a feed's lists let through."""
    topic = tree.find(feed.topic) if feed.topic else None
    return SourceKeywords(feed.block, feed.keep, topic_names(tree, topic.id) if topic else ())


class FeedRecorder:
    """Keeps what feeds tell; `backlog` is how old the news of a new source may be."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        backlog: timedelta,
        interval: FetchInterval,
        topics: TopicTree,
        claimed_until: datetime | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        # When the claim to all that is asked ends.
        self.claimed_until = claimed_until
        self.summary = FetchSummary()
        self._database = database
        self._clock = clock
        self._backlog = backlog
        self._topics = topics
        self._interval_limits = interval
        self._jitter = jitter

    def keep(self, group: Sequence[Answer]) -> int:
        """Write states and reports; how many reports wait to be merged because of it."""
        before = self.summary.reports
        self.summary.asked += len(group)
        now = self._clock()
        with self._database.write() as connection:
            exclusively(connection)  # another process may be keeping the same feed
            group = self._still_claimed(connection, group, now)
            suspects = feeds.quarantined(connection, [feed.source.id for feed, _, _ in group])
            rows: list[FeedRow] = []
            new: list[StoredReport] = []
            for feed, fetched, reading in group:
                rows.append(self._row_after(feed, fetched, reading, now))
                if reading is not None:
                    quarantined = feed.source.id in suspects
                    record = record_of(connection, feed.row, now, quarantined=quarantined)
                    new += self._decide_items(connection, feed.source, reading, record, now)
                elif isinstance(fetched, Failed):
                    self.summary.problems.append(FeedProblem(feed.source.id, fetched.reason))
                    log.info("feed failed", source=feed.source.id, reason=fetched.reason)
                else:
                    self.summary.unchanged += 1
            reports.add(connection, new, now)
            feeds.put(connection, *rows)
            states = [(feed.row, row) for (feed, _, _), row in zip(group, rows, strict=True)]
            tell_of_feeds(connection, states, now)
        return self.summary.reports - before

    def _still_claimed(
        self, connection: sa.Connection, group: Sequence[Answer], now: datetime
    ) -> list[Answer]:
        """The answers of feeds that nobody else has claimed; the claim is renewed in time."""
        until = self.claimed_until
        if until is not None and until - CLAIM / 2 < now < until:
            self.claimed_until = now + CLAIM
            feeds.renew(connection, until, self.claimed_until)
        next_times = feeds.next_times(connection, [feed.source.id for feed, _, _ in group])
        ours = []
        for answer in group:
            source = answer[0].source.id
            if next_times.get(source) == self.claimed_until:
                ours.append(answer)
            else:
                log.info("feed answered too late", source=source)
        return ours

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
            feed.row, **{field.name: getattr(state, field.name) for field in fields(FeedState)}
        )
        if reading is None:
            return row
        return replace(row, title=reading.title or row.title, first_seen=row.first_seen or now)

    def _decide_items(
        self,
        connection: sa.Connection,
        feed: FeedSource,
        reading: "FeedContent",
        record: FeedRecord,
        now: datetime,
    ) -> list[StoredReport]:
        """What of a feed is to be kept anew; what was changed is written."""
        source = feed.id
        self.summary.faults += [f"{source}: {fault}" for fault in reading.faults]
        decisions = decide(
            reading.reports,
            record,
            now=now,
            backlog=self._backlog,
            keywords=keywords_of(feed, self._topics),
        )
        new: list[StoredReport] = []
        for decision in decisions.items:
            _log_decision(decision)
            if decision.outcome is ItemOutcome.CHANGED:
                self.summary.reports += reports.change(connection, _stored_report(decision), now)
            elif decision.outcome in _STATES:
                new.append(_stored_report(decision))
        counts = Counter(report.standing for report in new)
        self.summary.reports += counts[ReportState.NEW]
        self.summary.kept_back += counts[ReportState.KEPT_BACK]
        self.summary.blocked += counts[ReportState.BLOCKED]
        if decisions.quarantine is not None:
            feeds.quarantine(connection, source, decisions.quarantine, now)
            tell_of_quarantine(connection, source, decisions.quarantine, now)
            self.summary.problems.append(
                FeedProblem(source, decisions.quarantine, quarantined=True)
            )
            log.warning("feed quarantined", source=source, reason=decisions.quarantine)
        return new


def _log_decision(decision: Decision) -> None:
    report = decision.item.report
    log.debug(
        "feed item",
        source=report.source,
        outcome=decision.outcome.value,
        reason=decision.reason,
        headline=report.headline,
        guid=report.guid,
        url=report.url,
    )


def _stored_report(decision: Decision) -> StoredReport:
    names = decision.item.names
    return StoredReport(
        decision.item.report,
        names.title_hash,
        decision.item.features,
        standing=_STATES.get(decision.outcome, ReportState.NEW),
        content_hash=names.content_hash,
        text_hash=names.text_hash,
        reason=decision.reason if decision.outcome is ItemOutcome.BLOCKED else None,
    )
