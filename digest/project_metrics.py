"""The figures of a project, by the conventions of Prometheus.

They are counted in the database each time they are asked for, since cron and other processes work
on it too. `/metrics` shows them, and `digest status --metrics FILE` writes them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from digest.atomic_files import write_whole
from digest.clock import Clock
from digest.error_words import words_of
from digest.errors import DigestError
from digest.jobs.job import Queue
from digest.jobs.queue import NO_QUEUE, JobQueue, QueueState
from digest.log import get_logger
from digest.model import DeliveryState
from digest.project import Project
from digest.services.delivery.report import overdue_of
from digest.services.subscribers.signup_limits import SignupLimits, limits_of
from digest.store import deliveries, figures, last_success, notices, schedulers, workers
from digest.store.database import Database
from digest.store.last_success import Milestone
from digest.version import software_version

log = get_logger(__name__)

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
_WAITING = (
    DeliveryState.PENDING,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
    DeliveryState.IN_DOUBT,
)


class ProjectCollector(Collector):
    """Counts the project at each scrape; of what would be millions of rows, the last days alone."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        signup_limits: SignupLimits,
        jobs: JobQueue = NO_QUEUE,
    ) -> None:
        self._jobs = jobs
        self._database = database
        self._clock = clock
        self._signup_limits = signup_limits
        # A finished issue is not counted again: a million deliveries take a moment.
        self._finished: dict[figures.RecentIssue, dict[str, int]] = {}

    def collect(self) -> Iterator[Metric]:
        """All families, or only that the database does not answer."""
        try:
            with self._database.read() as connection:
                families = list(self._families(connection, self._clock()))
        except sa.exc.DBAPIError as error:
            log.warning("no figures", reason=words_of(error))
            families = []
        up = GaugeMetricFamily("digest_database_up", "Whether the database answered this scrape.")
        up.add_metric((), 1 if families else 0)
        yield up
        build = InfoMetricFamily("digest_build", "What runs here.")
        build.add_metric((), {"version": software_version()})
        yield build
        yield from families

    def _families(self, connection: sa.Connection, now: datetime) -> Iterator[Metric]:
        yield from _milestones(connection)
        yield from _processes(connection)
        yield from _queue(self._jobs.state(connection))
        yield _size(connection)
        yield from _stories(connection, now)
        yield from _issues(connection)
        yield from self._mail(connection, now)
        yield _notices(connection)
        load = self._signup_limits.load(connection, now)
        yield GaugeMetricFamily(
            "digest_signups", "Sign-ups in the last hour that were let in.", load.last_hour
        )
        yield GaugeMetricFamily(
            "digest_signups_most", "How many web.signups_per_hour lets in.", load.most
        )

    def _mail(self, connection: sa.Connection, now: datetime) -> Iterator[Metric]:
        sent = GaugeMetricFamily(
            "digest_deliveries",
            "Deliveries of the issues dated in the last 7 days, by state.",
            labels=("newsletter", "state"),
        )
        returned = GaugeMetricFamily(
            "digest_bounces",
            "What came back of the issues dated in the last 7 days, by kind.",
            labels=("newsletter", "kind"),
        )
        last_sent = GaugeMetricFamily(
            "digest_last_sent_timestamp_seconds",
            "When a message of the issues dated in the last 7 days was taken last.",
            labels=("newsletter",),
        )
        overdue = GaugeMetricFamily(
            "digest_deliveries_overdue",
            "Deliveries that should be out, and that no run is at.",
            labels=("newsletter",),
        )
        recent = figures.issues_since(connection, (now - WEEK).date())
        counts = {
            issue: self._finished.get(issue) or deliveries.counts(connection, issue.id)
            for issue in recent
        }
        self._finished = {issue: n for issue, n in counts.items() if issue.finished_at is not None}
        newsletters = sorted({issue.newsletter for issue in recent})
        for newsletter in newsletters:
            its_issues = [issue for issue in recent if issue.newsletter == newsletter]
            _add_all(sent, newsletter, [counts[issue] for issue in its_issues], DeliveryState)
            back = [figures.bounces_by_kind(connection, issue.id) for issue in its_issues]
            _add_all(returned, newsletter, back)
            latest = [figures.last_sent(connection, issue.id) for issue in its_issues]
            if any(latest):
                last_sent.add_metric((newsletter,), max(filter(None, latest)).timestamp())
            unfinished = [issue.id for issue in its_issues if issue.finished_at is None]
            late = sum(overdue_of(connection, issue_id, now)[0] for issue_id in unfinished)
            overdue.add_metric((newsletter,), late)
        yield last_sent
        yield overdue
        yield sent
        yield returned


def project_collector(project: Project) -> ProjectCollector:
    """The figures of a project."""
    return ProjectCollector(project.database, project.clock, limits_of(project), project.jobs)


