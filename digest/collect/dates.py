"""Dates as people write them in English, and ISO 8601; pure.

Only whole lines are dates, and a number alone never is: `3/4/2025` means two things, so it is
none (design, promise 9: a wrong date is worse than none).
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
_LABEL = r"(?:(?:published|posted|updated|date)(?:\s+on)?\s*:?\s*)?"
_WEEKDAY = (
    r"(?:(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day|nesday|sday|rsday|urday)?\.?,?\s+)?"
)
_TIME = r"(?:[,T]?\s*(?:at\s+)?\d{1,2}:\d{2}.*)?"
_FORMS = tuple(
    re.compile(f"{_LABEL}{_WEEKDAY}{form}{_TIME}", re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        r"(?P<name>[a-z]+)\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<name>[a-z]+)\.?,?\s+(?P<year>\d{4})",
        r"(?P<day>\d{1,2})-(?P<name>[a-z]+)-(?P<year>\d{4})",
    )
)


def read_date(line: str) -> date | None:
    """The date that a line consists of, or None; a date that no calendar has is None."""
    text = " ".join(line.split())
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is None:
            continue
        parts = match.groupdict()
        month = int(parts["month"]) if parts.get("month") else _MONTHS.get(parts["name"].lower())
        if month is None:
            continue
        try:
            return date(int(parts["year"]), month, int(parts["day"]))
        except ValueError:
            return None
    return None
