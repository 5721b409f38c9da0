"""Whether a story is told between issues, and whom it may be told now; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from digest.clock import local_date
from digest.compose.keywords import text_of_story
from digest.keywords import subscriber_filter
from digest.model import Story, TopicTree

# Within it so many sources must have told a story, and not longer ago than that.
WINDOW = timedelta(hours=1)
FRESH = timedelta(hours=2)


def is_alert(first_told: Iterable[datetime], needed: int, now: datetime) -> bool:
    """Whether `needed` independent sources told a story within an hour, and just now.

    `first_told` has of each source when it told the story first.
    """
    times = sorted(first_told)
    return needed > 0 and any(
        last - first <= WINDOW and now - last <= FRESH
        for first, last in zip(times, times[needed - 1 :], strict=False)
    )


class NotAlerted(StrEnum):
    """Why somebody who wants alerts is not told a story between issues."""

    OFF_TOPIC = "off-topic"
    OUTSIDE_HOURS = "outside-hours"
    PAUSED = "paused"
    HAD_ONE = "had-one"
    KEYWORDS = "keywords"


@dataclass(frozen=True, slots=True)
class AlertWishes:
    """What somebody who wants alerts chose; `topics` empty means all.

    `hours` are those of their clock in `zone` in which they may be told; `alerted_at` is when they
    had the last alert.
    """

    topics: frozenset[str]
    keywords: tuple[str, ...]
    zone: ZoneInfo
    hours: range
    paused_until: date | None = None
    alerted_at: datetime | None = None


def why_not_told(
    story: Story, tree: TopicTree, wishes: AlertWishes, now: datetime
) -> NotAlerted | None:
    """Why somebody gets no alert about a story now: nobody is woken, or told twice on a date.

    None where they get it.
    """
    today = local_date(now, wishes.zone)
    if wishes.topics and wishes.topics.isdisjoint(tree.lineage(story.topic)):
        return NotAlerted.OFF_TOPIC
    if wishes.paused_until is not None and wishes.paused_until > today:
        return NotAlerted.PAUSED
    if wishes.alerted_at is not None and local_date(wishes.alerted_at, wishes.zone) == today:
        return NotAlerted.HAD_ONE
    if now.astimezone(wishes.zone).hour not in wishes.hours:
        return NotAlerted.OUTSIDE_HOURS
    if subscriber_filter(wishes.keywords).removal(text_of_story(story, tree)) is not None:
        return NotAlerted.KEYWORDS
    return None


def told_until(wishes: AlertWishes, now: datetime) -> datetime:
    """When an alert that is told now must have gone out: before they sleep, and while it is news.

    So a mail server that is away does not have somebody woken by what waited for it.
    """
    end = wishes.hours.stop
    day = local_date(now, wishes.zone) + timedelta(days=end // 24)
    asleep = datetime.combine(day, time(end % 24), wishes.zone)
    return min(now + FRESH, asleep.astimezone(UTC))
