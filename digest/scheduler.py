"""The daemon: APScheduler as the clock, and nothing more.

Every minute it asks the pipeline to do what is due. What is due is compose.due's to say, and that
nothing is done twice is held by the database, so a daemon, cron and other daemons may overlap.
"""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from time import monotonic
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import DBAPIError

from digest.clock import system_clock
from digest.config import settings_stamp
from digest.errors import DigestError
from digest.exit_deadline import FOR_THE_BOOKS, end_in, in_time
from digest.faults import fault_of
from digest.health_server import health_server
from digest.incidents import Incidents, after_round
from digest.log import get_logger, told_of
from digest.model import StopKind
from digest.pipeline import Pipeline
from digest.service_manager import notify
from digest.services.delivery.report import RunReport
from digest.services.stories.files import CollectResult
from digest.store import schedulers
from digest.store.database import Database
from digest.store.schedulers import Scheduler
from digest.store.schema_revision import HEAD

log = get_logger(__name__)

# How often it looks.
TICK = timedelta(minutes=1)
_STOPPING = (signal.SIGTERM, signal.SIGINT)


class StopSign:
    """Whether this process is to end, why, with which exit status, and a way to wait for that.

    It is put up by a signal's handler, which runs amid whatever the main thread does: so that takes
    no lock, as an Event or a line of log would, which the main thread may hold at that moment.
    """

    def __init__(self) -> None:
        self.by: signal.Signals | None = None
        self.exit_status = 0
        self._signal: SimpleQueue[None] = SimpleQueue()

    def is_up(self) -> bool:
        """Whether it is time to end."""
        return self.by is not None

    def put_up(self, number: int = signal.SIGTERM) -> None:
        """From now on it is."""
        self.by = signal.Signals(number)
        self._signal.put(None)

    def fail(self) -> None:
        """It is time to end, though nobody asked for it; whoever started the process is to know."""
        self.exit_status = 1
        self.put_up()

    def wait(self) -> None:
        """Until it is put up.

        A handler runs when the main thread is at work: a signal that came the moment before it
        began to wait, or to another thread, does not wake it. So it looks again every second.
        """
        while not self.is_up():
            with suppress(Empty):
                self._signal.get(timeout=1)


class Pulse:
    """Shows that this process turns: to systemd's watchdog, and to whoever asks for /health.

    It beats in the thread that starts each tick, and only where `turns` says that the rest of the
    process does too. How a tick fares, which may send for an hour, is not looked at.
    """

    EVERY = timedelta(seconds=15)
    LONGEST = timedelta(seconds=90)

    def __init__(self, turns: Callable[[], bool] = lambda: True) -> None:
        self._turns = turns
        self._beat_at = monotonic()

    def __call__(self) -> None:
        """Beat."""
        if self._turns():
            self._beat_at = monotonic()
            notify("WATCHDOG=1")

    def is_alive(self) -> bool:
        """Whether it beat of late."""
        return monotonic() - self._beat_at < self.LONGEST.total_seconds()


def run_scheduler(pipeline: Pipeline, health_port: int | None = None) -> int:
    """Tick until a signal comes; a delivery under way ends after the message in hand.

    With `health_port` it answers /health there, on web.host. The exit status: 0 by a signal, 1
    where the database has the schema of another version by now.
    """
    pulse = Pulse()
    with heeding_signals(pipeline) as sign:
        if not sign.is_up():
            with (
                answering_health(pipeline, pulse, health_port),
                ticking(pipeline, sign, pulse=pulse),
            ):
                sign.wait()
                tell_of_stop(sign)
    return sign.exit_status


@contextmanager
def answering_health(pipeline: Pipeline, pulse: Pulse, port: int | None) -> Iterator[None]:
    """Answer /health on a port of web.host while entered; nothing where none is named."""
    if port is None:
        yield
        return
    host = pipeline.project.config.settings.web.host
    with health_server(host, port, pulse.is_alive) as its_port:
        log.info("health", address=f"http://{host}:{its_port}/health")
        yield


