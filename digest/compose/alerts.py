"""Whether a story is told between issues, and whom it may be told now; pure."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from digest.clock import local_date

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


def may_be_told(
    now: datetime,
    zone: ZoneInfo,
    hours: Collection[int],
    paused_until: date | None,
    alerted_at: datetime | None,
) -> bool:
    """Whether somebody may get an alert now: awake, not away, and with none on this date yet.

    `hours` are those of their clock in `zone` in which they may.
    """
    today = local_date(now, zone)
    return (
        now.astimezone(zone).hour in hours
        and (paused_until is None or paused_until <= today)
        and (alerted_at is None or local_date(alerted_at, zone) != today)
    )
