"""The day, in order: collect -> merge -> compose -> render -> deliver. Nowhere else is it written.

Each step may be called alone and again: what was collected is not collected twice, what was sealed
is not sealed twice, what was sent is not sent twice. A preview takes the same path inside a
transaction that is rolled back.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.clock import Clock, local_date
from digest.compose.due import due_issues
from digest.compose.issue import compose
from digest.config import Config
from digest.deliver.queue.backend_health import BackendHealth
from digest.errors import DigestError
from digest.log import get_logger
from digest.merge.merge_result import MergeResult
from digest.merge.topic_model import TopicModel
from digest.model import Finding, Issue, IssueState, Newsletter, RenderedIssue, Subscriber
from digest.render.gate import inspect_issue, inspect_mail
from digest.render.mail import Renderer
from digest.render.message import slot_values
from digest.render.placeholders import Placeholders
from digest.services.delivery import schedule
from digest.services.delivery.issues import IssueSender
from digest.services.delivery.notices import NoticeSender
from digest.services.delivery.report import IssueReport, Preview, RunReport, no_issue, report
from digest.services.issues.fit import fit_to_size
from digest.services.issues.held import let_go, tried_until
from digest.services.retention import tidy
from digest.services.sources.fetch_round import MakeFetcher, fetch_due_feeds
from digest.services.stories import files, topic_training
from digest.services.stories.files import CollectResult
from digest.services.stories.merge import merge_waiting
from digest.store import deliveries, issues, stories, subscribers
from digest.store.database import Database, exclusively
from digest.store.issues import IssueRecord, Neighbour

if TYPE_CHECKING:
    from digest.merge.summarise.model import Summariser

log = get_logger(__name__)

# Whom a preview is addressed to where no subscriber is named; 0 is nobody's number.
PREVIEW_SUBSCRIBER = Subscriber(0, "subscriber@example.org", "")


@dataclass(frozen=True, slots=True)
class Newsgathering:
    """What the settings say of the world outside that stories come from."""

    fetcher: MakeFetcher
    summariser: Callable[[], "Summariser | None"]


class Pipeline:
    """The steps of the day over one project; built by digest.app."""

    def __init__(
        self,
        config: Config,
        database: Database,
        renderer: Renderer,
        newsgathering: Newsgathering,
        dispatch: IssueSender,
        post: NoticeSender,
        clock: Clock,
    ) -> None:
        self.config = config
        self.database = database
        self.renderer = renderer
        self.clock = clock
        self.newsgathering = newsgathering
        self.dispatch = dispatch
        self.post = post
        # For whoever watches: a step such as `collect`, and the seconds that it took.
        self.on_step: Callable[[str, float], None] = lambda _step, _seconds: None
        # What was collected, as soon as it is kept: if a later step fails, it is not told again.
        self.on_collected: Callable[[CollectResult], None] = lambda _intake: None

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.on_step(name, time.perf_counter() - began)

    def today(self, newsletter: Newsletter) -> date:
        """The date in the newsletter's zone."""
        return local_date(self.clock(), newsletter.zone)

    # collect and merge

    def collect(self, day: date | None = None) -> CollectResult:
        """Take what is new in the sources; `day` stands for today in a rehearsal."""
        merged = MergeResult()
        model = topic_training.load(self.config)

        def merge(tellers: Executor | None) -> None:
            nonlocal merged
            with self._step("merge"), self.database.write() as connection:
                exclusively(connection)
                merged += merge_waiting(
                    connection, self.config, self.clock(), model=model, tellers=tellers
                )

        with self._step("collect"):
            gathered = fetch_due_feeds(
                self.config, self.database, self.clock, self.newsgathering.fetcher, merge
            )
            with self.database.write() as connection:
                taken = self._collect(connection, day, model)
        taken.feeds = gathered
        taken.merged += merged
        self.on_collected(taken)
        self._summarise(taken.merged.touched)
        return taken

    def _summarise(self, touched: Sequence[int]) -> None:
        """Let a model write bullets, where the settings name one and there is something new."""
        summariser = self.newsgathering.summariser()
        if summariser is not None and touched:
            from digest.services.stories.events import summarise

            summarise(self.database, summariser, touched, self.clock())

    def _collect(
        self, connection: sa.Connection, day: date | None, model: TopicModel | None = None
    ) -> CollectResult:
        exclusively(connection)
        zones = [newsletter.zone for newsletter in self.config.settings.newsletters]
        dates = [local_date(self.clock(), zone) for zone in zones]
        today = day or max(dates, default=self.clock().date())
        return files.collect(
            connection, self.config, today=today, day=day, now=self.clock(), model=model
        )

    # compose

    def compose(self, connection: sa.Connection, newsletter: Newsletter, day: date) -> Issue | None:
        """The issue as it would be sealed now; nothing is written."""
        since = day - timedelta(days=newsletter.window_days)
        fresh = stories.unsealed(connection, newsletter.id, since, newsletter.zone)
        return compose(newsletter, day, fresh, self.config.topics)

    def waiting(self, newsletter: Newsletter) -> int:
        """How many stories an issue would hold now, with what was not collected yet.

        Nothing is kept, and no feed is asked.
        """
        with self.database.rehearsal() as connection:
            self._collect(connection, None)
            issue = self.compose(connection, newsletter, self.today(newsletter))
            return len(issue.stories) + len(issue.more) if issue else 0

    def build(self, newsletter: Newsletter, day: date) -> IssueReport:
        """Keep a draft for looking at; it takes no story, and the seal composes anew."""
        with self.database.write() as connection:
            exclusively(connection)
            record = issues.find(connection, newsletter.id, day)
            if record is None or not record.sealed:
                issue = self.compose(connection, newsletter, day)
                if issue is not None:
                    issues.save_draft(connection, issue, self.clock())
                elif record is None:
                    return no_issue(newsletter, day)
            record = issues.find(connection, newsletter.id, day)
            assert record is not None
            return report(connection, record, self.clock())

    def preview(
        self,
        newsletter: Newsletter,
        day: date,
        *,
        email: str | None = None,
        topics: frozenset[str] = frozenset(),
    ) -> Preview | None:
        """The issue of a date as one subscriber would see it; None where there is nothing for them.

        Files that were not collected yet are in it; nothing of it is kept.
        """
        subscriber = PREVIEW_SUBSCRIBER
        with self.database.rehearsal() as connection:
            issue, rendered = self._find_or_compose(connection, newsletter, day)
            if email is not None:
                chosen = subscribers.topics_of(connection, email, newsletter.id)
                number = subscribers.find_id(connection, email)
                if chosen is None or number is None:
                    raise DigestError(f"{email} does not get {newsletter.id}")
                topics, subscriber = chosen, Subscriber(number, email)
        if issue is None:
            return None
        if rendered is None:
            issue, rendered = self.render(issue, newsletter)
        room = self.dispatch.messages_of(issue, rendered, newsletter)
        found = room.variant(topics)
        if found is None:
            return None
        marks = Placeholders(rendered.nonce)
        values = slot_values(newsletter, subscriber, self.renderer.links)
        return Preview(
            issue=found.issue,
            subject=found.mail.subject,
            preheader=found.mail.preheader,
            html=marks.fill(found.mail.html, {name: escape(v) for name, v in values.items()}),
            text=marks.fill(found.mail.text, values),
            envelope=room.envelope_of(found, subscriber),
        )

    # render

    def render(self, issue: Issue, newsletter: Newsletter) -> tuple[Issue, RenderedIssue]:
        """The issue rendered, with as much of it as the budget of bytes allows."""
        with self._step("render"):
            return fit_to_size(self.renderer, issue, newsletter)

    def inspect(self, newsletter: Newsletter, day: date) -> list[Finding] | None:
        """What the gate finds of a date's issue, None where there is none; nothing is kept."""
        with self.database.rehearsal() as connection:
            issue, rendered = self._find_or_compose(connection, newsletter, day)
            if issue is None:
                return None
            if rendered is None:
                issue, rendered = self.render(issue, newsletter)
            return self._inspect(connection, issue, rendered, newsletter)

    def _find_or_compose(
        self, connection: sa.Connection, newsletter: Newsletter, day: date
    ) -> tuple[Issue | None, RenderedIssue | None]:
        """The sealed issue of a date as it was rendered, or what would be sealed now."""
        record = issues.find(connection, newsletter.id, day)
        if record is not None and record.sealed:
            return record.issue, record.rendered
        self._collect(connection, max(day, self.today(newsletter)))
        return self.compose(connection, newsletter, day), None

    def _inspect(
        self,
        connection: sa.Connection,
        issue: Issue,
        rendered: RenderedIssue,
        newsletter: Newsletter,
    ) -> list[Finding]:
        before = issues.subject_before(connection, newsletter.id, issue.date)
        found = list(inspect_issue(rendered, issue, before))
        room = self.dispatch.messages_of(issue, rendered, newsletter)
        for chosen in ((), *((topic.id,) for topic in issue.topics)):
            seen = room.variant(frozenset(chosen))
            if seen is not None:
                found += inspect_mail(seen.mail, seen.issue, newsletter, self.renderer.links)
        return list(dict.fromkeys(found))

    # seal

    def seal(self, newsletter: Newsletter, day: date, *, at_once: bool = False) -> IssueRecord:
        """Freeze the issue of a date, take its stories and lay out its deliveries: all or nothing.

        With nothing new it is recorded as skipped. One that is sealed already is returned.
        `at_once`: nobody has to wait for their hour.
        """
        with self._step("seal"), self.database.write() as connection:
            exclusively(connection)
            return self._seal(connection, newsletter, day, at_once=at_once)

    def _seal(
        self, connection: sa.Connection, newsletter: Newsletter, day: date, *, at_once: bool
    ) -> IssueRecord:
        record = issues.find(connection, newsletter.id, day)
        if record is None or not record.sealed:
            self._seal_anew(connection, newsletter, day, at_once=at_once)
            record = issues.find(connection, newsletter.id, day)
        elif at_once:
            deliveries.hurry(connection, record.id, self.clock())
        assert record is not None
        return record

    def _seal_anew(
        self, connection: sa.Connection, newsletter: Newsletter, day: date, *, at_once: bool
    ) -> None:
        issue = self.compose(connection, newsletter, day)
        if issue is None:
            issues.skip(connection, newsletter.id, day, "nothing new", self.clock())
            return
        # A template that cannot be rendered must fail here, where nothing is taken yet.
        issue, rendered = self.render(issue, newsletter)
        found = self._inspect(connection, issue, rendered, newsletter)
        errors = [str(finding) for finding in found if finding.level == "error"]
        if errors:
            issues.hold(connection, issue, "; ".join(errors), self.clock())
            until = tried_until(self.config, newsletter.id, day)
            log.error("held", issue=issue.key, errors=errors, until=until.isoformat())
            return
        now = self.clock()
        issue_id = issues.seal(connection, issue, now, rendered)
        assert issue_id is not None
        sealed = Neighbour(issue_id, newsletter.id, day)
        settings = self.config.settings.delivery
        schedule.lay_out(connection, sealed, newsletter, settings, now, at_once=at_once)
        log.info("sealed", issue=issue.key, stories=len(issue.stories))

    # the day

    def send(self, newsletters: Sequence[Newsletter], day: date | None) -> RunReport:
        """Collect, and seal and send the issue of a date (today's) now, whatever the hour."""
        self._refuse_nobody(newsletters)
        self.dispatch.reap_dead_workers()
        outcome = RunReport(collect=self.collect(day))
        outcome.given_up = self.dispatch.give_up_untold()
        records = [self.seal(n, day or self.today(n), at_once=True) for n in newsletters]
        self._deliver_all(records, outcome)
        return outcome

    def send_missing(self, newsletters: Sequence[Newsletter], day: date | None) -> RunReport:
        """Send the sealed issue of a date (today's) to those subscribed now who have not got it.

        Also where its life is over: that begins anew. Nothing is collected and nothing sealed.
        """
        self.dispatch.reap_dead_workers()
        outcome = RunReport()
        with self.database.write() as connection:
            records = self._reopen_all(connection, newsletters, day)
        self._deliver_all(records, outcome)
        return outcome

    def _reopen_all(
        self, connection: sa.Connection, newsletters: Sequence[Newsletter], day: date | None
    ) -> list[IssueRecord]:
        exclusively(connection)
        return [self._reopen(connection, n, day or self.today(n)) for n in newsletters]

    def _reopen(self, connection: sa.Connection, newsletter: Newsletter, day: date) -> IssueRecord:
        """The issue with a delivery to attempt for everyone who misses it."""
        record = issues.find(connection, newsletter.id, day)
        if record is None or not record.sealed:
            raise DigestError(
                f"there is no sealed issue of {newsletter.id} on {day}: nobody was to get it yet",
                remedy=f"see `digest status`; `digest send --date {day}` would make it",
            )
        now, resend = self.clock(), self.dispatch.resends
        settings = self.config.settings.delivery
        schedule.lay_out(
            connection, record.neighbour, newsletter, settings, now, at_once=True, missing=True
        )
        deliveries.take_up(connection, record.id, newsletter.id, now, resend_in_doubt=resend)
        if deliveries.is_open(connection, record.id, resend_in_doubt=resend):
            issues.reopen(connection, record.id)
        return issues.get(connection, record.id)

    def _refuse_nobody(self, newsletters: Sequence[Newsletter]) -> None:
        """Sending by hand to nobody would only use up the stories."""
        with self.database.read() as connection:
            for newsletter in newsletters:
                if not subscribers.count(connection, newsletter.id):
                    raise DigestError(
                        f"nobody gets {newsletter.id} yet",
                        remedy="add somebody: digest subscribers add you@example.org",
                    )

    def run(self, day: date | None = None, *, telling: bool = True) -> RunReport:
        """What cron calls: send the notices that wait, collect, seal what is due, send it.

        With `day`, the issues of that date are due whatever the hour, for all of their subscribers.
        Without `telling` it leaves out where they stand: to count a million deliveries takes time.
        """
        tidy(self.database, self.config.settings.web, self.clock())
        self.dispatch.reap_dead_workers()
        # Before what may take long: somebody waits for a confirmation.
        health = BackendHealth()
        outcome = RunReport(stopped=self.post.send_waiting(health))
        outcome.collect = self.collect(day)
        outcome.given_up = self.dispatch.give_up_untold()
        let_go(self.database, self.config, self.clock())
        newsletters = self.config.settings.newsletters
        touched: dict[int, IssueRecord] = {}
        if day is not None:
            due = [(newsletter, day) for newsletter in newsletters]
        else:
            with self.database.read() as connection:
                done = issues.done(connection, self.clock().date() - timedelta(days=3))
            due = [(d.newsletter, d.date) for d in due_issues(newsletters, done, self.clock())]
        for newsletter, date_due in due:
            record = self.seal(newsletter, date_due, at_once=day is not None)
            touched[record.id] = record
        with self.database.read() as connection:
            for record in issues.unfinished(connection):
                touched.setdefault(record.id, record)
            for newsletter in newsletters:
                current = issues.find(connection, newsletter.id, day or self.today(newsletter))
                if current is not None:
                    touched.setdefault(current.id, current)
        self._deliver_all(list(touched.values()), outcome, health, telling=telling)
        return outcome

    def _deliver_all(
        self,
        records: list[IssueRecord],
        outcome: RunReport,
        health: BackendHealth | None = None,
        *,
        telling: bool = True,
    ) -> None:
        health = health or BackendHealth()
        outcome.sent_before = _sent(records)
        # The oldest first: what of it is too late is told with the next one.
        for record in sorted(records, key=lambda record: record.date):
            if record.state is IssueState.SENDING:
                with self._step("deliver"):
                    outcome.add(self.dispatch.deliver(record, health))
        with self.database.read() as connection:
            for record in records if telling else ():
                current = issues.get(connection, record.id)
                outcome.issues.append(report(connection, current, self.clock()))

    def rehearse_missing(self, newsletters: Sequence[Newsletter], day: date | None) -> RunReport:
        """What `send_missing` would do: reopened in a transaction that is rolled back."""
        outcome = RunReport()
        with self.database.rehearsal() as connection:
            records = self._reopen_all(connection, newsletters, day)
            outcome.sent_before = _sent(records)
            outcome.issues = [report(connection, each, self.clock()) for each in records]
        return outcome

    def dry_run(self, newsletters: Sequence[Newsletter], day: date | None) -> RunReport:
        """What `send` would do: sealed and laid out in a transaction that is rolled back."""
        outcome = RunReport()
        with self.database.rehearsal() as connection:
            outcome.collect = self._collect(connection, day)
            records = [
                self._seal(connection, each, day or self.today(each), at_once=True)
                for each in newsletters
            ]
            outcome.sent_before = _sent(records)
            outcome.issues = [report(connection, each, self.clock()) for each in records]
        return outcome


def _sent(records: Sequence[IssueRecord]) -> set[str]:
    return {record.key for record in records if record.state is IssueState.SENT}
