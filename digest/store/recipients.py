"""Who gets a newsletter, and where each stands with one issue of it: read, never written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from json import loads

import sqlalchemy as sa

from digest.model import DeliveryState, Likes, MailLayout, SuppressionReason
from digest.store.schema import deliveries, subscribers, subscriptions, suppressions


@dataclass(frozen=True, slots=True)
class Recipient:
    """A subscriber and an issue: the delivery's state, None where there is no delivery.

    What a delivery tells begins with the issue of `since`, where that is set; one that was put off
    is attempted again at `next_attempt_at`, and in doubt for good where `is_over`.
    """

    email: str
    topics: frozenset[str]
    layout: MailLayout | None
    keywords: tuple[str, ...]
    likes: Likes
    suppressed: SuppressionReason | None
    state: DeliveryState | None
    since: date | None
    next_attempt_at: datetime | None
    is_over: bool


def of_issue(connection: sa.Connection, issue_id: int, newsletter: str) -> Iterator[Recipient]:
    """All who are subscribed now, by their numbers."""
    own = sa.and_(deliveries.c.subscriber_id == subscribers.c.id, deliveries.c.issue_id == issue_id)
    query = (
        sa.select(
            subscribers.c.email,
            sa.cast(subscriptions.c.topics, sa.Text),
            subscriptions.c.layout,
            subscriptions.c.keywords,
            subscriptions.c.likes,
            suppressions.c.reason,
            deliveries.c.state,
            deliveries.c.since,
            deliveries.c.next_attempt_at,
            deliveries.c.finished_at,
        )
        .join_from(subscriptions, subscribers)
        .outerjoin(suppressions, suppressions.c.address_hash == subscribers.c.address_hash)
        .outerjoin(deliveries, own)
        .where(subscriptions.c.newsletter == newsletter)
        .order_by(subscribers.c.id)
    )
    for (
        email,
        topics,
        layout,
        keywords,
        likes,
        suppressed,
        state,
        since,
        again,
        finished,
    ) in connection.execute(query):
        yield Recipient(
            email,
            frozenset(loads(topics)),
            layout,
            keywords,
            likes,
            SuppressionReason(suppressed) if suppressed else None,
            DeliveryState(state) if state else None,
            since,
            again,
            finished is not None,
        )
