"""What came back is kept once, and suppresses whom it should, on both databases."""

from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from digest.deliver.bounces.rules import BounceRules
from digest.deliver.queue.refusal_breaker import of_addresses
from digest.model import Addressee, Bounce, BounceKind, DeliveryState, Result, SuppressionReason
from digest.services.bounces import suppress
from digest.services.bounces.suppress import BounceOutcome
from digest.services.subscribers import personal_data
from digest.store import bounces, claims, deliveries, issues, subscribers, suppressions
from digest.store.bounces import Refusal
from digest.store.schema import bounces as bounce_table
from tests.builders import DAY, NOON, issue
from tests.contract.givens import add_story, at_once, given_subscribers, laid_out, subscribe

ADA, BEN = "ada@example.org", "ben@example.org"
RULES = BounceRules()
HARD = "550 5.1.1 <ada@example.org>: no such user"
SOFT = "552 5.2.2 over quota"


def bounced(kind, subscriber_id, issue_id=None, **about):
    return Bounce(kind, Addressee(subscriber_id, signed=True, issue_id=issue_id, **about))


def take(connection, bounce, name="a", now=NOON, rules=RULES):
    return suppress.record_bounce(connection, name, bounce, now, rules)


def rows(connection):
    query = sa.select(bounce_table).order_by(bounce_table.c.id)
    return list(connection.execute(query).mappings())


def issues_of_days(connection, count):
    """That many sealed issues, a day each, the last of them on DAY."""
    days = [DAY - timedelta(days=count - 1 - n) for n in range(count)]
    found = []
    for day in days:
        story = add_story(connection, f"story {day}")
        found.append(issues.seal(connection, issue(story, date=day), NOON))
    return found


def test_a_hard_bounce_suppresses_at_once_and_is_kept_with_its_issue(database):
    issue_id, (ada, _) = laid_out(database, ADA, BEN)
    with database.write() as connection:
        done = take(connection, bounced(BounceKind.HARD, ada, issue_id))
        assert (done.result, done.email, done.suppressed) == (BounceOutcome.NEW, ADA, True)
        assert suppressions.reason_for(connection, ADA) == "bounced"
        assert suppressions.reason_for(connection, BEN) is None
        (row,) = rows(connection)
    assert (row["issue_id"], row["subscriber_id"], row["kind"]) == (issue_id, ada, "hard")
    assert row["received_at"] == NOON


def test_a_complaint_suppresses_and_the_first_reason_stays(database):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)
        assert take(connection, bounced(BounceKind.COMPLAINT, ada)).suppressed
        assert not take(connection, bounced(BounceKind.HARD, ada), "b").suppressed
        assert suppressions.reason_for(connection, ADA) == "complained"


@pytest.mark.parametrize("kind", [BounceKind.SOFT, BounceKind.DELAYED])
def test_one_that_may_pass_suppresses_nobody(database, kind):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)
        assert not take(connection, bounced(kind, ada)).suppressed
        assert suppressions.reason_for(connection, ADA) is None


def test_the_same_message_counts_once(database):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)
        take(connection, bounced(BounceKind.HARD, ada))
        suppressions.lift(connection, ADA)
        again = take(connection, bounced(BounceKind.HARD, ada))
        assert (again.result, again.suppressed) == (BounceOutcome.KNOWN, False)
        assert suppressions.reason_for(connection, ADA) is None
        assert len(rows(connection)) == 1


def test_soft_bounces_of_five_issues_suppress_whenever_they_are_read(database):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)
        numbers = issues_of_days(connection, 5)
        done = [
            take(connection, bounced(BounceKind.SOFT, ada, number), f"{number}").suppressed
            for number in numbers
        ]
        assert done == [False, False, False, False, True]
        assert suppressions.reason_for(connection, ADA) == "bounced"


