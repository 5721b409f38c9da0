"""Deliveries: one a subscriber an issue, taken once, answered for once (promises 3 to 5)."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from digest.model import Claim, DeliveryState, Result, Subscriber, SuppressionReason
from digest.services.subscribers import unsubscribe
from digest.store import claims, deliveries, history, issues, subscribers, suppressions, workers
from digest.store.schema import subscribers as subscriber_table
from digest.store.workers import new_worker
from tests.builders import DAY, NOON, issue, newsletter
from tests.contract.givens import (
    add_story,
    at_once,
    claimants,
    delivery_rows,
    given_subscribers,
    laid_out,
    lay_out,
    subscribe,
)

SOON = NOON + timedelta(minutes=10)
ALMOST = SOON - timedelta(microseconds=1)
LATER = NOON + timedelta(days=1)

PENDING, SENDING, SENT = DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT
DEFERRED, FAILED, SKIPPED = DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.SKIPPED
SUPPRESSED, IN_DOUBT = DeliveryState.SUPPRESSED, DeliveryState.IN_DOUBT
FINAL = {SENT, FAILED, SUPPRESSED, SKIPPED}

ABCDE = [f"{name}@example.org" for name in "abcde"]


def claim(database, issue_id, *, worker="one", now=NOON, limit=50, resend=False):
    with database.write() as connection:
        register(connection, worker, issue_id)
        return claims.claim(
            connection, issue_id, worker=worker, now=now, limit=limit, resend_in_doubt=resend
        )


def register(connection, worker, issue_id=None):
    """It may be registered already."""
    if not any(known.id == worker for known in workers.everyone(connection)):
        workers.register(connection, replace(new_worker(), id=worker), issue_id)


def record(database, claimed, state, reply="", again=None, now=NOON):
    result = Result(state, reply, None, again)
    with database.write() as connection:
        claims.record(connection, [(claimed, result)], now)


def take_from(database, worker="one", handed_out=(), now=SOON):
    """The worker ends, and had handed out so much of its claims; how many are in doubt."""
    with database.write() as connection:
        register(connection, worker)
        workers.beat(connection, worker, handed_out=[claim.subscriber.id for claim in handed_out])
        doubted = deliveries.take_from(connection, worker, now)
        workers.retire(connection, [worker])
    return doubted


def numbers(claims):
    return [claimed.subscriber.id for claimed in claims]


def states(database, issue_id):
    return {number: row["state"] for number, row in delivery_rows(database, issue_id).items()}


def leave_daily(connection, email):
    assert unsubscribe.remove(connection, email, "daily", NOON) == 1


def leave_all(connection, email):
    assert unsubscribe.remove(connection, email, None, NOON) == 1


def bounce(connection, email):
    suppressions.suppress(connection, email, SuppressionReason.BOUNCED, NOON)


def erase(connection, email):
    number = subscribers.find_id(connection, email)
    connection.execute(sa.delete(subscriber_table).where(subscriber_table.c.id == number))


BLOCKS = [
    (leave_daily, "unsubscribed"),
    (leave_all, "unsubscribed"),
    (bounce, "bounced"),
    (erase, "erased"),
]


# laying out


def test_everyone_who_gets_the_newsletter_has_one_pending_delivery(database):
    with database.write() as connection:
        wanted = subscribe(connection, *ABCDE)
        subscribe(connection, ABCDE[0], "x@example.org", newsletter="weekly")
        issue_id = issues.seal(connection, issue(add_story(connection)), NOON)
        assert issue_id is not None
        assert lay_out(connection, issue_id) == 5
        assert deliveries.counts(connection, issue_id) == {"pending": 5}
    rows = delivery_rows(database, issue_id)
    assert sorted(rows) == wanted
    untouched = {"state": "pending", "attempts": 0, "worker": None, "claimed_at": None}
    assert all(untouched.items() <= row.items() for row in rows.values())


def test_an_issue_is_laid_out_once(database):
    issue_id, _ = laid_out(database, *ABCDE)
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        lay_out(connection, issue_id)
    assert set(states(database, issue_id).values()) == {"pending"}


def test_who_subscribes_after_the_seal_waits_for_the_next_issue(database):
    issue_id, wanted = laid_out(database, ABCDE[0])
    with database.write() as connection:
        subscribe(connection, ABCDE[1])
    assert numbers(claim(database, issue_id)) == wanted


def test_an_issue_for_nobody_has_nothing_to_claim(database):
    issue_id, _ = laid_out(database)
    assert claim(database, issue_id) == []
    with database.read() as connection:
        assert deliveries.counts(connection, issue_id) == {}
        assert not deliveries.is_open(connection, issue_id, resend_in_doubt=True)


# claiming


def test_a_claim_says_all_that_the_message_needs(database):
    with database.write() as connection:
        subscribe(connection, ABCDE[0], name="Ann 👩‍🚀", topics=("space", "medicine"))
        subscribe(connection, ABCDE[1])
    issue_id, _ = laid_out(database)
    ann, bob = claim(database, issue_id)
    number = ann.subscriber.id
    topics = frozenset({"space", "medicine"})
    assert ann == Claim(issue_id, Subscriber(number, ABCDE[0], "Ann 👩‍🚀"), topics, 1)
    assert (bob.subscriber.email, bob.topics) == (ABCDE[1], frozenset())
    row = delivery_rows(database, issue_id)[number]
    assert (row["state"], row["attempts"]) == ("sending", 1)
    assert (row["worker"], row["claimed_at"]) == ("one", NOON)


def test_what_is_claimed_is_not_claimed_again(database):
    issue_id, wanted = laid_out(database, *ABCDE)
    first = claim(database, issue_id, limit=2)
    second = claim(database, issue_id, limit=2, worker="two", now=LATER, resend=True)
    third = claim(database, issue_id, limit=2)
    assert numbers(first + second + third) == wanted
    assert claim(database, issue_id, now=LATER, resend=True) == []


def test_a_claim_that_is_rolled_back_never_was(database):
    issue_id, wanted = laid_out(database, *ABCDE)
    before = delivery_rows(database, issue_id)
    with database.rehearsal() as connection:
        claims.claim(connection, issue_id, worker="one", now=NOON, limit=2, resend_in_doubt=False)
    assert delivery_rows(database, issue_id) == before
    assert numbers(claim(database, issue_id)) == wanted


def test_issues_do_not_take_each_others_deliveries(database):
    first, wanted = laid_out(database, *ABCDE)
    with database.write() as connection:
        subscribe(connection, *ABCDE, newsletter="weekly")
        other = issue(add_story(connection, "b"), newsletter="weekly")
        second = issues.seal(connection, other, NOON)
        assert second is not None
        lay_out(connection, second, letter=newsletter(id="weekly"))
    assert {claimed.issue_id for claimed in claim(database, first)} == {first}
    assert set(states(database, second).values()) == {"pending"}
    assert numbers(claim(database, second)) == wanted


@pytest.mark.parametrize("workers", [2, 6])
def test_workers_that_claim_at_once_take_each_delivery_once(database, open_database, workers):
    issue_id, wanted = laid_out(database, *given_subscribers(150))
    others = [open_database() for _ in range(workers)]

    def work(name, other):
        mine = []
        while claims := claim(other, issue_id, worker=name, limit=7):
            mine += claims
            for claimed in claims[:2]:
                record(other, claimed, SENT)
        return mine

    tasks = [
        lambda name=str(number), other=other: work(name, other)
        for number, other in enumerate(others)
    ]
    taken = at_once(tasks)
    assert sorted(number for mine in taken for number in numbers(mine)) == wanted
    assert {claimed.attempt for mine in taken for claimed in mine} == {1}
    rows = delivery_rows(database, issue_id)
    for name, mine in enumerate(taken):
        for number in numbers(mine):
            assert rows[number]["worker"] in (str(name), None)
    assert Counter(row["attempts"] for row in rows.values()) == {1: 150}


def test_nobody_is_claimed_who_leaves_while_others_claim(database, open_database):
    issue_id, _ = laid_out(database, *given_subscribers(60))
    leaving = given_subscribers(60)[1::2]
    others = [open_database() for _ in range(3)]
    with database.write() as connection:
        for email in leaving[:15]:
            leave_all(connection, email)

    def leave():
        for email in leaving[15:]:
            with others[0].write() as connection:
                leave_all(connection, email)
        return []

    def work(name, other):
        mine = []
        while claims := claim(other, issue_id, worker=name, limit=4):
            mine += claims
        return mine

    taken = at_once([leave, lambda: work("one", others[1]), lambda: work("two", others[2])])
    emails = [claimed.subscriber.email for mine in taken for claimed in mine]
    assert len(emails) == len(set(emails))
    assert set(given_subscribers(60)[::2]) <= set(emails)
    assert not set(leaving[:15]) & set(emails)
    with database.read() as connection:
        found = deliveries.counts(connection, issue_id)
    assert found == {"sending": len(emails), "suppressed": 60 - len(emails)}


# who must get nothing


@pytest.mark.parametrize(("block", "reason"), BLOCKS)
def test_who_left_since_the_seal_gets_nothing_and_it_is_written_why(database, block, reason):
    issue_id, wanted = laid_out(database, *ABCDE)
    with database.write() as connection:
        block(connection, ABCDE[1])
    assert numbers(claim(database, issue_id)) == [wanted[0], *wanted[2:]]
    row = delivery_rows(database, issue_id)[wanted[1]]
    assert (row["state"], row["cause"], row["finished_at"]) == ("suppressed", reason, NOON)
    assert (row["attempts"], row["worker"]) == (0, None)
    assert claim(database, issue_id, now=LATER, resend=True) == []


@pytest.mark.parametrize(("block", "reason"), BLOCKS)
def test_who_leaves_between_two_claims_gets_nothing(database, block, reason):
    issue_id, wanted = laid_out(database, *ABCDE)
    assert numbers(claim(database, issue_id, limit=1)) == wanted[:1]
    with database.write() as connection:
        block(connection, ABCDE[1])
    assert numbers(claim(database, issue_id, limit=1)) == wanted[2:3]
    assert delivery_rows(database, issue_id)[wanted[1]]["cause"] == reason


@pytest.mark.parametrize("resend", [False, True])
@pytest.mark.parametrize(("block", "reason"), BLOCKS)
def test_who_leaves_between_two_attempts_gets_nothing(database, block, reason, resend):
    issue_id, wanted = laid_out(database, ABCDE[0])
    (claimed,) = claim(database, issue_id)
    record(database, claimed, IN_DOUBT if resend else DEFERRED, "421 busy", again=SOON)
    with database.write() as connection:
        block(connection, ABCDE[0])
    assert claim(database, issue_id, now=SOON, resend=resend) == []
    row = delivery_rows(database, issue_id)[wanted[0]]
    assert (row["state"], row["cause"], row["attempts"]) == ("suppressed", reason, 1)


def test_a_whole_batch_that_unsubscribed_does_not_end_the_work(database):
    issue_id, wanted = laid_out(database, *ABCDE)
    with database.write() as connection:
        for (block, _), email in zip(BLOCKS, ABCDE[:4], strict=True):
            block(connection, email)
    assert numbers(claim(database, issue_id, limit=2)) == wanted[4:]
    assert claim(database, issue_id, limit=2) == []
    assert Counter(states(database, issue_id).values()) == {"suppressed": 4, "sending": 1}


def test_when_everyone_left_nothing_is_claimed_and_nothing_is_open(database):
    issue_id, _ = laid_out(database, *ABCDE)
    with database.write() as connection:
        for email in ABCDE:
            leave_all(connection, email)
    assert claim(database, issue_id, limit=2) == []
    with database.read() as connection:
        assert deliveries.counts(connection, issue_id) == {"suppressed": 5}
        assert not deliveries.is_open(connection, issue_id, resend_in_doubt=True)


def test_leaving_another_newsletter_changes_nothing(database):
    with database.write() as connection:
        subscribe(connection, ABCDE[0], newsletter="weekly")
    issue_id, wanted = laid_out(database, ABCDE[0])
    with database.write() as connection:
        unsubscribe.remove(connection, ABCDE[0], "weekly", NOON)
    assert numbers(claim(database, issue_id)) == wanted


def test_who_comes_back_before_the_claim_gets_the_issue_with_the_new_choice(database):
    issue_id, wanted = laid_out(database, ABCDE[0])
    with database.write() as connection:
        leave_daily(connection, ABCDE[0])
        suppressions.lift(connection, ABCDE[0])
        subscribe(connection, ABCDE[0], topics=("culture",))
    (claimed,) = claim(database, issue_id)
    assert ([claimed.subscriber.id], claimed.topics) == (wanted, {"culture"})


def test_the_record_outlives_an_erased_subscriber(database):
    issue_id, wanted = laid_out(database, ABCDE[0])
    (claimed,) = claim(database, issue_id)
    with database.write() as connection:
        erase(connection, ABCDE[0])
    record(database, claimed, SENT, "250 kept")
    row = delivery_rows(database, issue_id)[wanted[0]]
    assert (row["state"], row["reply"]) == ("sent", "250 kept")


# another attempt


def test_a_deferred_delivery_waits_for_its_time(database):
    issue_id, _ = laid_out(database, ABCDE[0])
    (claimed,) = claim(database, issue_id)
    record(database, claimed, DEFERRED, "421 busy", again=SOON)
    assert claim(database, issue_id, now=ALMOST, resend=True) == []
    (again,) = claim(database, issue_id, worker="two", now=SOON)
    assert (again.subscriber, again.attempt) == (claimed.subscriber, 2)


def test_a_delivery_in_doubt_is_sent_again_only_where_that_is_wanted_and_at_its_time(database):
    issue_id, _ = laid_out(database, ABCDE[0])
    (claimed,) = claim(database, issue_id)
    record(database, claimed, IN_DOUBT, "connection lost", again=SOON)
    assert claim(database, issue_id, now=LATER) == []
    assert claim(database, issue_id, now=ALMOST, resend=True) == []
    (again,) = claim(database, issue_id, now=SOON, resend=True)
    assert (again.subscriber, again.attempt) == (claimed.subscriber, 2)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_finished_delivery_is_never_taken_again(database, state):
    issue_id, _ = laid_out(database, ABCDE[0])
    (claimed,) = claim(database, issue_id)
    record(database, claimed, state)
    assert claim(database, issue_id, now=LATER, resend=True) == []


# recording


@pytest.mark.parametrize("state", sorted({*FINAL, DEFERRED, IN_DOUBT}))
def test_a_result_is_written_and_finished_only_if_it_is_final(database, state):
    issue_id, wanted = laid_out(database, *ABCDE[:2])
    one, _ = claim(database, issue_id)
    again = SOON if state in (DEFERRED, IN_DOUBT) else None
    with database.write() as connection:
        result = Result(state, "451 4.7.1 später 👩‍🚀", 451, again)
        claims.record(connection, [(one, result)], LATER)
    rows = delivery_rows(database, issue_id)
    row = rows[wanted[0]]
    assert (row["state"], row["code"], row["reply"]) == (state, 451, "451 4.7.1 später 👩‍🚀")
    assert row["finished_at"] == (LATER if state in FINAL else None)
    assert row["next_attempt_at"] == again
    assert row["doubted_at"] == (LATER if state is IN_DOUBT else None)
    assert (row["worker"], row["claimed_at"], row["attempts"]) == (None, NOON, 1)
    assert (rows[wanted[1]]["state"], rows[wanted[1]]["worker"]) == ("sending", "one")


def test_of_many_results_each_is_written_to_its_own_delivery(database):
    issue_id, wanted = laid_out(database, *ABCDE)
    results = [
        Result(SENT, "250 kept", 250, server="relay"),
        Result(DEFERRED, "451 later", 451, SOON),
        Result(FAILED, "550 unknown", 550),
        Result(SKIPPED, ""),
        Result(IN_DOUBT, "no answer"),
    ]
    done = list(zip(claim(database, issue_id), results, strict=True))
    with database.write() as connection:
        claims.record(connection, done[::-1], NOON)
    rows = delivery_rows(database, issue_id)
    names = ("state", "reply", "code", "next_attempt_at", "server")
    assert [tuple(rows[number][name] for name in names) for number in wanted] == [
        (
            result.state,
            result.reply or None,
            result.code,
            result.next_attempt_at,
            result.server or None,
        )
        for result in results
    ]


def test_a_doubt_is_remembered_whatever_became_of_it(database):
    issue_id, _ = laid_out(database, *ABCDE[:2])
    one, two = claim(database, issue_id)
    record(database, one, IN_DOUBT, again=SOON)
    record(database, two, SENT)
    (again,) = claim(database, issue_id, now=SOON, resend=True)
    record(database, again, SENT)
    with database.read() as connection:
        assert deliveries.counts(connection, issue_id) == {"sent": 2}
        assert deliveries.doubted(connection, issue_id) == 1


# giving back


def test_a_claim_given_back_is_as_if_it_had_never_been(database):
    issue_id, wanted = laid_out(database, *ABCDE[:3])
    before = delivery_rows(database, issue_id)
    one, two = claim(database, issue_id, limit=2)
    claim(database, issue_id, worker="two")
    assert take_from(database) == 0
    rows = delivery_rows(database, issue_id)
    assert [rows[number] for number in wanted[:2]] == [before[number] for number in wanted[:2]]
    assert (rows[wanted[2]]["state"], rows[wanted[2]]["worker"]) == ("sending", "two")
    again = claim(database, issue_id, worker="two")
    assert again == [one, two]


@pytest.mark.parametrize("state", [DEFERRED, IN_DOUBT])
def test_what_waited_for_another_attempt_waits_again_when_given_back(database, state):
    issue_id, wanted = laid_out(database, ABCDE[0])
    (first,) = claim(database, issue_id)
    record(database, first, state, "421 busy", again=SOON)
    (second,) = claim(database, issue_id, now=SOON, resend=True)
    assert second.attempt == 2
    take_from(database)
    row = delivery_rows(database, issue_id)[wanted[0]]
    assert (row["state"], row["attempts"], row["worker"]) == (state, 1, None)
    assert (row["next_attempt_at"], row["reply"]) == (SOON, "421 busy")
    if state is IN_DOUBT:
        assert claim(database, issue_id, now=LATER) == []
    (again,) = claim(database, issue_id, now=SOON, resend=True)
    assert again.attempt == 2


@pytest.mark.parametrize("sent", [False, True])
def test_a_worker_taken_for_dead_has_no_part_in_what_another_took_over(database, sent):
    issue_id, wanted = laid_out(database, ABCDE[0])
    claim(database, issue_id)
    take_from(database)
    (new,) = claim(database, issue_id, worker="two", now=LATER)
    if sent:
        record(database, new, SENT)
    before = delivery_rows(database, issue_id)
    assert take_from(database) == 0
    assert delivery_rows(database, issue_id) == before
    assert before[wanted[0]]["attempts"] == 1


# doubt


def test_only_what_dead_workers_had_handed_out_is_in_doubt(database):
    issue_id, wanted = laid_out(database, *ABCDE)
    first, second = claim(database, issue_id, limit=2)
    record(database, first, SENT)
    claim(database, issue_id, worker="two", limit=2)
    assert take_from(database, "one", [first, second]) == 1
    assert take_from(database, "one", [first, second], LATER) == 0
    assert take_from(database, "three", [], LATER) == 0
    with database.read() as connection:
        assert claimants(connection) == {"two"}
        assert deliveries.doubted(connection, issue_id) == 1
    expected = ["sent", "in doubt", "sending", "sending", "pending"]
    assert states(database, issue_id) == dict(zip(wanted, expected, strict=True))
    row = delivery_rows(database, issue_id)[second.subscriber.id]
    assert (row["worker"], row["doubted_at"], row["finished_at"]) == (None, SOON, None)
    assert (row["cause"], row["reply"]) == ("worker-died", None)


def test_all_that_a_worker_of_an_earlier_version_had_claimed_is_in_doubt(database):
    issue_id, _ = laid_out(database, *ABCDE[:2])
    claim(database, issue_id)
    with database.write() as connection:
        workers.retire(connection, ["one"])
        assert deliveries.take_from(connection, "one", SOON) == 2


def test_what_a_dead_worker_held_may_be_sent_again_at_once(database):
    issue_id, _ = laid_out(database, ABCDE[0])
    assert take_from(database, handed_out=claim(database, issue_id)) == 1
    assert claim(database, issue_id, now=SOON) == []
    (again,) = claim(database, issue_id, now=SOON, resend=True)
    assert again.attempt == 2


# the end


def test_at_the_end_of_its_life_what_was_never_sent_fails(database):
    issue_id, wanted = laid_out(database, *ABCDE)
    sent, deferred, doubted, _ = claim(database, issue_id, limit=4)
    record(database, sent, SENT, "250 kept")
    record(database, deferred, DEFERRED, "421 busy", again=SOON)
    record(database, doubted, IN_DOUBT, "connection lost", again=SOON)
    with database.write() as connection:
        assert deliveries.expire(connection, issue_id, LATER, 24.0) == 2
        assert deliveries.expire(connection, issue_id, LATER, 24.0) == 0
    rows = delivery_rows(database, issue_id)
    expected = ["sent", "failed", "in doubt", "sending", "failed"]
    assert [rows[number]["state"] for number in wanted] == expected
    gave_up = [(rows[wanted[at]]["cause"], rows[wanted[at]]["reply"]) for at in (1, 4)]
    assert gave_up == [("gave-up", "421 busy"), ("gave-up", None)]
    assert rows[wanted[4]]["finished_at"] == LATER
    assert (rows[wanted[0]]["reply"], rows[wanted[2]]["finished_at"]) == ("250 kept", LATER)
    assert claim(database, issue_id, now=LATER, resend=True) == []


def test_another_issue_does_not_expire(database):
    issue_id, _ = laid_out(database, *ABCDE)
    with database.write() as connection:
        assert deliveries.expire(connection, issue_id + 1, LATER, 24) == 0
    assert set(states(database, issue_id).values()) == {"pending"}


def test_the_counts_name_each_state_that_occurs(database):
    issue_id, _ = laid_out(database, *ABCDE)
    one, two, three = claim(database, issue_id, limit=3)
    record(database, one, SENT)
    record(database, two, SENT)
    record(database, three, IN_DOUBT)
    with database.read() as connection:
        expected = {"in doubt": 1, "pending": 2, "sent": 2}
        assert deliveries.counts(connection, issue_id) == expected
        assert deliveries.counts(connection, issue_id + 1) == {}


@pytest.mark.parametrize("state", list(DeliveryState))
def test_an_issue_is_open_while_something_is_to_be_sent_or_answered(database, state):
    issue_id, _ = laid_out(database, *ABCDE[:2])
    one, two = claim(database, issue_id)
    record(database, one, SENT)
    if state is PENDING:
        take_from(database)  # not a byte of it went out
    elif state is not SENDING:
        record(database, two, state)
    with database.read() as connection:
        waits = state in (PENDING, SENDING, DEFERRED)
        assert deliveries.is_open(connection, issue_id, resend_in_doubt=False) == waits
        waits = waits or state is IN_DOUBT
        assert deliveries.is_open(connection, issue_id, resend_in_doubt=True) == waits
        assert not deliveries.is_open(connection, issue_id + 1, resend_in_doubt=True)


def test_what_was_sent_to_one_subscriber_is_told_newest_first(database):
    first, (number, _) = laid_out(database, *ABCDE[:2])
    with database.write() as connection:
        tomorrow = issue(add_story(connection, "b"), date=DAY + timedelta(days=1))
        second = issues.seal(connection, tomorrow, NOON)
        assert second is not None
    record(database, claim(database, first)[0], SENT, "250 kept")
    with database.write() as connection:
        lay_out(connection, second)
    with database.read() as connection:
        new, old = history.of_subscriber(connection, number, 30)
        assert history.of_subscriber(connection, number, 1) == [new]
    assert (new["date"], new["state"], new["attempts"]) == (tomorrow.date, "pending", 0)
    assert (old["date"], old["state"], old["reply"]) == (DAY, "sent", "250 kept")
    assert old["newsletter"] == "daily"
