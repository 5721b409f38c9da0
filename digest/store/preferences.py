"""One subscriber as the signed link names them, by number: who it is, and what they chose."""

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from digest.model import Subscription
from digest.store import subscriber_figures, unsubscribes
from digest.store.database import insert_new
from digest.store.schema import subscribers, subscriptions


class StoredSubscriber(NamedTuple):
    """A subscriber as they are stored."""

    id: int
    email: str
    name: str
    language: str | None
    created_at: datetime


def find(connection: sa.Connection, subscriber_id: int) -> StoredSubscriber | None:
    """The subscriber with this number, None where there is none (any more)."""
    columns = [subscribers.c[name] for name in StoredSubscriber._fields]
    query = sa.select(*columns).where(subscribers.c.id == subscriber_id)
    row = connection.execute(query).one_or_none()
    return StoredSubscriber(*row) if row else None


def subscriptions_of(
    connection: sa.Connection, subscriber: StoredSubscriber
) -> dict[str, Subscription]:
    """What a subscriber gets, by newsletter."""
    query = (
        sa.select(subscriptions)
        .where(subscriptions.c.subscriber_id == subscriber.id)
        .order_by(subscriptions.c.newsletter)
    )
    return {
        row.newsletter: Subscription(
            email=subscriber.email,
            name=subscriber.name,
            topics=tuple(row.topics),
            timezone=row.timezone,
            hour=row.hour,
            paused_until=row.paused_until,
            layout=row.layout,
            days=row.days,
            keywords=row.keywords,
            likes=row.likes,
            at_least=row.at_least,
            longest_wait=row.longest_wait,
            alerts=bool(row.alerts),
        )
        for row in connection.execute(query)
    }


def choose(
    connection: sa.Connection, subscriber_id: int, newsletter: str | None = None, **fields: Any
) -> None:
    """Set fields, named as those of Subscription, of one subscription or of all."""
    chosen = sa.update(subscriptions).where(subscriptions.c.subscriber_id == subscriber_id)
    if newsletter is not None:
        chosen = chosen.where(subscriptions.c.newsletter == newsletter)
    connection.execute(chosen.values(**fields))


def speak(connection: sa.Connection, subscriber_id: int, language: str | None) -> None:
    """The language of the subscriber's pages and notices; None: the newsletter's."""
    connection.execute(
        sa.update(subscribers).where(subscribers.c.id == subscriber_id).values(language=language)
    )


def subscribe(
    connection: sa.Connection,
    subscriber_id: int,
    newsletter: str,
    like: Subscription | None,
    now: datetime,
) -> None:
    """A subscription more, to all topics, at the hour and the length of `like`."""
    row = {
        "newsletter": newsletter,
        "subscriber_id": subscriber_id,
        "topics": [],
        "timezone": like and like.timezone,
        "hour": like and like.hour,
        "paused_until": like and like.paused_until,
        "layout": like and like.layout,
        "days": like and like.days,
        "keywords": like and like.keywords,
        "at_least": like and like.at_least,
        "longest_wait": like and like.longest_wait,
        "created_at": now,
    }
    insert_new(connection, subscriptions, [row])
    subscriber_figures.add(connection, newsletter, now, joined=1)
    unsubscribes.forget(connection, [subscriber_id], [newsletter])


def hand_over(connection: sa.Connection, subscriber_id: int, other_id: int, now: datetime) -> None:
    """Another subscriber gets what this one gets, as this one chose it; what they have stays."""
    has = sa.select(subscriptions.c.newsletter).where(subscriptions.c.subscriber_id == other_id)
    columns = [column for column in subscriptions.c if column.name != "subscriber_id"]
    is_handed = sa.and_(
        subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.newsletter.not_in(has)
    )
    for newsletter in connection.scalars(
        sa.select(subscriptions.c.newsletter).where(is_handed)
    ).all():
        subscriber_figures.add(connection, newsletter, now, joined=1)
    handed = sa.select(sa.literal(other_id), *columns).where(is_handed)
    names = ["subscriber_id", *(column.name for column in columns)]
    connection.execute(sa.insert(subscriptions).from_select(names, handed))
    unsubscribes.forget(connection, [other_id], list(connection.scalars(has)))
