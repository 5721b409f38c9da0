"""Counts by day, domain and issue, as both databases count them."""

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa

from digest.model import DeliveryState
from digest.services.subscribers import personal_data
from digest.store import (
    chart_counts,
    delivery_counts,
    preferences,
    subscriber_figures,
    subscribers,
    unsubscribes,
)
from digest.store.schema import bounces, deliveries
from digest.store.unsubscribes import UnsubscribeMethod
from tests.builders import DAY, NOON
from tests.contract.givens import laid_out, subscribe

LONG_AGO = NOON - timedelta(days=40)


def test_who_came_and_left_is_counted_by_day_and_stays_so_when_they_are_erased(database):
    names = [f"{name}@example.org" for name in "abc"]
    late = NOON.replace(hour=23, minute=59)
    with database.write() as connection:
        ann, ben, cat = subscribe(connection, *names)
        subscribe(connection, *names)  # again: nobody is new
        unsubscribes.end(connection, ben, "daily", UnsubscribeMethod.PAGE, late)
        unsubscribes.end(connection, ben, "daily", UnsubscribeMethod.PAGE, late)
        unsubscribes.restore(connection, ben, "daily", late + timedelta(days=1))
        preferences.subscribe(connection, ann, "weekly", None, late)
        preferences.hand_over(connection, ann, cat, late)
    for number in (ann, ben):
        personal_data.erase(database, number, late + timedelta(days=2))
    with database.read() as connection:
        assert subscriber_figures.by_day(connection, "daily", DAY) == {
            DAY: (3, 1),
            DAY + timedelta(days=1): (1, 0),
            DAY + timedelta(days=2): (0, 2),
        }
        assert subscriber_figures.by_day(connection, "weekly", DAY) == {
            DAY: (2, 0),
            DAY + timedelta(days=2): (0, 1),
        }
        assert list(subscriber_figures.by_day(connection, "daily", DAY + timedelta(days=2))) == [
            DAY + timedelta(days=2)
        ]
        assert subscribers.count(connection, "daily") == 3 - 1 + 1 - 2


def test_mails_are_counted_by_issue_and_bounces_by_domain(database):
    issue_id, ids = laid_out(database, "a@Example.org", "b@example.org", "c@example.net")
    with database.write() as connection:
        two = deliveries.c.subscriber_id.in_(ids[:2])
        delivery_counts.update(connection, two, state=DeliveryState.SENT)
        for number, kind in zip(ids, ("hard", "soft", "notice"), strict=True):
            row = {"message_hash": kind, "address_hash": kind, "subscriber_id": number}
            more = {"issue_id": issue_id, "kind": kind, "reason": "", "received_at": NOON}
            connection.execute(sa.insert(bounces).values(**row, **more))
    with database.read() as connection:
        assert chart_counts.deliveries_by_issue(connection, "daily", DAY) == [
            (DAY, {DeliveryState.PENDING: 1, DeliveryState.SENT: 2})
        ]
        assert chart_counts.deliveries_by_issue(connection, "daily", DAY + timedelta(days=1)) == []
        by_domain = chart_counts.bounces_by_domain(connection, ["hard", "soft"], LONG_AGO)
    assert by_domain == Counter({"example.org": 2})
