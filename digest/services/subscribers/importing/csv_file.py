"""CSV as others write it: encodings, the sign between the values, and quotes that never end.

Everything is read a line at a time, and bounded: no file can fill the memory or hide its later
lines.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TextIO

# The longest line, and the longest record in several lines (a note, a field of JSON).
LIMIT = 65_536
RECORD_LINES = 50

# Excel's own first line, which names the sign between the values.
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was left out: its number, counted from 1, and the reason."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Header:
    """The sign between the values, the columns as they are written, and the line they stand in."""

    delimiter: str
    columns: tuple[str, ...]
    line: int = 1

    @property
    def positions(self) -> dict[str, int]:
        """Where each column is, by its name in small letters; of two with one name, the first."""
        names = [column.casefold() for column in self.columns]
        return {name: names.index(name) for name in names}


def decoded(file: io.BufferedReader) -> TextIO:
    """The text of a file: UTF-16 if it begins so, else UTF-8.

    Bytes that are no UTF-8 stay recognisable (surrogateescape): see `check_decoded`.
    """
    if file.peek(2)[:2] in _UTF16:
        return io.TextIOWrapper(file, encoding="utf-16", errors="replace", newline="")
    return io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")


def bounded_lines(text: TextIO) -> Iterator[str]:
    """Each line with its end; of one that is too long, a piece that is longer than `LIMIT`."""
    while line := text.readline(LIMIT + 1):
        piece = line
        while len(piece) > LIMIT and not piece.endswith(("\n", "\r")):
            piece = text.readline(LIMIT + 1)
        yield line


def take_header(lines: Iterator[str]) -> Header:
    """The columns that the first line names, or the second where the first is Excel's `sep=;`."""
    first = next(lines, "")
    separator = _SEPARATOR.fullmatch(first.strip("\r\n\ufeff"))
    if separator is None:
        return read_header(first)
    return replace(read_header(next(lines, ""), separator[1]), line=2)


def read_header(line: str, delimiter: str = "") -> Header:
    """The columns that a line names; without a delimiter it is the sign that is there most."""
    text = line.strip("\r\n\ufeff")
    bare = re.sub('"[^"]*"', "", text)
    delimiter = delimiter or max((",", "\t", ";"), key=bare.count)
    names = next(csv.reader([text[:LIMIT]], delimiter=delimiter), [])
    return Header(delimiter, tuple(name.strip() for name in names))


def check_decoded(text: str) -> None:
    """ValueError where bytes were no UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("not UTF-8: save the file as UTF-8") from error


def records(
    lines: Iterable[str], delimiter: str, start: int = 1
) -> Iterator[tuple[int, list[str] | BadLine]]:
    """Each record with the number of the line at which it begins; `start` is that of the first.

    A quoted value may hold line breaks. Where a record is broken, its first line is the bad one and
    the next line begins a new record: nothing is swallowed.
    """
    rest = iter(lines)
    ahead: deque[str] = deque(islice(rest, 1))
    number = start
    while ahead:
        length, values = _first_record(ahead, rest, delimiter)
        if isinstance(values, str):
            yield number, BadLine(number, values)
        elif values:
            yield number, values
        for _ in range(length):
            ahead.popleft()
        number += length
        if not ahead:
            ahead.extend(islice(rest, 1))


def _first_record(
    ahead: deque[str], rest: Iterator[str], delimiter: str
) -> tuple[int, list[str] | str]:
    """How many lines the first record takes, and its values or what is wrong with it."""
    record_lines: list[str] = []

    def feed() -> Iterator[str]:
        while len(record_lines) < RECORD_LINES:
            if len(record_lines) == len(ahead):
                ahead.extend(islice(rest, 1))
            if len(record_lines) == len(ahead):
                return
            record_lines.append(ahead[len(record_lines)])
            if sum(map(len, record_lines)) > LIMIT:
                return
            yield record_lines[-1]

    try:
        values = next(csv.reader(feed(), delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        reason = str(error)
        if reason == "unexpected end of data":
            reason = "a quotation mark is opened that nothing closes"
        return 1, reason
    if values is None:
        return 1, f"longer than {LIMIT // 1024} KB"
    return len(record_lines), values
