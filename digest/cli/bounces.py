"""The command for what comes back: from a mailbox, or on standard input from a mail server."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import SQLAlchemyError

from digest.app import configured_boxes, make_bounce_processor
from digest.cli.context import heeding_signals, project_of
from digest.cli.json_output import say_json
from digest.cli.options import Json, ProjectFolder
from digest.cli.output import fail, note, say
from digest.deliver.bounces.mailboxes import LIMIT, ReturnedMail, open_box
from digest.error_words import words_of
from digest.errors import DigestError, UsageError
from digest.model import BounceKind
from digest.services.bounces.process import BounceReport
from digest.text import plural


def bounces(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help="A Maildir, an mbox, a file with one message, or - for standard input.",
            show_default="as [bounces] says",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")
    ] = False,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Read what came back: bounces, complaints, requests to leave. Each counts once.

    On standard input one message is taken. If that fails for any reason the exit status is 75, at
    which a mail server keeps the message and tries again.
    """
    if source == "-":
        with _temporary_failure():
            report = _process_pipe(folder, dry_run=dry_run)
    else:
        report = _process_mailboxes(source, folder, dry_run=dry_run)
    if as_json:
        say_json(_report_json(report))
    else:
        _say_report(report, dry_run=dry_run)


def _process_pipe(folder: Path | None, *, dry_run: bool) -> BounceReport:
    content = sys.stdin.buffer.read(LIMIT)
    while sys.stdin.buffer.read(LIMIT):
        pass  # what nobody looks at: unread, it would be a broken pipe to the mail server
    with project_of(folder) as project, make_bounce_processor(project) as processor:
        return processor.process([ReturnedMail(content)], dry_run=dry_run)


@contextmanager
def _temporary_failure() -> Iterator[None]:
    """Whatever is wrong here (settings, disk, database), the message must not be lost by it."""
    try:
        yield
    except DigestError as error:
        fail(error)
        raise typer.Exit(os.EX_TEMPFAIL) from error
    except (SQLAlchemyError, OSError) as error:
        note(f"Error: {words_of(error)}")
        raise typer.Exit(os.EX_TEMPFAIL) from error


def _process_mailboxes(source: str | None, folder: Path | None, *, dry_run: bool) -> BounceReport:
    with project_of(folder) as project, heeding_signals() as stop_signals, ExitStack() as stack:
        mailboxes = [open_box(Path(source))] if source else configured_boxes(project.config)
        if not mailboxes:
            raise UsageError(
                "nothing says where to read",
                remedy="name a Maildir, an mbox or -, or set it in [bounces]: see docs/bounces.md",
            )
        messages = chain.from_iterable(stack.enter_context(mailbox) for mailbox in mailboxes)
        processor = stack.enter_context(make_bounce_processor(project))
        return processor.process(messages, dry_run=dry_run, should_stop=lambda: bool(stop_signals))


def _say_report(report: BounceReport, *, dry_run: bool) -> None:
    parts = [f"{count:,} {kind}" for kind, count in sorted(report.counts.items())]
    parts += [f"{report.read_before:,} read before"] if report.read_before else []
    parts += [f"{report.about_nobody:,} about nobody here any more"] if report.about_nobody else []
    counts = f": {', '.join(parts)}" if parts else ""
    say(f"{plural(report.read, 'message')} read{counts}.")
    for entry in report.suppressed:
        say(f"  suppressed  {entry.address}: {entry.kind}, {entry.reason}")
    for message in report.put_aside:
        note(f"  {message.kind}  {message.file}: {message.reason}")
    if dry_run:
        say("That was a dry run: nothing is changed, and no message is kept.")


def _report_json(report: BounceReport) -> dict[str, Any]:
    return {
        "read": report.read,
        "counts": {kind.value: report.counts[kind] for kind in BounceKind},
        "known": report.read_before,
        "gone": report.about_nobody,
        "suppressed": [
            {"address": entry.address, "kind": entry.kind, "reason": entry.reason}
            for entry in report.suppressed
        ],
        "kept": [
            {"file": str(entry.file), "kind": entry.kind, "reason": entry.reason}
            for entry in report.put_aside
        ],
    }
