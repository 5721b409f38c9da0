"""One record a subscriber an issue (promises 3 to 5).

Laid out at the seal (digest.store.schedule), claimed before the bytes go out, written after the
reply.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from digest.model import DeliveryCause, DeliveryState
from digest.store import issue_figures, workers
from digest.store.issue_figures import Records
from digest.store.schema import (
    Instant,
    attempts,
    deliveries,
    subscribers,
    subscriptions,
    suppressions,
)

# What waits for its turn.
WAITING = (DeliveryState.PENDING, DeliveryState.DEFERRED)
_DOUBT = DeliveryState.IN_DOUBT


def take_from(connection: sa.Connection, worker_id: str, now: datetime) -> int:
    """Take from a worker what it had claimed; how many of that are in doubt from now on.

    That is what may have been on the wire; the rest waits again as if never claimed.
    """
    claimed = sa.and_(deliveries.c.state == DeliveryState.SENDING, deliveries.c.worker == worker_id)
    numbers = workers.handed_out(connection, worker_id)
    out = claimed if numbers is None else claimed & deliveries.c.subscriber_id.in_(numbers)
    _remember_doubt(connection, out)
    doubted = connection.execute(
        sa.update(deliveries)
        .where(out)
        .values(
            state=DeliveryState.IN_DOUBT,
            cause=DeliveryCause.WORKER_DIED,
            doubted_at=now,
            worker=None,
            server=None,
            reply=None,
        )
    ).rowcount
    connection.execute(sa.update(deliveries).where(claimed).values(_UNCLAIMED))
    return doubted


# What a claimed delivery becomes of which not a byte went out.
_UNCLAIMED = {
    "state": sa.case(
        (deliveries.c.attempts == 1, str(DeliveryState.PENDING)),
        (deliveries.c.doubted_at.is_(None), str(DeliveryState.DEFERRED)),
        else_=str(DeliveryState.IN_DOUBT),
    ),
    "worker": None,
    "claimed_at": sa.case((deliveries.c.attempts > 1, deliveries.c.claimed_at)),
    "attempts": deliveries.c.attempts - 1,
}


def doubt_for_good(
    connection: sa.Connection, issue_id: int, due_until: datetime, now: datetime
) -> int:
    """What was due by then may have gone out from another copy of the database; how many.

    It is in doubt and not sent again, whatever the settings say of doubt.
    """
    open_states = [*WAITING, DeliveryState.SENDING, _DOUBT]
    return connection.execute(
        sa.update(deliveries)
        .where(*_over(issue_id, due_until, open_states))
        .values(
            state=_DOUBT,
            cause=DeliveryCause.ADOPTED,
            doubted_at=now,
            finished_at=now,
            next_attempt_at=None,
            worker=None,
        )
    ).rowcount


def _remember_doubt(connection: sa.Connection, out: sa.ColumnElement[bool]) -> None:
    """A line of history for each claim that went out, at the time at which it was claimed."""
    is_recorded = sa.exists().where(
        attempts.c.issue_id == deliveries.c.issue_id,
        attempts.c.subscriber_id == deliveries.c.subscriber_id,
        attempts.c.attempt == deliveries.c.attempts,
    )
    claimed = (
        sa.select(
            deliveries.c.issue_id,
            deliveries.c.subscriber_id,
            deliveries.c.attempts,
            deliveries.c.claimed_at,
            sa.literal(str(DeliveryState.IN_DOUBT)),
            sa.literal(str(DeliveryCause.WORKER_DIED)),
        )
        .where(out, ~is_recorded)
        # A sender that lives after all must not write its result between this and the update.
        .with_for_update()
    )
    columns = ["issue_id", "subscriber_id", "attempt", "at", "state", "cause"]
    connection.execute(sa.insert(attempts).from_select(columns, claimed))


def expire(connection: sa.Connection, issue_id: int, now: datetime, life_hours: float) -> int:
    """Give up on what was due too long ago and never sent; how many. Doubt stays doubt."""
    over = now - timedelta(hours=life_hours)
    connection.execute(
        sa.update(deliveries).where(*_over(issue_id, over, [_DOUBT])).values(finished_at=now)
    )
    return connection.execute(
        sa.update(deliveries)
        .where(*_over(issue_id, over, WAITING))
        .values(state=DeliveryState.FAILED, cause=DeliveryCause.GAVE_UP, finished_at=now)
    ).rowcount


def give_up_untold(
    connection: sa.Connection, issue_id: int, before: datetime, now: datetime
) -> int:
    """Give up on what was never attempted, was due before a time, and no next issue came to tell.

    How many.
    """
    waits = sa.and_(deliveries.c.state == DeliveryState.PENDING, deliveries.c.due_at <= before)
    late = sa.and_(
        deliveries.c.state == DeliveryState.MERGED, deliveries.c.cause == DeliveryCause.LATE
    )
    return connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.issue_id == issue_id, waits | late)
        .values(state=DeliveryState.FAILED, cause=DeliveryCause.UNTOLD, finished_at=now)
    ).rowcount


def _over(
    issue_id: int, before: datetime, states: Sequence[DeliveryState]
) -> tuple[sa.ColumnElement[bool], ...]:
    """What is of these states and was due before a time."""
    return (
        deliveries.c.issue_id == issue_id,
        deliveries.c.state.in_(states),
        deliveries.c.due_at <= before,
        deliveries.c.finished_at.is_(None),
    )


def is_overdue(connection: sa.Connection, issue_id: int, before: datetime) -> bool:
    """Whether anything that is to be sent or resent was due before a time."""
    overdue = _over(issue_id, before, [*WAITING, _DOUBT])
    return bool(connection.scalar(sa.select(sa.exists().where(*overdue))))


def hurry(connection: sa.Connection, issue_id: int, now: datetime) -> None:
    """What waits for its subscriber's hour is due at once."""
    connection.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.issue_id == issue_id,
            deliveries.c.state == DeliveryState.PENDING,
            deliveries.c.due_at > now,
        )
        .values(due_at=now)
    )


