"""Commands of the day: collect, build, preview, send, run, scheduler."""

import logging
from dataclasses import asdict
from datetime import date as date_of_issue
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from digest import log
from digest.app import make_link_fetcher
from digest.cli.coming import local_time, next_issues, sent_before, waiting
from digest.cli.failures import say_failures
from digest.cli.options import Date, Json, NewsletterId, Project, one_newsletter, pipeline_of
from digest.cli.output import (
    collected_json,
    issue_json,
    outbox_of,
    plural,
    progress,
    run_json,
    say,
    say_collected,
    say_findings,
    say_issue,
    say_json,
)
from digest.cli.rejected import note_news
from digest.cli.sources import warn_of_quarantines
from digest.errors import DigestError
from digest.model import Newsletter
from digest.pipeline import Pipeline
from digest.scheduler import run_scheduler
from digest.services.delivery.report import Preview, RunReport
from digest.services.issues.link_check import check_links
from digest.store import issues


def collect(project: Project = None, date: Date = None, as_json: Json = False) -> None:
    """Take new stories from the sources. Files are only read; bad ones are named and left."""
    with pipeline_of(project) as pipeline:
        collected = pipeline.collect(date)
    if as_json:
        say_json(collected_json(collected))
    else:
        say_collected(collected)


def build(
    newsletter: NewsletterId = None,
    date: Date = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Compose the issue as a draft. A draft takes no story: it may be built again at will."""
    with pipeline_of(project) as pipeline:
        reports = [
            pipeline.build(each, date or pipeline.today(each))
            for each in pipeline.config.newsletters(newsletter)
        ]
    if as_json:
        say_json({"issues": [issue_json(report) for report in reports]})
        return
    for report in reports:
        say_issue(report)


def preview(
    newsletter: NewsletterId = None,
    date: Date = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where to write the files.")
    ] = Path("preview"),
    subscriber: Annotated[
        str | None,
        typer.Option("--subscriber", metavar="EMAIL", help="As this subscriber would see it."),
    ] = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Write issue.html, issue.txt and issue.eml as they would be sent; keep nothing."""
    with pipeline_of(project) as pipeline:
        chosen = one_newsletter(pipeline, newsletter)
        day = date or pipeline.today(chosen)
        found = pipeline.preview(chosen, day, email=subscriber)
        sealed_at = _sealed_at(pipeline, chosen, day)
        coming = waiting(pipeline, chosen) if sealed_at and not as_json else ""
        warn_of_quarantines(pipeline)
    if found is None:
        if as_json:
            say_json({"issue": None, "files": []})
        else:
            say(f"Nothing new for {chosen.id} on {day}: drop stories into seeds/ and try again.")
        return
    files = write_preview(found, out)
    if as_json:
        say_json(
            {
                "issue": found.issue.key,
                "subject": found.subject,
                "preheader": found.preheader,
                "sealed_at": sealed_at,
                "files": [str(file) for file in files],
            }
        )
        return
    say(f"{found.issue.key}: {found.subject}")
    for file in files:
        say(f"  {file}")
    if sealed_at:
        at = local_time(sealed_at, chosen)
        say(f"It was sealed on {at} and does not change any more; {coming}.")


def _sealed_at(pipeline: Pipeline, newsletter: Newsletter, day: date_of_issue) -> datetime | None:
    with pipeline.database.read() as connection:
        record = issues.find(connection, newsletter.id, day)
    return record.sealed_at if record else None


def check_issue(
    newsletter: NewsletterId = None,
    date: Date = None,
    links: Annotated[
        bool, typer.Option("--links", help="Also ask every address whether it answers.")
    ] = False,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Look the day's issue over as it would be sealed. An error would hold it: exit status 1."""
    with pipeline_of(project) as pipeline:
        chosen = one_newsletter(pipeline, newsletter)
        day = date or pipeline.today(chosen)
        found = pipeline.inspect(chosen, day)
        seen = pipeline.preview(chosen, day) if links else None
        fetcher = partial(make_link_fetcher, pipeline.config, pipeline.clock)
    findings = [*(found or ()), *(check_links(seen.html, fetcher) if seen else ())]
    if as_json:
        say_json({"findings": [asdict(finding) for finding in findings]})
    elif found is None:
        say(f"Nothing new for {chosen.id} on {day}: there is no issue to look at.")
    else:
        say_findings(findings)
        errors = sum(finding.level == "error" for finding in findings)
        verdict = "it would be held" if errors else "it may go out"
        say(f"{chosen.id}-{day}: {plural(len(findings), 'finding')}, {verdict}.")
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


def write_preview(found: Preview, out: Path) -> list[Path]:
    """The three files of a preview."""
    contents = {
        "issue.html": found.html.encode(),
        "issue.txt": found.text.encode(),
        "issue.eml": found.envelope.message,
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (out / name).write_bytes(content)
    except OSError as error:
        raise DigestError(
            f"{out} cannot be written: {error.strerror}", remedy="name another folder with --out"
        ) from error
    return [out / name for name in contents]


def send(
    newsletter: NewsletterId = None,
    date: Date = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent; change nothing.")
    ] = False,
    only_missing: Annotated[
        bool,
        typer.Option(
            "--only-missing",
            help="The sealed issue again, to those subscribed now who have not got it.",
        ),
    ] = False,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Collect, and send the day's issue now, whatever the hour; nobody is mailed twice.

    With --only-missing nothing is collected: the issue of the date goes to those who subscribed
    after it was sealed, and to those for whom it failed, also where its life is over.
    """
    with pipeline_of(project) as pipeline, progress(pipeline):
        newsletters = pipeline.config.newsletters(newsletter)
        if only_missing:
            step = pipeline.rehearse_missing if dry_run else pipeline.send_missing
        else:
            step = pipeline.dry_run if dry_run else pipeline.send
        outcome = step(newsletters, date)
        if dry_run and not as_json:
            say("Dry run: this is what would be sent; nothing was changed.")
        _say_outcome(pipeline, outcome, as_json=as_json)
    say_failures(pipeline, outcome)


def run(
    date: Date = None,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            help="Say only what failed, and what is newly rejected: so cron mails only that.",
        ),
    ] = False,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Do all that is due and exit: collect, seal, send, try again. Made for cron."""
    with pipeline_of(project) as pipeline, progress(pipeline, quiet=quiet):
        if quiet:
            pipeline.on_collected = note_news
        outcome = pipeline.run(date)
        if not quiet:
            _say_outcome(pipeline, outcome, as_json=as_json)
            if not as_json and not any(i.state in ("sending", "sent") for i in outcome.issues):
                say(f"{next_issues(pipeline)} `digest send` sends today's now.")
    say_failures(pipeline, outcome)


def scheduler(project: Project = None) -> None:
    """Stay and do what is due, every minute, until SIGTERM or Ctrl-C."""
    log.configure(logging.INFO)
    with pipeline_of(project, ticking=True) as pipeline:
        run_scheduler(pipeline)


def _say_outcome(pipeline: Pipeline, outcome: RunReport, *, as_json: bool) -> None:
    if as_json:
        say_json(run_json(outcome))
        return
    if outcome.collect is not None:
        say_collected(outcome.collect)
    folder = outbox_of(pipeline.config)
    for issue in outcome.issues:
        if issue.id in outcome.sent_before:
            say(sent_before(pipeline, issue))
        else:
            say_issue(issue, sent=f"written to {folder}" if folder else "sent")
    if not outcome.issues:
        say("No issue is due.")
