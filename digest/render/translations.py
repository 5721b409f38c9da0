"""The fixed words of the mail in the newsletter's language, with its dates and plurals (Babel).

Catalogues are digest/locale/LANGUAGE/LC_MESSAGES/digest.po; they are read as they are, so that a
translator needs no build step. A word that a catalogue lacks is English.
"""

import gettext
from datetime import date, datetime, time
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from digest.model import Newsletter

CATALOGUES = Path(__file__).parent.parent / "locale"


@lru_cache(maxsize=16)
def translations(language: str) -> gettext.NullTranslations:
    """The words of a language tag such as `ar-EG` (BCP 47); English where there are none."""
    locale = locale_of(language)
    for name in (str(locale), locale.language):
        catalogue = CATALOGUES / name / "LC_MESSAGES" / "digest.po"
        if catalogue.is_file():
            with catalogue.open("rb") as file:
                compiled = BytesIO()
                write_mo(compiled, read_po(file, locale=name))
            compiled.seek(0)
            return Translations(compiled, domain="digest")
    return gettext.NullTranslations()


@lru_cache(maxsize=16)
def locale_of(language: str) -> Locale:
    """Babel's locale for a language tag; English for one that nobody knows."""
    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def long_date(day: date, language: str) -> str:
    """`Saturday, November 21, 2026`, as the language writes it."""
    return format_date(day, format="full", locale=locale_of(language))


def period(since: date, until: date, language: str) -> str:
    """`November 22 – 25, 2026`, as the language writes it."""  # noqa: RUF002
    return format_interval(since, until, "yMMMMd", locale=locale_of(language))


def clock_time(at: time | datetime, language: str) -> str:
    """`7:00 AM` or `07:00`, as the language writes it; a datetime as its own zone shows it."""
    words = format_time(at.replace(tzinfo=None), "short", locale=locale_of(language))
    # Many fonts have no narrow space, and draw hardly any for it.
    return words.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")


def alert_label(told_at: datetime | None, newsletter: Newsletter) -> str:
    """`An alert told this at 2:10 PM`, by the newsletter's clock; empty where none did."""
    if told_at is None:
        return ""
    words = translations(newsletter.language).gettext("An alert told this at %(time)s")
    wall = told_at.astimezone(newsletter.zone)
    return words % {"time": clock_time(wall, newsletter.language)}


def update_label(since: date, today: date, language: str) -> str:
    """`Update since Tuesday`; a date where the weekday would not be the last one of its name."""
    words, locale = translations(language), locale_of(language)
    if 0 < (today - since).days < 7:
        weekday = format_date(since, "EEEE", locale=locale)
        return words.gettext("Update since %(weekday)s") % {"weekday": weekday}
    if since.year == today.year:
        day = format_skeleton("MMMMd", since, locale=locale)
    else:
        day = format_date(since, "long", locale=locale)
    return words.gettext("Update since %(date)s") % {"date": day}


def away_words(language: str) -> str:
    """`While you were away: %(headline)s`, the subject of a mail that tells of several days."""
    return translations(language).gettext("While you were away: %(headline)s")


def clicks_sentence(language: str) -> str:
    """What whoever gets a newsletter that counts clicks is told of it."""
    return translations(language).gettext(
        "How often the links of a story are followed is counted, but not by whom."
    )


def reading_time(minutes: int, language: str) -> str:
    """`4 min`."""
    return translations(language).ngettext("%(num)d min", "%(num)d min", minutes) % {"num": minutes}
