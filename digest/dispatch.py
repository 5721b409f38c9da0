"""What a tick does where workers do the work: it takes files in, and lets the rest wait as jobs.

The rules of what is due are those of the day (digest.pipeline): this only asks them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa

from digest.jobs import job
from digest.jobs.job import Job
from digest.pipeline import Pipeline
from digest.services.delivery.report import RunReport
from digest.services.installation.guard import hold_at_a_wrong_clock, refuse_a_copy
from digest.services.issues import held_issue
from digest.store import issues, reports

# Minutes between two looks into the mailbox of what came back, and between two rounds of upkeep.
_BOUNCES_EVERY = 5
_TIDY_EVERY = 60


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """The ticks of a project whose work workers do."""

    pipeline: Pipeline

    def tick(self) -> RunReport:
        """Take the files in, which are on this machine, and let wait what else is due."""
        return self.pipeline.make_round(self._tick)

    def _tick(self) -> RunReport:
        project = self.pipeline.project
        refuse_a_copy(project)
        hold_at_a_wrong_clock(project)
        self.pipeline.issue_sender.reap_dead_workers()
        outcome = RunReport(collect=self.pipeline.take_files())
        outcome.given_up = self.pipeline.issue_sender.give_up_untold()
        outcome.let_go = held_issue.let_go(project.database, project.config, project.clock())
        self.pipeline.prepare_drafts()
        self.pipeline.tell_editors(outcome.let_go)
        jobs = list(self._due())
        if outcome.collect and (outcome.collect.collected or outcome.collect.updated):
            jobs.append(job.merge())
        with project.database.write() as connection:
            project.jobs.defer(connection, jobs)
        return outcome

    def _due(self) -> Iterator[Job]:
        project, now = self.pipeline.project, self.pipeline.project.clock()
        if self.pipeline.notice_sender.has_work():
            yield job.send_notices()
        with project.database.read() as connection:
            yield from self._of_issues(connection)
            if reports.is_waiting(connection):
                yield job.merge()
        for newsletter, day in self.pipeline.due_issues():
            yield job.seal(newsletter.id, day)
        if self.pipeline.has_events():
            yield job.send_events()
        yield from self._feeds()
        yield from self._upkeep(now)

    def _of_issues(self, connection: sa.Connection) -> Iterator[Job]:
        """Also where nothing is to be sent now: somebody has to end an issue, or give it up."""
        most = self.pipeline.project.config.settings.workers.per_issue
        for record in issues.unfinished(connection):
            due = self.pipeline.issue_sender.is_due(record)
            yield from job.deliver(record.id, most if due else 1)

    def _feeds(self) -> Iterator[Job]:
        feeds = self.pipeline.feeds()
        if not feeds:
            return
        from digest.services.sources.due import due_feeds

        with self.pipeline.project.database.read() as connection:
            for feed in due_feeds(connection, feeds, self.pipeline.project.clock()):
                yield job.fetch_feed(feed.source.id, urlsplit(feed.request.url).hostname or "")

    def _upkeep(self, now: datetime) -> Iterator[Job]:
        settings = self.pipeline.project.config.settings
        if settings.bounces.imap_host and now.minute % _BOUNCES_EVERY == 0:
            yield job.read_bounces()
        if now.minute % _TIDY_EVERY == 0:
            yield job.tidy()
