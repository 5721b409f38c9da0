"""The accounts of an issue balance, and say so where they do not (promise 11)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from digest.model import DeliveryState, SuppressionReason
from digest.services.delivery.accounts import draw_accounts
from digest.services.delivery.ledger import StoreLedger
from digest.services.delivery.worker_run import WorkerRun
from digest.store import delivery_counts, issues, subscribers
from digest.store.schema import deliveries, subscriptions
from tests.builders import DAY, NOON, issue
from tests.contract.givens import (
    add_story,
    given_subscribers,
    laid_out,
    lay_out,
    subscribe,
)


@pytest.fixture
def sealed(database):
    """An issue for five who subscribed the day before: its id, and their numbers."""
    issue_id, numbers = laid_out(database, *given_subscribers(5))
    with database.write() as connection:
        connection.execute(sa.update(subscriptions).values(created_at=NOON - timedelta(days=1)))
    return issue_id, numbers


def accounts_of(database, issue_id):
    with database.read() as connection:
        return draw_accounts(connection, issues.get(connection, issue_id))


def change(database, issue_id, *numbers, **values):
    of_these = deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id.in_(numbers)
    with database.write() as connection:
        delivery_counts.update(connection, *of_these, **values)


def test_every_subscriber_has_a_delivery(database, sealed):
    accounts = accounts_of(database, sealed[0])
    assert (accounts.subscribers, accounts.deliveries) == (5, {"pending": 5})
    assert list(accounts.faults()) == []
    assert accounts.sentence == "5 deliveries = 5 waiting"


def test_who_came_after_the_seal_and_who_left_are_told_apart_from_the_forgotten(database, sealed):
    issue_id, numbers = sealed
    with database.write() as connection:
        left = subscriptions.c.subscriber_id == numbers[0]
        connection.execute(sa.delete(subscriptions).where(left))
        subscribe(connection, "late@example.org", "early@example.org")
        early = subscribers.find_id(connection, "early@example.org")
        connection.execute(
            sa.update(subscriptions)
            .where(subscriptions.c.subscriber_id == early)
            .values(created_at=NOON - timedelta(hours=2))
        )
    accounts = accounts_of(database, issue_id)
    assert (accounts.subscribers, accounts.left_since, accounts.came_since) == (6, 1, 1)
    assert sum(accounts.deliveries.values()) == 6 + 1 - 1 - 1
    assert list(accounts.faults()) == [f"daily-{DAY}: subscribers without a delivery: 1"]


def test_each_delivery_is_in_one_of_the_terms_of_the_sum(database, sealed):
    issue_id, numbers = sealed
    for number, state in zip(
        numbers, ["sent", "failed", "in doubt", "suppressed", "deferred"], strict=True
    ):
        change(database, issue_id, number, state=state, cause=SuppressionReason.BOUNCED)
    assert accounts_of(database, issue_id).sentence == (
        "5 deliveries = 1 waiting + 1 sent + 1 failed + 1 in doubt + 1 suppressed (1 bounced)"
    )


def test_what_no_run_would_find_is_a_fault(database, sealed):
    issue_id, numbers = sealed
    change(database, issue_id, numbers[0], state="sending", worker="gone")
    change(database, issue_id, numbers[1], state="asleep")
    with database.write() as connection:
        issues.finish(connection, issue_id, NOON)
    assert list(accounts_of(database, issue_id).faults()) == [
        f"daily-{DAY}: deliveries in no known state: asleep",
        f"daily-{DAY}: in hand, but of no worker: 1",
        f"daily-{DAY}: finished, but still waiting: 4",
    ]


def test_what_a_living_worker_has_in_hand_is_no_fault(database, sealed):
    with WorkerRun(database, lambda: NOON, sealed[0]) as run:
        StoreLedger(run, sealed[0], lambda: NOON, 2, resend_in_doubt=False).exchange([], 2)
        accounts = accounts_of(database, sealed[0])
    assert accounts.sentence == "5 deliveries = 3 waiting + 2 in hand"
    assert list(accounts.faults()) == []


@pytest.mark.parametrize(("since", "lost"), [(DAY, 0), (DAY + timedelta(days=1), 1), (None, 1)])
def test_what_is_merged_is_told_by_the_next_issue(database, sealed, since, lost):
    issue_id, numbers = sealed
    tomorrow = DAY + timedelta(days=1)
    change(database, issue_id, *numbers, state=DeliveryState.SENT, finished_at=NOON)
    with database.write() as connection:
        later = issues.seal(
            connection, issue(add_story(connection, "b"), date=tomorrow), NOON + timedelta(days=1)
        )
        assert later is not None
        lay_out(connection, later, NOON + timedelta(days=1))
    change(database, issue_id, numbers[0], state=DeliveryState.MERGED)
    change(database, later, numbers[0], since=since)
    accounts = accounts_of(database, issue_id)
    assert accounts.untold == lost
    assert len(list(accounts.faults())) == lost
