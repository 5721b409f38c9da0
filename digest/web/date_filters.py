"""How pages write dates and times, in their language."""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_skeleton, get_timezone_name

from digest.render.reading_time import story_minutes
from digest.render.translations import clock_time, locale_of, reading_time
from digest.web.public.time_zone_choices import shown_zone


def page_filters(language: str) -> dict[str, Callable[..., Any]]:
    """The filters of templates/web beside those of the mail."""
    locale = locale_of(language)
    return {
        "day": lambda day: _day(day, language),
        "short_day": lambda day: format_skeleton("MMMEd", day, locale=locale),
        "month": lambda day: format_skeleton("yMMMM", day, locale=locale),
        "clock": lambda at: _clock(at, language),
        "zone": shown_zone,
        "reading_time": lambda story: reading_time(story_minutes(story), language),
        "iso": _iso,
    }


# A page of stories names six of the same few days.
@lru_cache(maxsize=2048)
def _day(day: date, language: str) -> str:
    return format_date(day, "long", locale=locale_of(language))


def _clock(at: datetime, language: str) -> str:
    """`6:00 AM, Central European Time`: the hour of a time's own zone, and the zone."""
    locale = locale_of(language)
    return f"{clock_time(at, language)} {get_timezone_name(at, 'short', locale=locale)}"


def _iso(when: date | datetime) -> str:
    """For <time datetime> and for feeds (RFC 3339, to the second)."""
    return when.isoformat(timespec="seconds") if isinstance(when, datetime) else when.isoformat()
