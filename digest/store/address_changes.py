"""New addresses that wait for a press at the new address, and the change itself."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from digest.store import address_lists
from digest.store.schema import address_changes, subscribers
from digest.store.suppressions import address_hash


class Change(NamedTuple):
    """A subscriber asked for their mail at another address."""

    id: int
    subscriber_id: int
    email: str
    asked_at: datetime


def ask(connection: sa.Connection, subscriber_id: int, email: str, now: datetime) -> int:
    """Keep the wish; its number."""
    row = {"subscriber_id": subscriber_id, "email": email, "asked_at": now}
    number: int = connection.execute(
        sa.insert(address_changes).values(row).returning(address_changes.c.id)
    ).scalar_one()
    return number


def find(connection: sa.Connection, change_id: int) -> Change | None:
    """The change with this number, None where it is void or was forgotten."""
    columns = [address_changes.c[name] for name in Change._fields]
    query = sa.select(*columns).where(address_changes.c.id == change_id)
    row = connection.execute(query).one_or_none()
    return Change(*row) if row else None


def asked_by(connection: sa.Connection, subscriber_id: int, since: datetime) -> int:
    """How often a subscriber asked since then."""
    return _count(connection, address_changes.c.subscriber_id == subscriber_id, since)


def asked_for(connection: sa.Connection, email: str, since: datetime) -> int:
    """How often somebody asked for an address since then."""
    same = sa.func.lower(address_changes.c.email) == email.lower()
    return _count(connection, same, since)


def settle(connection: sa.Connection, change: Change, owner_id: int) -> None:
    """The change is done and stays with who has the address now, so that its link can say so.

    What else the subscriber asked for is void.
    """
    asked = address_changes.c.subscriber_id == change.subscriber_id
    void = sa.delete(address_changes).where(asked, address_changes.c.email != change.email)
    connection.execute(void)
    connection.execute(sa.update(address_changes).where(asked).values(subscriber_id=owner_id))


def forget_old(connection: sa.Connection, before: datetime) -> None:
    """Nobody confirmed these in time, or they are done and their links are over."""
    connection.execute(sa.delete(address_changes).where(address_changes.c.asked_at < before))


def move(connection: sa.Connection, subscriber_id: int, email: str) -> None:
    """From now on the subscriber's mail goes to this address, which must be nobody else's."""
    connection.execute(
        sa.update(subscribers)
        .where(subscribers.c.id == subscriber_id)
        .values(email=email, address_hash=address_hash(email))
    )
    address_lists.renew(connection, [subscriber_id])


def rename(connection: sa.Connection, subscriber_id: int, name: str) -> None:
    """From now on this name stands beside the subscriber's address; empty: none."""
    connection.execute(
        sa.update(subscribers).where(subscribers.c.id == subscriber_id).values(name=name)
    )


def _count(connection: sa.Connection, which: sa.ColumnElement[bool], since: datetime) -> int:
    query = sa.select(sa.func.count()).where(which, address_changes.c.asked_at > since)
    return connection.scalar(query) or 0
