"""Commands that do what is due: collect, run, scheduler."""

from typing import Annotated

import typer

from digest import log
from digest.cli.context import pipeline_of
from digest.cli.json_output import collected_json, run_json, say_json
from digest.cli.local_times import project_clock
from digest.cli.next_issue import next_issues, sent_before
from digest.cli.options import ClockIsRight, Date, HealthPort, Json, ProjectFolder
from digest.cli.output import say
from digest.cli.progress import progress
from digest.cli.run_failures import say_failures
from digest.cli.run_report import outbox_of, say_collected, say_issue
from digest.project import Project
from digest.services.delivery.report import FAILED, RunReport


def collect(
    folder: ProjectFolder = None,
    date: Date = None,
    clock_is_right: ClockIsRight = False,
    as_json: Json = False,
) -> None:
    """Take new stories from the sources. Files are only read; bad ones are named and left."""
    with pipeline_of(folder, clock_is_right=clock_is_right) as pipeline:
        collected = pipeline.collect(date)
    if as_json:
        say_json(collected_json(collected))
    else:
        say_collected(collected)


def run(
    date: Date = None,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            help="Say what failed when it begins, once an hour and when it is over, and what is "
            "newly rejected: cron mails only that.",
        ),
    ] = False,
    clock_is_right: ClockIsRight = False,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Do all that is due and exit: collect, seal, send, try again. Made for cron."""
    if quiet:
        from digest.cli.run_quiet import run_quietly

        run_quietly(folder, date, clock_is_right=clock_is_right)
        return
    with pipeline_of(folder, clock_is_right=clock_is_right) as pipeline, progress(pipeline):
        outcome = pipeline.run(date)
        say_outcome(pipeline.project, outcome, as_json=as_json)
        if not as_json and not any(i.state in ("sending", "sent", FAILED) for i in outcome.issues):
            # One that is held, or that an editor skips, is not sent by that either.
            stopped = any(i.state == "held" or i.cause is not None for i in outcome.issues)
            now = "" if stopped else " `digest send` sends today's now."
            say(f"{next_issues(pipeline.project)}{now}")
    say_failures(pipeline.project, outcome)


def scheduler(
    health_port: HealthPort = None,
    folder: ProjectFolder = None,
    clock_is_right: ClockIsRight = False,
) -> None:
    """Stay and do what is due, every minute, until SIGTERM or Ctrl-C."""
    from digest.scheduler import run_scheduler

    log.stay_and_tell()
    with pipeline_of(folder, ticking=True, clock_is_right=clock_is_right) as pipeline:
        raise typer.Exit(run_scheduler(pipeline, health_port))


def say_outcome(project: Project, outcome: RunReport, *, as_json: bool) -> None:
    """What a round did."""
    if as_json:
        say_json(run_json(outcome))
        return
    if outcome.collect is not None:
        say_collected(outcome.collect)
    tell = project_clock(project)
    folder = outbox_of(project.config)
    for issue in outcome.issues:
        if issue.id in outcome.sent_before:
            say(sent_before(project, issue))
        else:
            say_issue(issue, tell, sent=f"written to {folder}" if folder else "sent")
    if outcome.planned:
        from digest.cli.dry_run import say_plan

        for planned in outcome.planned:
            say_plan(planned)
    if not outcome.issues:
        say("No issue is due.")
