"""What follows from what came back, or was refused at once: addresses that are given up.

Each of these is to be called in the transaction in which all else that follows is done.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Protocol

import sqlalchemy as sa

from digest.model import Bounce, BounceKind, SuppressionReason
from digest.services.subscribers import unsubscribe
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import bounces, subscribers, suppressions
from digest.store.bounces import Refusal, refusal_hash
from digest.store.suppressions import address_hash
from digest.store.unsubscribes import UnsubscribeMethod
from digest.text import mask_addresses

Row = dict[str, Any]
# What webhooks hear of: the rest says nothing of an address.
_TOLD = (BounceKind.HARD, BounceKind.SOFT, BounceKind.COMPLAINT)


class SuppressionRules(Protocol):
    """How grave a server's reply is, and when soft bounces are too many."""

    def judge_reply(self, code: int | None, reply: str) -> tuple[BounceKind, str | None]:
        """Hard or soft, and the enhanced status if there is one."""
        ...

    def too_many_soft(self, days: Iterable[date]) -> bool:
        """Whether an address is given up whose mail of these days bounced softly."""
        ...

    def was_deleted(self, issue_day: date, today: date) -> bool:
        """Whether what came back of the issue of a day is not on record any more."""
        ...


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


def record_bounce(
    connection: sa.Connection,
    message_hash: str,
    bounce: Bounce,
    now: datetime,
    rules: SuppressionRules,
) -> BounceEffect:
    """Keep something that came back about a subscriber, and do what follows from it, once."""
    about = bounce.about
    assert about is not None
    email = subscribers.email_of(connection, about.subscriber_id)
    if email is None:
        return BounceEffect(BounceOutcome.GONE)
    key = address_hash(email)
    issue = bounces.issue_of(connection, about)
    is_too_old = issue is not None and rules.was_deleted(issue[1], now.date())
    if is_too_old or bounces.is_known(connection, message_hash, key):
        return BounceEffect(BounceOutcome.KNOWN, email)
    row = {
        "message_hash": message_hash,
        "address_hash": key,
        "subscriber_id": about.subscriber_id,
        "issue_id": issue[0] if issue else None,
        "kind": bounce.kind.value,
        "status": bounce.status,
        "reason": bounce.reason,
        "received_at": now,
    }
    new = bounces.keep(connection, [row])
    if bounce.kind is BounceKind.UNSUBSCRIBE:
        subscriber = about.subscriber_id, about.newsletter
        unsubscribed = unsubscribe.leave(connection, *subscriber, UnsubscribeMethod.MAIL, now)
        return BounceEffect(BounceOutcome.NEW, email, unsubscribed.suppressed)
    suppressed = _suppress(connection, [row], now, rules)
    _tell(connection, [row] if new else [], suppressed, now)
    return BounceEffect(BounceOutcome.NEW, email, bool(suppressed))


def note_failures(
    connection: sa.Connection, failures: Sequence[Refusal], now: datetime, rules: SuppressionRules
) -> int:
    """Keep what servers refused for good; how many addresses are suppressed by it.

    To be called in the transaction in which the deliveries are marked as failed. A failure
    of the same delivery that is noted again counts once.
    """
    if not failures:
        return 0
    hashes = bounces.hashes_of(connection, {failure.subscriber_id for failure in failures})
    rows = []
    for failure in failures:
        if failure.subscriber_id not in hashes:
            continue
        kind, status = rules.judge_reply(failure.code, failure.reply)
        rows.append(
            {
                "message_hash": refusal_hash(failure.issue_id, failure.subscriber_id),
                "address_hash": hashes[failure.subscriber_id],
                "subscriber_id": failure.subscriber_id,
                "issue_id": failure.issue_id,
                "kind": kind.value,
                "status": status,
                "reason": mask_addresses(failure.reply),
                "received_at": now,
            }
        )
    new = bounces.keep(connection, rows)
    suppressed = _suppress(connection, rows, now, rules)
    _tell(connection, [row for row in rows if row["message_hash"] in new], suppressed, now)
    return len(suppressed)


def _tell(
    connection: sa.Connection, rows: Sequence[Row], suppressed: Collection[str], now: datetime
) -> None:
    told = [
        of_subscriber(
            row["subscriber_id"],
            issue=row["issue_id"],
            kind=row["kind"],
            suppressed=row["address_hash"] in suppressed,
        )
        for row in rows
        if row["kind"] in _TOLD
    ]
    queue_events(connection, EventKind.SUBSCRIBER_BOUNCED, told, now)


def _suppress(
    connection: sa.Connection, rows: Sequence[Row], now: datetime, rules: SuppressionRules
) -> set[str]:
    """Suppress the addresses that these bounces give cause for; the hashes of those."""
    of_kind = {kind: {r["address_hash"] for r in rows if r["kind"] == kind} for kind in BounceKind}
    soft = of_kind[BounceKind.SOFT]
    days = bounces.soft_days(connection, soft) if soft else {}
    worn_out = {key for key, bounced_on in days.items() if rules.too_many_soft(bounced_on)}
    reasons = dict.fromkeys(of_kind[BounceKind.COMPLAINT], SuppressionReason.COMPLAINED)
    reasons |= dict.fromkeys(of_kind[BounceKind.HARD] | worn_out, SuppressionReason.BOUNCED)
    if not reasons:
        return set()
    before = suppressions.reasons_for(connection, reasons)
    new = {key: reasons[key] for key in sorted(reasons) if key not in before}
    suppressions.suppress_all(connection, new, now)
    return set(new)
