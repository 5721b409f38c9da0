"""What the accounts of an issue are drawn from: counts (digest.services.delivery.accounts)."""

from collections import Counter
from datetime import datetime

import sqlalchemy as sa

from digest.model import UNTOLD, DeliveryState
from digest.store import issue_figures
from digest.store.attempt_times import OPEN_PARTS
from digest.store.issues import Neighbour
from digest.store.schema import deliveries, subscriptions, workers


def subscribed(connection: sa.Connection, newsletter: str) -> int:
    """How many get a newsletter now."""
    query = sa.select(sa.func.count()).where(subscriptions.c.newsletter == newsletter)
    return connection.scalar(query) or 0


def without_delivery(
    connection: sa.Connection, issue: Neighbour, sealed_before: datetime
) -> tuple[int, int]:
    """How many get the newsletter now and have no delivery: came before a time, and came since."""
    query = (
        sa.select(
            sa.func.count().filter(subscriptions.c.created_at < sealed_before),
            sa.func.count().filter(subscriptions.c.created_at >= sealed_before),
        )
        .select_from(_beside(issue))
        .where(subscriptions.c.newsletter == issue.newsletter, deliveries.c.issue_id.is_(None))
    )
    before, since = connection.execute(query).one()
    return before, since


def _beside(issue: Neighbour) -> sa.FromClause:
    """Each subscription, with its delivery of the issue where it has one."""
    of_issue = sa.and_(
        deliveries.c.issue_id == issue.id,
        deliveries.c.subscriber_id == subscriptions.c.subscriber_id,
    )
    return subscriptions.outerjoin(deliveries, of_issue)


def left_since(connection: sa.Connection, issue: Neighbour) -> int:
    """How many deliveries are for somebody who does not get the newsletter any more."""
    still = sa.and_(
        subscriptions.c.newsletter == issue.newsletter,
        subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
    )
    query = (
        sa.select(sa.func.count())
        .select_from(deliveries.outerjoin(subscriptions, still))
        .where(deliveries.c.issue_id == issue.id, subscriptions.c.subscriber_id.is_(None))
    )
    return connection.scalar(query) or 0


def causes(connection: sa.Connection, issue_id: int) -> dict[tuple[str, str], int]:
    """How many deliveries are in each state for each cause, of those that have one."""
    query = (
        sa.select(deliveries.c.state, deliveries.c.cause, sa.func.count().label("n"))
        .where(deliveries.c.issue_id == issue_id, deliveries.c.cause.is_not(None))
        .group_by(deliveries.c.state, deliveries.c.cause)
    )
    total = Counter(issue_figures.by_cause(connection, issue_id))
    total.update({(row.state, row.cause): row.n for row in connection.execute(query)})
    return dict(sorted(total.items()))


def in_nobodys_hands(connection: sa.Connection, issue_id: int) -> int:
    """How many deliveries are in hand, but of no worker that is registered."""
    query = (
        sa.select(sa.func.count())
        .select_from(deliveries.outerjoin(workers, workers.c.id == deliveries.c.worker))
        .where(
            deliveries.c.issue_id == issue_id,
            deliveries.c.state == DeliveryState.SENDING,
            workers.c.id.is_(None),
        )
    )
    return sum(connection.scalar(query.where(part)) or 0 for part in OPEN_PARTS)


def untold(connection: sa.Connection, issue: Neighbour, later: Neighbour) -> int:
    """How many deliveries are to be told with those of the next issue, which do not tell them."""
    first, second = deliveries.alias("first"), deliveries.alias("second")
    together = sa.and_(
        second.c.issue_id == later.id, second.c.subscriber_id == first.c.subscriber_id
    )
    query = (
        sa.select(sa.func.count())
        .select_from(first.join(second, together))
        .where(
            first.c.issue_id == issue.id,
            first.c.state.in_(UNTOLD),
            sa.or_(second.c.since.is_(None), second.c.since > issue.date),
        )
    )
    return connection.scalar(query) or 0
