"""One file of subscribers from beginning to end: recognised, read, and written in batches.

Memory does not grow with the file (promise 10); a broken line costs itself alone (promise 9).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TextIO

import sqlalchemy as sa

from digest.model import TopicTree
from digest.services.subscribers.importing import import_formats, own_format
from digest.services.subscribers.importing.add import Admission, admit
from digest.services.subscribers.importing.csv_file import (
    BadLine,
    Header,
    bounded_lines,
    take_header,
)
from digest.services.subscribers.importing.import_formats import Service
from digest.services.subscribers.importing.own_format import Entries
from digest.services.subscribers.importing.rows import ImportedStatus, ImportRow, weightier
from digest.store.database import Database
from digest.text import clean_line, shorten

BATCH = 500
# So many broken lines are named; of a file that is broken throughout, the rest is counted.
NAMED = 1_000


class FileFormat(StrEnum):
    """Whose form a file has; `auto` goes by its first line."""

    AUTO = "auto"
    OWN = "own"
    LISTMONK = "listmonk"
    MAILCHIMP = "mailchimp"
    SUBSTACK = "substack"
    GHOST = "ghost"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for; `everyone` is how all in the file stood, whatever it says itself."""

    form: FileFormat = FileFormat.AUTO
    everyone: ImportedStatus = ImportedStatus.ACTIVE
    tags_as_topics: bool = False


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file whose first line was read; `service` None is our own format."""

    service: Service | None
    everyone: ImportedStatus
    not_read: tuple[str, ...]
    entries: Entries
    caution: str = ""

    @property
    def origin(self) -> str:
        """Where the file is from, in a consent's words."""
        return f"imported from {self.service.title}" if self.service else "imported"


@dataclass(slots=True)
class ImportReport:
    """What became of the addresses, the lines that were left out, and those taken but in part."""

    counts: Counter[str] = field(default_factory=Counter)
    bad: list[BadLine] = field(default_factory=list)
    rejected: int = 0
    remarks: list[BadLine] = field(default_factory=list)
    remarked: int = 0

    def reject(self, line: BadLine) -> None:
        """Keep a broken line, while there are few."""
        self.rejected += 1
        if len(self.bad) < NAMED:
            self.bad.append(line)

    def remark(self, line: BadLine) -> None:
        """Keep what of a line was left out, while there are few."""
        self.remarked += 1
        if len(self.remarks) < NAMED:
            self.remarks.append(line)


def read(text: TextIO, file_name: str, tree: TopicTree, request: Request) -> OpenedFile:
    """Recognise a file; UsageError where it has no column with addresses."""
    lines = bounded_lines(text)
    header = take_header(lines)
    service = _service(header, request.form)
    if service is None:
        rows = own_format.read_rows(header, lines, tree)
        entries: Entries = (
            (number, row if isinstance(row, BadLine) else replace(row, status=request.everyone))
            for number, row in rows
        )
        return OpenedFile(None, request.everyone, _not_read(header, own_format.COLUMNS), entries)
    status_by_name = import_formats.status_by_file_name(service, file_name)
    everyone = weightier(request.everyone, status_by_name or ImportedStatus.ACTIVE)
    has_status = (
        status_by_name
        or service.told_by in header.positions
        or everyone is not ImportedStatus.ACTIVE
    )
    entries = import_formats.read_export(
        service, header, lines, tree, everyone=everyone, tags_as_topics=request.tags_as_topics
    )
    caution = "" if has_status else service.caution
    return OpenedFile(service, everyone, _not_read(header, service.columns), entries, caution)


def carry_out(
    database: Database,
    reading: OpenedFile,
    admission: Admission,
    *,
    dry_run: bool,
    count: Callable[[int], None],
) -> ImportReport:
    """Write everything that was read, a batch a transaction; a dry run takes it all back."""
    report = ImportReport()
    with _transactions(database, dry_run=dry_run) as begin:
        for batch in _batches(reading.entries, report, count):
            with begin() as connection:
                report.counts += admit(connection, admission, batch)
    return report


@contextmanager
def _transactions(
    database: Database, *, dry_run: bool
) -> Iterator[Callable[[], AbstractContextManager[sa.Connection]]]:
    """How to begin a transaction: each on its own, or all within one that is rolled back."""
    if not dry_run:
        yield database.write
        return
    with database.rehearsal() as connection:
        yield lambda: nullcontext(connection)


def _service(header: Header, form: FileFormat) -> Service | None:
    if form is FileFormat.AUTO:
        return import_formats.recognise(header)
    return import_formats.BY_ID.get(form.value)


def _not_read(header: Header, columns: frozenset[str] | tuple[str, ...]) -> tuple[str, ...]:
    names = [
        shorten(clean_line(name), 40) for name in header.columns if name.casefold() not in columns
    ]
    return tuple(filter(None, dict.fromkeys(names)))


def _batches(
    entries: Entries, report: ImportReport, count: Callable[[int], None]
) -> Iterator[list[ImportRow]]:
    batch: list[ImportRow] = []
    for number, (line, row) in enumerate(entries, start=1):
        count(number)
        if isinstance(row, BadLine):
            report.reject(row)
            continue
        if row.remark:
            report.remark(BadLine(line, row.remark))
        batch.append(row)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
