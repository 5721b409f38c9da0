"""What /metrics shows: the project's figures, and what this process saw of requests and steps."""

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from digest.project import Project
from digest.project_metrics import project_collector
from digest.web.accesslog import Answered

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
        ProcessCollector(registry=self.registry)
        self.registry.register(project_collector(project))

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
