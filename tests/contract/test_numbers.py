"""Counts by day, domain and issue, as both databases count them."""

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa

from digest.model import DeliveryState
from digest.store import delivery_counts, numbers, unsubscribes
from digest.store.schema import bounces, deliveries, subscriptions
from digest.store.unsubscribes import UnsubscribeMethod
from tests.builders import DAY, NOON
from tests.contract.givens import laid_out, subscribe

LONG_AGO = NOON - timedelta(days=40)


def test_who_came_and_left_is_counted_by_day(database):
    with database.write() as connection:
        _, ben, *_ = subscribe(connection, *(f"{name}@example.org" for name in "abc"))
        late = NOON.replace(hour=23, minute=59)
        changed = sa.update(subscriptions).where(subscriptions.c.subscriber_id == ben)
        connection.execute(changed.values(created_at=late - timedelta(days=1)))
        unsubscribes.end(connection, ben, "daily", UnsubscribeMethod.PAGE, late)
    with database.read() as connection:
        assert numbers.joined_by_day(connection, "daily", LONG_AGO) == {DAY: 2}
        assert numbers.left_by_day(connection, "daily", LONG_AGO) == {DAY: 1}
        assert numbers.joined_by_day(connection, "weekly", LONG_AGO) == {}
        assert numbers.left_by_day(connection, "daily", late + timedelta(seconds=1)) == {}


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
        assert numbers.deliveries_by_issue(connection, "daily", DAY) == [
            (DAY, {DeliveryState.PENDING: 1, DeliveryState.SENT: 2})
        ]
        assert numbers.deliveries_by_issue(connection, "daily", DAY + timedelta(days=1)) == []
        by_domain = numbers.bounces_by_domain(connection, ["hard", "soft"], LONG_AGO)
    assert by_domain == Counter({"example.org": 2})
