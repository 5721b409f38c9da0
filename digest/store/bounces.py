"""What came back, each message once, and the addresses that are given up because of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from digest.model import Addressee, Bounce, BounceKind, DeliveryState
from digest.store import suppressions, unsubscribes
from digest.store.database import insert_new
from digest.store.schema import attempts, bounces, issues, subscribers
from digest.store.suppressions import address_hash
from digest.store.unsubscribes import UnsubscribeMethod
from digest.text import mask_addresses

Row = dict[str, Any]


class SuppressionRules(Protocol):
    """How grave a server's reply is, and when soft bounces are too many."""

    def judge_reply(self, code: int | None, reply: str) -> tuple[BounceKind, str | None]:
        """Hard or soft, and the enhanced status if there is one."""
        ...

    def too_many_soft(self, days: Iterable[date]) -> bool:
        """Whether an address is given up whose mail of these days bounced softly."""
        ...


class Failure(NamedTuple):
    """A delivery that ended as failed, with the server's last reply."""

    issue_id: int
    subscriber_id: int
    code: int | None
    reply: str
    is_noted: bool = False


# How the name of a refusal begins, among the hashes of messages that came back.
_AT_SMTP = "smtp "


class BounceOutcome(Enum):
    """What became of something that came back."""

    NEW = "new"
    KNOWN = "known"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class BounceEffect:
    """What was done: the address, None where it is gone, and whether it is suppressed by this."""

    result: BounceOutcome
    email: str | None = None
    suppressed: bool = False


def take(
    connection: sa.Connection,
    message_hash: str,
    bounce: Bounce,
    now: datetime,
    rules: SuppressionRules,
) -> BounceEffect:
    """Keep something that came back about a subscriber, and do what follows from it, once."""
    about = bounce.about
    assert about is not None
    subscriber = connection.execute(
        sa.select(subscribers.c.email, subscribers.c.address_hash).where(
            subscribers.c.id == about.subscriber_id
        )
    ).one_or_none()
    if subscriber is None:
        return BounceEffect(BounceOutcome.GONE)
    if _is_known(connection, message_hash, subscriber.address_hash):
        return BounceEffect(BounceOutcome.KNOWN, subscriber.email)
    row = {
        "message_hash": message_hash,
        "address_hash": subscriber.address_hash,
        "subscriber_id": about.subscriber_id,
        "issue_id": _issue_id(connection, about),
        "kind": bounce.kind.value,
        "status": bounce.status,
        "reason": bounce.reason,
        "received_at": now,
    }
    insert_new(connection, bounces, [row])
    if bounce.kind is BounceKind.UNSUBSCRIBE:
        number, newsletter = about.subscriber_id, about.newsletter
        left = unsubscribes.leave(connection, number, newsletter, UnsubscribeMethod.MAIL, now)
        return BounceEffect(BounceOutcome.NEW, subscriber.email, left.suppressed)
    return BounceEffect(
        BounceOutcome.NEW, subscriber.email, bool(_follow(connection, [row], now, rules))
    )


def note_failures(
    connection: sa.Connection, failures: Sequence[Failure], now: datetime, rules: SuppressionRules
) -> int:
    """Keep what servers refused for good; how many addresses are suppressed by it.

    A failure of the same delivery that is noted again counts once.
    """
    if not failures:
        return 0
    hashes = _hashes(connection, {failure.subscriber_id for failure in failures})
    rows = [
        _failure_row(failure, hashes[failure.subscriber_id], now, rules)
        for failure in failures
        if failure.subscriber_id in hashes
    ]
    # In one order for all: two workers with the same addresses would wait for each other.
    rows.sort(key=lambda row: (row["address_hash"], row["message_hash"]))
    insert_new(connection, bounces, rows)
    return len(_follow(connection, rows, now, rules))


