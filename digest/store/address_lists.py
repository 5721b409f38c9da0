"""Every address once more, in rows of 64 subscribers: what is looked through for a part of one.

A database looks through the same letters in few rows several times as fast as in a million. They
hold nothing that is not in `subscribers`: whoever adds, moves or deletes an address there calls
`renew` in the same transaction, so that nothing of somebody who was erased is left here.
"""

import unicodedata
from collections.abc import Iterable

import sqlalchemy as sa

from digest.addresses import LONGEST_ADDRESS
from digest.store.database import conflict_insert
from digest.store.schema import address_lists, subscribers

# Subscribers of a row: on PostgreSQL one of usual addresses is kept in one piece.
PER_ROW = 64


def renew(connection: sa.Connection, subscriber_ids: Iterable[int]) -> None:
    """Write the rows in which these subscribers stand, or stood, as the addresses are now."""
    writing = conflict_insert(connection, address_lists)
    replacing = writing.on_conflict_do_update(
        index_elements=[address_lists.c.number], set_={"emails": writing.excluded.emails}
    )
    for number in sorted({subscriber_id // PER_ROW for subscriber_id in subscriber_ids}):
        if connection.dialect.name == "postgresql":
            # Whoever changes another address of this row waits, and reads what was made of it.
            locked = sa.select(address_lists.c.number).where(address_lists.c.number == number)
            connection.execute(locked.with_for_update())
        first = number * PER_ROW
        query = (
            sa.select(subscribers.c.email)
            .where(subscribers.c.id.between(first, first + PER_ROW - 1))
            .order_by(subscribers.c.id)
        )
        connection.execute(
            replacing, {"number": number, "emails": _lines(connection.scalars(query))}
        )


def newest_with(connection: sa.Connection, part: str, count: int) -> list[int]:
    """The numbers of subscribers in whose address a text stands, the newest first.

    Capitals and small letters are the same, in every alphabet; accents count.
    """
    part = _folded(part)
    if not part or len(part) > LONGEST_ADDRESS or not part.isprintable():
        return []
    # Each of these rows has one of them at least: no address goes on in the next line.
    numbers = (
        sa.select(address_lists.c.number)
        .where(_has(connection, part))
        .order_by(address_lists.c.number.desc())
        .limit(count)
        .subquery()
    )
    first = numbers.c.number * PER_ROW
    query = sa.select(subscribers.c.id, subscribers.c.email).join(
        numbers, subscribers.c.id.between(first, first + PER_ROW - 1)
    )
    matching = (row.id for row in connection.execute(query) if part in _folded(row.email))
    return sorted(matching, reverse=True)[:count]


def _has(connection: sa.Connection, part: str) -> sa.ColumnElement[bool]:
    """Whether a row has the text, in the way that is quickest there."""
    # strpos skips by the text's length: of two letters LIKE is quicker.
    if connection.dialect.name == "postgresql" and len(part) > 2:
        return sa.func.strpos(address_lists.c.emails, part) > 0
    return address_lists.c.emails.contains(part, autoescape=True)


def _lines(emails: Iterable[str]) -> str:
    return "\n".join(map(_folded, emails))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()
