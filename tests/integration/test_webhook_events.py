"""What happens is told to a webhook: each event, by the way on which it comes about in life."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from digest.collect.net.fetch_schedule import FetchInterval
from digest.collect.net.fetched import Failed, FailureKind, Fetched, NotModified
from digest.deliver.bounces.rules import BounceRules
from digest.dispatch import Dispatcher
from digest.jobs.job import EVENTS, Job
from digest.jobs.queue import NoQueue
from digest.model import (
    Addressee,
    Bounce,
    BounceKind,
    Outcome,
    Subscription,
    TopicTree,
    Verdict,
)
from digest.services.bounces import suppress
from digest.services.sources.due import CLAIM, claim_due_feeds
from digest.services.sources.keep import FeedRecorder
from digest.services.sources.status import resume
from digest.services.subscribers import change_address, manage, preferences, unsubscribe_page
from digest.services.subscribers.preferences_form import Choices, FieldError
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.issue_events import is_failure_to_be_told
from digest.services.webhooks.queue import of_issue, queue_events
from digest.services.webhooks.source_events import tell_of_quarantine
from digest.settings import FeedSource
from digest.simulation.workspace import copy_database
from digest.store import address_changes, issues, subscribers, webhooks
from digest.store.bounces import Refusal
from digest.store.database import Database
from digest.store.schema import signups, webhook_messages
from digest.store.unsubscribes import UnsubscribeMethod
from tests.approval_world import DAY, LETTER, ApprovalWorld, approval_worlds, at
from tests.builders import NOON, issue
from tests.contract.givens import add_story
from tests.paths import ROOT
from tests.signing_up import Counter, make_config

RULES = BounceRules()


def listen(database: Database, *kinds: str) -> None:
    """A webhook that is told, and asks nobody."""
    with database.write() as connection:
        webhooks.add(connection, "https://hooks.test", kinds, "", "ann", NOON, with_addresses=False)


def told(database: Database) -> list[tuple[str, dict[str, Any]]]:
    """What it was told since the last look: types and data."""
    with database.write() as connection:
        query = sa.select(webhook_messages.c.kind, webhook_messages.c.data)
        rows = connection.execute(query.order_by(webhook_messages.c.id)).all()
        connection.execute(sa.delete(webhook_messages))
    return [(row.kind, row.data) for row in rows]


@pytest.fixture
def counter(tmp_path, sqlite_template) -> Iterator[Counter]:
    """A project with two newsletters, where people sign up and choose."""
    config = make_config(tmp_path)
    (tmp_path / "var").mkdir()
    shutil.copy(sqlite_template, tmp_path / "var" / "digest.db")
    database = Database("sqlite:///var/digest.db", tmp_path)
    listen(database)
    yield Counter(config, database)
    database.close()


def test_a_subscriber_is_told_of_from_the_button_in_the_mail_to_their_erasure(counter):
    database = counter.database
    counter.ask()
    assert told(database) == []  # a stranger may have typed the address
    with database.read() as connection:
        token = counter.token(connection.scalar(sa.select(signups.c.id)))
    number = counter.signups.confirm(token).subscriber_id
    web = {"subscriber": number, "newsletter": "daily", "how": "web"}
    assert told(database) == [("subscriber.confirmed", web), ("subscriber.subscribed", web)]
    counter.signups.confirm(token)
    assert told(database) == []

    chosen = Choices(topics=(), hour=7, timezone=None, layout=None, name="Ann", language=None)

    def choose(
        connection: sa.Connection, current: preferences.Preferences, now: datetime
    ) -> Sequence[FieldError]:
        preferences.choose(connection, current, chosen, now)
        return ()

    for _ in range(2):  # of which the second changes nothing
        preferences.change(database, counter.config, ("daily", number), NOON, choose)
    named = {"subscriber": number, "newsletter": "daily"}
    assert told(database) == [("subscriber.changed", {**named, "changed": ["hour", "name"]})]

    with database.write() as connection:
        change = address_changes.ask(connection, number, "ann@new.example.org", NOON)
    change_address.confirm(counter.signups.project, change)
    assert told(database) == [("subscriber.changed", {**named, "changed": ["email"]})]

    unsubscribe_page.leave(database, "daily", number, UnsubscribeMethod.ONE_CLICK, NOON)
    unsubscribe_page.leave(database, "daily", number, UnsubscribeMethod.ONE_CLICK, NOON)
    assert told(database) == [("subscriber.left", {**named, "how": "one-click"})]
    unsubscribe_page.undo(database, "daily", number, NOON)
    assert told(database) == [("subscriber.subscribed", {**named, "how": "undo"})]
    manage.erase(database, number, NOON, who="ann")
    assert told(database) == [("subscriber.erased", {"subscriber": number})]


def test_whoever_is_added_by_hand_and_changed_is_told_of_by_number(counter):
    database = counter.database
    for hour in (7, 8):
        given = frozenset({"hour"})
        wanted = Subscription("ben@example.org", hour=hour)
        manage.add(database, "daily", wanted, NOON, given=given, resubscribe=False, who="ann")
    (first, second) = told(database)
    number = first[1]["subscriber"]
    named = {"subscriber": number, "newsletter": "daily"}
    assert first == ("subscriber.subscribed", {**named, "how": "command"})
    assert second == ("subscriber.changed", {**named, "changed": ["hour"]})


def test_what_comes_back_or_is_refused_for_good_is_told_once_with_what_follows(counter):
    database = counter.database
    with database.write() as connection:
        new = [Subscription(f"subscriber{number}@example.org") for number in range(3)]
        subscribers.put_all(connection, "daily", new, NOON)
        for kind in (BounceKind.HARD, BounceKind.HARD, BounceKind.AUTO_REPLY):
            bounce = Bounce(kind, Addressee(1, signed=True))
            suppress.record_bounce(connection, str(kind), bounce, NOON, RULES)
        sealed = issues.seal(connection, issue(add_story(connection, "a story")), NOON)
        assert sealed is not None
        refusals = [Refusal(sealed, number, 552, "552 5.2.2 full") for number in (2, 3)]
        for some in (refusals[:1], refusals):  # another process notes the first again
            suppress.note_failures(connection, some, NOON, RULES)
    hard = {"subscriber": 1, "issue": None, "kind": "hard", "suppressed": True}
    soft = [
        {"subscriber": number, "issue": sealed, "kind": "soft", "suppressed": False}
        for number in (2, 3)
    ]
    assert told(database) == [("subscriber.bounced", data) for data in (hard, *soft)]


def test_a_feed_is_in_trouble_from_the_third_failure_on_and_well_once_it_is_read(counter):
    database, now = counter.database, NOON
    feed = FeedSource(id="times", url="https://times.example/feed")
    answers: list[Fetched] = [Failed(FailureKind.TIMEOUT, "silent")] * 4
    answers += [Failed(FailureKind.GONE, "gone"), NotModified(feed.url)]
    events = []
    for answer in answers:
        (due,) = claim_due_feeds(database, [feed], now)
        recorder = FeedRecorder(
            database,
            partial(min, now, now),
            backlog=CLAIM,
            interval=FetchInterval(),
            topics=TopicTree(),
            claimed_until=now + CLAIM,
            jitter=lambda: 0.0,
        )
        recorder.keep([(due, answer, None)])
        events.append([(kind, data.get("state")) for kind, data in told(database)])
        resume(database, feed, now, who="ann")  # it is asked again, also where it is gone
        now += CLAIM * 200
    trouble = "source.trouble"
    failing, gone, well = (trouble, "failing"), (trouble, "gone"), ("source.well", None)
    assert events == [[], [], [failing], [], [gone], [well]]
    with database.write() as connection:
        tell_of_quarantine(connection, "times", "it floods", NOON)
    (quarantined,) = told(database)
    assert quarantined[1]["state"] == "quarantined"


@pytest.fixture
def day(tmp_path, sqlite_template) -> Iterator[ApprovalWorld]:
    """The day of a newsletter that wants approval, with a story and ten subscribers."""
    letter = {"approval": "required", "editors": ("ed@example.org",), "draft_lead": 60}
    with approval_worlds(tmp_path / "project", sqlite_template) as make:
        world = make(**letter)
        world.subscribe(10)
        world.collect("A galaxy far away")
        listen(world.database, *(kind for kind in EventKind if kind.startswith("issue.")))
        yield world


def tick(day: ApprovalWorld, clock: str) -> list[tuple[str, dict[str, Any]]]:
    """A round of the daemon; what was told by it."""
    day.now = at(clock)
    day.pipeline.run(telling=False, with_events=False)
    return told(day.database)


def test_an_issue_is_told_of_from_its_draft_to_its_end(day):
    named = {"newsletter": LETTER, "date": DAY.isoformat()}
    content = {**named, "subject": "A galaxy far away", "stories": 1}
    assert tick(day, "05:00") == [("issue.draft_ready", content)]
    held = {**named, "reason": "nobody approved it"}
    assert tick(day, "06:00") == [("issue.held", held)]
    assert tick(day, "06:01") == []  # for the same reason
    day.approve()
    assert told(day.database) == [("issue.approved", {**content, "approved_by": "pia"})]
    sealed, sent = tick(day, "06:02")
    record = day.issue()
    assert record is not None
    assert sealed == ("issue.sealed", {**content, "issue": record.id})
    assert sent == ("issue.sent", {**named, "issue": record.id, "deliveries": {"sent": 10}})
    assert tick(day, "06:03") == []


def test_that_too_large_a_share_of_its_mails_failed_is_told_once_before_its_end(day):
    refused = Outcome(Verdict.REJECTED, "550 5.1.1 no such user", 550)
    day.answer = lambda envelope: (
        refused if envelope.recipient == "subscriber1@example.org" else day.accept(envelope)
    )
    day.now = at("05:30")
    day.approve()
    told(day.database)
    kinds = [kind for kind, _ in tick(day, "06:00")]
    assert kinds == ["issue.sealed", "issue.failed", "issue.sent"]
    record = day.issue()
    assert record is not None
    with day.database.read() as connection:
        shares = [is_failure_to_be_told(connection, record, share) for share in (0.1, 0.11)]
    assert shares == [True, False]  # one of ten failed


def test_where_workers_do_the_work_a_tick_lets_the_events_wait_as_a_job(day):
    deferred: list[Job] = []

    class Recorder(NoQueue):
        def defer(self, _connection: sa.Connection, jobs: Iterable[Job], *, wait: int = 0) -> None:
            deferred.extend(jobs)

    day.pipeline.project = replace(day.project, jobs=Recorder())
    day.now = at("03:00")  # long before its draft
    Dispatcher(day.pipeline).tick()
    assert EVENTS not in {one.kind for one in deferred}
    with day.database.write() as connection:
        queue_events(connection, EventKind.ISSUE_SENT, [of_issue(LETTER, DAY)], day.now)
    Dispatcher(day.pipeline).tick()
    assert EVENTS in {one.kind for one in deferred}


def test_a_rehearsal_takes_no_webhook_along(day, tmp_path):
    copy = tmp_path / "copy.db"
    copy_database(day.project.config, copy)
    copied = Database(f"sqlite:///{copy}", tmp_path)
    with copied.read() as connection:
        assert webhooks.everything(connection) == []
    copied.close()


def test_every_event_is_documented_with_its_payload():
    text = (ROOT / "docs" / "webhooks.md").read_text()
    for kind in EventKind:
        assert f"| `{kind}` | " in text
        assert kind.meaning