def refusals(connection: sa.Connection, issue_id: int) -> list[Failure]:
    """What servers refused for good of an issue; what was given up after its time is not of it."""
    noted = set(
        connection.scalars(
            sa.select(bounces.c.message_hash).where(
                bounces.c.issue_id == issue_id, bounces.c.message_hash.startswith(_AT_SMTP)
            )
        )
    )
    query = (
        sa.select(attempts.c.subscriber_id, attempts.c.code, attempts.c.reply)
        .where(attempts.c.issue_id == issue_id, attempts.c.state == DeliveryState.FAILED)
        .order_by(attempts.c.subscriber_id, attempts.c.attempt)
    )
    return [
        Failure(issue_id, number, code, reply, f"{_AT_SMTP}{issue_id}.{number}" in noted)
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


def _failure_row(failure: Failure, key: str, now: datetime, rules: SuppressionRules) -> Row:
    kind, status = rules.judge_reply(failure.code, failure.reply)
    return {
        "message_hash": f"{_AT_SMTP}{failure.issue_id}.{failure.subscriber_id}",
        "address_hash": key,
        "subscriber_id": failure.subscriber_id,
        "issue_id": failure.issue_id,
        "kind": kind.value,
        "status": status,
        "reason": mask_addresses(failure.reply),
        "received_at": now,
    }


def _is_known(connection: sa.Connection, message_hash: str, key: str) -> bool:
    query = sa.select(bounces.c.id).where(
        bounces.c.message_hash == message_hash, bounces.c.address_hash == key
    )
    return connection.scalar(query) is not None


def _issue_id(connection: sa.Connection, about: Addressee) -> int | None:
    """The number of the issue, None where it is not known here (any more)."""
    if about.issue_id is not None:
        named = issues.c.id == about.issue_id
    elif about.newsletter is not None and about.day is not None:
        named = sa.and_(issues.c.newsletter == about.newsletter, issues.c.date == about.day)
    else:
        return None
    return connection.scalar(sa.select(issues.c.id).where(named))


def _hashes(connection: sa.Connection, ids: Collection[int]) -> dict[int, str]:
    query = sa.select(subscribers.c.id, subscribers.c.address_hash).where(subscribers.c.id.in_(ids))
    return {row.id: row.address_hash for row in connection.execute(query)}


def _follow(
    connection: sa.Connection, rows: Sequence[Row], now: datetime, rules: SuppressionRules
) -> set[str]:
    """Suppress the addresses that these bounces give cause for; the hashes of those."""
    of_kind = {kind: {r["address_hash"] for r in rows if r["kind"] == kind} for kind in BounceKind}
    worn_out = _worn_out(connection, of_kind[BounceKind.SOFT], rules)
    bounced = _suppress(connection, of_kind[BounceKind.HARD] | worn_out, "bounced", now)
    return bounced | _suppress(connection, of_kind[BounceKind.COMPLAINT], "complained", now)


def _worn_out(connection: sa.Connection, hashes: set[str], rules: SuppressionRules) -> set[str]:
    """Those of the addresses with too many soft bounces.

    The day of a bounce is that of its issue: when it came or was read says nothing.
    """
    if not hashes:
        return set()
    query = (
        sa.select(bounces.c.address_hash, bounces.c.received_at, issues.c.date)
        .join_from(bounces, issues, isouter=True)
        .where(bounces.c.address_hash.in_(hashes), bounces.c.kind == BounceKind.SOFT.value)
    )
    days: dict[str, list[date]] = {}
    for row in connection.execute(query):
        days.setdefault(row.address_hash, []).append(row.date or row.received_at.date())
    return {key for key, found in days.items() if rules.too_many_soft(found)}


def _suppress(connection: sa.Connection, hashes: set[str], reason: str, now: datetime) -> set[str]:
    """From now on these addresses get nothing; those that got something until now."""
    if not hashes:
        return set()
    new = hashes - set(suppressions.reasons_for(connection, hashes))
    suppressions.suppress_all(connection, dict.fromkeys(sorted(new), reason), now)
    return new
