"""What came before a delivery's present state, and who is mailed again by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from digest.model import DeliveryCause, DeliveryState, IssueState, Result, SuppressionReason
from digest.services.subscribers import personal_data, unsubscribe
from digest.store import (
    claims,
    deliveries,
    history,
    issues,
    preferences,
    subscribers,
    suppressions,
    workers,
)
from digest.store.schema import attempts as attempts_table
from digest.store.schema import deliveries as delivery_table
from digest.store.workers import Worker, WorkerProgress, new_worker
from tests.builders import NOON
from tests.contract.givens import delivery_rows, laid_out, lay_out, subscribe

SOON, LATER = NOON + timedelta(minutes=10), NOON + timedelta(days=1)
SENT, DEFERRED, FAILED = DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.FAILED
IN_DOUBT, SKIPPED = DeliveryState.IN_DOUBT, DeliveryState.SKIPPED
ABCDE = [f"{name}@example.org" for name in "abcde"]


def claim(database, issue_id, *, now=NOON, worker="one", limit=50):
    with database.write() as connection:
        return claims.claim(
            connection, issue_id, worker=worker, now=now, limit=limit, resend_in_doubt=True
        )


def record(database, *done, now=NOON):
    with database.write() as connection:
        claims.record(connection, done, now)


def result(state, reply="", again=None, server="smtp mail.example.org"):
    return Result(state, reply, 451, again, server)


def attempts(database, claimed):
    with database.read() as connection:
        rows = history.attempts_at(connection, claimed.issue_id, claimed.subscriber.id)
    return [(row["attempt"], row["at"], row["state"], row["server"], row["reply"]) for row in rows]


def doubt(database, worker="one", now=SOON):
    with database.write() as connection:
        return deliveries.take_from(connection, worker, now)


# the history


def test_each_attempt_that_did_not_end_in_sent_is_remembered(database):
    issue_id, _ = laid_out(database, ABCDE[0])
    (first,) = claim(database, issue_id)
    record(database, (first, result(DEFERRED, "451 later", SOON)))
    (second,) = claim(database, issue_id, now=SOON)
    record(database, (second, result(IN_DOUBT, "no answer", LATER, "smtp b")), now=SOON)
    (third,) = claim(database, issue_id, now=LATER)
    record(database, (third, result(SENT, "250 ok", server="smtp c")), now=LATER)
    assert attempts(database, third) == [
        (1, NOON, "deferred", "smtp mail.example.org", "451 later"),
        (2, SOON, "in doubt", "smtp b", "no answer"),
    ]
    (row,) = delivery_rows(database, issue_id).values()
    assert (row["state"], row["server"], row["reply"]) == ("sent", "smtp c", "250 ok")


@pytest.mark.parametrize("state", [SENT, DEFERRED, FAILED, IN_DOUBT])
def test_an_answer_that_comes_after_the_subscriber_was_erased_is_not_kept(database, state):
    issue_id, (number, _) = laid_out(database, *ABCDE[:2])
    mine, other = claim(database, issue_id)
    with database.write() as connection:
        subscriber = preferences.find(connection, number)
        assert subscriber is not None
        personal_data.erase_subscriber(connection, subscriber, NOON)
    says = "said of a@example.org"
    record(database, (mine, result(state, says, SOON)), (other, result(FAILED, "550 no")))
    assert attempts(database, mine) == []
    assert len(attempts(database, other)) == 1
    row = delivery_rows(database, issue_id)[number]
    assert (row["state"], row["reply"], row["worker"]) == ("suppressed", None, None)


def test_what_is_sent_at_once_leaves_no_line_and_what_is_skipped_neither(database):
    issue_id, _ = laid_out(database, *ABCDE[:3])
    one, two, three = claim(database, issue_id)
    record(
        database, (one, result(SENT)), (two, result(SKIPPED)), (three, result(FAILED, server=""))
    )
    assert attempts(database, one) == attempts(database, two) == []
    assert attempts(database, three) == [(1, NOON, "failed", None, None)]


def test_of_two_accounts_of_an_attempt_the_first_stays(database):
    issue_id, _ = laid_out(database, ABCDE[0])
    (claimed,) = claim(database, issue_id)
    record(database, (claimed, result(DEFERRED, "first")))
    record(database, (claimed, result(FAILED, "second")), now=SOON)
    assert [line[-1] for line in attempts(database, claimed)] == ["first"]


def test_the_doubt_about_a_dead_worker_is_remembered_with_the_time_of_its_claim(database):
    issue_id, _ = laid_out(database, *ABCDE)
    one, two = claim(database, issue_id, limit=2)
    (other,) = claim(database, issue_id, worker="two", limit=1)
    record(database, (one, result(SENT)))
    assert doubt(database) == 1
    assert doubt(database) == 0
    assert attempts(database, two) == [(1, NOON, "in doubt", None, None)]
    with database.read() as connection:
        (line,) = history.attempts_at(connection, issue_id, two.subscriber.id)
    assert line["cause"] == DeliveryCause.WORKER_DIED
    assert attempts(database, one) == attempts(database, other) == []


def test_a_result_that_comes_after_the_doubt_does_not_hide_it(database):
    issue_id, _ = laid_out(database, ABCDE[0])
    (claimed,) = claim(database, issue_id)
    doubt(database)
    record(database, (claimed, result(DEFERRED, "451 later", LATER)), now=SOON)
    assert [line[2] for line in attempts(database, claimed)] == ["in doubt"]
    assert [row["state"] for row in delivery_rows(database, issue_id).values()] == ["deferred"]


def test_giving_back_takes_nothing_from_the_history(database):
    issue_id, _ = laid_out(database, ABCDE[0])
    (first,) = claim(database, issue_id)
    record(database, (first, result(DEFERRED, "451 later", SOON)))
    claim(database, issue_id, now=SOON)
    with database.write() as connection:
        workers.register(connection, replace(new_worker(), id="one"))
        assert deliveries.take_from(connection, "one", SOON) == 0
    assert len(attempts(database, first)) == 1


def test_a_delivery_that_is_sent_at_once_costs_no_statement_more(database):
    issue_id, _ = laid_out(database, *ABCDE)
    done = [(claimed, result(SENT)) for claimed in claim(database, issue_id)]
    told = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *a: told.append(a[2]))
    record(database, *done)
    assert [text for text in told if "attempts" in text and "INSERT" in text] == []
    writing = [text.split()[:3] for text in told if text.startswith(("UPDATE", "INSERT"))]
    assert writing[0] == ["UPDATE", "deliveries", "SET"]
    assert writing[1:] in ([], [["INSERT", "INTO", "delivery_counts"]])  # SQLite: once a batch


# sending again by hand


def missing(database, issue_id, *, resend=True, now=NOON):
    with database.write() as connection:
        added = lay_out(connection, issue_id, now, missing=True)
        deliveries.take_up(connection, issue_id, "daily", now, resend_in_doubt=resend)
    return added


def states(database, issue_id):
    return [row["state"] for _, row in sorted(delivery_rows(database, issue_id).items())]


def test_who_subscribed_after_the_seal_is_laid_out_once(database):
    issue_id, _ = laid_out(database, ABCDE[0])
    with database.write() as connection:
        subscribe(connection, *ABCDE[1:4])
        subscribe(connection, ABCDE[4], newsletter="weekly")
        suppressions.suppress(connection, ABCDE[2], SuppressionReason.BOUNCED, NOON)
        unsubscribe.remove(connection, ABCDE[3], "daily", NOON)
    assert missing(database, issue_id) == 1
    assert missing(database, issue_id) == 0
    assert states(database, issue_id) == ["pending", "pending"]


@pytest.mark.parametrize(
    ("state", "resend", "found"),
    [
        ("sent", True, []),
        ("skipped", True, []),
        ("suppressed", True, []),
        ("failed", True, [2]),
        ("deferred", False, [2]),
        ("in doubt", True, [2]),
        ("in doubt", False, []),
    ],
)
def test_what_failed_or_waits_is_taken_up_and_nothing_else(database, state, resend, found):
    issue_id, _ = laid_out(database, ABCDE[0])
    (claimed,) = claim(database, issue_id)
    record(database, (claimed, result(DeliveryState(state), "reply", LATER)))
    missing(database, issue_id, resend=resend)
    with database.write() as connection:
        again = claims.claim(
            connection, issue_id, worker="two", now=SOON, limit=9, resend_in_doubt=resend
        )
    assert [each.attempt for each in again] == found


@pytest.mark.parametrize(
    "leave",
    [
        lambda connection: unsubscribe.remove(connection, ABCDE[0], "daily", NOON),
        lambda connection: suppressions.suppress(
            connection, ABCDE[0], SuppressionReason.BOUNCED, NOON
        ),
    ],
)
def test_what_failed_for_one_who_left_is_not_taken_up(database, leave):
    issue_id, _ = laid_out(database, ABCDE[0])
    (claimed,) = claim(database, issue_id)
    record(database, (claimed, result(FAILED, "550 no")))
    with database.write() as connection:
        leave(connection)
    missing(database, issue_id)
    assert states(database, issue_id) == ["failed"]


def test_what_was_given_up_is_taken_up_and_given_up_once_more_with_the_reply_that_mattered(
    database,
):
    issue_id, _ = laid_out(database, *ABCDE[:2])
    (claimed,) = claim(database, issue_id, limit=1)
    record(database, (claimed, result(DEFERRED, "451 later", SOON)))
    told = [(DeliveryCause.GAVE_UP, "451 later"), (DeliveryCause.GAVE_UP, None)]
    for _ in range(2):
        with database.write() as connection:
            assert deliveries.expire(connection, issue_id, LATER, 24) == 2
        rows = delivery_rows(database, issue_id)
        assert [(row["cause"], row["reply"]) for _, row in sorted(rows.items())] == told
        missing(database, issue_id)
        assert states(database, issue_id) == ["deferred", "pending"]
        assert {row["finished_at"] for row in delivery_rows(database, issue_id).values()} == {None}


def test_an_issue_that_is_reopened_sends_again(database):
    issue_id, _ = laid_out(database, ABCDE[0])
    with database.write() as connection:
        issues.finish(connection, issue_id, SOON)
        issues.reopen(connection, issue_id)
        record = issues.get(connection, issue_id)
        assert record.state is IssueState.SENDING
        assert (record.sealed_at, record.finished_at) == (NOON, None)
        issues.finish(connection, issue_id, LATER)
        assert issues.get(connection, issue_id).state is IssueState.SENT


def test_how_many_are_to_be_attempted_now(database):
    issue_id, _ = laid_out(database, *ABCDE)
    one, two, three, _ = claim(database, issue_id, limit=4)
    record(database, (one, result(SENT)), (two, result(DEFERRED, "", SOON)))
    record(database, (three, result(IN_DOUBT, "", SOON)))

    def waiting(now, *, resend):
        with database.read() as connection:
            return deliveries.waiting(connection, issue_id, now, resend_in_doubt=resend)

    assert waiting(NOON, resend=True) == 2
    assert waiting(SOON, resend=False) == 3
    assert waiting(SOON, resend=True) == 4


# who is at work


def test_what_the_living_have_done_of_an_issue(database):
    issue_id, _ = laid_out(database, ABCDE[0])
    mine = new_worker()
    dead = Worker("dead", replace(mine.process, born=1.0))
    with database.write() as connection:
        workers.register(connection, mine, issue_id)
        workers.register(connection, dead, issue_id)
        for worker, done in ((dead, 50), (mine, 20), (mine, 3)):
            workers.beat(connection, worker.id, done)
        workers.register(connection, new_worker())
        (progress,) = workers.at_work(connection, issue_id)
        assert workers.at_work(connection, issue_id + 1) == []
    assert progress == WorkerProgress(23, progress.seconds)
    assert 0 <= progress.seconds < 30


def test_a_delivery_of_one_subscriber_can_be_asked_by_date(database):
    issue_id, (number, _) = laid_out(database, *ABCDE[:2])
    with database.read() as connection:
        (row,) = history.of_subscriber(connection, number, 9, day=NOON.date())
        assert row["issue_id"] == issue_id
        assert history.of_subscriber(connection, number, 9, day=LATER.date()) == []
        assert history.newsletters_of(connection, number) == {"daily"}
        assert connection.scalar(sa.select(sa.func.count()).select_from(attempts_table)) == 0
        assert connection.scalar(sa.select(sa.func.count()).select_from(delivery_table)) == 2


def test_what_an_address_gets_and_since_when_it_is_suppressed(database):
    with database.write() as connection:
        subscribe(connection, ABCDE[0], topics=("space",))
        subscribe(connection, ABCDE[0], newsletter="weekly")
        suppressions.suppress(connection, ABCDE[1], SuppressionReason.BOUNCED, SOON)
        daily, weekly = subscribers.subscriptions_of(connection, ABCDE[0].upper())
        known = {"newsletter": "daily", "topics": ["space"], "created_at": NOON}
        unset = ("timezone", "hour", "paused_until", "layout", "at_least", "longest_wait")
        choices = (
            dict.fromkeys(unset)
            | {"alerts": False}
            | dict.fromkeys(("days", "keywords", "likes"), ())
        )
        assert daily == known | choices
        assert weekly["newsletter"] == "weekly"
        assert suppressions.find(connection, ABCDE[1]) == (SuppressionReason.BOUNCED, SOON)
        assert suppressions.find(connection, ABCDE[0]) is None
