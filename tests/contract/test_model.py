"""Issues and deliveries through whatever may happen to them, on both databases.

The model walks claims, results, deaths, retries, holds, seals, pauses and days through the
services, with workers of another host that die and wake up. After each step everybody is accounted
for, and whoever was mailed twice is on record (promises 4 and 11); in the end nothing waits.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from digest.app import make_issue_builder, make_links, make_notice_sender
from digest.config import load_config
from digest.deliver.bounces.rules import BounceRules
from digest.errors import DigestError
from digest.model import (
    Claim,
    DeliveryState,
    Envelope,
    IssueState,
    Outcome,
    Result,
    Subscription,
    SuppressionReason,
    Verdict,
)
from digest.new_project import create_project
from digest.pipeline import Outside, Pipeline
from digest.project import Project
from digest.services.delivery import pause_and_stop, schedule
from digest.services.delivery.accounts import draw_accounts
from digest.services.delivery.issues import DeliveryOptions, IssueSender
from digest.services.delivery.ledger import StoreLedger
from digest.services.delivery.worker_run import WorkerRun
from digest.services.subscribers import personal_data, unsubscribe
from digest.store import issues, preferences, subscribers, suppressions
from digest.store.database import Database
from digest.store.schema import attempts, deliveries, stories, workers
from digest.store.schema import issues as issue_table
from digest.store.unsubscribes import UnsubscribeMethod
from tests.builders import keep, report, story
from tests.contract.conftest import Makers
from tests.fakes import Relay
from tests.sampling import WHOLE

NEWSLETTER = "science-daily"
BEGIN = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
ANSWERS = {
    verdict: Outcome(verdict, text, code)
    for verdict, text, code in (
        (Verdict.SENT, "250 ok", 250),
        (Verdict.RETRY, "450 4.2.1 later", 450),
        (Verdict.REJECTED, "552 5.2.2 the mailbox is full", 552),
        (Verdict.IN_DOUBT, "no answer", None),
    )
}
STATES = {
    Verdict.SENT: DeliveryState.SENT,
    Verdict.RETRY: DeliveryState.DEFERRED,
    Verdict.REJECTED: DeliveryState.FAILED,
    Verdict.IN_DOUBT: DeliveryState.IN_DOUBT,
}
MAY_ARRIVE = (Verdict.SENT, Verdict.IN_DOUBT)
verdicts = strategies.sampled_from([Verdict.SENT, *ANSWERS])
Change = tuple[str, str]


@dataclass
class OtherHost:
    """A worker elsewhere that sends an issue: its claims, and what was answered to some of them."""

    run: WorkerRun
    ledger: StoreLedger
    issue: str
    claims: list[Claim]
    answers: list[tuple[Claim, Result]] = field(default_factory=list)


class Deliveries(RuleBasedStateMachine):
    """`wire` counts the messages that may have arrived, by name; `changes` are those of states."""

    def __init__(self, root: Path, url: str) -> None:
        super().__init__()
        self.now = BEGIN
        self.wire: Counter[str] = Counter()
        self.changes: set[Change] = set()
        self.states: dict[object, str] = {}
        self.host: OtherHost | None = None
        self.asked = 0
        self.next_answers: list[Verdict] = []
        self.database = Database(url, root)
        config = load_config(root)
        self.project = Project(config, self.database, lambda: self.now, make_links(config, "a key"))
        (self.newsletter,) = config.settings.newsletters
        builder = make_issue_builder(self.project)
        options = DeliveryOptions(
            backends=lambda: [Relay(answer=self.answer)],
            signer=lambda _newsletter: None,
            rules=BounceRules,
        )
        self.pipeline = Pipeline(
            self.project,
            Outside(
                lambda _copies: pytest.fail("no feed is asked"),
                lambda: None,
                lambda: pytest.fail("no picture is asked for"),
                lambda: pytest.fail("no link is asked for"),
                lambda: pytest.fail("no webhook is told"),
            ),
            builder,
            IssueSender(self.project, builder, options),
            make_notice_sender(self.project),
        )
        for hour in (None, None, 12, 20):
            self.subscribe(hour)
        self.subscribe(None, ("medicine",))  # of which no story is
        self.collect(is_bad=False)

    def answer(self, envelope: Envelope) -> Outcome:
        """What the mail server says to the next message."""
        verdict = self.next_answers.pop() if self.next_answers else Verdict.SENT
        self.wire[envelope.name] += verdict in MAY_ARRIVE
        return ANSWERS[verdict]

    # People.

    def subscribe(self, hour: int | None, topics: tuple[str, ...] = ()) -> None:
        self.asked += 1
        new = Subscription(f"subscriber{self.asked}@example.org", topics=topics, hour=hour)
        with self.database.write() as connection:
            subscribers.put_all(connection, NEWSLETTER, [new], self.now)

    @rule(
        who=strategies.integers(1, 6),
        what=strategies.sampled_from(["comes", "leaves", "bounces", "is erased", "is back"]),
    )
    def somebody_comes_or_goes(self, who: int, what: str) -> None:
        email = f"subscriber{who}@example.org"
        with self.database.write() as connection:
            number = subscribers.find_id(connection, email) or 0
            if what == "leaves":
                unsubscribe.leave(connection, number, NEWSLETTER, UnsubscribeMethod.PAGE, self.now)
            elif what == "is back":
                unsubscribe.rejoin(connection, number, NEWSLETTER, self.now)
            elif what == "bounces":
                suppressions.suppress(connection, email, SuppressionReason.BOUNCED, self.now)
        if what == "comes":
            self.subscribe(None)
        elif what == "is erased":
            personal_data.erase(self.database, number, self.now)

    @rule(
        who=strategies.integers(1, 6),
        days=strategies.none() | strategies.integers(1, 3),
        hour=strategies.none() | strategies.integers(0, 23),
    )
    def somebody_chooses(self, who: int, days: int | None, hour: int | None) -> None:
        """Another hour, and a pause or its end."""
        until = self.now.date() + timedelta(days=days) if days else None
        with self.database.write() as connection:
            number = subscribers.find_id(connection, f"subscriber{who}@example.org")
            if number is not None:
                preferences.choose(connection, number, NEWSLETTER, paused_until=until, hour=hour)
                schedule.reschedule(connection, number, self.newsletter, self.now)

    # Stories and issues.

    def collect(self, *, is_bad: bool) -> None:
        """A story; a bad one leads the issue, which the gate then holds."""
        with self.database.write() as connection:
            name = f"story {connection.scalar(sa.select(sa.func.count()).select_from(stories))}"
            words = {"headline": "", "bullets": (), "pinned": True} if is_bad else {}
            words = {"headline": name, "dropped": None, "collected_at": self.now} | words
            told = story(0, **words)
            keep(connection, report(key=name, headline=name), told, name)

    @rule(what=strategies.sampled_from(["story", "bad story", "mend", "draft", "seal"]))
    def prepare(self, what: str) -> None:
        today = self.project.today(self.newsletter)
        if what == "draft":
            self.pipeline.build(self.newsletter, today)
        elif what == "seal":
            self.pipeline.seal(self.newsletter, today)
        elif what == "mend":  # an editor drops what is bad
            with self.database.write() as connection:
                bad = sa.update(stories).where(stories.c.headline == "")
                connection.execute(bad.values(withdrawn_at=self.now))
        else:
            self.collect(is_bad=what == "bad story")

    @rule(minutes=strategies.sampled_from([1, 10, 60, 6 * 60, 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(answers=strategies.lists(verdicts, max_size=4))
    def tick(self, answers: list[Verdict]) -> None:
        """What cron and the daemon do."""
        self.next_answers = answers
        self.pipeline.run(telling=False)

    @rule(answers=strategies.lists(verdicts, max_size=4), missing=strategies.booleans())
    def send_by_hand(self, answers: list[Verdict], missing: bool) -> None:
        self.next_answers = answers
        send = self.pipeline.send_missing if missing else self.pipeline.send
        with suppress(DigestError):  # nobody is subscribed, or there is no sealed issue
            send([self.newsletter], None)

    @rule(what=strategies.sampled_from(["pause", "resume", "stop"]))
    def stop_sending(self, what: str) -> None:
        """Somebody pauses the issue under way, lets it go on, or stops it for good."""
        for record in self.unfinished()[-1:]:
            of_issue = (self.project, self.newsletter, record.date, "pia")
            with suppress(DigestError):  # it is paused already, or is not
                if what == "pause":
                    pause_and_stop.pause(*of_issue)
                elif what == "resume":
                    pause_and_stop.resume(*of_issue)
                else:
                    pause_and_stop.stop(*of_issue, "")

    # A worker of another host.

    def unfinished(self) -> list[issues.IssueRecord]:
        with self.database.read() as connection:
            return issues.unfinished(connection, paused=True)

    @precondition(lambda self: self.host is None and self.unfinished())
    @rule(batch=strategies.integers(1, 3))
    def claim_elsewhere(self, batch: int) -> None:
        record = self.unfinished()[-1]
        run = WorkerRun(self.database, self.project.clock, record.id)
        run.__enter__()
        ledger = StoreLedger(run, record.id, self.project.clock, batch, resend_in_doubt=True)
        self.host = OtherHost(run, ledger, record.key, ledger.exchange([], batch) or [])

    @precondition(lambda self: self.host is not None and self.host.claims)
    @rule(verdict=verdicts)
    def send_elsewhere(self, verdict: Verdict) -> None:
        """One message is marked and goes out; its result is not written yet."""
        host = self.host
        assert host is not None
        claim = host.claims.pop(0)
        assert host.ledger.exchange(host.answers, 0, [claim]) is not None
        self.wire[f"{host.issue}-{claim.subscriber.id}"] += verdict in MAY_ARRIVE
        again = self.now + timedelta(minutes=30) if verdict is not Verdict.SENT else None
        host.answers = [(claim, Result(STATES[verdict], "as told", None, again))]

    @precondition(lambda self: self.host is not None)
    @rule(what=strategies.sampled_from(["writes", "ends", "dies", "sleeps"]))
    def go_on_elsewhere(self, what: str) -> None:
        host = self.host
        assert host is not None
        if what == "writes":
            host.claims += host.ledger.exchange(host.answers, 1) or []
            host.answers = []
        elif what == "ends":
            host.ledger.exchange(host.answers, 0)
            host.run.__exit__(None, None, None)
            self.host = None
        else:
            self.lose_host(wakes=what == "sleeps")

    def lose_host(self, *, wakes: bool) -> None:
        """Silent for longer than anybody waits; it may write what it knows when it wakes up."""
        host = self.host
        assert host is not None
        self.host = None
        with self.database.write() as connection:
            mine = workers.c.id == host.run.worker.id
            long_ago = datetime.now(UTC) - timedelta(days=1)
            connection.execute(sa.update(workers).where(mine).values(heartbeat_at=long_ago))
        self.pipeline.issue_sender.reap_dead_workers()
        if wakes:
            assert host.ledger.exchange(host.answers, 2) is None, "nothing is its own any more"
            host.run.__exit__(None, None, None)

    # What always holds.

    @invariant()
    def everybody_is_accounted_for(self) -> None:
        with self.database.read() as connection:
            records = issues.latest(connection, 100)
            faults = [
                fault
                for record in records
                if record.sealed
                for fault in draw_accounts(connection, record).faults()
            ]
            rows = connection.execute(
                sa.select(deliveries.c.issue_id, deliveries.c.subscriber_id, deliveries.c.state)
            ).all()
        assert faults == []
        states: dict[object, str] = {record.key: str(record.state) for record in records}
        states |= {(row.issue_id, row.subscriber_id): row.state for row in rows}
        for name, state in states.items():
            before = self.states.get(name, "none")
            if before != state:
                kind = "issue" if isinstance(name, str) else "delivery"
                self.changes.add((f"{kind} {before}", state))
        self.states = states

    @invariant()
    def nobody_is_mailed_twice_off_the_record(self) -> None:
        twice = {name for name, count in self.wire.items() if count > 1}
        if twice:
            assert twice <= self.in_doubt_once()

    def in_doubt_once(self) -> set[str]:
        """The messages of which it is on record that they may go out again."""
        record = sa.exists().where(
            attempts.c.issue_id == deliveries.c.issue_id,
            attempts.c.subscriber_id == deliveries.c.subscriber_id,
            attempts.c.state == DeliveryState.IN_DOUBT,
        )
        query = (
            sa.select(issue_table.c.newsletter, issue_table.c.date, deliveries.c.subscriber_id)
            .join_from(deliveries, issue_table, issue_table.c.id == deliveries.c.issue_id)
            .where(record | deliveries.c.doubted_at.is_not(None))
        )
        with self.database.read() as connection:
            return {"-".join(map(str, row)) for row in connection.execute(query)}

    # The end.

    def teardown(self) -> None:
        """The other host dies; then days go by in which all goes well, and nothing waits."""
        try:
            if self.host is not None:
                self.lose_host(wakes=False)
            for record in self.unfinished():
                with suppress(DigestError):  # it is not paused
                    pause_and_stop.resume(self.project, self.newsletter, record.date, "pia")
            for days in (0, 1, 2, 8):
                self.now += timedelta(days=days)
                self.tick([])
                self.everybody_is_accounted_for()
            self.nobody_is_mailed_twice_off_the_record()
            self.hold_that_nothing_waits()
        finally:
            self.database.close()

    def hold_that_nothing_waits(self) -> None:
        waiting = [DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.SENDING]
        unanswered = deliveries.c.state.in_(waiting) | (
            (deliveries.c.state == DeliveryState.IN_DOUBT) & deliveries.c.finished_at.is_(None)
        )
        under_way = issue_table.c.state.in_(
            [IssueState.HELD, IssueState.SENDING, IssueState.PAUSED]
        )
        with self.database.read() as connection:
            assert connection.execute(sa.select(deliveries).where(unanswered)).all() == []
            assert connection.scalars(sa.select(issue_table.c.id).where(under_way)).all() == []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project without sources: stories are told by the model."""
    create_project(tmp_path / "project")
    (tmp_path / "project" / "config" / "sources.toml").write_text("")
    return tmp_path / "project"


