"""What came of an import of subscribers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from digest.cli.output import note, say
from digest.services.subscribers.importing.csv_file import BadLine
from digest.services.subscribers.importing.run import ImportReport, OpenedFile
from digest.text import plural

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


def report_json(
    file: Path, reading: OpenedFile, report: ImportReport, *, dry_run: bool
) -> dict[str, Any]:
    """What came of it, for programs."""
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


def say_report(file: Path, reading: OpenedFile, report: ImportReport, *, dry_run: bool) -> None:
    """The same for people, with the first of the broken lines."""
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
