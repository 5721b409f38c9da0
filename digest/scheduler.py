"""The daemon: APScheduler as the clock, and nothing more.

Every minute it asks the pipeline to do what is due. What is due is compose.due's to say, and that
nothing is done twice is held by the database, so a daemon, cron and other daemons may overlap.
"""

import os
import signal
import threading
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from digest.errors import DigestError
from digest.log import get_logger
from digest.model import StopKind
from digest.pipeline import Pipeline

log = get_logger(__name__)


def run_scheduler(pipeline: Pipeline) -> None:
    """Tick until a signal comes; a delivery under way ends after the message in hand.

    A second signal ends the process at once.
    """
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            # No exception reaches the thread that sends: the next run finds this worker dead, and
            # what it had in flight in doubt.
            os._exit(128 + number)
        log.info("stopping", signal=signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    pipeline.dispatch.should_stop = stop.is_set
    clock = BackgroundScheduler(timezone="UTC")
    clock.add_job(
        tick,
        IntervalTrigger(minutes=1),
        args=(pipeline,),
        next_run_time=pipeline.clock(),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    clock.start()
    log.info("scheduler runs", newsletters=len(pipeline.config.settings.newsletters))
    try:
        stop.wait()
    finally:
        clock.shutdown(wait=True)
    log.info("scheduler stopped")


def tick(pipeline: Pipeline) -> None:
    """Do what is due. Whatever goes wrong, the next minute is another try."""
    try:
        outcome = pipeline.run()
    except DigestError as error:
        log.error("tick failed", reason=error.message, remedy=error.remedy)  # noqa: TRY400 - expected
    except Exception:
        log.exception("tick failed")
    else:
        collected = outcome.collect
        if collected and (collected.collected or collected.updated):
            log.info("collected", new=collected.collected, updated=collected.updated)
        if outcome.stopped:
            tell = log.error if outcome.stopped.kind is StopKind.REFUSED else log.info
            tell("sending stopped", reason=outcome.stopped.reason)
