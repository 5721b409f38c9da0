"""What became of each delivery, and of whom: for a rehearsal, which holds it against the mail."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.model import DeliveryState
from digest.store.attempt_times import ATTEMPT_AT, IS_OPEN
from digest.store.deliveries import WAITING
from digest.store.schema import deliveries, subscribers, subscriptions


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """Where a delivery came to, when it was due, and whether it was ever in doubt."""

    state: DeliveryState
    due_at: datetime
    was_doubted: bool


def of_issue(connection: sa.Connection, issue_id: int) -> dict[int, DeliveryOutcome]:
    """The outcomes of an issue by the subscriber's number."""
    query = sa.select(
        deliveries.c.subscriber_id,
        deliveries.c.state,
        deliveries.c.due_at,
        deliveries.c.doubted_at.is_not(None),
    ).where(deliveries.c.issue_id == issue_id)
    return {
        number: DeliveryOutcome(DeliveryState(state), due_at, bool(doubted))
        for number, state, due_at, doubted in connection.execute(query)
    }


def next_turn(connection: sa.Connection, issue_id: int) -> datetime | None:
    """When the next of an issue's deliveries is to be attempted; None where none is."""
    query = sa.select(sa.func.min(ATTEMPT_AT)).where(
        deliveries.c.issue_id == issue_id,
        IS_OPEN,
        deliveries.c.state.in_([*WAITING, DeliveryState.IN_DOUBT]),
    )
    moment: datetime | None = connection.scalar(query)
    return moment


def addresses(connection: sa.Connection) -> list[tuple[int, str]]:
    """The number and the address of everybody who is subscribed to anything."""
    subscribed = sa.select(subscriptions.c.subscriber_id)
    query = sa.select(subscribers.c.id, subscribers.c.email).where(subscribers.c.id.in_(subscribed))
    return [(number, email) for number, email in connection.execute(query.order_by("id"))]


def clocks(connection: sa.Connection, newsletter: str) -> dict[int, tuple[int | None, str | None]]:
    """The hour and the zone that each subscriber of a newsletter chose, by number."""
    chosen = (subscriptions.c.subscriber_id, subscriptions.c.hour, subscriptions.c.timezone)
    query = sa.select(*chosen).where(subscriptions.c.newsletter == newsletter)
    return {number: (hour, zone) for number, hour, zone in connection.execute(query)}
