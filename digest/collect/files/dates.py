"""Dates as people write them in English, and ISO 8601; pure.

Only whole lines are dates, and a number alone never is: `3/4/2025` means two things, so it is
none (promise 9: a wrong date is worse than none).
"""

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_NAME = rf"(?P<name>{'|'.join(_MONTHS)})\.?"
_DAY = r"(?P<day>\d{1,2})"
_NTH = rf"{_DAY}(?:st|nd|rd|th)?"
_GAP = r"(?:,\s*|\s+)"
_LABEL = r"(?:(?:published|posted|updated|date)(?:\s+on)?\s?:?\s?)?"
_WEEKDAY = (
    r"(?:(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day|nesday|sday|rsday|urday)?\.?,?\s+)?"
)
_TIME = r"(?:(?:\s*[,T]\s*|\s+)(?:at\s+)?\d{1,2}(?::\d{2}|\s*[ap]\.?m\b).*)?"
_FORMS = tuple(
    re.compile(f"{_LABEL}{_WEEKDAY}{form}{_TIME}", re.IGNORECASE)
    for form in (
        rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-{_DAY}",
        rf"(?P<year>\d{{4}})/(?P<month>\d{{1,2}})/{_DAY}",
        rf"{_NAME}\s+{_NTH}{_GAP}(?P<year>\d{{4}})",
        rf"{_NTH}\.?\s+(?:of\s+)?{_NAME}{_GAP}(?P<year>\d{{4}})",
        rf"{_DAY}-{_NAME}-(?P<year>\d{{4}})",
    )
)
_AMBIGUOUS = re.compile(rf"{_LABEL}\d{{1,4}}([./-])\d{{1,2}}\1\d{{1,4}}\.?", re.IGNORECASE)


def read_date(line: str) -> date | None:
    """The date that a line consists of, or None; a date that no calendar has is None."""
    match = _match(line)
    if match is None:
        return None
    parts = match.groupdict()
    month = int(parts["month"]) if "month" in parts else _MONTHS[parts["name"].casefold()]
    try:
        return date(int(parts["year"]), month, int(parts["day"]))
    except ValueError:
        return None


def is_date_line(line: str) -> bool:
    """Whether a line is meant as a date, also where it cannot be told which."""
    return _match(line) is not None or _AMBIGUOUS.fullmatch(" ".join(line.split())) is not None


def _match(line: str) -> re.Match[str] | None:
    text = " ".join(line.split())
    return next((match for form in _FORMS if (match := form.fullmatch(text))), None)
