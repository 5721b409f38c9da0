"""Events reach a real receiver: signed, in order a subject, and once it is back where it was away.

On both databases, by a clock that is turned by hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from digest.app import make_links, make_webhook_poster, make_webhook_sender
from digest.config import load_config
from digest.errors import NotFoundError, UsageError
from digest.project import Project
from digest.services import retention
from digest.services.subscribers import manage as subscriber_service
from digest.services.webhooks import manage, status
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_issue, of_source, of_subscriber, queue_events
from digest.store import webhook_messages, webhooks
from digest.store.schema import webhook_messages as message_table
from digest.store.webhook_messages import WebhookMessage
from digest.store.webhooks import Webhook
from tests.builders import DAY, NOON
from tests.contract.givens import subscribe
from tests.signing_up import HandClock, make_config
from tests.webhook_receiver import Receiver, webhook_receiver


@dataclass
class World:
    """A project with a webhook on this machine."""

    project: Project
    clock: HandClock
    receiver: Receiver
    webhook: Webhook
    secret: str

    def queue(self, kind: EventKind, *events: Any) -> None:
        with self.project.database.write() as connection:
            queue_events(connection, kind, events, self.clock())

    def send(self, seconds: float = 30) -> None:
        make_webhook_sender(self.project).send_waiting(seconds)

    def send_for(self, *, step: int = 1, **time: float) -> None:
        """Let time pass, and do each minute, or every so many, what the scheduler does."""
        end = self.clock() + timedelta(**time)
        while self.clock() < end:
            with self.project.database.read() as connection:
                is_work = webhook_messages.is_work(connection, self.clock())
            if is_work:
                self.send()
            self.clock.turn(minutes=step)

    def health(self) -> Webhook:
        return self.latest()[0]

    def messages(self) -> list[WebhookMessage]:
        return self.latest()[1]

    def latest(self) -> tuple[Webhook, list[WebhookMessage]]:
        fares, messages = status.latest(self.project, self.webhook.id)
        return fares.webhook, messages

    def states(self) -> list[str]:
        return [str(message.state) for message in reversed(self.messages())]


def add(
    project: Project, url: str, kinds: Sequence[str] = (), *, with_addresses: bool = False
) -> tuple[Webhook, str]:
    poster = make_webhook_poster(project.config)
    return manage.add(project, poster, url, kinds, "ann", with_addresses=with_addresses)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
def world(database, tmp_path, receiver) -> World:
    make_config(tmp_path)
    settings = tmp_path / "config" / "digest.toml"
    settings.write_text(settings.read_text() + '\n[collect]\nallow = ["127.0.0.1"]\n')
    config, clock = load_config(tmp_path), HandClock()
    project = Project(config, database, clock, make_links(config, "a key"))
    webhook, secret = add(project, receiver.url)
    return World(project, clock, receiver, webhook, secret)


def test_an_event_comes_signed_as_it_was_queued(world):
    world.queue(EventKind.ISSUE_SEALED, of_issue("daily", DAY, issue=7, subject="Tür auf"))
    world.send()
    (event,) = world.receiver.taken
    assert event == {
        "id": event["id"],
        "type": "issue.sealed",
        "timestamp": "2026-11-21T12:00:00Z",
        "data": {"newsletter": "daily", "date": "2026-11-21", "issue": 7, "subject": "Tür auf"},
    }
    assert world.receiver.verifies(world.secret)
    assert not world.receiver.verifies("whsec_c2VjcmV0")
    assert world.receiver.asked[0]["content-type"] == "application/json"
    [message] = world.messages()
    assert (message.state, message.code, message.reply) == ("delivered", 200, "thank you")
    world.send()
    assert len(world.receiver.asked) == 1


def test_what_is_rolled_back_is_not_told(world):
    with world.project.database.rehearsal() as connection:
        queue_events(connection, EventKind.SOURCE_WELL, [of_source("times")], NOON)
    world.send()
    assert world.receiver.asked == []


def test_a_webhook_hears_of_the_kinds_it_asked_for_and_a_disabled_one_of_nothing(world):
    few, _ = add(world.project, world.receiver.url, ["source.well"])
    world.queue(EventKind.SOURCE_WELL, of_source("times"))
    world.queue(EventKind.SOURCE_TROUBLE, of_source("times"))
    manage.disable(world.project, few.id, "ann")
    world.queue(EventKind.SOURCE_WELL, of_source("post"))
    assert [message.kind for message in status.latest(world.project, few.id)[1]] == ["source.well"]
    assert len(world.messages()) == 3
    world.send()
    assert len(world.receiver.taken) == 3  # of the disabled one nothing
    manage.enable(world.project, few.id, "ann")
    world.send()
    assert len(world.receiver.taken) == 4
    ids = [event["id"] for event in world.receiver.taken]
    assert len(set(ids)) == 3  # one event has one id, whoever is told


def test_after_a_day_away_all_that_happened_arrives_in_order_a_subject(world):
    """The receiver hangs up for a day; then it answers 500 for an hour, and is back."""
    subjects = [of_issue("daily", DAY), of_subscriber(1), of_subscriber(2), of_source("times")]
    happened: list[tuple[str, int]] = []

    def happen(count: int) -> None:
        for _ in range(count):
            for number, event in enumerate(subjects):
                kind = list(EventKind)[(len(happened) + number) % len(EventKind)]
                world.queue(kind, type(event)(event.subject, {"n": len(happened)}))
                happened.append((event.subject, len(happened)))

    world.receiver.is_away = True
    happen(2)
    world.send_for(step=30, hours=23)
    happen(3)
    world.send_for(step=30, hours=1)
    assert len(world.receiver.asked) < 3 * 60  # at most every half an hour, with three events
    world.receiver.is_away, world.receiver.status = False, 500
    world.send_for(step=10, hours=1)
    assert world.receiver.taken == []
    world.receiver.status = 200
    world.send_for(step=10, minutes=31)
    numbers = [event["data"]["n"] for event in world.receiver.taken]
    assert sorted(numbers) == list(range(len(happened)))
    for subject in subjects:
        of_subject = [n for n in numbers if happened[n][0] == subject.subject]
        assert of_subject == sorted(of_subject)
    assert set(world.states()) == {"delivered"}
    assert not world.health().is_in_trouble


def test_an_event_that_is_refused_holds_up_its_own_subject_alone(world):
    world.receiver.refuses = lambda event: event["data"].get("n") == 0
    world.queue(EventKind.SOURCE_TROUBLE, of_source("times", n=0))
    world.queue(EventKind.SOURCE_WELL, of_source("times", n=1), of_source("post", n=2))
    world.send_for(step=5, hours=2)
    world.queue(EventKind.SOURCE_WELL, of_source("star", n=3))
    world.send_for(minutes=5)
    assert [event["data"]["n"] for event in world.receiver.taken] == [2, 3]
    world.receiver.refuses = lambda _event: False
    world.send_for(step=5, hours=1)
    assert [event["data"]["n"] for event in world.receiver.taken] == [2, 3, 0, 1]


def test_what_is_taken_by_nobody_for_three_days_is_given_up_and_may_be_replayed(world):
    world.receiver.status, world.receiver.words = 503, "closed for ann@example.org"
    world.queue(EventKind.SOURCE_TROUBLE, of_source("times"))
    world.send_for(step=10, hours=1)
    world.clock.turn(hours=70)
    world.send_for(step=60, hours=2)
    health = world.health()
    assert health.disabled_reason == "it took nothing for 3 days: closed for a***@example.org"
    retention.tidy(world.project)
    assert world.states() == ["given up"]
    with world.project.database.read() as connection:
        [fares] = status.in_trouble(connection)
    assert fares.state == "disabled"
    world.receiver.status = 200
    manage.enable(world.project, world.webhook.id, "ann")
    assert manage.replay(world.project, world.webhook.id, "ann") == 1
    world.send()
    assert (world.receiver.types(), world.states()) == (["source.trouble"], ["delivered"])


def test_a_slow_receiver_gets_all_a_few_at_a_time_and_a_round_ends_when_it_is_to(world):
    world.receiver.seconds = 0.1
    world.queue(EventKind.SUBSCRIBER_LEFT, *map(of_subscriber, range(1, 25)))
    world.send(seconds=0)
    assert world.receiver.asked == []
    sender = make_webhook_sender(world.project)
    sender.should_stop = lambda: bool(world.receiver.asked)
    sender.send_waiting(30)
    assert len(world.receiver.taken) == 8
    world.send()
    assert len(world.receiver.taken) == 24


def test_one_that_its_owner_disables_amid_a_round_stays_so_and_is_no_trouble(world):
    def disable_it(_event: object) -> bool:
        if world.health().disabled_at is None:
            manage.disable(world.project, world.webhook.id, "ann")
        return True

    world.receiver.refuses = disable_it
    world.queue(EventKind.SOURCE_WELL, of_source("times"))
    world.send()
    assert world.health().disabled_reason == "by ann"
    with world.project.database.read() as connection:
        assert status.in_trouble(connection) == []


def test_while_one_process_sends_to_a_webhook_no_other_does(world):
    world.queue(EventKind.SOURCE_WELL, of_source("times"))
    with world.project.database.write() as connection:
        until = NOON + timedelta(minutes=2)
        assert webhooks.claim(connection, world.webhook.id, "another", until, NOON)
    world.send()
    assert world.receiver.asked == []
    world.clock.turn(minutes=2)  # it died
    world.send()
    assert world.receiver.types() == ["source.well"]


def test_a_secret_is_kept_encrypted_and_for_a_day_two_sign(world):
    with world.project.database.read() as connection:
        kept = connection.execute(sa.text("SELECT secret FROM webhooks")).scalar_one()
    assert world.secret.removeprefix("whsec_") not in kept
    until, new = manage.rotate(world.project, world.webhook.id, "ann")
    assert until == NOON + timedelta(days=1)
    world.queue(EventKind.SOURCE_WELL, of_source("times"))
    world.send()
    assert world.receiver.verifies(world.secret)
    assert world.receiver.verifies(new)
    world.clock.turn(days=1)
    world.queue(EventKind.SOURCE_WELL, of_source("times"))
    world.send()
    assert not world.receiver.verifies(world.secret)
    assert world.receiver.verifies(new)


def test_with_another_secret_key_nothing_is_sent_and_it_says_why(world):
    world.queue(EventKind.SOURCE_WELL, of_source("times"))
    another_key = make_links(world.project.config, "another key")
    world.project = replace(world.project, links=another_key)
    world.send()
    assert world.receiver.asked == []
    [message] = world.messages()
    assert message.reply == "its secret cannot be read with this secret key: rotate it"


def test_an_address_goes_along_where_the_webhook_asks_for_it_and_is_stored_nowhere(world):
    database = world.project.database
    with database.write() as connection:
        (number,) = subscribe(connection, "ann@example.org")
    with_addresses, _ = add(
        world.project, world.receiver.url, ["subscriber.left"], with_addresses=True
    )
    subscriber_service.remove(database, "ann@example.org", "daily", NOON, who="ann")
    with database.read() as connection:
        stored = connection.execute(sa.select(message_table)).all()
    assert "ann@example.org" not in str(stored)
    world.send()
    told = {"subscriber": number, "newsletter": "daily", "how": "command"}
    assert sorted(len(event["data"]) for event in world.receiver.taken) == [3, 4]
    for event in world.receiver.taken:
        assert event["data"] in (told, {**told, "email": "ann@example.org"})
    assert with_addresses.with_addresses


def test_erasing_reaches_what_waits_and_the_receiver_is_told_to_erase(world):
    database = world.project.database
    with database.write() as connection:
        (number,) = subscribe(connection, "ann@example.org")
    subscriber_service.remove(database, "ann@example.org", "daily", NOON, who="ann")
    assert [message.kind for message in world.messages()] == ["subscriber.left"]
    subscriber_service.erase(database, number, NOON, who="ann")
    assert [message.kind for message in world.messages()] == ["subscriber.erased"]
    world.send()
    assert [event["data"] for event in world.receiver.taken] == [{"subscriber": number}]


def test_a_test_is_sent_at_once_and_its_answer_is_kept(world):
    attempt = make_webhook_sender(world.project).send_test(world.webhook.id, "ann")
    assert (attempt.is_taken, attempt.code) == (True, 200)
    world.receiver.status, world.receiver.headers = 302, {"Location": world.receiver.url}
    assert not make_webhook_sender(world.project).send_test(world.webhook.id, "ann").is_taken
    assert world.receiver.types() == ["webhook.test"]
    assert world.states() == ["delivered", "given up"]
    world.send()
    assert len(world.receiver.asked) == 2


def test_one_event_or_all_since_a_time_are_replayed(world):
    world.queue(EventKind.SOURCE_WELL, of_source("times"))
    world.send()
    world.clock.turn(hours=1)
    world.queue(EventKind.SOURCE_WELL, of_source("post"))
    world.send()
    first, second = (event["id"] for event in world.receiver.taken)
    number = world.webhook.id
    assert manage.replay(world.project, number, "ann", event_id=first) == 1
    world.send()
    assert manage.replay(world.project, number, "ann", since=NOON + timedelta(minutes=1)) == 1
    world.send()
    assert [event["id"] for event in world.receiver.taken] == [first, second, first, second]
    with pytest.raises(NotFoundError):
        manage.replay(world.project, number, "ann", event_id="msg_of_nobody")


def test_nothing_goes_to_what_is_not_on_the_open_internet_unless_it_is_allowed(world):
    settings = world.project.config.settings
    closed = settings.model_copy(
        update={"collect": settings.collect.model_copy(update={"allow": ()})}
    )
    world.project = replace(world.project, config=replace(world.project.config, settings=closed))
    attempt = make_webhook_sender(world.project).send_test(world.webhook.id, "ann")
    assert not attempt.is_taken
    assert "is not on the open internet" in attempt.reply
    assert world.receiver.asked == []


# Addresses, what is wrong with each, and what helps.
CLOSED = (
    ("ftp://example.org", "ftp", "such as https://"),
    ("example.org/hooks", "example.org/hooks", "such as https://"),
    ("https://", "https://", "such as https://"),
    ("http://192.0.2.1/", "not on the open internet", "`allow` under [collect]"),
    ("https://[::1]/", "not on the open internet", "`allow` under [collect]"),
    ("http://9.9.9.9/", "is not https", "by https"),
    ("https://9.9.9.9:22/", "port 22", "`allow` under [collect]"),
    ("https://hooks.invalid/", "DNS knows no address", "a slip in the name"),
)


def test_an_address_to_which_nothing_would_go_is_not_added(world):
    for address, reason, remedy in CLOSED:
        with pytest.raises(UsageError) as refused:
            add(world.project, address)
        assert reason in refused.value.message
        assert remedy in (refused.value.remedy or "")


def test_what_is_no_event_is_refused(world):
    with pytest.raises(UsageError, match=r"no event issue\.lost"):
        add(world.project, "https://example.org", ["issue.lost"])
    with pytest.raises(NotFoundError):
        manage.remove(world.project, 99, "ann")


def test_what_was_delivered_is_deleted_after_its_time(world):
    world.queue(EventKind.SOURCE_WELL, of_source("times"))
    world.send()
    world.receiver.status = 500
    world.queue(EventKind.SOURCE_TROUBLE, of_source("times"))
    with world.project.database.write() as connection:
        assert webhook_messages.delete_finished(connection, NOON, 10) == 0
        assert webhook_messages.delete_finished(connection, NOON + timedelta(days=1), 10) == 1
    assert world.states() == ["waiting"]
