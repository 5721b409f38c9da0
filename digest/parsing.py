"""Numbers of rows and dates of issues, as people and programs write them in words and addresses."""

from datetime import date

# No row of a database has a number beyond it.
MOST_NUMBER = 2**63 - 1
# Beyond them there may be no week before or after.
_YEARS = range(1970, 2200)


def read_number(text: str) -> int | None:
    """The number that `text` is, in ASCII digits; None where no row can have it."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_NUMBER))):
        return None
    return number if (number := int(text)) <= MOST_NUMBER else None


def read_issue_date(text: str) -> date:
    """A date such as 2026-11-21; ValueError for what is none, or is of a year without issues."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date such as 2026-11-21") from error
    if day.year not in _YEARS:
        raise ValueError(f"{text} is not between {_YEARS[0]} and {_YEARS[-1]}")
    return day
