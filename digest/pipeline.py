"""The day, in its order: collect -> merge -> pictures -> compose -> render -> deliver.

Nowhere else is it written.

Each step may be called alone and again: what was collected is not collected twice, what was sealed
is not sealed twice, what was sent is not sent twice. What a day would bring, without doing it, is
digest.rehearsal.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.compose.due_issues import due_issues
from digest.deliver.queue.backend_health import BackendHealth
from digest.errors import DigestError
from digest.jobs import job
from digest.log import get_logger
from digest.merge.merge_result import MergeResult
from digest.model import IssueState, Newsletter
from digest.project import Project
from digest.services.delivery.issues import IssueSender
from digest.services.delivery.notices import NoticeSender
from digest.services.delivery.report import (
    IssueReport,
    RunReport,
    no_issue,
    report,
    sent_issues,
)
from digest.services.installation.adopt import adopt, sent_elsewhere
from digest.services.installation.guard import hold_at_a_wrong_clock, refuse_a_copy
from digest.services.issues import held_issue
from digest.services.issues.build import IssueBuilder
from digest.services.sources.all_feeds import all_feeds
from digest.services.sources.fetch_summary import FetchSummary
from digest.services.stories import topic_file
from digest.services.stories.files import CollectResult, collect_files
from digest.services.stories.merge import merge_waiting
from digest.services.subscribers.signup_limits import limits_of
from digest.services.upkeep import keep_up
from digest.settings import FeedSource
from digest.store import edits, issues, last_success, subscribers, webhook_messages
from digest.store.database import exclusively
from digest.store.issues import IssueRecord
from digest.store.last_success import Milestone

if TYPE_CHECKING:
    from digest.collect.net.fetch import Fetcher
    from digest.merge.summarise.llm import Summariser
    from digest.merge.topic_model import TopicModel
    from digest.services.heartbeat import Heartbeat
    from digest.services.sources.fetch_round import MakeFetcher, Merge
    from digest.services.webhooks.send import WebhookSender

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outside:
    """What is asked of others: made when needed, by the settings."""

    fetcher: "MakeFetcher"
    summariser: Callable[[], "Summariser | None"]
    picture_fetcher: "Callable[[], Fetcher]"
    link_fetcher: "Callable[[], Fetcher]"
    webhook_sender: "Callable[[], WebhookSender]"
    heartbeat: "Callable[[], Heartbeat | None]" = lambda: None


class Pipeline:
    """The steps of the day over one project; built by digest.app."""

    def __init__(
        self,
        project: Project,
        outside: Outside,
        builder: IssueBuilder,
        issue_sender: IssueSender,
        notice_sender: NoticeSender,
    ) -> None:
        self.project = project
        self.issue_sender = issue_sender
        self.notice_sender = notice_sender
        self._outside = outside
        self._builder = builder
        builder.on_rendered = lambda seconds: self.on_step("render", seconds)
        # For whoever watches: a step such as `collect`, and the seconds that it took.
        self.on_step: Callable[[str, float], None] = lambda _step, _seconds: None
        # What was collected, as soon as it is kept: if a later step fails, it is not told again.
        self.on_collected: Callable[[CollectResult], None] = lambda _collected: None

    def stop_when(
        self, should_stop: Callable[[], bool], stopped_by: Callable[[], str] = lambda: ""
    ) -> None:
        """Ask before each message whether to stop; `stopped_by` names the signal that asked."""
        self.issue_sender.should_stop = self.notice_sender.should_stop = should_stop
        self.issue_sender.stopped_by = stopped_by

    def should_stop(self) -> bool:
        """Whether somebody asked it to stop."""
        return self.issue_sender.should_stop()

    def run(
        self, day: date | None = None, *, telling: bool = True, with_events: bool = True
    ) -> RunReport:
        """What cron calls: send the notices that wait, collect, seal what is due, send it.

        With `day`, the issues of that date are due whatever the hour, for all of their subscribers.
        Without `telling` it leaves out where they stand: to count a million deliveries takes time.
        Without `with_events` somebody else tells webhooks, beside it.
        """
        outcome = self.make_round(lambda: self._run(day, telling=telling))
        if with_events:
            self.send_events()
        return outcome

    def make_round(self, work: Callable[[], RunReport]) -> RunReport:
        """Do what is due, and tell how it went: a watcher elsewhere, and whoever asks here."""
        heartbeat = self._outside.heartbeat()
        if heartbeat is None:
            return self._noted(work())
        with heartbeat.beating() as round_:
            outcome = self._noted(work())
            round_.went_well = outcome.went_well
        return outcome

    def _noted(self, outcome: RunReport) -> RunReport:
        project = self.project
        with project.database.write() as connection:
            signups = limits_of(project).load(connection, project.clock())
            if outcome.went_well:
                last_success.reach(connection, Milestone.GOOD_ROUND, project.clock())
        outcome.signups = signups if signups.is_full else None
        return outcome

    def _run(self, day: date | None, *, telling: bool) -> RunReport:
        project, health = self.project, BackendHealth()
        refuse_a_copy(project)
        hold_at_a_wrong_clock(project)
        self.issue_sender.reap_dead_workers()
        # Before what may take long: somebody waits for a confirmation.
        outcome = RunReport(stopped=self.notice_sender.send_waiting(health))
        outcome.collect = self._collect(day)
        self.queue_alerts()
        outcome.given_up = self.issue_sender.give_up_untold()
        outcome.let_go = held_issue.let_go(project.database, project.config, project.clock())
        self.prepare_drafts()
        sealed = [
            self.seal(newsletter, due_date, at_once=day is not None)
            for newsletter, due_date in self.due_issues(day)
            if not self.should_stop()
        ]
        self.tell_editors([*outcome.let_go, *sealed])
        # Not with the next round, which with cron may be an hour away.
        outcome.stopped = outcome.stopped or self.notice_sender.send_waiting(health)
        self._deliver(self._at_hand(sealed, day), outcome, health, telling=telling)
        keep_up(project, self.should_stop)
        return outcome

    def has_events(self) -> bool:
        """Whether webhooks are to be told of anything now."""
        with self.project.database.read() as connection:
            return webhook_messages.is_work(connection, self.project.clock())

    def send_events(self, seconds: float = 40) -> None:
        """Tell webhooks what waits for them, for so many seconds at most."""
        if self.has_events():
            sender = self._outside.webhook_sender()
            sender.should_stop = self.should_stop
            sender.send_waiting(seconds)

    def send(self, newsletters: Sequence[Newsletter], day: date | None) -> RunReport:
        """Collect, and seal and send the issue of a date (today's) now, whatever the hour."""
        self._refuse_nobody(newsletters)
        refuse_a_copy(self.project)
        hold_at_a_wrong_clock(self.project)
        self.issue_sender.reap_dead_workers()
        outcome = RunReport(collect=self._collect(day))
        outcome.given_up = self.issue_sender.give_up_untold()
        sealed = [
            self.seal(newsletter, day or self.project.today(newsletter), at_once=True)
            for newsletter in newsletters
        ]
        self._deliver(sealed, outcome, BackendHealth())
        return outcome

    def send_missing(self, newsletters: Sequence[Newsletter], day: date | None) -> RunReport:
        """Send the sealed issue of a date (today's) to those subscribed now who have not got it.

        Also where its life is over: that begins anew. Nothing is collected and nothing sealed.
        """
        refuse_a_copy(self.project)
        hold_at_a_wrong_clock(self.project)
        self.issue_sender.reap_dead_workers()
        with self.project.database.write() as connection:
            exclusively(connection)
            reopened = [
                self._builder.reopen(connection, newsletter, day or self.project.today(newsletter))
                for newsletter in newsletters
            ]
        outcome = RunReport()
        self._deliver(reopened, outcome, BackendHealth())
        return outcome

    def adopt(self, *, as_sent: bool) -> int:
        """Let a copy of an installation send from here; how many deliveries are in doubt now.

        `as_sent`: what the original may have sent is made here too, but not sent again.
        """
        sent = None
        if as_sent:
            sent = sent_elsewhere(self.project)
            self.collect()
            for newsletter, day in sent.issues:
                self.seal(newsletter, day)
        return adopt(self.project, sent)

    def collect(self, day: date | None = None) -> CollectResult:
        """Take what is new in feeds and folders, and merge it into stories.

        `day` stands for today in a rehearsal.
        """
        hold_at_a_wrong_clock(self.project)
        return self._collect(day)

    def _collect(self, day: date | None) -> CollectResult:
        model = topic_file.load(self.project.config)
        merged = MergeResult()

        def merge(writers: Executor | None = None) -> None:
            nonlocal merged
            merged += self._merge(model, writers)

        with self._step("collect"):
            feeds = self.fetch_feeds(self.feeds(), merge)
            collected = self._take_files(model, day)
        merge()
        collected.feeds, collected.merged = feeds, merged
        self.on_collected(collected)
        self._summarise(merged.touched)
        if collected.collected or collected.updated:
            self._take_all_pictures(day)
        return collected

    def take_files(self) -> CollectResult:
        """Take what is new in the folders; what it needs besides, `merge` gives it."""
        with self._step("collect"):
            collected = self._take_files(topic_file.load(self.project.config), None)
        self.on_collected(collected)
        return collected

    def merge(self) -> MergeResult:
        """Find the reports that wait their stories, and new stories their bullets and pictures."""
        merged = self._merge(topic_file.load(self.project.config))
        self._summarise(merged.touched)
        self._take_all_pictures(None)
        self.queue_alerts()
        return merged

    def queue_alerts(self) -> None:
        """Tell what cannot wait for an issue, to those who asked for that."""
        if any(newsletter.alert_sources for newsletter in self.project.config.settings.newsletters):
            from digest.services.delivery.alerts import queue_alerts

            queue_alerts(self.project, lambda: self.notice_sender.renderer)

    def _take_files(self, model: "TopicModel | None", day: date | None) -> CollectResult:
        with self.project.database.write() as connection:
            exclusively(connection)
            return collect_files(connection, self.project, day, model)

    def _merge(self, model: "TopicModel | None", writers: Executor | None = None) -> MergeResult:
        """`writers` are other processes that help."""
        project = self.project
        with self._step("merge"), project.database.write() as connection:
            exclusively(connection)
            return merge_waiting(
                connection, project.config, project.clock(), model=model, writers=writers
            )

    def _take_all_pictures(self, day: date | None) -> None:
        """Those of a date's issues; else of today's, and of tomorrow's that editors look at."""
        for newsletter in self.project.config.settings.newsletters:
            today = self.project.today(newsletter)
            for of_day in (day,) if day else (today, today + timedelta(days=1)):
                self._take_pictures(newsletter, of_day)

    def feeds(self) -> tuple[FeedSource, ...]:
        """The feeds that there are: of the settings, and those that editors added."""
        with self.project.database.read() as connection:
            return all_feeds(connection, self.project.config)

    def fetch_feeds(self, feeds: Sequence[FeedSource], merge: "Merge") -> FetchSummary:
        """Ask those of the feeds that are due; `merge` is called in each lull."""
        project = self.project
        if not feeds:
            return FetchSummary()
        from digest.services.sources.due import claim_due_feeds

        due = claim_due_feeds(project.database, feeds, project.clock())
        if not due:
            return FetchSummary()
        from digest.services.sources.fetch_round import fetch_feeds

        return fetch_feeds(project, due, self._outside.fetcher, when_quiet=merge)

    def _summarise(self, touched: Sequence[int]) -> None:
        """Let a model choose bullets, where the settings name one and there is something new."""
        summariser = self._outside.summariser()
        if summariser is not None and touched:
            from digest.services.stories.events import summarise  # numpy: 0.2 s

            summarise(self.project.database, summariser, touched, self.project.clock())

    def _take_pictures(self, newsletter: Newsletter, day: date) -> None:
        """Get the pictures of the stories that the issue of a date would tell in full now."""
        with self.project.database.read() as connection:
            issue = self._builder.compose(connection, newsletter, day)
        if issue is None:
            return
        from digest.services.pictures.due import stories_to_show
        from digest.services.pictures.keep import take_pictures

        with self._step("pictures"):
            shown = stories_to_show(issue, newsletter)
            take_pictures(self.project, shown, self._outside.picture_fetcher)

    def build(self, newsletter: Newsletter, day: date) -> IssueReport:
        """Keep a draft for looking at, and say where the issue stands."""
        with self.project.database.write() as connection:
            exclusively(connection)
            record = self._builder.save_draft(connection, newsletter, day)
            if record is None:
                return no_issue(newsletter, day)
            return report(connection, record, self.project.clock())

    def seal(self, newsletter: Newsletter, day: date, *, at_once: bool = False) -> IssueRecord:
        """Compose, render and freeze the issue of a date, and lay out its deliveries: all or none.

        `at_once`: nobody has to wait for their hour.
        """
        self._take_pictures(newsletter, day)
        with self._step("seal"), self.project.database.write() as connection:
            exclusively(connection)
            record = self._builder.seal(connection, newsletter, day, at_once=at_once)
            if record.state is IssueState.SENDING:
                most = self.project.config.settings.workers.per_issue
                self.project.jobs.defer(connection, job.deliver(record.id, most))
            return record

    def prepare_drafts(self) -> None:
        """Tell editors of the drafts that are ready, and of approvals that became void."""
        newsletters = self.project.config.settings.newsletters
        if not any(
            newsletter.draft_lead or newsletter.approval == "required" for newsletter in newsletters
        ):
            return
        from digest.services.issues.drafts import end_void_approvals, tell_of_draft, untold_drafts

        for newsletter, day in untold_drafts(self.project):
            self._take_pictures(newsletter, day)
            tell_of_draft(self.project, self._builder, newsletter, day, self._outside.link_fetcher)
        for newsletter in newsletters:
            if newsletter.approval == "required":
                end_void_approvals(self.project, newsletter)

    def tell_editors(self, records: Sequence[IssueRecord]) -> None:
        """Say to editors why issues did not go out."""
        stopped = [record for record in records if record.state is not IssueState.SENDING]
        if stopped and any(
            newsletter.editors for newsletter in self.project.config.settings.newsletters
        ):
            from digest.services.issues.drafts import tell_what_did_not_go_out

            tell_what_did_not_go_out(self.project, stopped)

    def due_issues(self, day: date | None = None) -> list[tuple[Newsletter, date]]:
        """Which issues are to be sealed now; with `day` those of that date."""
        newsletters = self.project.config.settings.newsletters
        if day is not None:
            return [(newsletter, day) for newsletter in newsletters]
        now = self.project.clock()
        since = now.date() - timedelta(days=3)
        with self.project.database.read() as connection:
            done, hours = issues.done(connection, since), edits.changed_hours(connection, since)
        return [(due.newsletter, due.date) for due in due_issues(newsletters, done, hours, now)]

    def _at_hand(self, sealed: Sequence[IssueRecord], day: date | None) -> list[IssueRecord]:
        """With those just sealed, the issues that are under way, and those of the day."""
        records = {record.id: record for record in sealed}
        with self.project.database.read() as connection:
            for record in issues.unfinished(connection):
                records.setdefault(record.id, record)
            for newsletter in self.project.config.settings.newsletters:
                today = day or self.project.today(newsletter)
                current = issues.find(connection, newsletter.id, today)
                if current is not None:
                    records.setdefault(current.id, current)
        return list(records.values())

    def _deliver(
        self,
        records: Sequence[IssueRecord],
        outcome: RunReport,
        health: BackendHealth,
        *,
        telling: bool = True,
    ) -> None:
        outcome.sent_before = sent_issues(records)
        # The oldest first: what of it is too late is told with the next one.
        for record in sorted(records, key=lambda record: record.date):
            if record.state is IssueState.SENDING:
                with self._step("deliver"):
                    outcome.add(self.issue_sender.deliver(record, health))
        if telling:
            with self.project.database.read() as connection:
                outcome.issues += [self._report(connection, record) for record in records]

    def _report(self, connection: sa.Connection, record: IssueRecord) -> IssueReport:
        if record.state is IssueState.SENDING:  # what was sent of it may have changed that
            record = issues.get(connection, record.id)
        return report(connection, record, self.project.clock())

    def _refuse_nobody(self, newsletters: Sequence[Newsletter]) -> None:
        """Sending by hand to nobody would only use up the stories."""
        with self.project.database.read() as connection:
            for newsletter in newsletters:
                if not subscribers.count(connection, newsletter.id):
                    raise DigestError(
                        f"nobody gets {newsletter.id} yet",
                        remedy="add somebody: digest subscribers add you@example.org",
                    )

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.on_step(name, time.perf_counter() - began)
