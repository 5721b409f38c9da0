"""Mails to one address that are no issue, queued with what caused them (services/delivery/notices).

The promises of a delivery hold for them too: the claim is committed before the bytes go out and
the result after the reply; what was claimed and never answered is in doubt (promises 4 and 5).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import sqlalchemy as sa

from digest.model import (
    DeliveryCause,
    DeliveryState,
    Notice,
    NoticeClaim,
    NoticeKind,
    Result,
    SuppressionReason,
    why_not_mailed,
)
from digest.store import alerts, workers
from digest.store.claims import STILL_OPEN
from digest.store.deliveries import WAITING, to_attempt
from digest.store.schema import alert_mails, notices
from digest.store.suppressions import address_hash, reasons_for

# What is older is of no use to anybody any more; an alert says itself when it is not.
_LIFE_HOURS = 24

# What somebody waits for comes before the alerts, however many these are.
_ORDER = (notices.c.alert_id.is_(None), notices.c.alert_id.is_not(None))


def queue(
    connection: sa.Connection,
    kind: str,
    newsletter: str,
    email: str,
    name: str,
    language: str | None,
    details: Mapping[str, object],
    now: datetime,
) -> int:
    """A notice that goes out once this transaction is committed; its number.

    `kind` is a NoticeKind; `details` are what its template needs, as JSON holds it, without links.
    """
    row = {
        "kind": NoticeKind(kind).value,
        "newsletter": newsletter,
        "email": email,
        "address_hash": address_hash(email),
        "name": name,
        "language": language,
        "details": dict(details),
        "created_at": now,
        "state": DeliveryState.PENDING,
    }
    number: int = connection.execute(
        sa.insert(notices).values(row).returning(notices.c.id)
    ).scalar_one()
    return number


def is_work(connection: sa.Connection, now: datetime, *, resend_in_doubt: bool) -> bool:
    """Whether there is anything to send, or in the hands of somebody who may be dead."""
    states = to_attempt(resend=resend_in_doubt)
    looks = [notices.c.state == DeliveryState.SENDING, *(_is_due(state, now) for state in states)]
    return bool(connection.scalar(sa.select(sa.or_(*(sa.exists().where(look) for look in looks)))))


def claim(
    connection: sa.Connection, *, worker: str, now: datetime, limit: int, resend_in_doubt: bool
) -> list[NoticeClaim]:
    """Take up to `limit` notices that are to be attempted now; none are left if it is empty."""
    while True:
        rows: list[Any] = []
        for which, state in product(_ORDER, to_attempt(resend=resend_in_doubt)):
            if len(rows) < limit:
                query = sa.select(notices).where(_is_due(state, now), which)
                query = query.order_by(notices.c.alert_id, notices.c.id)
                query = query.limit(limit - len(rows)).with_for_update(skip_locked=True)
                rows += connection.execute(query).all()
        reasons = _blocked(connection, rows)
        for number, reason in reasons.items():
            stopped = sa.update(notices).where(notices.c.id == number)
            connection.execute(
                stopped.values(
                    state=DeliveryState.SUPPRESSED, cause=reason, worker=None, finished_at=now
                )
            )
        claimed = [row for row in rows if row.id not in reasons]
        if claimed or not rows:
            mine = sa.update(notices).where(notices.c.id.in_([row.id for row in claimed]))
            attempts = notices.c.attempts + 1
            connection.execute(
                mine.values(state=DeliveryState.SENDING, worker=worker, attempts=attempts)
            )
            return [
                NoticeClaim(notice, row.attempts + 1)
                for notice, row in zip(_notices_of(connection, claimed), claimed, strict=True)
            ]


def record(
    connection: sa.Connection, done: Sequence[tuple[NoticeClaim, Result]], now: datetime
) -> None:
    """Write what attempts came to; one that another worker took over meanwhile is left as it is."""
    for claimed, result in done:
        connection.execute(
            _held(claimed).values(
                state=result.state,
                cause=None,
                reply=result.reply or None,
                code=result.code,
                server=result.server or None,
                next_attempt_at=result.next_attempt_at,
                doubted_at=now if result.state is DeliveryState.IN_DOUBT else notices.c.doubted_at,
                finished_at=None if result.state in STILL_OPEN else now,
                worker=None,
            )
        )


def take_from(connection: sa.Connection, worker_id: str, now: datetime) -> None:
    """Take from a worker what it had claimed: what may have been on the wire is in doubt.

    The rest waits again as if never claimed; of that, what was in doubt before is deferred: it is
    sent again all the same.
    """
    claimed = sa.and_(notices.c.state == DeliveryState.SENDING, notices.c.worker == worker_id)
    numbers = workers.handed_out(connection, worker_id)
    out = claimed if numbers is None else claimed & notices.c.id.in_(numbers)
    connection.execute(
        sa.update(notices)
        .where(out)
        .values(
            state=DeliveryState.IN_DOUBT,
            cause=DeliveryCause.WORKER_DIED,
            doubted_at=now,
            worker=None,
            server=None,
            reply=None,
        )
    )
    connection.execute(
        sa.update(notices)
        .where(claimed)
        .values(
            state=sa.case(
                (notices.c.attempts == 1, str(DeliveryState.PENDING)),
                else_=str(DeliveryState.DEFERRED),
            ),
            attempts=notices.c.attempts - 1,
            worker=None,
        )
    )


def give_up_adopted(connection: sa.Connection, until: datetime, now: datetime) -> int:
    """What waited by then may have gone out from another copy of the database; how many."""
    waits = notices.c.state.in_([*WAITING, DeliveryState.SENDING, DeliveryState.IN_DOUBT])
    return connection.execute(
        sa.update(notices)
        .where(waits, notices.c.created_at <= until)
        .values(
            state=DeliveryState.FAILED,
            cause=DeliveryCause.ADOPTED,
            worker=None,
            finished_at=now,
        )
    ).rowcount


def expire(connection: sa.Connection, now: datetime) -> int:
    """Give up on what could not be sent in its life; how many. Doubt stays doubt."""
    is_over = (notices.c.created_at <= now - timedelta(hours=_LIFE_HOURS)) | (
        notices.c.expires_at <= now
    )
    return connection.execute(
        sa.update(notices)
        .where(notices.c.state.in_(WAITING), is_over)
        .values(state=DeliveryState.FAILED, cause=DeliveryCause.GAVE_UP, finished_at=now)
    ).rowcount


def forget(connection: sa.Connection, email: str) -> int:
    """Delete every notice to an address, sent or not: its owner was erased; how many."""
    theirs = notices.c.address_hash == address_hash(email)
    return connection.execute(sa.delete(notices).where(theirs)).rowcount


def forget_old(connection: sa.Connection, before: datetime) -> int:
    """Delete what was queued before `before` and is not in anybody's hands; how many."""
    return connection.execute(
        sa.delete(notices).where(
            notices.c.created_at < before, notices.c.state != DeliveryState.SENDING
        )
    ).rowcount


