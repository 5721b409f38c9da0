"""The bytes of a feed to reports, with all that can be made of each where it is read.

Runs in other processes, which load no more than this module needs; what it gives back is plain
values.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from digest.collect.feeds.matching import Known, as_known
from digest.collect.feeds.parse import parse_feed
from digest.collect.feeds.report_from_item import to_report
from digest.collect.feeds.values import NotAFeed
from digest.merge.same_event.features import features_of
from digest.model import Report


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report, the names by which it is known again, and what merging makes of it."""

    report: Report
    names: Known
    features: bytes


@dataclass(frozen=True, slots=True)
class FeedContent:
    """A feed's body, read: its own name and its reports, in its order."""

    title: str
    reports: tuple[ReadReport, ...]
    ttl: timedelta
    faults: tuple[str, ...]


def read_body(
    body: bytes, content_type: str, url: str, source: str, publisher: str, now: datetime
) -> FeedContent | NotAFeed:
    """The bytes of a feed as reports; a function of plain values, for another process."""
    feed = parse_feed(body, content_type, url)
    if isinstance(feed, NotAFeed):
        return feed
    name = publisher or feed.title or urlsplit(url).hostname or source
    reports = [to_report(item, source, name, now) for item in feed.items]
    return FeedContent(
        title=feed.title,
        reports=tuple(
            ReadReport(report, as_known(report), features_of(report).to_bytes())
            for report in reports
        ),
        ttl=timedelta(minutes=feed.ttl or 0),
        faults=tuple(str(fault) for fault in feed.faults),
    )