def take_up(
    connection: sa.Connection,
    issue_id: int,
    newsletter: str,
    now: datetime,
    *,
    resend_in_doubt: bool,
) -> None:
    """What failed, for those who may still be mailed, and what waits is to be attempted at once.

    Its life begins anew.
    """
    of_issue = sa.update(deliveries).where(deliveries.c.issue_id == issue_id)
    connection.execute(
        of_issue.where(
            deliveries.c.state == DeliveryState.FAILED,
            deliveries.c.subscriber_id.in_(mailable(newsletter)),
        ).values(
            state=sa.case(
                (deliveries.c.attempts == 0, str(DeliveryState.PENDING)),
                else_=str(DeliveryState.DEFERRED),
            ),
            cause=None,
            due_at=now,
            next_attempt_at=None,
            finished_at=None,
        )
    )
    connection.execute(
        of_issue.where(deliveries.c.state.in_(to_attempt(resend=resend_in_doubt))).values(
            due_at=now, next_attempt_at=None, finished_at=None
        )
    )


def begin_life_anew(connection: sa.Connection, issue_id: int, now: datetime) -> None:
    """What waits and was due before is due now: nobody gives it up for what it waited so far."""
    waits = deliveries.c.state.in_([*WAITING, _DOUBT]) & deliveries.c.finished_at.is_(None)
    which = (deliveries.c.issue_id == issue_id) & waits & (deliveries.c.due_at < now)
    connection.execute(sa.update(deliveries).where(which).values(due_at=now))


def stop_waiting(connection: sa.Connection, issue_id: int, now: datetime) -> None:
    """What waits is not sent any more, and what is in doubt stays so: its issue was stopped."""
    of_issue = sa.update(deliveries).where(
        deliveries.c.issue_id == issue_id, deliveries.c.finished_at.is_(None)
    )
    connection.execute(of_issue.where(deliveries.c.state == _DOUBT).values(finished_at=now))
    connection.execute(
        of_issue.where(deliveries.c.state.in_(WAITING)).values(
            state=DeliveryState.SKIPPED,
            cause=DeliveryCause.STOPPED,
            next_attempt_at=None,
            finished_at=now,
        )
    )


def mailable(newsletter: str) -> sa.Select[Any]:
    """The subscribers who get the newsletter now and are not suppressed."""
    return (
        sa.select(subscriptions.c.subscriber_id)
        .join_from(subscriptions, subscribers)
        .outerjoin(suppressions, suppressions.c.address_hash == subscribers.c.address_hash)
        .where(subscriptions.c.newsletter == newsletter, suppressions.c.address_hash.is_(None))
    )


def waiting(
    connection: sa.Connection, issue_id: int, now: datetime, *, resend_in_doubt: bool
) -> int:
    """How many deliveries would be attempted now, those in a worker's hands among them."""
    of_issue = sa.select(sa.func.count()).where(deliveries.c.issue_id == issue_id)
    in_hand = of_issue.where(deliveries.c.state == DeliveryState.SENDING)
    # One by one: each is a look into an index.
    states = to_attempt(resend=resend_in_doubt)
    queries = [in_hand, *(of_issue.where(is_its_turn(state, now)) for state in states)]
    return sum(connection.scalar(query) or 0 for query in queries)


def is_due(
    connection: sa.Connection, issue_id: int, now: datetime, *, resend_in_doubt: bool
) -> bool:
    """Whether any delivery is to be attempted now."""
    of_issue = deliveries.c.issue_id == issue_id
    return any(
        connection.scalar(sa.select(sa.exists().where(of_issue, is_its_turn(state, now))))
        for state in to_attempt(resend=resend_in_doubt)
    )


