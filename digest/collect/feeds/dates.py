"""When a feed's item was published, from whatever its feed says; pure.

A date that can mean two days is none: a wrong one is worse (see `collect.dates`).
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

BACKLOG = timedelta(days=1)
_MAX_LENGTH = 100
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# How far ahead a clock or a zone can be wrong; what is further ahead is the date of something else.
_AHEAD = timedelta(days=2)

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
_HALF = r"(?:\s*(?P<half>[apAP]\.?[mM]\b\.?))?"
_ISO = re.compile(
    r"(?P<year>\d{4})(?:(?P<dash>[-/.])\s?(?P<month>\d{1,2})(?:(?P=dash)\s?(?P<day>\d{1,2}))?\.?"
    r"|(?P<two>\d{2})(?P<more>\d{2}))(?!\d)"
    r"(?:(?:[Tt_]|,?\s)\s*(?P<hour>\d{1,2}(?=:)|\d{2})"
    rf"(?::?(?P<minute>\d{{2}})(?::?(?P<second>\d{{2}})(?:[.,]\d{{1,9}})?)?)?{_HALF})?"
    r"\s*(?P<zone>.*)"
)
# Chinese, Japanese and Korean: 2025年10月9日(木) 下午2:33, 2025년 10월 9일 14시 33분.
_EAST_ASIAN = re.compile(
    r"(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]"
    r"(?:\D{0,8}?(?P<half>上午|下午|午前|午後|오전|오후)?\s?(?P<hour>\d{1,2})\s?[:時时點点시]\s?"
    r"(?:(?P<minute>\d{1,2})\s?[:分분]?\s?(?:(?P<second>\d{1,2})\s?[秒초]?)?)?)?"
    r"\s*(?P<zone>.*)"
)
_AFTERNOON = ("下午", "午後", "오후")
_CLOCK = re.compile(_TIME + _HALF)
_NUMERIC_ZONE = re.compile(
    r"(?:UTC|GMT)?\s*(?P<sign>[+\-\u2212])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?\b"
)
_DAY_FIRST = re.compile(
    r"(?<![\d:])(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|ª)?[\s.,/-]{1,3}(?:de |of )?"
    r"(?P<name>[^\W\d_]{3,12})[\s.,/-]{1,3}(?:de |del )?(?P<year>\d{4}|\d{2})(?![\d:])"
)
_MONTH_FIRST = re.compile(
    r"(?P<name>[^\W\d_]{3,12})[\s.,/-]{1,3}(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s,/-]{1,3}"
    r"(?P<year>\d{4})(?![\d:])"
)
_UNIX_DATE = re.compile(
    r"(?P<name>[A-Za-z]{3})\s+(?P<day>\d{1,2})\s+\d{1,2}:\d{2}:\d{2}\s+(?:\S{1,6}\s+)?(?P<year>\d{4})"
)
_EPOCH = re.compile(r"(?P<seconds>\d{9,10})(?P<milliseconds>\d{3})?(?:\.\d+)?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan gen ene sty led januar", "feb fev fév lut úno", "mar mär mrt maa bře mars",
            "apr avr abr kwi dub", "may mai mag mei maj kvě", "jun juin giu cze čer",
            "jul juil lug lip čvc", "aug août aou ago sie srp", "sep set wrz zář",
            "oct okt ott out paź říj", "nov lis", "dec dez déc dic des gru pro",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ZONE_NAME = re.compile(r"[A-Za-z]{2,}(?:/[A-Za-z][\w+-]*){1,2}|[A-Za-z]{4,}")
_ZONE_IN_WORDS = re.compile(r"((?:[A-Za-z]+\s){1,3})time\b", re.IGNORECASE)
# Minutes east of UTC. IST, CST and BST mean more than one; these are what feeds mean by them.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "mez": 60,
    "met": 60, "cest": 120, "mesz": 120, "mest": 120, "eet": 120, "sast": 120, "eest": 180,
    "msk": 180, "ist": 330, "sgt": 480, "hkt": 480, "awst": 480, "jst": 540, "kst": 540,
    "acst": 570, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "brt": -180, "art": -180,
    "ast": -240, "adt": -180, "est": -300, "edt": -240, "et": -300, "cst": -360, "cdt": -300,
    "ct": -360, "mst": -420, "mdt": -360, "mt": -420, "pst": -480, "pdt": -420, "pt": -480,
    "akst": -540, "akdt": -480, "hst": -600,
}  # fmt: skip


def read_instant(text: str) -> datetime | None:
    """The instant, in UTC, that a date in a feed names; None where it names none.

    RFC 822 and what is near it, whatever the day of the week says, ISO 8601, asctime, seconds
    since 1970, East Asian dates. Without a zone it is UTC, without an hour it is midnight.
    """
    text = " ".join(text[:_MAX_LENGTH].split())
    try:
        if seconds := _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(seconds["seconds"]), UTC)
        return _iso(text) or _east_asian(text) or _in_words(text)
    except (ValueError, OverflowError):
        return None


def settle(published: datetime | None, updated: datetime | None, now: datetime) -> datetime | None:
    """When an item counts as published; None where its feed does not say anything believable.

    What is a little ahead of `now` is now; before 1990, or more than two days ahead, is no date of
    publication.
    """
    for instant in (published, updated):
        if instant is not None and _EARLIEST <= instant <= now + _AHEAD:
            return min(instant, now)
    return None


def is_fresh(
    published: datetime | None,
    *,
    first_seen_source: datetime,
    now: datetime,
    backlog: timedelta = BACKLOG,
) -> bool:
    """Whether a new item may go into an issue, or is a new source's old one.

    An item without a date is fresh unless it was there when the source was first read: then nobody
    can tell how old it is.
    """
    if published is None:
        return now > first_seen_source
    return published >= first_seen_source - backlog


def _iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    zone = _zone(match["zone"]) if match else None
    if match is None or zone is None:
        return None
    month, day = match["month"] or match["two"], match["day"] or match["more"] or 1
    hour = _hour(match["hour"], afternoon=_is_afternoon(match["half"]))
    date = (int(match["year"]), int(month), int(day))
    return _instant(date, hour, match["minute"], match["second"], zone)


def _east_asian(text: str) -> datetime | None:
    match = None if text.isascii() else _EAST_ASIAN.search(unicodedata.normalize("NFKC", text))
    if match is None:
        return None
    afternoon = match["half"] in _AFTERNOON if match["half"] else None
    date = (int(match["year"]), int(match["month"]), int(match["day"]))
    return _instant(
        date,
        _hour(match["hour"], afternoon=afternoon),
        match["minute"],
        match["second"],
        _zone(match["zone"]) or UTC,
    )


def _in_words(text: str) -> datetime | None:
    """A day with the month's name, and a time anywhere beside it."""
    day = _day(text)
    if day is None:
        return None
    clock = _CLOCK.search(text)
    if clock is None:
        return _instant(day, 0, None, None, UTC)
    hour = _hour(clock["hour"], afternoon=_is_afternoon(clock["half"]))
    zone = _zone(text[clock.end() :]) or UTC
    return _instant(day, hour, clock["minute"], clock["second"], zone)


