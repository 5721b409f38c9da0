"""Subscribers by what is known of their address, some at a time; for people who look for one.

By the start of an address an index finds them; for any part of it the lists of all addresses are
looked through (digest.store.address_lists).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.model import SuppressionReason
from digest.store import address_lists
from digest.store.schema import subscribers, subscriptions, suppressions

_EMAIL = subscribers.c.email
_IDS = sa.select(subscribers.c.id)
# The last character that UTF-8 can write: behind all that begins with the same.
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class SubscriberLine:
    """A subscriber as a list names them; `reason` is set where the address gets nothing more."""

    id: int
    email: str
    name: str
    created_at: datetime
    newsletters: tuple[str, ...]
    reason: SuppressionReason | None


def starting_with(connection: sa.Connection, text: str, count: int) -> list[SubscriberLine]:
    """Those whose address begins so, also with a capital letter or in capitals alone."""
    return _lines(connection, _beginning(connection, text, count))


def addresses_starting_with(
    connection: sa.Connection, newsletter: str, text: str, count: int
) -> list[str]:
    """The same addresses, of those who get a newsletter."""
    gets = sa.exists().where(
        subscriptions.c.newsletter == newsletter,
        subscriptions.c.subscriber_id == subscribers.c.id,
    )
    return list(_beginning(connection, text, count, gets).values())


def _beginning(
    connection: sa.Connection, text: str, count: int, *conditions: sa.ColumnElement[bool]
) -> dict[int, str]:
    """Numbers and addresses, in the order of the addresses."""
    if not text.isprintable():  # no address has it, and PostgreSQL takes no NUL
        return {}
    is_postgres = connection.dialect.name == "postgresql"
    emails: dict[int, str] = {}
    for beginning in {text, text.lower(), text.capitalize(), text.upper()}:
        # SQLite's LIKE goes by no index. One at a time, each stops at `count`.
        begins = (
            _EMAIL.startswith(beginning, autoescape=True)
            if is_postgres
            else _EMAIL.between(beginning, beginning + _LAST)
        )
        emails |= _found(connection, count, begins, *conditions)
    return _first(emails, count)


def containing(connection: sa.Connection, text: str, count: int) -> list[SubscriberLine]:
    """Those in whose address it stands anywhere, in whatever letters; the newest first."""
    return _lines(connection, address_lists.newest_with(connection, text, count))


def _found(
    connection: sa.Connection, count: int, *conditions: sa.ColumnElement[bool]
) -> dict[int, str]:
    """Numbers and addresses of the first of whom all of these hold."""
    query = sa.select(subscribers.c.id, _EMAIL).where(*conditions).limit(count)
    # In the order of the index, or PostgreSQL sorts all that begin with a letter.
    is_postgres = connection.dialect.name == "postgresql"
    query = query.order_by(sa.text("email USING ~<~") if is_postgres else _EMAIL)
    return {row.id: row.email for row in connection.execute(query)}


def _first(emails: Mapping[int, str], count: int) -> dict[int, str]:
    """The first of them, in the order of a list that tells capitals and small letters not apart."""
    ordered = sorted(emails.items(), key=lambda item: item[1].lower())
    return dict(ordered[:count])


def address_contains(connection: sa.Connection, text: str) -> sa.ColumnElement[bool]:
    """Whether it stands anywhere in a subscriber's address, in capital letters or small ones."""
    if connection.dialect.name == "postgresql":
        return _EMAIL.icontains(text, autoescape=True)
    return _EMAIL.contains(text, autoescape=True)  # its LIKE tells them not apart


def newest(connection: sa.Connection, count: int) -> list[SubscriberLine]:
    """Those who came last, the last first."""
    return _lines(
        connection, connection.scalars(_IDS.order_by(subscribers.c.id.desc()).limit(count))
    )


def suppressed(connection: sa.Connection, count: int) -> list[SubscriberLine]:
    """Those whose address gets nothing more, the last first."""
    query = _IDS.join(
        suppressions, suppressions.c.address_hash == subscribers.c.address_hash
    ).order_by(suppressions.c.created_at.desc())
    return _lines(connection, connection.scalars(query.limit(count)))


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many get each newsletter."""
    query = sa.select(subscriptions.c.newsletter, sa.func.count().label("n")).group_by(
        subscriptions.c.newsletter
    )
    return {row.newsletter: row.n for row in connection.execute(query)}


def _lines(connection: sa.Connection, numbers: Iterable[int]) -> list[SubscriberLine]:
    """Those of these numbers, in their order."""
    ids = list(numbers)
    newsletters = _newsletters_of(connection, ids)
    query = (
        sa.select(
            subscribers.c.id,
            subscribers.c.email,
            subscribers.c.name,
            subscribers.c.created_at,
            suppressions.c.reason,
        )
        .outerjoin(suppressions, suppressions.c.address_hash == subscribers.c.address_hash)
        .where(subscribers.c.id.in_(ids))
    )
    lines = {
        row.id: SubscriberLine(
            row.id,
            row.email,
            row.name,
            row.created_at,
            tuple(newsletters.get(row.id, ())),
            SuppressionReason(row.reason) if row.reason else None,
        )
        for row in connection.execute(query)
    }
    return [lines[number] for number in ids]


def _newsletters_of(connection: sa.Connection, ids: Collection[int]) -> dict[int, Sequence[str]]:
    # Ordered by the database, SQLite goes through all who get a newsletter.
    query = sa.select(subscriptions.c.subscriber_id, subscriptions.c.newsletter).where(
        subscriptions.c.subscriber_id.in_(ids)
    )
    newsletters: dict[int, list[str]] = {}
    for row in sorted(connection.execute(query), key=lambda row: row.newsletter):
        newsletters.setdefault(row.subscriber_id, []).append(row.newsletter)
    return dict(newsletters)
