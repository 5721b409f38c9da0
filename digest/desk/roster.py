"""Subscribers in and out as CSV: streamed, line by line, so that a broken line costs itself alone.

Columns: email (needed), name, topics (ids or titles, separated by ;), timezone. Each physical
line is one subscriber: an unclosed quote cannot swallow the lines after it.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from digest.clock import is_zone
from digest.errors import UsageError
from digest.model import Subscription, TopicTree
from digest.text import clean_line

COLUMNS = ("email", "name", "topics", "timezone")
NAME_LIMIT = 200


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was left out: its number, counted from 1, and the reason."""

    line: int
    reason: str


def read_roster(
    lines: Iterable[str], tree: TopicTree
) -> Iterator[tuple[int, Subscription | BadLine]]:
    """Each line after the header as a subscription or as what is wrong with it.

    `lines` are decoded with surrogateescape; a line with a byte that is not UTF-8 is a bad line.
    """
    numbered = enumerate(lines, start=1)
    header = next(numbered, (1, ""))[1]
    delimiter = _delimiter(header)
    names = [name.strip().casefold() for name in header.strip("\r\n\ufeff").split(delimiter)]
    names = [name.strip('"') for name in names]
    if "email" not in names:
        raise UsageError(
            "line 1: there is no column named email",
            remedy=f"begin the file with a header line such as {','.join(COLUMNS)}",
        )
    for number, line in numbered:
        text = line.rstrip("\r\n")
        if not text.strip():
            continue
        try:
            yield number, _read_line(text, names, delimiter, tree)
        except (csv.Error, ValueError) as error:
            yield number, BadLine(number, str(error))


def make_subscription(
    email: str, name: str, topics: Iterable[str], timezone: str, tree: TopicTree
) -> Subscription:
    """A checked subscription; ValueError says what is wrong with it."""
    try:
        checked = validate_email(
            email.strip(), check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as error:
        raise ValueError(f"{email.strip()[:80]!r} is not an address: {error}") from error
    zone = timezone.strip()
    if zone and not is_zone(zone):
        raise ValueError(f"{zone!r} is not a time zone such as Europe/Paris")
    ids = []
    for wanted in filter(None, (topic.strip() for topic in topics)):
        topic = tree.find(wanted)
        if topic is None:
            raise ValueError(f"{wanted!r} is not a topic of config/topics.toml")
        ids.append(topic.id)
    return Subscription(
        email=checked.ascii_email or checked.normalized,
        name=clean_line(name)[:NAME_LIMIT],
        topics=tuple(dict.fromkeys(ids)),
        timezone=zone or None,
    )


def _delimiter(header: str) -> str:
    """A comma, or what a spreadsheet of another country writes in its place."""
    return next((sign for sign in (",", "\t", ";") if sign in header), ",")


def _read_line(text: str, names: list[str], delimiter: str, tree: TopicTree) -> Subscription:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("not UTF-8: save the file as UTF-8") from error
    values = next(csv.reader([text], delimiter=delimiter, strict=True))
    if len(values) > len(names):
        raise ValueError(
            f"{len(values)} values under {len(names)} columns: quote what holds a {delimiter}"
        )
    row = dict(zip(names, values, strict=False))
    return make_subscription(
        row["email"],
        row.get("name", ""),
        row.get("topics", "").split(";"),
        row.get("timezone", ""),
        tree,
    )
