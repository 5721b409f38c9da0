"""Those who filled in the form: kept until they press the button, or for some days.

A row says nothing of what an address was before: it is written for everybody alike.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from digest.model import DeliveryState, IssueState, Subscription
from digest.store import delivery_counts
from digest.store import issues as issue_store
from digest.store.database import conflict_insert
from digest.store.schema import deliveries, issues, signups, subscribers, subscriptions
from digest.store.suppressions import address_hash


@dataclass(frozen=True, slots=True)
class SignupRequest:
    """What somebody asked for, the words that they saw, and the network that it came from."""

    newsletter: str
    subscription: Subscription
    words: str
    wants_issue: bool = False
    network: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Signup:
    """A wish as it is kept: when it was last asked, and when a mail last went out about it."""

    id: int
    wish: SignupRequest
    asked_at: datetime
    mailed_at: datetime | None = None


def put(connection: sa.Connection, wish: SignupRequest, now: datetime) -> Signup:
    """Keep a wish; where the address asked for the same newsletter before, the new one counts."""
    wanted = wish.subscription
    row: dict[str, Any] = {
        "newsletter": wish.newsletter,
        "email": wanted.email,
        "address_hash": address_hash(wanted.email),
        "name": wanted.name,
        "topics": list(wanted.topics),
        "timezone": wanted.timezone,
        "hour": wanted.hour,
        "language": wish.language,
        "wants_issue": wish.wants_issue,
        "words": wish.words,
        "network": wish.network,
        "asked_at": now,
    }
    insert = conflict_insert(connection, signups).values(row)
    upsert = insert.on_conflict_do_update(
        index_elements=["newsletter", "address_hash"],
        set_={name: insert.excluded[name] for name in row},
    ).returning(signups.c.id, signups.c.mailed_at)
    stored = connection.execute(upsert).one()
    return Signup(stored.id, wish, now, stored.mailed_at)


def find(connection: sa.Connection, number: int) -> Signup | None:
    """The sign-up with this number, unless it is over and deleted."""
    row = connection.execute(sa.select(signups).where(signups.c.id == number)).one_or_none()
    if row is None:
        return None
    wish = SignupRequest(
        newsletter=row.newsletter,
        subscription=Subscription(row.email, row.name, tuple(row.topics), row.timezone, row.hour),
        words=row.words,
        wants_issue=row.wants_issue,
        network=row.network,
        language=row.language,
    )
    return Signup(row.id, wish, row.asked_at, row.mailed_at)


def mailed(connection: sa.Connection, number: int, now: datetime) -> None:
    """A mail about it goes out with this transaction."""
    connection.execute(sa.update(signups).where(signups.c.id == number).values(mailed_at=now))


class ActiveSubscriber(NamedTuple):
    """A subscriber who gets the newsletter that was asked for."""

    id: int
    language: str | None


def active_subscriber(connection: sa.Connection, wish: SignupRequest) -> ActiveSubscriber | None:
    """Who has this address, if they get the newsletter now."""
    row = connection.execute(
        sa.select(subscribers.c.id, subscribers.c.language)
        .join_from(subscribers, subscriptions)
        .where(
            subscribers.c.address_hash == address_hash(wish.subscription.email),
            subscriptions.c.newsletter == wish.newsletter,
        )
    ).one_or_none()
    return ActiveSubscriber(*row) if row else None


def deliver_latest(
    connection: sa.Connection, newsletter: str, subscriber_id: int, now: datetime, age: timedelta
) -> bool:
    """Lay out a delivery, due now, of the newest issue that was sealed within `age`.

    An issue that was finished is opened again. False where there is none, or they had it already.
    To be called by one at a time (`exclusively`).
    """
    issue = connection.execute(
        sa.select(issues.c.id, issues.c.state)
        .where(
            issues.c.newsletter == newsletter,
            issues.c.state.in_([IssueState.SENDING, IssueState.SENT]),
            issues.c.sealed_at > now - age,
        )
        .order_by(issues.c.date.desc())
        .limit(1)
    ).one_or_none()
    if issue is None:
        return False
    row = {"issue_id": issue.id, "subscriber_id": subscriber_id}
    mine = [deliveries.c[name] == value for name, value in row.items()]
    if connection.scalar(sa.select(sa.exists().where(*mine))):
        return False
    new = {**row, "state": DeliveryState.PENDING, "due_at": now}
    with delivery_counts.moving(connection, issue.id, [subscriber_id]):
        connection.execute(sa.insert(deliveries).values(new))
    if issue.state == IssueState.SENT:
        issue_store.reopen(connection, issue.id)
    return True


def forget_old(connection: sa.Connection, before: datetime) -> int:
    """Delete what was last asked before `before`; how many."""
    return connection.execute(sa.delete(signups).where(signups.c.asked_at < before)).rowcount


def forget_networks(connection: sa.Connection, before: datetime) -> int:
    """Delete from where it came, of what was asked before `before`; how many."""
    return connection.execute(
        sa.update(signups)
        .where(signups.c.network.is_not(None), signups.c.asked_at < before)
        .values(network=None)
    ).rowcount
