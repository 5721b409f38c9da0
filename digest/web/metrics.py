"""The figures that /metrics shows, by the conventions of Prometheus.

What concerns the project is counted in the database at each scrape, since cron and other processes
work on it too; what concerns requests and the seconds of a step is what this process saw.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from digest.clock import Clock
from digest.error_words import words_of
from digest.log import get_logger
from digest.model import DeliveryState
from digest.project import Project
from digest.services.subscribers.signup_limits import SignupLimits, limits_of
from digest.store import deliveries, figures, notices
from digest.store.database import Database
from digest.version import software_version
from digest.web.accesslog import Answered

log = get_logger(__name__)

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
_WAITING = (
    DeliveryState.PENDING,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
    DeliveryState.IN_DOUBT,
)
_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_STEP_SECONDS = (0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1200, 3600)


class Metrics:
    """One registry for one site, so that several can be in one process."""

    def __init__(self, project: Project) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "digest_http_requests",
            "Requests that this process answered; status 499 is one that was broken off.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._request_seconds = Histogram(
            "digest_http_request_seconds",
            "Seconds until a request was answered, in this process.",
            ("route",),
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        self._refused_connections = Counter(
            "digest_http_connections_refused",
            "Connections that this process refused or cut off, by reason.",
            ("reason",),
            registry=self.registry,
        )
        self._step_seconds = Histogram(
            "digest_step_seconds",
            "Seconds that a step of the day took, in this process.",
            ("step",),
            buckets=_STEP_SECONDS,
            registry=self.registry,
        )
        build = Info("digest_build", "What runs here.", registry=self.registry)
        build.info({"version": software_version()})
        ProcessCollector(registry=self.registry)
        self.registry.register(
            ProjectCollector(project.database, project.clock, limits_of(project))
        )

    def observe_request(self, answered: Answered) -> None:
        """Count a request; it is told by its route, since an address may hold a token."""
        self._requests.labels(answered.method, answered.route, str(answered.status)).inc()
        self._request_seconds.labels(answered.route).observe(answered.seconds)

    def observe_refused_connection(self, reason: str) -> None:
        """Count a connection that ended by digest.web.connections."""
        self._refused_connections.labels(reason).inc()

    def observe_step(self, step: str, seconds: float) -> None:
        """Count a step of the project, such as `collect`."""
        self._step_seconds.labels(step).observe(seconds)


class ProjectCollector(Collector):
    """Counts the project at each scrape; of what would be millions of rows, the last days alone."""

    def __init__(self, database: Database, clock: Clock, signup_limits: SignupLimits) -> None:
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
        yield from families

    def _families(self, connection: sa.Connection, now: datetime) -> Iterator[Metric]:
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
        yield sent
        yield returned


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