@contextmanager
def heeding_signals(pipeline: Pipeline) -> Iterator[StopSign]:
    """What the first SIGTERM or SIGINT puts up; a second one ends the process at once.

    It is up already where whoever opened the pipeline was told to stop.
    """
    sign = StopSign()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if sign.is_up():
            # No exception reaches the thread that sends: the next run finds this worker dead, and
            # what it had in flight in doubt.
            os._exit(128 + number)
        sign.put_up(number)
        end_in(pipeline.project.config.settings.delivery.grace + FOR_THE_BOOKS)

    before = {number: signal.signal(number, on_signal) for number in _STOPPING}
    if pipeline.should_stop():
        sign.put_up()
    pipeline.stop_when(sign.is_up)
    try:
        with in_time():
            yield sign
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def tell_of_stop(sign: StopSign) -> None:
    """Say in the log that the end has begun, and by which signal; other causes are told already."""
    if sign.exit_status == 0:
        log.info("stopping", signal=sign.by.name if sign.by else "")


@contextmanager
def ticking(
    pipeline: Pipeline, sign: StopSign, *, pulse: Pulse, doing_due: bool = True
) -> Iterator[None]:
    """Look at schema and settings every minute, and do what is due unless others do.

    In threads of their own; at the end what is under way is waited for. systemd is told when it is
    ready and when the end begins, and `pulse` beats meanwhile.
    """
    pipeline.on_collected = tell_of_collected
    clock, scheduler = BackgroundScheduler(timezone="UTC"), Scheduler()
    every_tick = IntervalTrigger(seconds=TICK.total_seconds())
    schema = SchemaWatch(pipeline.project.database, sign)
    if doing_due:
        clock.add_job(
            Tick(pipeline, schema),
            every_tick,
            next_run_time=system_clock(),  # also where a rehearsal begins in the future
            coalesce=True,
            max_instances=2,  # of which the tick lets one go on: APScheduler would warn each minute
            misfire_grace_time=None,
        )
        if not pipeline.project.config.settings.workers.enabled:
            clock.add_job(EventRound(pipeline, schema), every_tick, next_run_time=system_clock())
        clock.add_job(
            _show_life,
            every_tick,
            args=(pipeline.project.database, scheduler),
            next_run_time=system_clock(),
        )
    # Beside the tick, which may send for an hour.
    clock.add_job(schema, every_tick, next_run_time=system_clock())
    clock.add_job(SettingsWatch(pipeline.project.config.root), every_tick)
    clock.add_job(pulse, IntervalTrigger(seconds=Pulse.EVERY.total_seconds()))
    clock.start()
    notify("READY=1")
    if doing_due:
        log.info("scheduler runs", newsletters=len(pipeline.project.config.settings.newsletters))
    try:
        yield
    finally:
        notify("STOPPING=1")
        clock.shutdown(wait=True)
    if doing_due:
        with suppress(DBAPIError), pipeline.project.database.write() as connection:
            schedulers.retire(connection, scheduler)
    if doing_due:
        log.info("scheduler stopped")


class SchemaWatch:
    """Ends the process when the database gets the schema of another version."""

    def __init__(self, database: Database, sign: StopSign) -> None:
        self._database = database
        self._sign = sign
        self._one_at_a_time = Lock()

    def __call__(self) -> bool:
        """Look; whether the schema is still ours. A database that does not answer tells nothing."""
        with self._one_at_a_time:
            try:
                revision = self._database.revision()
            except DBAPIError:
                return True
            if revision == HEAD:
                return True
            if self._sign.exit_status == 0:
                log.error(
                    "schema changed",
                    schema=revision,
                    needed=HEAD,
                    remedy="this process ends; start it again with the version that changed it",
                )
                self._sign.fail()
            return False


def _show_life(database: Database, scheduler: Scheduler) -> None:
    """For `digest status` and `digest explain`; that the database is away, the tick says."""
    with suppress(DBAPIError), database.write() as connection:
        schedulers.beat(connection, scheduler)


class EventRound:
    """Tells webhooks what waits, beside the tick, which may send for an hour.

    A round of it ends within the minute. Whatever goes wrong, the next one is another try.
    """

    def __init__(self, pipeline: Pipeline, is_our_schema: Callable[[], bool]) -> None:
        self._pipeline = pipeline
        self._is_our_schema = is_our_schema

    def __call__(self) -> None:
        """Tell what waits; that this is a copy, or the database is away, the tick says."""
        try:
            if self._is_our_schema():
                self._pipeline.send_events()
        except (DigestError, DBAPIError) as error:
            log.debug("events wait", **told_of(error))
        except Exception:
            log.exception("events failed")