def write_textfile(project: Project, file: Path) -> None:
    """Write the figures for node_exporter's textfile collector: whole, and readable by all.

    DigestError where the file cannot be written.
    """
    registry = CollectorRegistry()
    registry.register(project_collector(project))
    try:
        write_whole(file, generate_latest(registry), mode=0o644, sync=False)
    except OSError as error:
        raise DigestError(
            f"{file} cannot be written: {words_of(error)}",
            remedy="name a file in a folder that is there, with room on its disk",
        ) from error


def _milestones(connection: sa.Connection) -> Iterator[Metric]:
    reached = last_success.reached(connection)
    for milestone, name, meaning in (
        (
            Milestone.GOOD_ROUND,
            "digest_last_good_round_timestamp_seconds",
            "When a round ended last in which nothing was for somebody to mend.",
        ),
        (
            Milestone.BACKUP,
            "digest_last_backup_timestamp_seconds",
            "When the last backup was made, or noted by `digest backup --made`.",
        ),
    ):
        family = GaugeMetricFamily(name, meaning)
        if milestone in reached:
            family.add_metric((), reached[milestone].timestamp())
        yield family


def _processes(connection: sa.Connection) -> Iterator[Metric]:
    """Who is at work, and what they hold."""
    everyone = workers.everyone(connection)
    alive = [worker for worker in everyone if worker.is_alive]
    yield GaugeMetricFamily(
        "digest_schedulers_alive",
        "Processes that do what is due every minute.",
        len(schedulers.alive(connection)),
    )
    yield GaugeMetricFamily("digest_workers_alive", "Runs that send now.", len(alive))
    yield GaugeMetricFamily(
        "digest_claims_in_hand",
        "Messages that runs have claimed, dead ones too until they are found dead.",
        sum(worker.claimed for worker in everyone),
    )
    held = GaugeMetricFamily(
        "digest_connections_held",
        "Connections to mail servers that runs hold, by backend.",
        labels=("backend",),
    )
    by_backend = sum((Counter(worker.connections) for worker in everyone), Counter[str]())
    for backend, count in sorted(by_backend.items()):
        held.add_metric((backend,), count)
    yield held


def _queue(state: QueueState | None) -> Iterator[Metric]:
    """What waits for workers; nothing where there are none."""
    if state is None:
        return
    waiting = GaugeMetricFamily(
        "digest_jobs_waiting", "Jobs that wait for a worker, by queue.", labels=("queue",)
    )
    for queue in Queue:
        waiting.add_metric((queue,), state.waiting.get(queue, 0))
    yield waiting
    yield GaugeMetricFamily("digest_jobs_running", "Jobs that workers do now.", state.running)
    yield GaugeMetricFamily(
        "digest_job_workers_alive", "Processes of digest worker.", state.workers
    )


def _size(connection: sa.Connection) -> Metric:
    return GaugeMetricFamily(
        "digest_database_size_bytes",
        "Bytes of the database; with SQLite those of its pages.",
        figures.database_size(connection),
    )


def _stories(connection: sa.Connection, now: datetime) -> Iterator[Metric]:
    stories = figures.stories_since(connection, now - DAY)
    reports = figures.reports_of_stories_since(connection, now - DAY)
    yield GaugeMetricFamily(
        "digest_stories_collected", "Stories first told in the last 24 hours.", stories
    )
    yield GaugeMetricFamily(
        "digest_reports_merged",
        "Reports merged into those stories, beyond the first of each.",
        max(0, reports - stories),
    )


def _issues(connection: sa.Connection) -> Iterator[Metric]:
    states = figures.issues_by_state(connection)
    family = GaugeMetricFamily("digest_issues", "Issues by state.", labels=("state",))
    for state, count in states.items():
        family.add_metric((state,), count)
    yield family
    sealed = states["sending"] + states["sent"]
    yield CounterMetricFamily("digest_issues_sealed", "Issues that were ever sealed.", sealed)


def _notices(connection: sa.Connection) -> Metric:
    family = GaugeMetricFamily(
        "digest_notices_waiting",
        "Confirmations and other mails to one person that are not sent yet, by state.",
        labels=("state",),
    )
    counts = notices.counts(connection)
    for state in _WAITING:
        family.add_metric((state,), counts.get(state, 0))
    return family


def _add_all(
    family: GaugeMetricFamily,
    newsletter: str,
    counts: list[dict[str, int]],
    states: Iterable[str] = (),
) -> None:
    """The sums of `counts`; a state that does not occur is a 0, which can be graphed."""
    names = {*states, *(name for tally in counts for name in tally)}
    for name in sorted(names):
        family.add_metric((newsletter, name), sum(tally.get(name, 0) for tally in counts))
