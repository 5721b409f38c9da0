"""Read from the store which stories were told between issues, and what each was to an address."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from digest.clock import local_date
from digest.compose.alerts import AlertWishes, why_not_told
from digest.config import Config
from digest.model import DeliveryCause, DeliveryState, Newsletter
from digest.services.explain.facts import (
    ActiveSubscription,
    AddressFacts,
    AlertFacts,
    DeliveryRecord,
)
from digest.services.retention import NOTICES_KEPT
from digest.store import alerts, notices, stories

# How many are told of where no date is named.
_LAST = 5

_Row = Mapping[str, Any]


def read_alerts(
    connection: sa.Connection,
    config: Config,
    subscriber: AddressFacts,
    *,
    now: datetime,
    newsletter: str | None = None,
    day: date | None = None,
) -> tuple[AlertFacts, ...]:
    """The last alerts, or those of a date on the subscriber's clock, the newest first.

    Both those that went to the address and those that did not, though it wants alerts; of either
    as long as notices are kept.
    """
    chosen = {entry.newsletter: entry for entry in subscriber.subscriptions}
    mails = notices.alerts_to(connection, subscriber.email)
    facts = [_mailed(config, row, chosen.get(row["newsletter"])) for row in mails]
    for subscription in chosen.values():
        own = config.newsletter(subscription.newsletter)
        if own is not None and own.has_alerts and subscription.alerts:
            facts += _missed(connection, config, own, subscription, mails, now)
    wanted = [
        alert
        for alert in facts
        if newsletter in (None, alert.newsletter)
        and (day is None or local_date(alert.told_at, _zone(config, alert.subscription)) == day)
    ]
    wanted.sort(key=lambda alert: alert.told_at, reverse=True)
    return tuple(wanted if day is not None else wanted[:_LAST])


def _zone(config: Config, subscription: ActiveSubscription | None) -> ZoneInfo:
    return ZoneInfo(subscription.zone if subscription else config.settings.timezone)


def _mailed(config: Config, row: _Row, subscription: ActiveSubscription | None) -> AlertFacts:
    """One that was queued for the address."""
    own = config.newsletter(row["newsletter"])
    return AlertFacts(
        newsletter=row["newsletter"],
        story=row["story_id"],
        headline=row["content"]["headline"],
        told_at=row["created_at"],
        hours=own.alert_hours if own else (0, 24),
        subscription=subscription,
        mail=DeliveryRecord(
            state=DeliveryState(row["state"]),
            finished_at=row["finished_at"],
            next_attempt_at=row["next_attempt_at"],
            doubted_at=row["doubted_at"],
            server=row["server"],
            reply=row["reply"],
            cause=DeliveryCause(row["cause"]) if row["cause"] else None,
        ),
    )


def _missed(
    connection: sa.Connection,
    config: Config,
    newsletter: Newsletter,
    subscription: ActiveSubscription,
    mails: Sequence[_Row],
    now: datetime,
) -> Iterator[AlertFacts]:
    """Those that others got of a newsletter, while nothing was queued for this subscriber."""
    own = [row for row in mails if row["newsletter"] == newsletter.id]
    mailed = {row["story_id"] for row in own}
    for number, told_at in alerts.told_since(connection, newsletter.id, now - NOTICES_KEPT):
        story = stories.get(connection, number)
        if number in mailed or story is None:
            continue
        wishes = AlertWishes(
            topics=frozenset(subscription.topics),
            keywords=subscription.keywords,
            zone=ZoneInfo(subscription.zone),
            hours=range(*newsletter.alert_hours),
            paused_until=subscription.paused_until,
            alerted_at=max(
                (row["created_at"] for row in own if row["created_at"] <= told_at), default=None
            ),
        )
        yield AlertFacts(
            newsletter=newsletter.id,
            story=number,
            headline=story.headline,
            told_at=told_at,
            hours=newsletter.alert_hours,
            subscription=subscription,
            why_not=why_not_told(story, config.topics, wishes, told_at),
        )