class SettingsWatch:
    """Says in the log, once a change, that the settings are no more those of this process."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known = settings_stamp(root)

    def __call__(self) -> None:
        """Look at the files."""
        now = settings_stamp(self._root)
        if now != self._known:
            self._known = now
            log.warning("settings changed", remedy="restart to use them; digest check reads them")


class Tick:
    """Does what is due, unless the tick before it is still at it, which may send for an hour.

    What stays wrong is told once an hour, and when it is over.
    """

    def __init__(self, pipeline: Pipeline, is_our_schema: Callable[[], bool]) -> None:
        self._project = pipeline.project
        self._round = round_of(pipeline)
        self._is_our_schema = is_our_schema
        self._incidents: Incidents = {}
        self._one_at_a_time = Lock()

    def __call__(self) -> None:
        """Do what is due. Whatever goes wrong, the next minute is another try."""
        if not self._one_at_a_time.acquire(blocking=False):
            return
        try:
            if self._is_our_schema():
                self._do_due()
        finally:
            self._one_at_a_time.release()

    def _do_due(self) -> None:
        try:
            problems = list(problems_of(self._round()))
        except Exception as error:  # noqa: BLE001 - told in words
            problems = [problem_of(error)]
        self._tell({problem.text: problem for problem in problems})

    def _tell(self, problems: Mapping[str, "LoggedProblem"]) -> None:
        after = after_round(self._incidents, list(problems), self._project.clock())
        self._incidents = after.known
        for text, problem in problems.items():
            if text in after.to_tell:
                log.error(problem.event, **problem.values)
        for incident in after.over:
            log.info("over", what=incident.text, since=incident.since.isoformat("T", "seconds"))


def round_of(pipeline: Pipeline) -> Callable[[], RunReport]:
    """What a tick does: what is due, or where workers do that, tell them of it."""
    if not pipeline.project.config.settings.workers.enabled:
        return partial(pipeline.run, telling=False, with_events=False)
    from digest.dispatch import Dispatcher

    return Dispatcher(pipeline).tick


@dataclass(frozen=True, slots=True)
class LoggedProblem:
    """What a line of the log says of something that somebody has to look at."""

    event: str
    values: Mapping[str, object]

    @property
    def text(self) -> str:
        """What tells it from others."""
        return ": ".join(str(part) for part in (self.event, *self.values.values()) if part)


def problems_of(outcome: RunReport) -> Iterator[LoggedProblem]:
    """What of a round somebody has to look at."""
    for over in outcome.let_go:
        yield LoggedProblem("did not go out", {"issue": over.key, "reason": over.reason})
    for gone in outcome.stranded:
        yield LoggedProblem(
            "no such newsletter", {"issue": gone.issue, "subscribers": gone.subscribers}
        )
    for refused in outcome.refused:
        yield LoggedProblem("nobody got it", {"issue": refused.issue, "reply": refused.reply})
    if outcome.signups is not None:
        yield LoggedProblem("sign-ups held back", outcome.signups._asdict())
    stopped = outcome.stopped
    if stopped and stopped.kind is StopKind.REFUSED:
        yield LoggedProblem("sending stopped", {"reason": stopped.reason})
    elif stopped:
        log.info("sending stopped", reason=stopped.reason)


def problem_of(error: Exception) -> LoggedProblem:
    """What is told of a round that an error ended: in words, with what helps where it is known."""
    fault = fault_of(error)
    if fault is None:
        return LoggedProblem("tick failed", told_of(error))
    return LoggedProblem("tick failed", {"reason": fault.message, "remedy": fault.remedy})


def tell_of_collected(collected: CollectResult) -> None:
    """Say in the log what was collected; what is rejected only when it is new or changed."""
    if collected.collected or collected.updated:
        log.info("collected", new=collected.collected, updated=collected.updated)
    for rejection in collected.newly_rejected:
        log.warning("rejected", file=rejection.file, line=rejection.line, reason=rejection.reason)