def alerts_to(connection: sa.Connection, email: str) -> list[dict[str, Any]]:
    """The alerts that were queued to an address and are kept, the first one first."""
    query = (
        sa.select(
            notices.c.newsletter,
            alert_mails.c.story_id,
            alert_mails.c.content,
            notices.c.created_at,
            notices.c.doubted_at,
            notices.c.state,
            notices.c.cause,
            notices.c.server,
            notices.c.reply,
            notices.c.next_attempt_at,
            notices.c.finished_at,
        )
        .join_from(notices, alert_mails, alert_mails.c.id == notices.c.alert_id)
        .where(notices.c.address_hash == address_hash(email))
        .order_by(notices.c.id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def sent_since(connection: sa.Connection, since: datetime) -> int:
    """How many notices a server accepted at or after a time."""
    query = sa.select(sa.func.count()).where(
        notices.c.state == DeliveryState.SENT, notices.c.finished_at >= since
    )
    return connection.scalar(query) or 0


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many notices are in each state that occurs."""
    query = sa.select(notices.c.state, sa.func.count().label("n")).group_by(notices.c.state)
    return {row.state: row.n for row in connection.execute(query)}


def _is_due(state: DeliveryState, now: datetime) -> sa.ColumnElement[bool]:
    its_time = notices.c.next_attempt_at.is_(None) | (notices.c.next_attempt_at <= now)
    of_use = notices.c.expires_at.is_(None) | (notices.c.expires_at > now)
    return sa.and_(notices.c.state == state, its_time, of_use)


def _blocked(connection: sa.Connection, rows: Sequence[Any]) -> dict[int, SuppressionReason]:
    """Those who must not be mailed by now, and why; whoever is asked may have left before."""
    reasons = reasons_for(connection, {row.address_hash for row in rows})
    waiting_alerts = [row.id for row in rows if row.alert_id is not None]
    left = why_not_mailed(exists=True, suppressed=None, subscribed=False)
    assert left is not None
    return dict.fromkeys(alerts.unwanted(connection, waiting_alerts), left) | {
        row.id: reason
        for row in rows
        if (reason := reasons.get(row.address_hash)) is not None
        and NoticeKind(row.kind).is_stopped_by(reason)
    }


def _held(claimed: NoticeClaim) -> sa.Update:
    """The row of a claim, as long as nobody took it over."""
    return sa.update(notices).where(
        notices.c.id == claimed.notice.id,
        notices.c.attempts == claimed.attempt,
        notices.c.state.in_([DeliveryState.SENDING, DeliveryState.IN_DOUBT]),
    )


def _notices_of(connection: sa.Connection, rows: Sequence[Any]) -> list[Notice]:
    """The notices of these rows; what an alert says is kept once for all its mails."""
    numbers = {row.alert_id for row in rows if row.alert_id is not None}
    told = alerts.contents(connection, numbers)
    return [
        Notice(
            id=row.id,
            kind=NoticeKind(row.kind),
            newsletter=row.newsletter,
            email=row.email,
            name=row.name,
            language=row.language,
            details=row.details
            if row.alert_id is None
            else {**told[row.alert_id], "subscriber": row.subscriber_id},
            created_at=row.created_at,
            alert_id=row.alert_id,
        )
        for row in rows
    ]
