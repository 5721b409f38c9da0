"""When an event is attempted again, and when a webhook is given up."""

from dataclasses import replace
from datetime import timedelta

from digest.services.webhooks.retry import WebhookAnswer, batch_size, health_after, next_attempt_at
from digest.store.webhooks import Webhook
from tests.builders import NOON

WELL = Webhook(
    id=1,
    url="https://hooks.example.org",
    kinds=(),
    with_addresses=False,
    secret="",
    old_secret="",
    old_secret_until=None,
    created_at=NOON,
    created_by="ann",
    failures=0,
    failing_since=None,
    next_attempt_at=None,
    disabled_at=None,
    disabled_reason="",
)
TAKEN = WebhookAnswer(1, True, 200, "")
REFUSED = WebhookAnswer(2, False, 500, "out of order")


def test_an_event_waits_longer_each_time_up_to_an_hour():
    waits = [next_attempt_at(attempts, NOON) - NOON for attempts in range(1, 10)]
    minutes = [wait.total_seconds() / 60 for wait in waits]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_receiver_that_takes_nothing_is_asked_less_and_with_fewer():
    health, now, waits = WELL, NOON, []
    assert batch_size(health) > 3
    for _ in range(7):
        health = health_after(health, [REFUSED], now)
        again = health.next_attempt_at
        assert again is not None
        waits.append((again - now).total_seconds() / 60)
        now = again
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert (batch_size(health), health.failing_since, health.failures) == (3, NOON, 7)


def test_that_it_takes_one_of_several_says_that_it_is_well():
    failing = health_after(WELL, [REFUSED], NOON)
    assert health_after(failing, [REFUSED, TAKEN, REFUSED], NOON) == WELL


def test_it_is_not_asked_before_it_asks_for():
    later = replace(REFUSED, retry_at=NOON + timedelta(hours=2))
    assert health_after(WELL, [later, REFUSED], NOON).next_attempt_at == NOON + timedelta(hours=2)


def test_one_that_took_nothing_for_three_days_is_disabled_with_its_last_words():
    failing = health_after(WELL, [REFUSED], NOON)
    almost = health_after(failing, [REFUSED], NOON + timedelta(hours=70))
    over = health_after(almost, [REFUSED], NOON + timedelta(hours=71))
    assert almost.disabled_at is None
    assert over.disabled_at == NOON + timedelta(hours=71)
    assert over.disabled_reason == "it took nothing for 3 days: out of order"


def test_one_that_says_it_is_gone_is_disabled_at_once():
    gone = health_after(WELL, [replace(REFUSED, code=410)], NOON)
    assert (gone.disabled_at, gone.disabled_reason) == (NOON, "its server says: gone (410)")
