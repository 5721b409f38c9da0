"""When a newsletter comes out, in words, and the languages that those words are in."""

from datetime import time
from functools import cache, lru_cache

from babel import Locale
from babel.dates import get_day_names
from babel.lists import format_list

from digest.model import WEEKDAYS, Newsletter
from digest.render.translations import CATALOGUES, clock_time, locale_of, translations

_WORKING = set(WEEKDAYS[:5])


def rhythm(newsletter: Newsletter, language: str) -> str:
    """`weekdays at 6:00 AM`; the time is that of the newsletter's zone."""
    gettext, locale = translations(language).gettext, locale_of(language)
    days = set(newsletter.days)
    if days == set(WEEKDAYS):
        words = gettext("every day")
    elif days == _WORKING:
        words = gettext("weekdays")
    else:
        names = get_day_names("wide", locale=locale)
        in_order = [names[number] for number, day in enumerate(WEEKDAYS) if day in days]
        words = format_list(in_order, locale=locale)
    values = {"days": words, "time": clock_time(newsletter.time, language)}
    return gettext("%(days)s at %(time)s") % values


@lru_cache(maxsize=16)
def weekday_names(language: str) -> dict[str, str]:
    """The days of the week by their ids, as the language writes them alone, Monday first."""
    names = get_day_names("wide", context="stand-alone", locale=locale_of(language))
    return {day: names[number] for number, day in enumerate(WEEKDAYS)}


@lru_cache(maxsize=16)
def hours_of_day(language: str) -> tuple[str, ...]:
    """The 24 hours of a clock, from midnight on, as the language writes them."""
    return tuple(clock_time(time(hour), language) for hour in range(24))


@cache
def languages() -> tuple[tuple[str, str], ...]:
    """The languages that our words are in: each with its tag and its own name, English first."""
    tags = sorted(path.parent.parent.name for path in CATALOGUES.glob("*/LC_MESSAGES/digest.po"))
    return tuple(
        (tag, (Locale.parse(tag).get_display_name(tag) or tag).capitalize())
        for tag in ("en", *tags)
    )
