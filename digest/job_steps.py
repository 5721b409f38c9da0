"""What each kind of job does: a step of the day, looked at again before it is done."""

from collections.abc import Callable
from datetime import date

from digest.app import imap_account, make_bounce_processor
from digest.deliver.queue.backend_health import BackendHealth
from digest.jobs import job
from digest.jobs.job import JobKind
from digest.model import IssueState
from digest.pipeline import Pipeline
from digest.services.delivery.report import RunReport
from digest.services.upkeep import keep_up
from digest.store import issues

# With the arguments of the job; what it came to, where somebody may have to look at it.
Step = Callable[..., RunReport | None]


def steps_of(pipeline: Pipeline) -> dict[JobKind, Step]:
    """The step of each kind."""
    steps = JobSteps(pipeline)
    return {
        job.NOTICES: steps.send_notices,
        job.DELIVER: steps.deliver,
        job.SEAL: steps.seal,
        job.MERGE: steps.merge,
        job.FEED: steps.fetch_feed,
        job.BOUNCES: steps.read_bounces,
        job.EVENTS: steps.send_events,
        job.TIDY: steps.tidy,
    }


class JobSteps:
    """The steps of one project, each for itself. Several may be under way at once, in threads."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._project = pipeline.project

    def send_notices(self) -> RunReport:
        """Send the notices that wait."""
        return RunReport(stopped=self._pipeline.notice_sender.send_waiting())

    def deliver(self, issue: int) -> RunReport | None:
        """Send what is due of an issue."""
        self._pipeline.issue_sender.reap_dead_workers()
        with self._project.database.read() as connection:
            record = issues.get(connection, issue)
        if record.state is not IssueState.SENDING:
            return None
        outcome = RunReport()
        outcome.add(self._pipeline.issue_sender.deliver(record, BackendHealth()))
        return outcome

    def seal(self, newsletter: str, day: str) -> None:
        """Seal an issue, if it is still due."""
        for due, due_day in self._pipeline.due_issues():
            if (due.id, due_day) == (newsletter, date.fromisoformat(day)):
                self._pipeline.tell_editors([self._pipeline.seal(due, due_day)])

    def merge(self) -> None:
        """Find the reports that wait their stories."""
        self._pipeline.merge()

    def fetch_feed(self, source: str) -> None:
        """Ask a feed, if it is still due; what it tells is for a job of its own."""
        feeds = [feed for feed in self._pipeline.feeds() if feed.id == source]
        summary = self._pipeline.fetch_feeds(feeds, lambda _writers: None)
        if summary.reports:
            with self._project.database.write() as connection:
                self._project.jobs.defer(connection, [job.merge()])

    def read_bounces(self) -> None:
        """Read the IMAP folder of what came back."""
        from digest.deliver.bounces.mailboxes import open_imap

        account = imap_account(self._project.config)
        with make_bounce_processor(self._project) as processor, open_imap(account) as letters:
            processor.process(letters, should_stop=self._pipeline.should_stop)

    def send_events(self) -> None:
        """Tell webhooks what waits for them."""
        self._pipeline.send_events()

    def tidy(self) -> None:
        """Forget what has had its time."""
        keep_up(self._project, self._pipeline.should_stop)