def to_attempt(*, resend: bool) -> list[DeliveryState]:
    """The states of what is still to be attempted, in the order of the claims."""
    return [*WAITING, _DOUBT] if resend else [*WAITING]


def is_its_turn(
    state: DeliveryState, now: datetime | sa.BindParameter[datetime]
) -> sa.ColumnElement[bool]:
    """What a claim takes of one of these states: each is one step into an index."""
    of_state = deliveries.c.state == state
    if state is DeliveryState.PENDING:
        return of_state & (deliveries.c.due_at <= now)
    if state is _DOUBT:  # for good, where its time to be resent is over
        of_state &= deliveries.c.finished_at.is_(None)
    again = deliveries.c.next_attempt_at
    return of_state & (again.is_(None) | (again <= now))


def overdue(
    connection: sa.Connection, issue_id: int, before: datetime
) -> tuple[int, datetime | None]:
    """How many wait although they were to be attempted before a time, and since when the first."""
    pending = deliveries.c.state == DeliveryState.PENDING
    again = sa.func.coalesce(deliveries.c.next_attempt_at, deliveries.c.due_at)
    turn = sa.type_coerce(sa.case((pending, deliveries.c.due_at), else_=again), Instant)
    query = sa.select(sa.func.count(), sa.func.min(turn)).where(
        deliveries.c.issue_id == issue_id, deliveries.c.state.in_(WAITING), turn <= before
    )
    count, since = connection.execute(query).one()
    return count, since


def last_due(connection: sa.Connection, issue_id: int) -> tuple[int, datetime | None]:
    """How many wait, whether their time has come or not, and when the last of them is due."""
    query = sa.select(sa.func.count(), sa.func.max(deliveries.c.due_at)).where(
        deliveries.c.issue_id == issue_id, deliveries.c.state.in_(WAITING)
    )
    count, last = connection.execute(query).one()
    return count, last


def later_on(
    connection: sa.Connection, issue_id: int, now: datetime
) -> tuple[int, datetime | None]:
    """How many wait for their subscriber's hour, and the last of these hours."""
    query = sa.select(sa.func.count(), sa.func.max(deliveries.c.due_at)).where(
        deliveries.c.issue_id == issue_id,
        deliveries.c.state == DeliveryState.PENDING,
        deliveries.c.due_at > now,
    )
    count, last = connection.execute(query).one()
    return count, last


def counts(connection: sa.Connection, issue_id: int) -> dict[str, int]:
    """How many deliveries of an issue are in each state that occurs, with those that are gone."""
    query = (
        sa.select(deliveries.c.state, sa.func.count().label("n"))
        .where(deliveries.c.issue_id == issue_id)
        .group_by(deliveries.c.state)
    )
    total = Counter(issue_figures.of_issue(connection, issue_id, Records.DELIVERIES))
    total.update({row.state: row.n for row in connection.execute(query)})
    return dict(sorted(total.items()))


def sent(connection: sa.Connection, issue_id: int) -> int:
    """For how many a server accepted the issue."""
    return _in_state(connection, issue_id, DeliveryState.SENT)


def failed(connection: sa.Connection, issue_id: int) -> int:
    """For how many it failed for good."""
    return _in_state(connection, issue_id, DeliveryState.FAILED)


def _in_state(connection: sa.Connection, issue_id: int, state: DeliveryState) -> int:
    query = sa.select(sa.func.count()).where(
        deliveries.c.issue_id == issue_id, deliveries.c.state == state
    )
    return connection.scalar(query) or 0


def latest_refusal(connection: sa.Connection, issue_id: int) -> str:
    """The reply to the delivery that failed last, empty where none did."""
    query = (
        sa.select(deliveries.c.reply)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.state == DeliveryState.FAILED)
        .order_by(deliveries.c.finished_at.desc(), deliveries.c.subscriber_id)
        .limit(1)
    )
    return connection.scalar(query) or ""


def doubted(connection: sa.Connection, issue_id: int) -> int:
    """How many deliveries were in doubt at some time, whatever became of them."""
    query = sa.select(sa.func.count()).where(
        deliveries.c.issue_id == issue_id, deliveries.c.doubted_at.is_not(None)
    )
    gone = issue_figures.of_issue(connection, issue_id, Records.DOUBTED)
    return (connection.scalar(query) or 0) + sum(gone.values())


def is_open(connection: sa.Connection, issue_id: int, *, resend_in_doubt: bool) -> bool:
    """Whether anything of the issue is still to be sent or answered."""
    resent = sa.and_(deliveries.c.state == _DOUBT, deliveries.c.finished_at.is_(None))
    open_now = deliveries.c.state.in_([*WAITING, DeliveryState.SENDING])
    still = open_now | resent if resend_in_doubt else open_now
    query = sa.select(sa.exists().where(deliveries.c.issue_id == issue_id, still))
    return bool(connection.scalar(query))
