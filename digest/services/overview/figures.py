"""The figures of a newsletter over time. No opens; clicks as counts, where it has them counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from digest.model import BounceKind, DeliveryState, Newsletter
from digest.project import Project
from digest.services.sources.all_feeds import all_sources
from digest.store import chart_counts, clicks, feeds, subscriber_figures, subscribers
from digest.store.clicks import StoryClicks

# How far back subscribers are counted, issues, and the rest.
_SUBSCRIBERS_FOR = timedelta(days=90)
_ISSUES_FOR = timedelta(days=30)
_REST_FOR = timedelta(days=30)
# Of domains, topics and sources the largest so many.
_MOST = 12


@dataclass(frozen=True, slots=True)
class DayOfSubscribers:
    """How many were subscribed at the end of a day (UTC), came and left on it."""

    day: date
    subscribers: int
    joined: int
    left: int


@dataclass(frozen=True, slots=True)
class IssueFigures:
    """How many mails of an issue a server took, and how many failed for good."""

    day: date
    sent: int
    failed: int


@dataclass(frozen=True, slots=True)
class DayOfClicks:
    """How often links of stories were followed on a day (UTC)."""

    day: date
    count: int


@dataclass(frozen=True, slots=True)
class ClickFigures:
    """How often links were followed, by day, and those of the stories that most were."""

    days: Sequence[DayOfClicks]
    stories: Sequence[StoryClicks]

    @property
    def total(self) -> int:
        """How often on all of the days."""
        return sum(day.count for day in self.days)


@dataclass(frozen=True, slots=True)
class NewsletterFigures:
    """All of them; `topics` counts who chose each, `sources` the stories of each.

    `clicks` is None where the newsletter has none counted.
    """

    subscribers: Sequence[DayOfSubscribers]
    issues: Sequence[IssueFigures]
    bounces: Sequence[tuple[str, int]]
    topics: Sequence[tuple[str, int]]
    all_topics: int
    sources: Sequence[tuple[str, int]]
    clicks: ClickFigures | None


def read_figures(project: Project, newsletter: Newsletter) -> NewsletterFigures:
    """Those of a newsletter now."""
    now, today = project.clock(), project.clock().date()
    with project.database.read() as connection:
        days = subscribers_by_day(
            today,
            subscribers.count(connection, newsletter.id),
            subscriber_figures.by_day(connection, newsletter.id, today - _SUBSCRIBERS_FOR),
        )
        made = chart_counts.deliveries_by_issue(connection, newsletter.id, today - _ISSUES_FOR)
        kinds = (BounceKind.HARD, BounceKind.SOFT, BounceKind.COMPLAINT)
        bounced = chart_counts.bounces_by_domain(connection, kinds, now - _REST_FOR)
        chosen: Counter[str] = Counter()
        everything = 0
        for letter, topics, count in subscribers.choices(connection):
            if letter == newsletter.id and topics:
                chosen.update(dict.fromkeys(topics, count))
            elif letter == newsletter.id:
                everything += count
        ids = [source.id for source in all_sources(connection, project.config)]
        tallies = feeds.tallies(connection, ids, now - _REST_FOR)
        clicks_read = _read_clicks(connection, newsletter, today)
    stories_by_source = Counter({source: tally.stories for source, tally in tallies.items()})
    return NewsletterFigures(
        subscribers=days,
        issues=[
            IssueFigures(
                day, counts.get(DeliveryState.SENT, 0), counts.get(DeliveryState.FAILED, 0)
            )
            for day, counts in made
        ],
        bounces=bounced.most_common(_MOST),
        topics=chosen.most_common(_MOST),
        all_topics=everything,
        sources=[
            (source, count) for source, count in stories_by_source.most_common(_MOST) if count
        ],
        clicks=clicks_read,
    )


def _read_clicks(
    connection: sa.Connection, newsletter: Newsletter, today: date
) -> ClickFigures | None:
    if not newsletter.count_clicks:
        return None
    days = [today - timedelta(days=ago) for ago in reversed(range(_REST_FOR.days))]
    counts = clicks.by_day(connection, newsletter.id, days[0])
    return ClickFigures(
        [DayOfClicks(day, counts.get(day, 0)) for day in days],
        clicks.by_story(connection, newsletter.id, days[0], _MOST),
    )


def subscribers_by_day(
    today: date, now: int, changes: Mapping[date, tuple[int, int]]
) -> list[DayOfSubscribers]:
    """How many there were on each day, counted back from today; pure.

    `changes` are how many came and how many left.
    """
    days, count = [], now
    for ago in range(_SUBSCRIBERS_FOR.days):
        day = today - timedelta(days=ago)
        joined, left = changes.get(day, (0, 0))
        days.append(DayOfSubscribers(day, count, joined, left))
        count = max(0, count - joined + left)
    return days[::-1]
