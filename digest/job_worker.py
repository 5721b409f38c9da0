"""`digest worker`: does the jobs that wait, each by the same step of the day as one machine alone.

Procrastinate hands them out; a job that fails is let wait anew by us. Its own retry puts the job
back under the lock of those that wait, and fails for ever where the next tick's waits already
(https://github.com/procrastinate-org/procrastinate/issues/1543).
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from procrastinate import App, JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy.exc import DBAPIError

from digest.job_steps import Step, steps_of
from digest.jobs.job import Job, JobKind, Queue
from digest.jobs.procrastinate_queue import SILENCE, worker_app
from digest.log import get_logger, told_of
from digest.pipeline import Pipeline
from digest.scheduler import (
    Pulse,
    StopSign,
    answering_health,
    heeding_signals,
    problem_of,
    problems_of,
    tell_of_stop,
    ticking,
)
from digest.services.installation.guard import hold_at_a_wrong_clock, refuse_a_copy
from digest.store import database

log = get_logger(__name__)

# Seconds until a database that went away is looked for again.
_AWAY = 2.0


def run_worker(
    pipeline: Pipeline, queues: Sequence[Queue], concurrency: int, health_port: int | None = None
) -> int:
    """Do jobs until a signal comes; one under way ends as a delivery does, within its grace.

    With `health_port` it answers /health there, on web.host. The exit status: 0 by a signal, 1
    where the database has the schema of another version by now.
    """
    with heeding_signals(pipeline) as sign:
        if not sign.is_up():
            pulse = Pulse()
            with (
                answering_health(pipeline, pulse, health_port),
                ticking(pipeline, sign, pulse=pulse, doing_due=False),
            ):
                asyncio.run(_until_stopped(pipeline, sign, queues, concurrency))
                tell_of_stop(sign)
    return sign.exit_status


async def _until_stopped(
    pipeline: Pipeline, sign: StopSign, queues: Sequence[Queue], concurrency: int
) -> None:
    log.info("worker runs", queues=",".join(queues), concurrency=concurrency)
    stopped = asyncio.create_task(asyncio.to_thread(sign.wait))
    try:
        while not sign.is_up():
            try:
                await _while_whole(_work(pipeline, queues, concurrency), stopped)
            except Exception as error:  # noqa: BLE001 - told in words, and tried again
                log.warning("no jobs", **told_of(error))
            await asyncio.wait({stopped}, timeout=_AWAY)
    finally:
        if not sign.is_up():
            sign.fail()
    log.info("worker stopped")


async def _while_whole(work: Coroutine[Any, Any, None], stopped: "asyncio.Task[None]") -> None:
    """Work until it is to stop, or an exception is nobody's."""
    broken = asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _what: broken.set())
    working, breaking = asyncio.create_task(work), asyncio.create_task(broken.wait())
    await asyncio.wait({working, breaking, stopped}, return_when=asyncio.FIRST_COMPLETED)
    breaking.cancel()
    working.cancel()  # it waits for the jobs under way
    with suppress(asyncio.CancelledError):
        await working


async def _work(pipeline: Pipeline, queues: Sequence[Queue], concurrency: int) -> None:
    """Be a worker of Procrastinate.

    What a job came to may not be written where the database goes away, and the job is then never
    done for it. Its exception is nobody's: the caller hears of it, and begins anew as another
    worker, which finds the job of a dead one.
    """
    settings = pipeline.project.config.settings
    silence = min(SILENCE, settings.delivery.silence)
    app = worker_app(settings.database_url, database.IDLE_SECONDS)
    for kind, step in steps_of(pipeline).items():
        app.task(name=kind.name, pass_context=True)(partial(_do, pipeline, kind, step))
    for queue in queues:
        _revive_stalled(app, queue, silence)
    async with app.open_async():
        await app.run_worker_async(
            queues=[queue.value for queue in queues],
            concurrency=concurrency,
            install_signal_handlers=False,
            delete_jobs="always",
            update_heartbeat_interval=silence / 3,
            stalled_worker_timeout=silence,
        )


def _revive_stalled(app: App, queue: Queue, silence: float) -> None:
    """Let the jobs of dead workers wait again, or end those of which another waits already."""
    name = f"revive-{queue}"

    async def revive(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate's signature
        manager = app.job_manager
        for stalled in await manager.get_stalled_jobs(queue=queue, seconds_since_heartbeat=silence):
            log.warning("job of a dead worker", job=stalled.task_name, **stalled.task_kwargs)
            try:
                # At once, whatever this machine's clock says: on the database's that may be later.
                await manager.retry_job(stalled, retry_at=datetime(1970, 1, 1, tzinfo=UTC))
            except ConnectorException:
                await manager.finish_job(stalled, status=Status.FAILED, delete_job=True)

    task = app.task(name=name, queue=queue.value, queueing_lock=f"digest/{name}")(revive)
    every = max(1, int(silence / 3))
    app.periodic(cron=f"* * * * * */{every}", periodic_id=name)(task)


def _do(
    pipeline: Pipeline, kind: JobKind, step: Step, context: JobContext, **arguments: str | int
) -> None:
    """Do a job; what goes wrong is told, and it waits anew while it has tries left."""
    tried = int(arguments.pop("tried", 0)) + 1
    try:
        refuse_a_copy(pipeline.project)
        hold_at_a_wrong_clock(pipeline.project)
        outcome = step(**arguments)
    except Exception as error:  # noqa: BLE001 - told in words
        problem = problem_of(error)
        values = {"job": kind.name, **arguments, "tried": tried, **problem.values}
        log.error("job failed", **values)  # noqa: TRY400 - told in words
        if tried < kind.tries:
            _defer_anew(pipeline, context, kind, {**arguments, "tried": tried})
        return
    for problem in problems_of(outcome) if outcome else ():
        log.error(problem.event, **problem.values)


def _defer_anew(
    pipeline: Pipeline, context: JobContext, kind: JobKind, arguments: Mapping[str, str | int]
) -> None:
    """Without the database the next tick does it."""
    lock, waiting_lock = context.job.lock or "", context.job.queueing_lock or ""
    again = Job(kind, arguments, lock, waiting_lock)
    with suppress(DBAPIError), pipeline.project.database.write() as connection:
        pipeline.project.jobs.defer(connection, [again], wait=kind.wait)
