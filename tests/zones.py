"""The time zones there are, and one of each kind, over two years."""

from datetime import UTC, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo, available_timezones

from digest.compose.due_issues import ChangedHours
from digest.model import Newsletter

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
_WEEK = timedelta(days=7)


def some_hours(letter: Newsletter, dice: Random) -> ChangedHours:
    """An hour of their own for a third of the dates of these years, at any minute of the day."""
    days = (BEGIN.date() + timedelta(days=number) for number in range((END - BEGIN).days))
    return {
        (letter.id, day): time(dice.randrange(24), dice.randrange(60))
        for day in days
        if dice.random() < 1 / 3
    }


@cache
def kinds_of_zones() -> list[str]:
    """A zone of each kind: those whose clocks show the same through these years are one."""
    kinds: dict[tuple[tuple[datetime, timedelta | None], ...], str] = {}
    for name in ZONES:
        kinds.setdefault(_changes(ZoneInfo(name)), name)
    return sorted(kinds.values())


def _changes(zone: ZoneInfo) -> tuple[tuple[datetime, timedelta | None], ...]:
    """When the offset of a zone changes, and to what. None changes twice in a week."""

    def offset(moment: datetime) -> timedelta | None:
        return moment.astimezone(zone).utcoffset()

    found = [(BEGIN, offset(BEGIN))]
    low = BEGIN
    while low < END:
        high = low + _WEEK
        if offset(low) != offset(high):
            before, after = low, high
            while after - before > timedelta(seconds=1):
                middle = before + (after - before) / 2
                if offset(middle) == offset(low):
                    before = middle
                else:
                    after = middle
            found.append((after.replace(microsecond=0), offset(high)))
        low = high
    return tuple(found)
