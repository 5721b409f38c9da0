"""The command of those who do the jobs, on as many machines as there are."""

from typing import Annotated

import typer

from digest import log
from digest.cli.context import pipeline_of
from digest.cli.options import ClockIsRight, HealthPort, ProjectFolder, number
from digest.errors import UsageError
from digest.jobs.job import Queue


def worker(
    queues: Annotated[
        str,
        typer.Option(
            "--queues",
            metavar="QUEUES",
            help="Do these jobs alone: mail (issues, notices, bounces) or news (feeds, stories, "
            "seals, upkeep).",
        ),
    ] = ",".join(Queue),
    concurrency: Annotated[
        int,
        typer.Option(
            "--concurrency",
            metavar="N",
            parser=number(1, 64),
            help="Jobs at the same time.",
        ),
    ] = 4,
    health_port: HealthPort = None,
    clock_is_right: ClockIsRight = False,
    folder: ProjectFolder = None,
) -> None:
    """Stay and do the jobs that the scheduler and the site tell of, until SIGTERM or Ctrl-C.

    For those who outgrow one machine: any number of them, on any number of machines, with
    PostgreSQL. docs/howto/workers.md says how.
    """
    try:
        chosen = [Queue(name.strip()) for name in queues.split(",")]
    except ValueError as error:
        raise typer.BadParameter(
            f"there is no queue {queues!r}: name mail, news, or both with a comma",
            param_hint="--queues",
        ) from error
    log.stay_and_tell()
    with pipeline_of(folder, ticking=True, clock_is_right=clock_is_right) as pipeline:
        if not pipeline.project.config.settings.workers.enabled:
            raise UsageError(
                "this project has no workers: digest serve does what is due by itself",
                remedy="to have some, use PostgreSQL and set workers.enabled = true",
            )
        from digest.job_worker import run_worker

        raise typer.Exit(run_worker(pipeline, chosen, concurrency, health_port))
