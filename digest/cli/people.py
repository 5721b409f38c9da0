"""Commands for subscribers: add, remove, list, import, export."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from digest.cli.options import Json, NewsletterId, Project, one_newsletter, pipeline_of
from digest.cli.output import counting, note, plural, say, say_json, say_table
from digest.desk.roster import COLUMNS, BadLine, make_subscription, read_roster
from digest.errors import DigestError, UsageError
from digest.model import Subscription
from digest.pipeline import Pipeline
from digest.store import subscribers, suppressions
from digest.store.subscribers import Added

BATCH = 500

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address.")]


def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The person's name.")] = "",
    topics: Annotated[
        str,
        typer.Option("--topics", metavar="A;B", help="Topics, separated by ;.", show_default="all"),
    ] = "",
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="Such as Europe/Paris.")
    ] = "",
    newsletter: NewsletterId = None,
    resubscribe: Annotated[
        bool,
        typer.Option("--resubscribe", help="Also an address that left: it asked to come back."),
    ] = False,
    project: Project = None,
) -> None:
    """Add one subscriber, or change what one gets."""
    with pipeline_of(project) as pipeline:
        chosen = one_newsletter(pipeline, newsletter)
        try:
            entry = make_subscription(
                email, name, topics.split(";"), timezone, pipeline.config.topics
            )
        except ValueError as error:
            raise UsageError(str(error)) from error
        with pipeline.database.write() as connection:
            if resubscribe:
                suppressions.lift(connection, entry.email)
            reason = suppressions.reason_for(connection, entry.email)
            counts = subscribers.put_all(connection, chosen.id, [entry], pipeline.clock())
    if reason is not None:
        raise DigestError(
            f"{entry.email} gets nothing: {reason}",
            remedy="if the person asked to come back, add --resubscribe",
        )
    what = "added to" if counts[Added.ADDED] else "updated in"
    say(f"{entry.email} {what} {chosen.id}.")


def remove(email: Email, newsletter: NewsletterId = None, project: Project = None) -> None:
    """End a subscription: nothing more is sent, also not of an issue that is on its way."""
    with pipeline_of(project) as pipeline:
        pipeline.config.newsletters(newsletter)
        with pipeline.database.write() as connection:
            ended = subscribers.remove(connection, email, newsletter, pipeline.clock())
    if not ended:
        raise DigestError(f"{email} is not subscribed", remedy="see `digest subscribers list`")
    say(f"{email} left {newsletter or 'every newsletter'}.")


def list_all(
    newsletter: NewsletterId = None, project: Project = None, as_json: Json = False
) -> None:
    """List the subscribers."""
    with pipeline_of(project) as pipeline, pipeline.database.read() as connection:
        pipeline.config.newsletters(newsletter)
        rows = list(subscribers.everyone(connection, newsletter))
    if as_json:
        say_json({"subscribers": rows})
    elif not rows:
        say("Nobody yet. Add one with `digest subscribers add EMAIL`.")
    else:
        say_table(
            ["Email", "Name", "Newsletter", "Topics", "Zone"],
            [
                (
                    r["email"],
                    r["name"],
                    r["newsletter"],
                    ", ".join(r["topics"]) or "all",
                    r["timezone"] or "",
                )
                for r in rows
            ],
        )


def import_csv(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A CSV file, or - for standard input.")
    ],
    newsletter: NewsletterId = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Add the subscribers of a CSV file with the columns email, name, topics (a;b), timezone.

    Only email is needed. A broken line is named and left out; the others are in, and the exit
    status is 1. Whoever unsubscribed or bounced stays out.
    """
    with pipeline_of(project) as pipeline, _open(file) as lines:
        chosen = one_newsletter(pipeline, newsletter)
        counts, bad = _import(pipeline, chosen.id, lines)
    rejected = [{"file": str(file), "line": line.line, "reason": line.reason} for line in bad]
    if as_json:
        say_json({**{str(key.value): n for key, n in counts.items()}, "rejected": rejected})
    else:
        say(
            f"{plural(counts[Added.ADDED], 'subscriber')} added, {counts[Added.UPDATED]:,} updated."
        )
        if counts[Added.SUPPRESSED]:
            say(f"{counts[Added.SUPPRESSED]:,} left out: they unsubscribed or bounced.")
        for line in bad:
            note(f"  rejected  {file}:{line.line}: {line.reason}")
    if bad:
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
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
        yield sys.stdin
        return
    try:
        opened = file.open(encoding="utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    with opened:
        yield opened


def _import(
    pipeline: Pipeline, newsletter: str, lines: TextIO
) -> tuple[dict[Added, int], list[BadLine]]:
    counts = dict.fromkeys(Added, 0)
    bad: list[BadLine] = []
    batch: dict[str, Subscription] = {}

    def flush() -> None:
        with pipeline.database.write() as connection:
            done = subscribers.put_all(
                connection, newsletter, list(batch.values()), pipeline.clock()
            )
        for key, count in done.items():
            counts[key] += count
        batch.clear()

    with counting("lines read") as count:
        for number, (_, entry) in enumerate(read_roster(lines, pipeline.config.topics), start=1):
            count(number)
            if isinstance(entry, BadLine):
                bad.append(entry)
                continue
            key = suppressions.address_hash(entry.email)
            if key in batch:
                counts[Added.UPDATED] += 1
            batch[key] = entry
            if len(batch) >= BATCH:
                flush()
        flush()
    return counts, bad


def _write(target: TextIO, rows: Iterator[dict[str, object]]) -> int:
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        topics = row["topics"]
        assert isinstance(topics, list)
        writer.writerow((row["email"], row["name"], ";".join(topics), row["timezone"] or ""))
        count += 1
    return count