def test_each_state_of_issue_and_delivery_is_reached_and_left_by_some_event(
    makers: Makers, root: Path
):
    walk = Deliveries(root, makers.migrated())
    for step in (
        partial(walk.prepare, "draft"),
        partial(walk.prepare, "bad story"),
        partial(walk.tick, []),  # held
        partial(walk.prepare, "mend"),
        partial(walk.prepare, "seal"),
        partial(walk.claim_elsewhere, 2),
        partial(walk.send_elsewhere, Verdict.SENT),
        partial(walk.go_on_elsewhere, "writes"),
        partial(walk.send_elsewhere, Verdict.SENT),
        partial(walk.go_on_elsewhere, "dies"),
        partial(walk.claim_elsewhere, 1),
        partial(walk.go_on_elsewhere, "ends"),  # not a byte went out
        partial(walk.claim_elsewhere, 1),
        partial(walk.send_elsewhere, Verdict.RETRY),
        partial(walk.go_on_elsewhere, "ends"),
        partial(walk.somebody_chooses, 4, 2, None),  # goes away
        partial(walk.wait, 60),
        partial(walk.tick, [Verdict.REJECTED]),
        partial(walk.send_by_hand, [], missing=True),
        partial(walk.somebody_comes_or_goes, 2, "leaves"),
        partial(walk.prepare, "story"),
        partial(walk.wait, 24 * 60),
        partial(walk.tick, []),
        partial(walk.somebody_chooses, 1, None, 20),
        partial(walk.prepare, "story"),
        partial(walk.wait, 24 * 60),
        partial(walk.prepare, "seal"),
        partial(walk.somebody_comes_or_goes, 3, "bounces"),
        partial(walk.wait, 24 * 60),
        partial(walk.prepare, "story"),
        partial(walk.send_by_hand, [], missing=False),
        partial(walk.somebody_comes_or_goes, 6, "comes"),
        partial(walk.send_by_hand, [Verdict.RETRY], missing=True),
        partial(walk.prepare, "story"),
        partial(walk.wait, 24 * 60),
        partial(walk.prepare, "seal"),
        partial(walk.claim_elsewhere, 2),
        partial(walk.send_elsewhere, Verdict.SENT),
        partial(walk.stop_sending, "pause"),
        partial(walk.tick, []),
        partial(walk.go_on_elsewhere, "ends"),
        partial(walk.stop_sending, "resume"),
        partial(walk.claim_elsewhere, 2),
        partial(walk.send_elsewhere, Verdict.SENT),
        partial(walk.stop_sending, "stop"),
        partial(walk.go_on_elsewhere, "dies"),  # what it had on the wire is in doubt for good
    ):
        step()
        walk.everybody_is_accounted_for()
    walk.teardown()
    left = {before for before, _ in walk.changes}
    for state in ("pending", "sending", "deferred", "failed", "in doubt"):
        assert f"delivery {state}" in left
    for state in ("draft", "held", "sending", "paused", "sent"):
        assert f"issue {state}" in left
    assert {after for _, after in walk.changes} >= {*DeliveryState, *IssueState}


def test_whatever_happens_the_accounts_balance_and_nothing_waits_for_ever(
    makers: Makers, root: Path
):
    class OnOneDatabase(Deliveries):
        def __init__(self) -> None:
            super().__init__(root, makers.migrated())

    run_state_machine_as_test(
        OnOneDatabase,
        settings=settings(
            max_examples=100 if WHOLE else 6, stateful_step_count=50 if WHOLE else 20
        ),
    )
