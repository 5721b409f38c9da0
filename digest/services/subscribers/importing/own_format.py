"""Subscribers in our own form of CSV: line by line, so that a broken line costs itself alone.

Columns: email (needed), name, topics (ids or titles, separated by ;), timezone, hour,
paused_until, layout, days (mon;thu), keywords (football;title:cup), at_least, longest_wait (days),
alerts (yes or no).
Each physical line is one subscriber: an unclosed quote cannot swallow the lines after it. A column
that is absent changes nothing of a subscription that is there already.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from io import StringIO
from typing import Any

from digest.addresses import read_address
from digest.clock import is_zone
from digest.compose.enough_stories import MOST_DAYS, MOST_STORIES, read_count
from digest.errors import UsageError
from digest.keywords import read_keywords
from digest.model import MAIL_LAYOUTS, WEEKDAYS, MailLayout, Subscription, TopicTree, Weekday
from digest.services.subscribers.importing.csv_file import LIMIT, BadLine, Header, check_decoded
from digest.services.subscribers.importing.rows import CHOICES, ImportRow
from digest.text import clean_line, did_you_mean

# What a spreadsheet takes for the beginning of a formula, also after quotation marks (OWASP, CSV
# injection): the name that a stranger typed would run as one on the operator's machine.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001

COLUMNS = (
    *("email", "name", "topics", "timezone", "hour", "paused_until", "layout", "days"),
    *("keywords", "at_least", "longest_wait", "alerts"),
)
NAME_LIMIT = 200

# What a file holds: each entry with the number of the line at which it begins.
Entries = Iterator[tuple[int, ImportRow | BadLine]]


def csv_lines(rows: Iterable[Mapping[str, Any]], *, raw: bool = False) -> Iterator[str]:
    """The header, and a line for each subscription, in the form that is read here.

    Unless it is `raw`, a value that a spreadsheet would run has a ' before it.
    """
    yield _csv_line(COLUMNS)
    for row in rows:
        lists = {name: ";".join(row[name]) for name in ("topics", "days", "keywords")}
        values = {**row, **lists, "alerts": "yes" if row["alerts"] else "no"}
        cells = ["" if values[name] is None else str(values[name]) for name in COLUMNS]
        yield _csv_line(cells if raw else [quoted_cell(cell) for cell in cells])


def _csv_line(cells: Sequence[str]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def quoted_cell(value: str) -> str:
    """A value as a cell that no spreadsheet runs; reading it gives the value again."""
    return f"'{value}" if _FORMULA.match(value) else value


def _read_cell(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def read_rows(header: Header, lines: Iterable[str], tree: TopicTree) -> Entries:
    """Each line after the header as a row or as what is wrong with it.

    The first of `lines` is the file's second. They are decoded with surrogateescape; a line with
    a byte that is not UTF-8 is a bad line.
    """
    if "email" not in header.positions:
        raise UsageError(
            f"line {header.line}: there is no column named email",
            remedy=f"begin the file with a header line such as {','.join(COLUMNS)}, or name the "
            "service that the file is from with --from",
        )
    return _read_rows(header, lines, tree)


def _read_rows(header: Header, lines: Iterable[str], tree: TopicTree) -> Entries:
    for number, line in enumerate(lines, start=header.line + 1):
        text = line.rstrip("\r\n")
        if not text.strip():
            continue
        try:
            yield number, _read_line(text, header, tree)
        except (csv.Error, ValueError) as error:
            yield number, BadLine(number, str(error))


def make_subscription(
    email: str,
    name: str,
    topics: Iterable[str],
    timezone: str,
    tree: TopicTree,
    *,
    hour: str = "",
    paused_until: str = "",
    layout: str = "",
    days: str = "",
    keywords: str = "",
    at_least: str = "",
    longest_wait: str = "",
    alerts: str = "",
) -> Subscription:
    """A checked subscription; ValueError says what is wrong with it."""
    zone = timezone.strip()
    if zone and not is_zone(zone):
        raise ValueError(f"{zone!r} is not a time zone such as Europe/Paris")
    return Subscription(
        email=_address(email),
        name=clean_line(name)[:NAME_LIMIT],
        topics=_topics(topics, tree),
        timezone=zone or None,
        hour=_hour(hour.strip()),
        paused_until=_date(paused_until.strip()),
        layout=_layout(layout.strip()),
        days=_days(days),
        keywords=read_keywords(keywords),
        at_least=read_count(at_least, MOST_STORIES, "number of stories"),
        longest_wait=read_count(longest_wait, MOST_DAYS, "number of days"),
        alerts=_yes_or_no(alerts.strip().lower()),
    )


def known_zone(written: str) -> tuple[str, str]:
    """A time zone, or none and a remark: a misspelt one costs nobody the subscription."""
    zone = written.strip()
    if not zone or is_zone(zone):
        return zone, ""
    return "", f"{zone[:40]!r} is not a time zone such as Europe/Paris: left out"


def _address(email: str) -> str:
    try:
        return read_address(email)
    except ValueError as error:
        raise ValueError(f"{email.strip()[:80]!r} is not an address: {error}") from error


def _topics(names: Iterable[str], tree: TopicTree) -> tuple[str, ...]:
    ids = []
    for name in filter(None, (text.strip() for text in names)):
        topic = tree.find(name)
        if topic is None:
            near = did_you_mean(name, tree.by_id)
            raise ValueError(f"{name!r} is not a topic of config/topics.toml{near}")
        ids.append(topic.id)
    return tuple(dict.fromkeys(ids))


def _hour(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= 23):
        raise ValueError(f"{text[:20]!r} is not an hour from 0 to 23")
    return int(text)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"{text[:20]!r} is not a date such as 2026-11-21") from error


def _days(text: str) -> tuple[Weekday, ...]:
    written = [day for day in re.split(r"[;,\s]+", text.strip().lower()) if day]
    for day in written:
        if day not in WEEKDAYS:
            raise ValueError(f"{day[:20]!r} is not a day: mon, tue, wed, thu, fri, sat or sun")
    return tuple(day for day in WEEKDAYS if day in written)


def _layout(text: str) -> MailLayout | None:
    for layout in MAIL_LAYOUTS:
        if text == layout:
            return layout
    if text:
        raise ValueError(f"{text[:20]!r} is none of {', '.join(MAIL_LAYOUTS)}")
    return None


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no", ""):
        raise ValueError(f"{text[:20]!r} is neither yes nor no")
    return text == "yes"


def _read_line(text: str, header: Header, tree: TopicTree) -> ImportRow:
    if len(text) > LIMIT:
        raise ValueError(f"longer than {LIMIT // 1024} KB")
    check_decoded(text)
    values = next(csv.reader([text], delimiter=header.delimiter, strict=True))
    if len(values) > len(header.columns):
        raise ValueError(
            f"{len(values)} values under {len(header.columns)} columns: "
            f"quote what holds a {header.delimiter}"
        )
    row = {
        name: _read_cell(values[at]) if at < len(values) else ""
        for name, at in header.positions.items()
    }
    zone, remark = known_zone(row.get("timezone", ""))
    subscription = make_subscription(
        row["email"],
        row.get("name", ""),
        row.get("topics", "").split(";"),
        zone,
        tree,
        hour=row.get("hour", ""),
        paused_until=row.get("paused_until", ""),
        layout=row.get("layout", ""),
        days=row.get("days", ""),
        keywords=row.get("keywords", ""),
        at_least=row.get("at_least", ""),
        longest_wait=row.get("longest_wait", ""),
        alerts=row.get("alerts", ""),
    )
    choices = CHOICES.intersection(row) - ({"timezone"} if remark else set())
    return ImportRow(subscription, choices, remark=remark)
