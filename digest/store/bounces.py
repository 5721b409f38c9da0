"""What came back, each message once."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from digest.model import Addressee, BounceKind, DeliveryState
from digest.store.database import conflict_insert
from digest.store.schema import attempts, bounces, issues, subscribers
from digest.store.suppressions import address_hash

Row = dict[str, Any]

# How the name of a refusal begins, among the hashes of messages that came back.
_AT_SMTP = "smtp "


def keep(connection: sa.Connection, rows: Sequence[Row]) -> set[str]:
    """Keep these, but for what was kept before; the hashes of the messages that are new.

    In one order for all: two workers with the same addresses would wait for each other.
    """
    if not rows:
        return set()
    ordered = sorted(rows, key=lambda row: (row["address_hash"], row["message_hash"]))
    new = conflict_insert(connection, bounces).on_conflict_do_nothing()
    return set(connection.scalars(new.returning(bounces.c.message_hash), ordered))


def soft_days(connection: sa.Connection, hashes: Collection[str]) -> dict[str, list[date]]:
    """The days of the soft bounces of each of these addresses.

    The day of a bounce is that of its issue: when it came or was read says nothing.
    """
    query = (
        sa.select(bounces.c.address_hash, bounces.c.received_at, issues.c.date)
        .join_from(bounces, issues, isouter=True)
        .where(bounces.c.address_hash.in_(hashes), bounces.c.kind == BounceKind.SOFT.value)
    )
    days: dict[str, list[date]] = {}
    for row in connection.execute(query):
        days.setdefault(row.address_hash, []).append(row.date or row.received_at.date())
    return days


class Refusal(NamedTuple):
    """A delivery that ended as failed, with the server's last reply; noted as a bounce or not."""

    issue_id: int
    subscriber_id: int
    code: int | None
    reply: str
    is_noted: bool = False


def refusal_hash(issue_id: int, subscriber_id: int) -> str:
    """The name of a refusal among the hashes of messages that came back."""
    return f"{_AT_SMTP}{issue_id}.{subscriber_id}"


def refusals(connection: sa.Connection, issue_id: int) -> list[Refusal]:
    """What servers refused for good of an issue; what was given up after its time is not of it.

    Nor is what was refused to subscribers who were erased since, and the reply with them.
    """
    noted = set(
        connection.scalars(
            sa.select(bounces.c.message_hash).where(
                bounces.c.issue_id == issue_id, bounces.c.message_hash.startswith(_AT_SMTP)
            )
        )
    )
    query = (
        sa.select(attempts.c.subscriber_id, attempts.c.code, attempts.c.reply)
        .where(
            attempts.c.issue_id == issue_id,
            attempts.c.state == DeliveryState.FAILED,
            attempts.c.reply.is_not(None),
        )
        .order_by(attempts.c.subscriber_id, attempts.c.attempt)
    )
    return [
        Refusal(issue_id, number, code, reply, refusal_hash(issue_id, number) in noted)
        for number, code, reply in connection.execute(query)
    ]


def of_address(connection: sa.Connection, email: str, limit: int) -> list[Row]:
    """What came back from an address, the latest first, each with its issue where it is known."""
    query = (
        sa.select(
            bounces.c.received_at,
            bounces.c.kind,
            bounces.c.status,
            bounces.c.reason,
            issues.c.newsletter,
            issues.c.date,
        )
        .join_from(bounces, issues, isouter=True)
        .where(bounces.c.address_hash == address_hash(email))
        .order_by(bounces.c.received_at.desc(), bounces.c.id.desc())
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def is_known(connection: sa.Connection, message_hash: str, key: str) -> bool:
    """Whether this message about this address (as a hash) was kept before."""
    query = sa.select(bounces.c.id).where(
        bounces.c.message_hash == message_hash, bounces.c.address_hash == key
    )
    return connection.scalar(query) is not None


def issue_of(connection: sa.Connection, about: Addressee) -> tuple[int, date] | None:
    """The number and the date of the issue, None where it is not known here (any more)."""
    if about.issue_id is not None:
        named = issues.c.id == about.issue_id
    elif about.newsletter is not None and about.day is not None:
        named = sa.and_(issues.c.newsletter == about.newsletter, issues.c.date == about.day)
    else:
        return None
    row = connection.execute(sa.select(issues.c.id, issues.c.date).where(named)).one_or_none()
    return (row.id, row.date) if row else None


def hashes_of(connection: sa.Connection, ids: Collection[int]) -> dict[int, str]:
    """The addresses, as hashes, of those of these subscribers that are known."""
    query = sa.select(subscribers.c.id, subscribers.c.address_hash).where(subscribers.c.id.in_(ids))
    return {row.id: row.address_hash for row in connection.execute(query)}


def counts_since(connection: sa.Connection, since: datetime) -> dict[str, int]:
    """How many of each kind were read since a time."""
    query = (
        sa.select(bounces.c.kind, sa.func.count().label("n"))
        .where(bounces.c.received_at >= since)
        .group_by(bounces.c.kind)
    )
    return {row.kind: row.n for row in connection.execute(query)}
