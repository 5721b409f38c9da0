"""What is on record of an address, read from either database."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from digest.config import load_config
from digest.model import DeliveryState, IssueState, Result, SuppressionReason
from digest.new_project import create_project
from digest.services.delivery.report import progress_of
from digest.services.explain.explain_delivery import ReachedServer, explain_delivery
from digest.services.explain.facts import ReturnedMailFact, SuppressionFact
from digest.services.explain.read_facts import read_facts
from digest.services.subscribers import unsubscribe
from digest.store import claims, issues, suppressions, workers
from digest.store.schema import bounces
from digest.store.schema import subscribers as subscriber_table
from digest.store.workers import new_worker
from tests.builders import DAY, NOON
from tests.contract.givens import given_subscribers, laid_out, subscribe

ADA, BEN, EVE = "ada@example.org", "ben@example.org", "eve@example.org"
SOON, LATER = NOON + timedelta(minutes=10), NOON + timedelta(hours=2)


@pytest.fixture
def config(tmp_path):
    create_project(tmp_path / "project")
    return load_config(tmp_path / "project")


def ask(database, config, email, **more):
    with database.read() as connection:
        return read_facts(connection, config, email, now=LATER, **more)


def reason(found):
    (case,) = found.deliveries
    return explain_delivery(case, lambda at: f"{at:%H:%M}")


def send(database, issue_id, *results):
    for number, result in enumerate(results):
        with database.write() as connection:
            taken = claims.claim(
                connection, issue_id, worker="one", now=LATER, limit=9, resend_in_doubt=True
            )
            at = NOON + number * timedelta(minutes=10)
            claims.record(connection, [(each, result) for each in taken], at)


def test_a_delivery_is_told_with_all_its_attempts(database, config):
    issue_id, _ = laid_out(database, ADA)
    put_off = Result(DeliveryState.DEFERRED, "451 later", 451, SOON, "smtp a")
    send(database, issue_id, put_off, Result(DeliveryState.SENT, "250 ok", 250, server="smtp b"))
    for more in ({}, {"day": DAY}, {"newsletter": "daily"}):
        (case,) = ask(database, config, ADA, **more).deliveries
        assert case.delivery is not None
        assert [
            (each.number, each.at, each.state, each.server) for each in case.delivery.attempts
        ] == [(1, NOON, "deferred", "smtp a"), (2, SOON, "sent", "smtp b")]
        assert case.issue is not None
        assert (case.issue.state, case.issue.life_ends) == (
            IssueState.SENDING,
            NOON + timedelta(hours=24),
        )
    found = ask(database, config, ADA)
    assert reason(found).reason == "smtp b took it at 12:10: 250 ok."
    (subscription,) = found.subscriber.subscriptions
    assert (subscription.newsletter, subscription.since, subscription.topics) == ("daily", NOON, ())


def test_who_came_late_who_left_and_who_was_never_there(database, config):
    laid_out(database, ADA)
    with database.write() as connection:
        subscribe(connection, BEN, EVE)
        unsubscribe.remove(connection, EVE, None, SOON)
    assert "after the issue was sealed" in reason(ask(database, config, BEN, day=DAY)).reason
    assert ask(database, config, EVE).subscriber.suppressed == SuppressionFact(
        SuppressionReason.UNSUBSCRIBED, SOON
    )
    nobody = ask(database, config, "nobody@example.org", newsletter="daily", day=DAY)
    assert "never subscribed" in reason(nobody).reason
    assert ask(database, config, "nobody@example.org").deliveries == ()


def test_an_erased_address_is_known_by_its_hash_alone(database, config):
    issue_id, _ = laid_out(database, ADA)
    send(database, issue_id, Result(DeliveryState.SENT, "250 ok"))
    with database.write() as connection:
        suppressions.suppress(connection, ADA, SuppressionReason.ERASED, SOON)
        connection.execute(sa.delete(subscriber_table))
    found = ask(database, config, ADA.upper(), newsletter="daily", day=DAY)
    assert not found.subscriber.is_known
    assert reason(found).reason.startswith("The address gets nothing more: the address was erased")


def test_what_came_back_stands_with_its_issue_where_that_is_known(database, config):
    issue_id, _ = laid_out(database, ADA)
    send(database, issue_id, Result(DeliveryState.SENT, "250 ok"))
    with database.write() as connection:
        for number, issue in enumerate((issue_id, None)):
            row = {
                "message_hash": str(number),
                "address_hash": suppressions.address_hash(ADA),
                "issue_id": issue,
                "kind": "hard",
                "reason": "550 no such user",
                "received_at": LATER,
            }
            connection.execute(sa.insert(bounces).values(row))
    found = ask(database, config, ADA)
    assert found.subscriber.returned_mail == (ReturnedMailFact(LATER, "hard", "550 no such user"),)
    assert reason(found).verdict is ReachedServer.CAME_BACK


def test_a_date_without_an_issue_has_a_case_for_each_newsletter_there_is(database, config):
    found = ask(database, config, ADA, day=DAY)
    assert [case.newsletter for case in found.deliveries] == ["science-daily"]
    assert found.deliveries[0].is_known
    assert found.deliveries[0].over_at == NOON + timedelta(hours=12)


def test_workers_at_the_same_issue_add_up(database):
    issue_id, _ = laid_out(database, *given_subscribers(10))
    with database.write() as connection:
        record = issues.get(connection, issue_id)
        assert progress_of(connection, record, NOON, resend_in_doubt=True) is None
        for done in (30, 12):
            worker = new_worker()
            workers.register(connection, worker, issue_id)
            workers.beat(connection, worker.id, done)
        found = progress_of(connection, record, NOON, resend_in_doubt=True)
    assert found is not None
    assert (found.issue, found.done, found.total) == ("daily-2026-11-21", 42, 52)
    assert found.rate > 0
    assert found.seconds_left == 10 / found.rate
