"""Subscriptions are listed some at a time, by what holds of them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from digest.model import SuppressionReason
from digest.store import subscribers, suppressions
from digest.store.schema import subscriptions as subscription_table
from digest.store.subscriber_list import SubscriptionState, Wanted, listed
from tests.builders import DAY, NOON
from tests.contract.givens import subscribe


@pytest.fixture
def listing(database):
    """Four who get a newsletter: one is away, one is suppressed; two chose topics."""
    with database.write() as connection:
        subscribe(connection, "ann@example.org", "cat@example.org", topics=("space",))
        subscribe(connection, "ben@example.net", "dan@example.org")
        subscribe(connection, "ann@example.org", newsletter="weekly")
        ben = subscribers.find_id(connection, "ben@example.net")
        change = sa.update(subscription_table).where(subscription_table.c.subscriber_id == ben)
        connection.execute(change.values(paused_until=DAY + timedelta(days=1)))
        suppressions.suppress(connection, "dan@example.org", SuppressionReason.BOUNCED, NOON)
    return lambda **wanted: emails_listed(database, **wanted)


def emails_listed(database, **wanted):
    with database.read() as connection:
        return [row["email"] for row in listed(connection, Wanted(**wanted), DAY)]


def test_subscriptions_are_listed_by_state_topic_address_and_place(listing):
    ann, cat, ben, dan = "ann@example.org", "cat@example.org", "ben@example.net", "dan@example.org"
    assert listing() == [ann, ann, cat, ben, dan]
    assert listing(newsletter="daily") == [ann, cat, ben, dan]
    assert listing(state=SubscriptionState.ACTIVE, newsletter="daily") == [ann, cat]
    assert listing(state=SubscriptionState.PAUSED) == [ben]
    assert listing(state=SubscriptionState.SUPPRESSED) == [dan]
    assert listing(topic="space") == [ann, cat]
    assert listing(topic="pace") == []
    assert listing(address_part="N@EXAMPLE.ORG", newsletter="daily") == [ann, dan]
    assert listing(after=2, address_part="example.org") == [dan]
