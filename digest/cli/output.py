"""What commands print: JSON for programs, short lines and tables for people, errors to stderr."""

import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from digest.config import Config
from digest.errors import DigestError
from digest.model import DeliveryState, Finding
from digest.pipeline import Pipeline
from digest.services.delivery.report import IssueReport, Progress, RunReport
from digest.services.sources.keep import FetchSummary
from digest.services.stories.files import CollectResult

LINE_EVERY = 100_000


def fail(error: DigestError) -> int:
    """Tell an error with its remedy; the exit status that goes with it."""
    note(f"Error: {error.message}")
    if error.remedy:
        note(f"Remedy: {error.remedy}.")
    return error.exit_status


def note(line: str) -> None:
    """A line for a person, beside the command's output."""
    print(line, file=sys.stderr)  # noqa: T201


def say(line: str = "") -> None:
    """A line of the command's output."""
    print(line)  # noqa: T201


def say_json(value: object) -> None:
    """One JSON document."""
    say(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table, as wide as it needs to be where nobody watches."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)


def plural(count: int, word: str) -> str:
    """`1 story`, `2 stories`."""
    many = word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"
    return f"{count:,} {word if count == 1 else many}"


def collected_json(collected: CollectResult) -> dict[str, Any]:
    """The keys that programs rely on, with the files behind the numbers."""
    return {
        "collected": collected.collected,
        "updated": collected.updated,
        "duplicates": len(collected.duplicates),
        "held": len(collected.held),
        "rejected": [
            {"file": item.file, "line": item.line, "reason": item.reason}
            for item in collected.rejected
        ],
        "duplicate_files": [{"file": file, "same_as": same} for file, same in collected.duplicates],
        "held_files": [asdict(item) for item in collected.held],
        "updates": collected.merged.updates,
        "feeds": asdict(collected.feeds),
    }


def issue_json(issue: IssueReport) -> dict[str, Any]:
    """An issue for programs."""
    return asdict(issue)


def run_json(outcome: RunReport) -> dict[str, Any]:
    """A round for programs."""
    found: dict[str, Any] = {"issues": [issue_json(issue) for issue in outcome.issues]}
    if outcome.collect is not None:
        found = {"collect": collected_json(outcome.collect), **found}
    if outcome.stopped:
        found["stopped"] = outcome.stopped.reason
        found["stopped_by"] = str(outcome.stopped.kind)
        found["left"] = outcome.left
    if outcome.given_up:
        found["given_up"] = [asdict(each) for each in outcome.given_up]
    if outcome.refused:
        found["refused"] = [asdict(each) for each in outcome.refused]
    if outcome.stranded:
        found["stranded"] = [asdict(each) for each in outcome.stranded]
    return found


def say_collected(collected: CollectResult) -> None:
    """What was collected; what needs a look is named, on stderr."""
    parts = [f"{collected.collected} new"]
    parts += [f"{collected.updated} updated"] if collected.updated else []
    parts += [plural(len(collected.duplicates), "duplicate")] if collected.duplicates else []
    parts += [f"{len(collected.held)} held for their date"] if collected.held else []
    parts += [f"{len(collected.rejected)} rejected"] if collected.rejected else []
    say(f"Collected: {', '.join(parts)}.")
    if collected.feeds.asked:
        say_feeds(collected.feeds)
    for item in collected.rejected:
        note(f"  rejected  {item}")
    for file, same in collected.duplicates:
        note(f"  duplicate  {file}: the same text as {same}")


def say_feeds(feeds: FetchSummary) -> None:
    """What the feeds came to; one that is suspect is named, since somebody has to look at it."""
    suspect = [trouble for trouble in feeds.health if trouble.quarantined]
    failed = len(feeds.health) - len(suspect)
    parts = [f"{plural(feeds.asked, 'feed')} asked", f"{plural(feeds.reports, 'report')} new"]
    parts += [f"{feeds.kept_back:,} kept back"] if feeds.kept_back else []
    parts += [f"{failed:,} failed (see `digest sources list`)"] if failed else []
    say(f"Feeds: {', '.join(parts)}.")
    for trouble in suspect:
        note(f"  quarantined  {trouble.source}: {trouble.reason}")
        note(
            f"  Remedy: look with `digest sources test {trouble.source}`, then `digest sources "
            f"release {trouble.source}`."
        )


def say_issue(issue: IssueReport, sent: str = "sent") -> None:
    """One line an issue, and what needs a look; `sent` is what became of what is sent."""
    if issue.subject is None or issue.state == "held":
        say(f"{issue.id}: {issue.state}, {issue.reason}.")
        return
    counts = deliveries_line(issue, sent)
    say(f"{issue.id}: {issue.state}, {plural(issue.stories, 'story')}; {counts}.")
    say(f"  {issue.subject}")


def say_findings(findings: Sequence[Finding]) -> None:
    """One line each, the remedy under it."""
    for finding in findings:
        say(f"{finding.level:7}  {finding}")
        if finding.remedy:
            say(f"         -> {finding.remedy}")


def deliveries_line(issue: IssueReport, sent: str = "sent") -> str:
    """`3 sent, 1 deferred`, with the doubt there was, and who waits for their hour."""
    if not issue.deliveries:
        return issue.reason or ("no deliveries" if issue.state != "draft" else "not sealed yet")
    words = {DeliveryState.SENT.value: sent}
    counts = issue.deliveries.items()
    line = ", ".join(f"{count:,} {words.get(state, state)}" for state, count in counts)
    line += f" ({issue.in_doubt:,} had been in doubt)" if issue.in_doubt else ""
    if issue.overdue_since is not None:
        line += f"; {issue.overdue:,} overdue since {said_time(issue.overdue_since)}"
        line += f" ({issue.reason})" if issue.reason else ""
    if issue.last_due_at is not None:
        line += f"; {issue.later_on:,} at their hour, the last {said_time(issue.last_due_at)}"
    if issue.refusal:
        line += f"; nobody got it: {issue.refusal}"
    return line


def said_time(at: datetime, zone: tzinfo = UTC, now: datetime | None = None) -> str:
    """A time for people: `21 Nov 06:00 UTC`; with its year, where that is not the present one."""
    local = at.astimezone(zone)
    year = f" {local.year}" if now is not None and local.year != now.astimezone(zone).year else ""
    return f"{local.day} {local:%b}{year} {local:%H:%M %Z}"


def outbox_of(config: Config) -> str:
    """`outbox/`, where mails are written instead of sent; empty where they are sent."""
    if config.settings.backend != "outbox":
        return ""
    return f"{short_path(config.path(config.settings.outbox.folder))}/"


def short_path(path: Path, start: Path | None = None) -> str:
    """A path as seen from a folder (this one), where that is shorter."""
    relative = os.path.relpath(path, start)
    return relative if len(relative) < len(str(path)) else str(path)


def progress_line(figures: Progress) -> str:
    """`12,345 of 100,000 messages, 2,134 a second, 0:00:41 left`; what nobody can say is left out.

    The bar of a run and `digest status` in another shell tell it in the same words.
    """
    parts = [f"{figures.done:,} of {plural(figures.total, 'message')}"]
    if figures.seconds_left is not None:
        rate = figures.rate
        parts.append(f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.1f} a second")
        parts.append(f"{timedelta(seconds=math.ceil(figures.seconds_left))} left")
    return ", ".join(parts)


class Figures(ProgressColumn):
    """The figures of a task beside its bar; the rate is that since it began."""

    def render(self, task: Task) -> Text:
        """One line of text."""
        seconds = task.elapsed or 0.0
        rate = task.completed / seconds if seconds else 0.0
        figures = Progress(task.description, int(task.completed), int(task.total or 0), rate)
        return Text(progress_line(figures))


@contextmanager
def progress(pipeline: Pipeline, *, quiet: bool = False) -> Iterator[None]:
    """How far delivery has come: a bar on a terminal, lines elsewhere."""
    if quiet:
        yield
        return
    if not sys.stderr.isatty():
        pipeline.dispatch.on_begin = lambda issue, waiting: note(
            f"{issue}: {plural(waiting, 'message')} to send"
        )
        yield
        return
    columns = (TextColumn("{task.description}"), BarColumn(), Figures())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        current = [bar.add_task("", total=0, visible=False)]

        def begin(issue: str, waiting: int) -> None:
            current.append(bar.add_task(issue, total=waiting, visible=waiting > 0))

        def step(_state: DeliveryState) -> None:
            bar.advance(current[-1])

        pipeline.dispatch.on_begin, pipeline.dispatch.on_delivery = begin, step
        yield


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """How many are done, of a number that nobody knows: live on a terminal, lines elsewhere."""
    if not sys.stderr.isatty():

        def line(done: int) -> None:
            if done % LINE_EVERY == 0:
                note(f"{done:,} {what}")

        yield line
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed:,} {task.description}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done)
