"""All that is stored of one subscriber: to be told to them, and to be erased."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.model import DeliveryCause, DeliveryState
from digest.store import (
    address_lists,
    api_answers,
    delivery_counts,
    subscriber_figures,
    webhook_messages,
)
from digest.store import notices as notice_store
from digest.store import suppressions as suppression_store
from digest.store.preferences import StoredSubscriber
from digest.store.schema import (
    address_changes,
    alert_mails,
    attempts,
    bounces,
    consents,
    deliveries,
    issues,
    notices,
    signups,
    stories,
    subscribers,
    subscriptions,
    unsubscribes,
)
from digest.store.suppressions import address_hash

Row = dict[str, Any]

# How this system works, and nothing of the subscriber.
_INTERNAL = {"subscriber_id", "address_hash", "worker"}


def stored_of(connection: sa.Connection, subscriber: StoredSubscriber) -> dict[str, Any]:
    """Every row of a subscriber, by table, in the words of the columns."""
    number, key = subscriber.id, address_hash(subscriber.email)
    suppression = suppression_store.find(connection, subscriber.email)
    return {
        "subscriber": subscriber._asdict(),
        "subscriptions": _rows(connection, subscriptions, subscriptions.c.subscriber_id == number),
        "consents": _rows(connection, consents, consents.c.subscriber_id == number),
        "unsubscribes": _rows(connection, unsubscribes, unsubscribes.c.subscriber_id == number),
        "suppression": suppression and {"reason": suppression[0], "created_at": suppression[1]},
        "deliveries": _of_issues(connection, deliveries, deliveries.c.subscriber_id == number),
        "attempts": _of_issues(connection, attempts, attempts.c.subscriber_id == number),
        "bounces": _of_issues(connection, bounces, bounces.c.address_hash == key),
        "signups": _rows(connection, signups, signups.c.address_hash == key),
        "address_changes": _rows(
            connection, address_changes, address_changes.c.subscriber_id == number
        ),
        "notices": _notices(connection, key),
    }


def _notices(connection: sa.Connection, key: str) -> list[Row]:
    """With the headline of the story that an alert told in place of the alert's number."""
    columns = [column for column in notices.c if column.name not in _INTERNAL | {"alert_id"}]
    query = (
        sa.select(*columns, stories.c.headline.label("told_story"))
        .outerjoin_from(notices, alert_mails, alert_mails.c.id == notices.c.alert_id)
        .outerjoin(stories, stories.c.id == alert_mails.c.story_id)
        .where(notices.c.address_hash == key)
        .order_by(notices.c.id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _rows(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> list[Row]:
    columns = [column for column in table.c if column.name not in _INTERNAL]
    query = sa.select(*columns).where(which).order_by(*table.primary_key)
    return [dict(row) for row in connection.execute(query).mappings()]


def _of_issues(
    connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool]
) -> list[Row]:
    """Rows with newsletter and date in place of the issue's number."""
    columns = [column for column in table.c if column.name not in _INTERNAL | {"issue_id"}]
    query = (
        sa.select(issues.c.newsletter, issues.c.date, *columns)
        .join_from(table, issues, isouter=True)
        .where(which)
        .order_by(*table.primary_key)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def forget(connection: sa.Connection, subscriber: StoredSubscriber, now: datetime) -> None:
    """Delete what is stored of a subscriber. Numbers stay, and what is known of the hash.

    Servers' replies may hold the address, so they are blanked, and one that is still to come is not
    written.
    """
    number, key = subscriber.id, address_hash(subscriber.email)
    delivery_counts.update(
        connection,
        deliveries.c.subscriber_id == number,
        deliveries.c.state.in_([DeliveryState.SENDING, DeliveryState.IN_DOUBT]),
        state=DeliveryState.SUPPRESSED,
        cause=DeliveryCause.ERASED,
        worker=None,
        finished_at=now,
    )
    for table in (deliveries, attempts):
        theirs = table.c.subscriber_id == number
        connection.execute(sa.update(table).where(theirs).values(reply=None))
    theirs = (bounces.c.subscriber_id == number) | (bounces.c.address_hash == key)
    connection.execute(sa.update(bounces).where(theirs).values(reason=""))
    asked = sa.select(address_changes.c.email).where(address_changes.c.subscriber_id == number)
    for email in {subscriber.email, *connection.scalars(asked)}:
        notice_store.forget(connection, email)
    api_answers.forget_all(connection)
    webhook_messages.forget_subscriber(connection, number)
    connection.execute(sa.delete(signups).where(signups.c.address_hash == key))
    getting = sa.select(subscriptions.c.newsletter).where(subscriptions.c.subscriber_id == number)
    for newsletter in connection.scalars(getting).all():
        subscriber_figures.add(connection, newsletter, now, left=1)
    connection.execute(sa.delete(subscribers).where(subscribers.c.id == number))
    address_lists.renew(connection, [number])
