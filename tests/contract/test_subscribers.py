"""Subscribers: one an address, whatever its case; whoever left stays out."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from digest.model import Subscription, SuppressionReason
from digest.services.subscribers import manage, unsubscribe
from digest.store import consents, subscribers, suppressions
from digest.store.schema import subscribers as subscriber_table
from digest.store.schema import subscriptions as subscription_table
from digest.store.subscribers import Added
from tests.builders import NOON
from tests.contract.givens import at_once, given_subscribers, subscribe

LATER = NOON + timedelta(hours=3)


def counted(added=0, updated=0, suppressed=0):
    return {Added.ADDED: added, Added.UPDATED: updated, Added.SUPPRESSED: suppressed}


def put(connection, *batch, newsletter="daily", now=NOON, **more):
    return subscribers.put_all(connection, newsletter, list(batch), now, **more)


def everyone(connection, newsletter=None):
    return list(subscribers.everyone(connection, newsletter))


def row(email, newsletter="daily", *, topics=(), **more):
    plain = {
        "name": "",
        "timezone": None,
        "hour": None,
        "paused_until": None,
        "layout": None,
        "days": (),
        "keywords": (),
        "at_least": None,
        "longest_wait": None,
        "alerts": False,
    }
    return {"email": email, "newsletter": newsletter, "topics": list(topics), **plain, **more}


# adding and updating


def test_a_new_address_is_added_with_all_that_is_known(database):
    ann = Subscription("ann@example.org", "Ann 👩‍🚀", ("space", "medicine"), "Europe/Paris")
    with database.write() as connection:
        assert put(connection, ann) == counted(added=1)
        assert everyone(connection) == [
            row(ann.email, name=ann.name, topics=ann.topics, timezone=ann.timezone)
        ]
        assert subscribers.count(connection, "daily") == 1
        assert subscribers.choices_of(connection, ann.email, "daily") == (
            frozenset(ann.topics),
            None,
            (),
            (),
        )


def test_an_address_that_is_there_is_updated(database):
    old = Subscription("ann@example.org", "Ann", ("space",), "Europe/Paris")
    new = Subscription("ann@example.org", "Anna", ("medicine",), None)
    with database.write() as connection:
        put(connection, old)
        number = subscribers.find_id(connection, old.email)
        assert put(connection, new, now=LATER) == counted(updated=1)
        assert everyone(connection) == [row(new.email, name="Anna", topics=("medicine",))]
        assert subscribers.find_id(connection, new.email) == number
        for table in (subscriber_table, subscription_table):
            assert connection.scalar(sa.select(table.c.created_at)) == NOON


def test_an_offer_changes_only_what_it_speaks_of(database):
    away = date(2026, 12, 1)
    own = Subscription("ann@example.org", "Ann", ("space",), "Europe/Paris", 7, away)
    offered = Subscription("ann@example.org", "", (), None, 9)
    fields = frozenset({"topics", "timezone", "hour", "paused_until"})
    kept = row(own.email, name="Ann", topics=("space",), timezone="Europe/Paris", hour=7)
    with database.write() as connection:
        put(connection, own)
        put(connection, offered, given=frozenset())
        assert everyone(connection) == [{**kept, "paused_until": away}]
        put(connection, offered, given=frozenset({"hour"}))
        assert everyone(connection) == [{**kept, "hour": 9, "paused_until": away}]
        put(connection, offered)
        assert everyone(connection) == [row(own.email, name="Ann", hour=9, paused_until=away)]
        put(connection, offered, given=fields)
        assert everyone(connection) == [row(own.email, name="Ann", hour=9)]


def test_an_update_without_a_name_keeps_the_name(database):
    with database.write() as connection:
        put(connection, Subscription("ann@example.org", "Ann"))
        put(connection, Subscription("ann@example.org", topics=("space",)))
        assert everyone(connection) == [row("ann@example.org", name="Ann", topics=("space",))]


def test_a_second_newsletter_is_a_second_subscription_of_the_same_subscriber(database):
    with database.write() as connection:
        put(connection, Subscription("ann@example.org", topics=("space",)))
        weekly = Subscription("ann@example.org", topics=("culture",))
        assert put(connection, weekly, newsletter="weekly") == counted(added=1)
        assert everyone(connection) == [
            row("ann@example.org", "daily", topics=("space",)),
            row("ann@example.org", "weekly", topics=("culture",)),
        ]
        numbers = sa.select(sa.func.count()).select_from(subscriber_table)
        assert connection.scalar(numbers) == 1


def test_one_batch_may_add_update_and_leave_out(database):
    with database.write() as connection:
        put(connection, Subscription("old@example.org"))
        suppressions.suppress(connection, "out@example.org", SuppressionReason.BOUNCED, NOON)
        batch = [Subscription(f"{name}@example.org", name) for name in ("new", "old", "out")]
        assert put(connection, *batch) == counted(added=1, updated=1, suppressed=1)
        assert everyone(connection) == [
            row("old@example.org", name="old"),
            row("new@example.org", name="new"),
        ]
        assert subscribers.find_id(connection, "out@example.org") is None


def test_an_empty_batch_is_nothing(database):
    with database.write() as connection:
        assert put(connection) == counted()


def test_a_batch_of_five_hundred_is_added_and_then_updated(database):
    emails = given_subscribers(500)
    with database.write() as connection:
        assert put(connection, *map(Subscription, emails)) == counted(added=500)
    changed = [Subscription(email, f"Name {email}", ("space",)) for email in emails]
    with database.write() as connection:
        assert put(connection, *changed) == counted(updated=500)
        assert subscribers.count(connection, "daily") == 500
        assert everyone(connection) == [
            row(entry.email, name=entry.name, topics=entry.topics) for entry in changed
        ]


def test_imports_of_the_same_addresses_at_once_both_succeed(database, open_database):
    emails = given_subscribers(300)

    def add(other, batch):
        with other.write() as connection:
            return put(connection, *map(Subscription, batch))

    one, two = open_database(), open_database()
    results = at_once([lambda: add(one, emails), lambda: add(two, emails[::-1])])
    assert counted(added=300) in results
    assert counted(updated=300) in results
    with database.read() as connection:
        assert {found["email"] for found in everyone(connection)} == set(emails)
        assert subscribers.count(connection, "daily") == 300


def test_of_two_editors_who_add_an_address_at_once_the_second_changes_nothing(
    database, open_database
):
    wishes = [Subscription("ada@example.org", topics=(topic,)) for topic in ("space", "oceans")]

    def add(other, wish):
        return manage.add(
            other,
            "daily",
            wish,
            NOON,
            given=frozenset({"topics"}),
            resubscribe=False,
            who="Ed",
            how="desk",
            only_new=True,
        )

    one, two = open_database(), open_database()
    is_new = at_once([lambda: add(one, wishes[0]), lambda: add(two, wishes[1])])
    assert sorted(is_new) == [False, True]
    with database.read() as connection:
        chosen = subscribers.choices_of(connection, "ada@example.org", "daily")
        assert chosen is not None
        assert chosen[0] == set(wishes[is_new.index(True)].topics)
        number = subscribers.find_id(connection, "ada@example.org")
        assert number is not None
        (consent,) = consents.of_subscriber(connection, number)
    assert consent.how == "desk"


# addresses


@pytest.mark.parametrize("email", ["ANN@EXAMPLE.ORG", "Ann@Example.org", " ann@example.org "])
def test_addresses_are_compared_whatever_their_case(database, email):
    with database.write() as connection:
        put(connection, Subscription("ann@example.org"))
        number = subscribers.find_id(connection, "ann@example.org")
        assert put(connection, Subscription(email, "Ann")) == counted(updated=1)
        assert subscribers.find_id(connection, email) == number
        assert subscribers.choices_of(connection, email, "daily") == (frozenset(), None, (), ())
        assert unsubscribe.remove(connection, email, None, NOON) == 1
        assert suppressions.reason_for(connection, "ann@example.org") == "unsubscribed"
        assert put(connection, Subscription("aNN@example.org")) == counted(suppressed=1)


def test_an_address_in_another_script_is_compared_by_its_case_too(database):
    with database.write() as connection:
        put(connection, Subscription("ЖАННА@пример.испытание"))
        assert subscribers.find_id(connection, "жанна@ПРИМЕР.испытание") is not None


def test_topics_are_none_for_one_who_gets_nothing(database):
    with database.write() as connection:
        subscribe(connection, "ann@example.org")
        assert subscribers.choices_of(connection, "ann@example.org", "weekly") is None
        assert subscribers.choices_of(connection, "bob@example.org", "daily") is None


# leaving


def test_leaving_one_newsletter_leaves_the_others_and_keeps_imports_of_it_out(database):
    ann = "ann@example.org"
    with database.write() as connection:
        subscribe(connection, ann)
        subscribe(connection, ann, newsletter="weekly")
        assert unsubscribe.remove(connection, ann, "daily", NOON) == 1
        assert everyone(connection) == [row(ann, "weekly")]
        assert suppressions.reason_for(connection, ann) is None
        assert unsubscribe.remove(connection, ann, "daily", NOON) == 0
        assert put(connection, Subscription(ann)) == counted(suppressed=1)
        assert put(connection, Subscription(ann), newsletter="weekly") == counted(updated=1)
        assert put(connection, Subscription(ann), resubscribe=True) == counted(added=1)
        assert put(connection, Subscription(ann)) == counted(updated=1)


def test_the_last_newsletter_that_is_left_suppresses_the_address(database):
    ann = "ann@example.org"
    with database.write() as connection:
        subscribe(connection, ann)
        subscribe(connection, ann, newsletter="weekly")
        unsubscribe.remove(connection, ann, "daily", NOON)
        assert unsubscribe.remove(connection, ann, "weekly", NOON) == 1
        assert suppressions.reason_for(connection, ann) == "unsubscribed"
        assert put(connection, Subscription(ann), newsletter="monthly") == counted(suppressed=1)


def test_leaving_all_newsletters_is_for_good(database):
    ann, bob = "ann@example.org", "bob@example.org"
    with database.write() as connection:
        subscribe(connection, ann, bob)
        subscribe(connection, ann, newsletter="weekly")
        assert unsubscribe.remove(connection, ann, None, NOON) == 2
        assert everyone(connection) == [row(bob)]
        assert suppressions.reason_for(connection, ann) == "unsubscribed"
        assert put(connection, Subscription(ann)) == counted(suppressed=1)
        assert put(connection, Subscription(ann), newsletter="weekly") == counted(suppressed=1)
        assert everyone(connection) == [row(bob)]


def test_removing_whom_there_is_nothing_to_remove_of_does_nothing(database):
    with database.write() as connection:
        subscribe(connection, "bob@example.org")
        assert unsubscribe.remove(connection, "bob@example.org", "weekly", NOON) == 0
        assert put(connection, Subscription("bob@example.org"), newsletter="weekly")[Added.ADDED]
        assert unsubscribe.remove(connection, "ann@example.org", None, NOON) == 0
        assert suppressions.reason_for(connection, "ann@example.org") is None


def test_the_first_reason_stays_until_it_is_lifted(database):
    ann = "ann@example.org"
    with database.write() as connection:
        suppressions.suppress(connection, ann, SuppressionReason.BOUNCED, NOON)
        suppressions.suppress(connection, ann.upper(), SuppressionReason.UNSUBSCRIBED, LATER)
        assert suppressions.reason_for(connection, ann) == "bounced"
        suppressions.lift(connection, ann.upper())
        assert suppressions.reason_for(connection, ann) is None
        assert put(connection, Subscription(ann)) == counted(added=1)


def test_an_erased_subscriber_takes_the_subscriptions_along(database):
    with database.write() as connection:
        ann, bob = subscribe(connection, "ann@example.org", "bob@example.org")
        connection.execute(sa.delete(subscriber_table).where(subscriber_table.c.id == ann))
        assert everyone(connection) == [row("bob@example.org")]
        left = sa.select(subscription_table.c.subscriber_id)
        assert list(connection.scalars(left)) == [bob]


def test_a_number_is_never_given_again(database):
    with database.write() as connection:
        numbers = subscribe(connection, "a@example.org", "b@example.org")
    with database.write() as connection:
        connection.execute(sa.delete(subscriber_table))
    with database.write() as connection:
        again = subscribe(connection, "b@example.org", "c@example.org")
    assert len({*numbers, *again}) == 4
    assert min(again) > max(numbers)


# listing


def test_everyone_is_streamed_in_the_order_of_the_subscribers(database):  # promise 10
    emails = given_subscribers(2_300)
    with database.write() as connection:
        for start in range(0, len(emails), 500):
            subscribe_all = map(Subscription, emails[start : start + 500])
            put(connection, *subscribe_all)
        put(connection, Subscription(emails[1]), newsletter="weekly")
    with database.read() as connection:
        assert [found["email"] for found in everyone(connection, "daily")] == emails
        expected = [*emails[:2], *emails[1:]]
        assert [found["email"] for found in everyone(connection)] == expected
        assert everyone(connection, "weekly") == [row(emails[1], "weekly")]
        assert everyone(connection, "monthly") == []


def test_a_listing_that_is_broken_off_leaves_the_connection_as_it_was(database):
    with database.write() as connection:
        subscribe(connection, "a@example.org", "b@example.org")
    with database.read() as connection:
        before = dict(connection.get_execution_options())
        rows = subscribers.everyone(connection)
        assert next(rows)["email"] == "a@example.org"
        rows.close()  # type: ignore[attr-defined]
        assert dict(connection.get_execution_options()) == before
        assert subscribers.count(connection, "daily") == 2
