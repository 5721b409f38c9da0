"""Commands for subscribers by the file: import, export."""

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import typer

from digest.cli.options import Json, NewsletterId, Project, one_newsletter, pipeline_of
from digest.cli.output import counting, note, plural, say, say_json
from digest.errors import DigestError, UsageError
from digest.services.subscribers.importing.add import Admission
from digest.services.subscribers.importing.csv_file import BadLine, decoded
from digest.services.subscribers.importing.own_format import COLUMNS
from digest.services.subscribers.importing.rows import ImportedStatus
from digest.services.subscribers.importing.run import (
    FileFormat,
    ImportReport,
    OpenedFile,
    Request,
    carry_out,
    read,
)
from digest.store import subscribers
from digest.text import clean_line

# So many broken lines are told to a person; a program gets more.
TOLD = 20

_OUTCOMES = {
    "suppressed": "left out: they unsubscribed or bounced here.",
    "unsubscribed": "unsubscribed there: they get nothing here either.",
    "bounced": "bounced there: suppressed.",
    "complained": "complained or were blocked there: suppressed.",
    "unconfirmed": "left out: they never confirmed.",
    "disabled": "left out: they were disabled there.",
}


class Gone(StrEnum):
    """What --as says of everyone in a file."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


def import_csv(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A CSV file, or - for standard input.")
    ],
    form: Annotated[
        FileFormat,
        typer.Option("--from", help="Whose form the file has; auto looks at its columns."),
    ] = FileFormat.AUTO,
    gone: Annotated[
        Gone | None,
        typer.Option("--as", help="Everyone in the file left or bounced: they get nothing more."),
    ] = None,
    tags_as_topics: Annotated[
        bool, typer.Option("--tags-as-topics", help="Tags that are topics are what is wanted.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")
    ] = False,
    newsletter: NewsletterId = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Add the subscribers of a CSV file: our own, or an export of another service.

    Ours has the columns email, name, topics (a;b), timezone, hour, paused_until; only email is
    needed. A broken line is named and left out; the others are in, and the exit status is 1.
    Whoever unsubscribed or bounced, here or there, gets nothing.
    """
    request = Request(
        form, ImportedStatus(gone.value) if gone else ImportedStatus.ACTIVE, tags_as_topics
    )
    name = "standard input" if str(file) == "-" else clean_line(file.name)
    with pipeline_of(project) as pipeline, _open(file) as text:
        chosen = one_newsletter(pipeline, newsletter)
        reading = read(text, name, pipeline.config.topics, request)
        admission = Admission(chosen.id, pipeline.clock(), f"{reading.origin}: {name}")
        with counting("lines read") as count:
            report = carry_out(pipeline.database, reading, admission, dry_run=dry_run, count=count)
    if as_json:
        say_json(_report_json(file, reading, report, dry_run=dry_run))
    else:
        _say_report(file, reading, report, dry_run=dry_run)
    if report.rejected:
        raise typer.Exit(1)


def export_csv(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write; - is standard output.")
    ] = Path("-"),
    newsletter: NewsletterId = None,
    project: Project = None,
) -> None:
    """Write the subscribers as CSV, in the form that import reads."""
    with pipeline_of(project) as pipeline, pipeline.database.read() as connection:
        chosen = one_newsletter(pipeline, newsletter)
        if str(file) == "-":
            _write(sys.stdout, subscribers.everyone(connection, chosen.id))
            return
        try:
            with file.open("w", encoding="utf-8", newline="") as target:
                count = _write(target, subscribers.everyone(connection, chosen.id))
        except OSError as error:
            raise DigestError(f"{file} cannot be written: {error.strerror}") from error
    note(f"{plural(count, 'subscriber')} written to {file}.")


@contextmanager
def _open(file: Path) -> Iterator[TextIO]:
    if str(file) == "-":
        yield decoded(cast("BufferedReader", sys.stdin.buffer))
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    with opened:
        yield decoded(opened)


def _report_json(
    file: Path, reading: OpenedFile, report: ImportReport, *, dry_run: bool
) -> dict[str, Any]:
    """The keys that programs rely on."""
    outcomes = ("added", "updated", *_OUTCOMES)
    return {
        "from": reading.service.id if reading.service else "own",
        "dry_run": dry_run,
        **{outcome: report.counts[outcome] for outcome in outcomes},
        "beware": reading.caution,
        "columns_not_read": reading.not_read,
        "rejected_lines": report.rejected,
        "rejected": [
            {"file": str(file), "line": line.line, "reason": line.reason} for line in report.bad
        ],
        "taken_in_part": [
            {"file": str(file), "line": line.line, "reason": line.reason} for line in report.remarks
        ],
    }


def _say_report(file: Path, reading: OpenedFile, report: ImportReport, *, dry_run: bool) -> None:
    counts = report.counts
    if reading.service:
        everyone = f", all of it {reading.everyone}" if reading.everyone != "active" else ""
        say(f"An export of {reading.service.title}{everyone}.")
    if reading.caution:
        note(f"Beware: {reading.caution}. See docs/import.md.")
    if reading.not_read:
        say(f"Columns that are not read: {', '.join(reading.not_read)}.")
    say(f"{plural(counts['added'], 'subscriber')} added, {counts['updated']:,} updated.")
    for outcome, what in _OUTCOMES.items():
        if counts[outcome]:
            say(f"{counts[outcome]:,} {what}")
    if dry_run:
        say("That was a dry run: nothing is changed.")
    _say_lines("in part", file, report.remarks, report.remarked)
    _say_lines("rejected", file, report.bad, report.rejected)


def _say_lines(what: str, file: Path, lines: Sequence[BadLine], count: int) -> None:
    for line in lines[:TOLD]:
        note(f"  {what:8}  {file}:{line.line}: {line.reason}")
    if count > TOLD:
        note(f"  {what:8}  {count - TOLD:,} more lines; --json names up to 1,000")


def _write(target: TextIO, rows: Iterator[dict[str, Any]]) -> int:
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        values = {**row, "topics": ";".join(row["topics"])}
        writer.writerow(["" if values[name] is None else values[name] for name in COLUMNS])
        count += 1
    return count
