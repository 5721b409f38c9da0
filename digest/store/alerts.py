"""Alerts: which story was told to whom between issues, and who wants any.

Whom an alert goes to is decided once for all who chose alike, and their mails are one statement.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from json import loads
from typing import Any

import sqlalchemy as sa

from digest.model import DeliveryState, NoticeKind
from digest.store.database import conflict_insert
from digest.store.deliveries import mailable
from digest.store.schema import (
    Instant,
    alert_mails,
    alerts,
    keyword_text,
    notices,
    stories,
    subscribers,
    subscriptions,
)

# What was before these days is on no date that is today anywhere.
_RECENT = timedelta(days=2)
# None is no value to join by.
_NO_ZONE, _NO_KEYWORDS = "", ""
_NO_DATE, _NO_TIME = date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
# Rows of a temporary table that are written at a time.
_BATCH = 500

_told = sa.Table(
    "told",
    sa.MetaData(),
    sa.Column("timezone", sa.Text, primary_key=True),
    sa.Column("topics", sa.Text, primary_key=True),
    sa.Column("keywords", sa.Text, primary_key=True),
    sa.Column("paused_until", sa.Date, primary_key=True),
    sa.Column("alerted_at", Instant, primary_key=True),
    sa.Column("expires_at", Instant, nullable=False),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True)
class SharedWishes:
    """What some of those who want alerts have alike; `topics` is as the column has it.

    `alerted_at` is when they had the last one, and `paused_until` the end of a pause, both as far
    as they may still matter.
    """

    timezone: str | None
    topics: str
    keywords: tuple[str, ...]
    paused_until: date | None
    alerted_at: datetime | None

    @property
    def chosen_topics(self) -> frozenset[str]:
        """The topics; none is all of them."""
        return frozenset(loads(self.topics))


@dataclass(frozen=True, slots=True)
class AlertMail:
    """What an alert says, since when; and the errors of the gate that hold it, where there are."""

    id: int
    newsletter: str
    story_id: int
    content: Mapping[str, Any]
    made_at: datetime
    held: str | None


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


# What is told


def find_mail(connection: sa.Connection, newsletter: str, story_id: int) -> AlertMail | None:
    """What the alert about a story says, or would say; None where there is none."""
    of_story = alert_mails.c.newsletter == newsletter, alert_mails.c.story_id == story_id
    row = connection.execute(sa.select(alert_mails).where(*of_story)).first()
    return AlertMail(*row) if row else None


def held_mails(connection: sa.Connection) -> list[AlertMail]:
    """The alerts that the gate holds, the newest first."""
    query = sa.select(alert_mails).where(alert_mails.c.held.is_not(None))
    return [AlertMail(*row) for row in connection.execute(query.order_by(alert_mails.c.id.desc()))]


def contents(connection: sa.Connection, numbers: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """What alerts say, by their numbers."""
    if not numbers:
        return {}
    query = sa.select(alert_mails.c.id, alert_mails.c.content)
    rows = connection.execute(query.where(alert_mails.c.id.in_(numbers)))
    return {row.id: row.content for row in rows}


def keep_mail(
    connection: sa.Connection,
    newsletter: str,
    story_id: int,
    content: Mapping[str, object],
    now: datetime,
    held: str | None,
) -> AlertMail:
    """Keep what the alert about a story says, with what holds it; since when it was first kept."""
    row = {"newsletter": newsletter, "story_id": story_id, "made_at": now}
    keeping = conflict_insert(connection, alert_mails).values(
        **row, content=dict(content), held=held
    )
    said = {"content": keeping.excluded.content, "held": keeping.excluded.held}
    keeping = keeping.on_conflict_do_update(index_elements=["newsletter", "story_id"], set_=said)
    return AlertMail(*connection.execute(keeping.returning(alert_mails)).one())


def forget_mails(connection: sa.Connection, before: datetime) -> None:
    """Delete what alerts said that were made before, once none of its mails is kept."""
    used = sa.exists().where(notices.c.alert_id == alert_mails.c.id)
    connection.execute(sa.delete(alert_mails).where(alert_mails.c.made_at < before, ~used))


# To whom


def choices(connection: sa.Connection, newsletter: str, now: datetime) -> Iterator[SharedWishes]:
    """What those who want alerts chose and had, each combination once."""
    query = (
        sa.select(
            subscriptions.c.timezone,
            sa.cast(subscriptions.c.topics, sa.Text),
            subscriptions.c.keywords,
            *_recent(now),
        )
        .where(subscriptions.c.newsletter == newsletter, subscriptions.c.alerts.is_(True))
        .distinct()
    )
    for row in connection.execute(query, execution_options={"yield_per": _BATCH}):
        yield SharedWishes(*row)


def languages(connection: sa.Connection, newsletter: str) -> set[str]:
    """Those that subscribers who want alerts chose for their notices."""
    query = (
        sa.select(subscribers.c.language)
        .join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
        .where(subscriptions.c.newsletter == newsletter, subscriptions.c.alerts.is_(True))
        .where(subscribers.c.language.is_not(None))
        .distinct()
    )
    return set(connection.scalars(query))


def _recent(now: datetime) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """A pause, and the last alert; NULL where they were over days ago: those are all the same."""
    paused_until, alerted_at = subscriptions.c.paused_until, subscriptions.c.alerted_at
    since = now - _RECENT
    return (
        sa.case((paused_until > since.date(), paused_until)),
        sa.case((alerted_at > since, alerted_at)),
    )


def queue_mails(
    connection: sa.Connection,
    mail: AlertMail,
    told: Iterable[tuple[SharedWishes, datetime]],
    now: datetime,
) -> int:
    """A notice for each who may be mailed of those who chose so; how many.

    With each choice comes the time until which their mail may go out. They have had their alert of
    the day from then on.
    """
    _told.create(connection, checkfirst=False)
    rows = (_row(*choice_and_end) for choice_and_end in told)
    while some := list(islice(rows, _BATCH)):
        connection.execute(sa.insert(_told), some)
    paused_until, alerted_at = _recent(now)
    alike = sa.and_(
        _told.c.timezone == sa.func.coalesce(subscriptions.c.timezone, _NO_ZONE),
        _told.c.topics == sa.cast(subscriptions.c.topics, sa.Text),
        _told.c.keywords
        == sa.func.coalesce(sa.type_coerce(subscriptions.c.keywords, sa.Text), _NO_KEYWORDS),
        _told.c.paused_until == sa.func.coalesce(paused_until, sa.literal(_NO_DATE, sa.Date)),
        _told.c.alerted_at == sa.func.coalesce(alerted_at, sa.literal(_NO_TIME, Instant)),
    )
    mails = (
        sa.select(
            sa.literal(NoticeKind.ALERT.value),
            subscriptions.c.newsletter,
            subscribers.c.email,
            subscribers.c.address_hash,
            subscribers.c.name,
            subscribers.c.language,
            sa.literal({}, sa.JSON),
            sa.literal(mail.id),
            subscribers.c.id,
            _told.c.expires_at,
            sa.literal(now, Instant),
            sa.literal(DeliveryState.PENDING.value),
        )
        .select_from(subscriptions.join(subscribers).join(_told, alike))
        .where(
            subscriptions.c.newsletter == mail.newsletter,
            subscriptions.c.alerts.is_(True),
            subscribers.c.id.in_(mailable(mail.newsletter)),
        )
    )
    columns = [
        *("kind", "newsletter", "email", "address_hash", "name", "language", "details"),
        *("alert_id", "subscriber_id", "expires_at", "created_at", "state"),
    ]
    count = connection.execute(
        sa.insert(notices).from_select(columns, mails),
        execution_options={"preserve_rowcount": True},
    ).rowcount
    _told.drop(connection, checkfirst=False)
    mailed = sa.select(notices.c.subscriber_id).where(notices.c.alert_id == mail.id)
    connection.execute(
        sa.update(subscriptions)
        .where(
            subscriptions.c.newsletter == mail.newsletter,
            subscriptions.c.subscriber_id.in_(mailed),
        )
        .values(alerted_at=now)
    )
    return count


def _row(choice: SharedWishes, expires_at: datetime) -> dict[str, Any]:
    return {
        "timezone": choice.timezone or _NO_ZONE,
        "topics": choice.topics,
        "keywords": keyword_text(choice.keywords) or _NO_KEYWORDS,
        "paused_until": choice.paused_until or _NO_DATE,
        "alerted_at": choice.alerted_at or _NO_TIME,
        "expires_at": expires_at,
    }


def unwanted(connection: sa.Connection, numbers: Collection[int]) -> set[int]:
    """Of notices of alerts, by number, those whose subscriber wants none any more.

    So it is where their mail goes to another address by now.
    """
    if not numbers:
        return set()
    of_subscriber = sa.and_(
        subscriptions.c.newsletter == notices.c.newsletter,
        subscriptions.c.subscriber_id == notices.c.subscriber_id,
    )
    wanted = (
        sa.select(notices.c.id)
        .join_from(notices, subscriptions, of_subscriber)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(
            notices.c.id.in_(numbers),
            subscriptions.c.alerts.is_(True),
            subscribers.c.address_hash == notices.c.address_hash,
        )
    )
    return set(numbers) - set(connection.scalars(wanted))