def test_five_soft_bounces_of_one_issue_suppress_nobody(database):
    issue_id, (ada,) = laid_out(database, ADA)
    with database.write() as connection:
        for n in range(5):
            later = NOON + timedelta(days=n)
            take(connection, bounced(BounceKind.SOFT, ada, issue_id), f"{n}", later)
        assert suppressions.reason_for(connection, ADA) is None


def test_where_no_issue_is_known_the_day_of_arrival_counts(database):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)
        for n in range(5):
            take(connection, bounced(BounceKind.SOFT, ada), f"{n}", NOON + timedelta(days=n))
        assert suppressions.reason_for(connection, ADA) == "bounced"


def test_one_about_a_subscriber_who_is_gone_leaves_no_trace(database):
    with database.write() as connection:
        assert take(connection, bounced(BounceKind.HARD, 4711)).result is BounceOutcome.GONE
        assert rows(connection) == []


def test_an_issue_that_is_not_known_here_is_left_out(database):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)
        take(connection, bounced(BounceKind.HARD, ada, 4711))
        assert rows(connection)[0]["issue_id"] is None


def test_an_issue_is_also_found_by_newsletter_and_date(database):
    issue_id, (ada,) = laid_out(database, ADA)
    named = bounced(BounceKind.SOFT, ada, newsletter="daily", day=DAY)
    other = bounced(BounceKind.SOFT, ada, newsletter="daily", day=date(2020, 1, 1))
    with database.write() as connection:
        take(connection, named)
        take(connection, other, "b")
        assert [row["issue_id"] for row in rows(connection)] == [issue_id, None]


def test_who_leaves_by_mail_leaves_that_newsletter_and_stays_out_after_the_last(database):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)
        subscribe(connection, ADA, newsletter="weekly")
        leave = partial(bounced, BounceKind.UNSUBSCRIBE, ada)
        assert not take(connection, leave(newsletter="daily")).suppressed
        assert subscribers.choices_of(connection, ADA, "daily") is None
        assert subscribers.choices_of(connection, ADA, "weekly") is not None
        assert take(connection, leave(newsletter="weekly"), "b").suppressed
        assert suppressions.reason_for(connection, ADA) == "unsubscribed"


def test_who_leaves_twice_left_once(database):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)
        leave = bounced(BounceKind.UNSUBSCRIBE, ada, newsletter="daily")
        assert take(connection, leave).suppressed
        assert not take(connection, leave, "b").suppressed


# at SMTP time


def test_failures_of_a_batch_are_noted_and_the_hard_ones_suppressed(database):
    emails = given_subscribers(50)
    issue_id, numbers = laid_out(database, *emails)
    failures = [
        Refusal(issue_id, number, 550, HARD if n % 2 else SOFT) for n, number in enumerate(numbers)
    ]
    with database.write() as connection:
        assert suppress.note_failures(connection, failures, NOON, RULES) == 25
        found = rows(connection)
        reasons = [suppressions.reason_for(connection, email) for email in emails]
    assert {(row["kind"], row["status"]) for row in found} == {("hard", "5.1.1"), ("soft", "5.2.2")}
    assert reasons == [None, "bounced"] * 25
    assert not any("ada@" in row["reason"] for row in found)


def test_a_failure_that_is_noted_again_counts_once(database):
    issue_id, (ada,) = laid_out(database, ADA)
    failure = Refusal(issue_id, ada, 550, HARD)
    with database.write() as connection:
        assert suppress.note_failures(connection, [failure], NOON, RULES) == 1
        assert suppress.note_failures(connection, [failure], NOON, RULES) == 0
        assert len(rows(connection)) == 1


