"""Counts by issue and by domain, for those who look after the newsletters."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from digest.store import deliveries
from digest.store.schema import (
    bounces,
    issues,
    subscribers,
)

# Of what came back no more is looked at: its domains are counted here, not by the database.
_MOST_BOUNCES = 20_000


def deliveries_by_issue(
    connection: sa.Connection, newsletter: str, since: date
) -> list[tuple[date, dict[str, int]]]:
    """The sealed issues of a newsletter since a date: how many deliveries are in each state."""
    sealed = sa.select(issues.c.id, issues.c.date).where(
        issues.c.newsletter == newsletter,
        issues.c.date >= since,
        issues.c.sealed_at.is_not(None),
    )
    rows = connection.execute(sealed.order_by(issues.c.date)).all()
    return [(row.date, deliveries.counts(connection, row.id)) for row in rows]


def bounces_by_domain(
    connection: sa.Connection, kinds: Sequence[str], since: datetime
) -> Counter[str]:
    """How much came back of each domain since a time; of those erased since nobody knows."""
    query = (
        sa.select(subscribers.c.email)
        .join_from(bounces, subscribers, subscribers.c.id == bounces.c.subscriber_id)
        .where(bounces.c.received_at >= since, bounces.c.kind.in_(kinds))
        .limit(_MOST_BOUNCES)
    )
    return Counter(email.rpartition("@")[2].lower() for email in connection.scalars(query))
