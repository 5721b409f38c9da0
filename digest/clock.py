"""Time at the edges: what is the time now, and which instant is an hour of a local date.

Inside, time is aware UTC; local dates are made here, with zoneinfo (promise 8).
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Clock = Callable[[], datetime]

_MINUTE = timedelta(minutes=1)


def system_clock() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


def rehearsal_clock(start: datetime, *, ticking: bool = False) -> Clock:
    """A clock that stands at `start`, or that runs on from it when `ticking`."""
    if not ticking:
        return lambda: start
    began = system_clock()
    return lambda: start + (system_clock() - began)


def is_zone(name: str) -> bool:
    """Whether `name` is a zone of the IANA database, such as Europe/Paris."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def local_date(now: datetime, zone: ZoneInfo) -> date:
    """The date on the wall in `zone` at the instant `now`."""
    return now.astimezone(zone).date()


def local_time(at: datetime, zone: tzinfo, now: datetime) -> str:
    """`21 Nov 06:00 UTC` on a zone's clock; with its year, where that is not the present one."""
    local = at.astimezone(zone)
    year = f" {local.year}" if local.year != now.astimezone(zone).year else ""
    return f"{local.day} {local:%b}{year} {local:%H:%M %Z}"


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The first instant, in UTC, at which a clock in `zone` shows `at` on `day`.

    An hour that a clock change skips is the first moment after the gap; if that is
    already another date, the last minute before the gap. An hour that comes twice is the first of
    the two. None where the zone never had that date (Apia, 30 December 2011).
    """
    wall = datetime.combine(day, at, tzinfo=zone)
    instant = wall.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    gap_end = _first_instant_at_or_after(wall.replace(tzinfo=None), zone, near=instant)
    for candidate in (gap_end, gap_end - _MINUTE):
        if local_date(candidate, zone) == day:
            return candidate
    return None


def _first_instant_at_or_after(wall: datetime, zone: ZoneInfo, near: datetime) -> datetime:
    """The end of the gap that swallowed `wall`, found by halving the day around it."""
    low, high = near - timedelta(hours=26), near + timedelta(hours=26)
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
