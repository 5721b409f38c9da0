"""Alerts: which story was told to whom between issues, and who wants any."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.store.deliveries import mailable
from digest.store.schema import alerts, stories, subscribers, subscriptions


@dataclass(frozen=True, slots=True)
class AlertSubscriber:
    """Somebody who wants alerts of a newsletter; `alerted_at` is when they had the last."""

    id: int
    email: str
    name: str
    language: str | None
    topics: frozenset[str]
    timezone: str | None
    paused_until: date | None
    keywords: tuple[str, ...]
    alerted_at: datetime | None


@dataclass(frozen=True, slots=True)
class SentAlert:
    """A story that was told between issues: when, and to how many."""

    newsletter: str
    story_id: int
    headline: str
    told_at: datetime
    subscribers: int


def add(
    connection: sa.Connection, newsletter: str, story_id: int, subscribers: int, now: datetime
) -> None:
    """Note that a story is told, to so many."""
    row = {
        "newsletter": newsletter,
        "story_id": story_id,
        "told_at": now,
        "subscribers": subscribers,
    }
    connection.execute(sa.insert(alerts).values(row))


def told_at(
    connection: sa.Connection, newsletter: str, story_ids: Collection[int]
) -> dict[int, datetime]:
    """When these stories were told between issues, by number; without those that were not."""
    query = sa.select(alerts.c.story_id, alerts.c.told_at).where(
        alerts.c.newsletter == newsletter, alerts.c.story_id.in_(story_ids)
    )
    return {row.story_id: row.told_at for row in connection.execute(query)}


def latest(connection: sa.Connection, count: int) -> Sequence[SentAlert]:
    """The last alerts, the newest first."""
    query = (
        sa.select(
            alerts.c.newsletter,
            alerts.c.story_id,
            stories.c.headline,
            alerts.c.told_at,
            alerts.c.subscribers,
        )
        .join_from(alerts, stories, stories.c.id == alerts.c.story_id)
        .order_by(alerts.c.told_at.desc(), alerts.c.story_id.desc())
        .limit(count)
    )
    return [SentAlert(*row) for row in connection.execute(query)]


def told_since(
    connection: sa.Connection, newsletter: str, since: datetime
) -> list[tuple[int, datetime]]:
    """The stories (by number) that were told at or after a time, and when, the first one first."""
    query = (
        sa.select(alerts.c.story_id, alerts.c.told_at)
        .where(alerts.c.newsletter == newsletter, alerts.c.told_at >= since)
        .order_by(alerts.c.told_at, alerts.c.story_id)
    )
    return [(row.story_id, row.told_at) for row in connection.execute(query)]


def wanting(connection: sa.Connection, newsletter: str) -> Iterator[AlertSubscriber]:
    """Those who want alerts and may be mailed, in the order of their numbers."""
    query = (
        sa.select(
            subscribers.c.id,
            subscribers.c.email,
            subscribers.c.name,
            subscribers.c.language,
            subscriptions.c.topics,
            subscriptions.c.timezone,
            subscriptions.c.paused_until,
            subscriptions.c.keywords,
            subscriptions.c.alerted_at,
        )
        .join_from(subscriptions, subscribers)
        .where(
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.alerts.is_(True),
            subscriptions.c.subscriber_id.in_(mailable(newsletter)),
        )
        .order_by(subscribers.c.id)
    )
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        yield AlertSubscriber(*row[:4], frozenset(row.topics), *row[5:])


def note_told(
    connection: sa.Connection, newsletter: str, numbers: Sequence[int], now: datetime
) -> None:
    """These subscribers have their alert of the day."""
    if numbers:
        connection.execute(
            sa.update(subscriptions)
            .where(
                subscriptions.c.newsletter == newsletter,
                subscriptions.c.subscriber_id == sa.bindparam("number"),
            )
            .values(alerted_at=now),
            [{"number": number} for number in numbers],
        )


def unwanted(connection: sa.Connection, wanted: Sequence[tuple[int, str, int]]) -> set[int]:
    """Of notices (number, newsletter, subscriber) those whose subscriber wants none any more."""
    if not wanted:
        return set()
    query = sa.select(subscriptions.c.newsletter, subscriptions.c.subscriber_id).where(
        subscriptions.c.subscriber_id.in_({number for _, _, number in wanted}),
        subscriptions.c.alerts.is_(True),
    )
    wanting = {tuple(row) for row in connection.execute(query)}
    return {notice for notice, *whom in wanted if tuple(whom) not in wanting}