def test_what_servers_refused_is_found_and_what_was_given_up_is_not(database):
    issue_id, (ada, ben, _) = laid_out(database, ADA, BEN, "cara@example.org")
    refused = Result(DeliveryState.FAILED, HARD, 550)
    later = Result(DeliveryState.DEFERRED, "450 later", 450, NOON + timedelta(days=1))
    with database.write() as connection:
        taken = claims.claim(
            connection, issue_id, worker="me", now=NOON, limit=9, resend_in_doubt=True
        )
        claims.record(connection, list(zip(taken, [refused, refused, later], strict=True)), NOON)
        deliveries.expire(connection, issue_id, NOON + timedelta(days=2), 24)
        found = bounces.refusals(connection, issue_id)
        assert [tuple(each) for each in found] == [
            (issue_id, ada, 550, HARD, False),
            (issue_id, ben, 550, HARD, False),
        ]
        assert suppress.note_failures(connection, found[:1], NOON, RULES) == 1
        assert [each.is_noted for each in bounces.refusals(connection, issue_id)] == [True, False]


def test_what_was_refused_to_a_subscriber_who_was_erased_since_is_not_judged(database):
    issue_id, (ada, _) = laid_out(database, ADA, BEN)
    refused = Result(DeliveryState.FAILED, HARD, 550)
    with database.write() as connection:
        taken = claims.claim(
            connection, issue_id, worker="me", now=NOON, limit=9, resend_in_doubt=True
        )
        claims.record(connection, [(claim, refused) for claim in taken], NOON)
    personal_data.erase(database, ada, NOON)
    with database.read() as connection:
        (of_ben,) = bounces.refusals(connection, issue_id)
    assert of_addresses([of_ben.reply], accepted=5) == [True]


def test_soft_failures_of_five_issues_suppress(database):
    with database.write() as connection:
        (ada,) = subscribe(connection, ADA)
        done = [
            suppress.note_failures(connection, [Refusal(number, ada, 552, SOFT)], NOON, RULES)
            for number in issues_of_days(connection, 5)
        ]
    assert done == [0, 0, 0, 0, 1]


def test_without_failures_the_database_is_not_asked(database):
    with database.write() as connection:
        statements = []
        sa.event.listen(connection, "before_cursor_execute", lambda *a: statements.append(a[2]))
        assert suppress.note_failures(connection, [], NOON, RULES) == 0
        assert statements == []


def test_a_failure_of_an_erased_subscriber_is_no_error(database):
    issue_id, _ = laid_out(database, ADA)
    with database.write() as connection:
        failure = Refusal(issue_id, 4711, 550, HARD)
        assert suppress.note_failures(connection, [failure], NOON, RULES) == 0


def test_workers_with_the_same_failures_at_once_do_not_lock_each_other(open_database):
    database = open_database()
    issue_id, numbers = laid_out(database, *given_subscribers(40))
    failures = [Refusal(issue_id, number, 550, HARD) for number in numbers]

    def note(order):
        with open_database().write() as connection:
            return suppress.note_failures(connection, order, NOON, RULES)

    at_once([lambda: note(failures), lambda: note(failures[::-1])])
    with database.read() as connection:
        assert len(rows(connection)) == 40
        assert len(list(suppressions.everyone(connection))) == 40


# looking


def test_what_came_back_from_an_address_is_told_the_latest_first(database):
    issue_id, (ada,) = laid_out(database, ADA)
    with database.write() as connection:
        take(connection, bounced(BounceKind.SOFT, ada, issue_id))
        take(connection, bounced(BounceKind.DELAYED, ada), "b", NOON + timedelta(hours=1))
        found = bounces.of_address(connection, "Ada@Example.org", 10)
        assert [(row["kind"], row["newsletter"], row["date"]) for row in found] == [
            ("delayed", None, None),
            ("soft", "daily", DAY),
        ]
        assert len(bounces.of_address(connection, ADA, 1)) == 1
        assert bounces.of_address(connection, BEN, 10) == []


def test_suppressions_are_listed_with_the_address_where_it_is_known(database):
    with database.write() as connection:
        subscribe(connection, ADA)
        suppressions.suppress(connection, ADA, SuppressionReason.BOUNCED, NOON)
        suppressions.suppress(
            connection, "gone@example.org", SuppressionReason.ERASED, NOON + timedelta(1)
        )
        found = [(row["email"], row["reason"]) for row in suppressions.everyone(connection)]
    assert found == [(ADA, "bounced"), (None, "erased")]