def _is_afternoon(half: str | None) -> bool | None:
    """Whether `p.m.` is written; None where neither half of the day is."""
    return half[0] in "pP" if half else None


def _hour(written: str | None, *, afternoon: bool | None) -> int:
    """The hour of the day, where half of it may be written apart."""
    hour = int(written or 0)
    return hour if afternoon is None else hour % 12 + (12 if afternoon else 0)


def _day(text: str) -> tuple[int, int, int] | None:
    for form in (_UNIX_DATE, _DAY_FIRST, _MONTH_FIRST):
        for match in form.finditer(text):
            name = unicodedata.normalize("NFC", match["name"]).lower()
            month = _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])
            if not month:
                continue
            year = int(match["year"])
            if len(match["year"]) == 2:  # RFC 5322, section 4.3: 00 to 49 are of this century
                year += 2000 if year < 50 else 1900
            return year, month, int(match["day"])
    return None


def _zone(text: str) -> tzinfo | None:
    """The zone at the beginning of a text; UTC for none, None for what is no zone."""
    text = text.strip()
    numeric = _NUMERIC_ZONE.match(text)
    if numeric:
        minutes = int(numeric["hours"]) * 60 + int(numeric["minutes"] or 0)
        return timezone(timedelta(minutes=-minutes if numeric["sign"] != "+" else minutes))
    for name in _ZONE_NAME.findall(text):
        if name.lower() not in _ZONES and name.lower() in _zone_names():
            return ZoneInfo(_zone_names()[name.lower()])
    words = _ZONE_IN_WORDS.match(text)
    if words:
        initials = [word[0] for word in words[1].lower().split() if word != "standard"]
        return _fixed_zone("".join(initials) + "t")
    text = re.sub(r"\([^()]*\)", "", text).strip()
    abbreviation = re.match(r"[A-Za-z]{0,5}", text)
    assert abbreviation is not None
    return _fixed_zone(abbreviation[0]) if not text or abbreviation[0] else None


def _fixed_zone(abbreviation: str) -> timezone:
    return timezone(timedelta(minutes=_ZONES.get(abbreviation.lower(), 0)))


@cache
def _zone_names() -> dict[str, str]:
    """The zones of the IANA database by their names in small letters."""
    return {name.lower(): name for name in available_timezones()}


def _instant(
    day: tuple[int, int, int], hour: int, minute: str | None, second: str | None, zone: tzinfo
) -> datetime:
    """24:00 is the next midnight, and a leap second the one before."""
    next_day = timedelta(days=1 if hour == 24 else 0)
    local = datetime(
        *day, hour % 24 if hour == 24 else hour, int(minute or 0), min(int(second or 0), 59),
        tzinfo=zone,
    )  # fmt: skip
    return (local + next_day).astimezone(UTC)
