"""The deliveries of an issue, one by one and counted: who did not get it, and what servers said."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.model import DeliveryCause, DeliveryState
from digest.store.deliveries import attempt_anew
from digest.store.schema import deliveries, subscribers

# Rows that an update names at once.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery as a list shows it; `email` is None of somebody who was erased.

    `reply` is the server's own words, in which addresses may stand.
    """

    subscriber_id: int
    email: str | None
    state: DeliveryState
    cause: DeliveryCause | None
    attempts: int
    server: str
    code: int | None
    reply: str
    due_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReplyCount:
    """How many deliveries are in a state for a cause, with this reply of a server."""

    state: DeliveryState
    cause: DeliveryCause | None
    code: int | None
    reply: str
    count: int


def lines(
    connection: sa.Connection, issue_id: int, states: Sequence[DeliveryState]
) -> Iterator[DeliveryLine]:
    """The deliveries of an issue in these states, streamed in the order of the subscribers."""
    query = (
        sa.select(deliveries, subscribers.c.email)
        .outerjoin(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.state.in_(states))
        .order_by(deliveries.c.subscriber_id)
    )
    with connection.execute(query, execution_options={"yield_per": 1000}) as result:
        for row in result:
            yield DeliveryLine(
                row.subscriber_id,
                row.email,
                DeliveryState(row.state),
                DeliveryCause(row.cause) if row.cause else None,
                row.attempts,
                row.server or "",
                row.code,
                row.reply or "",
                row.due_at,
                row.next_attempt_at,
                row.finished_at,
            )


def by_reply(
    connection: sa.Connection, issue_id: int, states: Sequence[DeliveryState]
) -> Iterator[ReplyCount]:
    """How many deliveries in these states have which reply and cause."""
    columns = [deliveries.c[name] for name in ("state", "cause", "code", "reply")]
    query = (
        sa.select(*columns, sa.func.count().label("count"))
        .where(deliveries.c.issue_id == issue_id, deliveries.c.state.in_(states))
        .group_by(*columns)
    )
    for row in connection.execute(query):
        cause = DeliveryCause(row.cause) if row.cause else None
        yield ReplyCount(DeliveryState(row.state), cause, row.code, row.reply or "", row[4])


def by_server(connection: sa.Connection, issue_id: int) -> dict[str, dict[str, int]]:
    """Of each server that was asked, how many deliveries are in which state."""
    query = (
        sa.select(deliveries.c.server, deliveries.c.state, sa.func.count())
        .where(deliveries.c.issue_id == issue_id, deliveries.c.server.is_not(None))
        .group_by(deliveries.c.server, deliveries.c.state)
    )
    return _nested(connection.execute(query))


def by_domain(connection: sa.Connection, issue_id: int, most: int) -> dict[str, dict[str, int]]:
    """Of the `most` domains with the most deliveries, how many are in which state.

    Reads each delivery, and the subscriber's address with it.
    """
    email = sa.func.lower(subscribers.c.email)
    if connection.dialect.name == "postgresql":
        domain = sa.func.split_part(email, "@", 2)
    else:
        domain = sa.func.substr(email, sa.func.instr(email, "@") + 1)
    counted = (
        sa.select(domain.label("domain"), deliveries.c.state, sa.func.count().label("n"))
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(deliveries.c.issue_id == issue_id)
        .group_by(domain, deliveries.c.state)
    )
    nested = _nested(connection.execute(counted))
    largest = sorted(nested, key=lambda name: (-sum(nested[name].values()), name))[:most]
    return {name: nested[name] for name in largest}


def _nested(rows: Iterable[Any]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for name, state, count in rows:
        nested.setdefault(name, {})[state] = count
    return nested


def take_up_again(
    connection: sa.Connection,
    issue_id: int,
    newsletter: str,
    numbers: Sequence[int],
    states: Collection[DeliveryState],
    now: datetime,
) -> int:
    """Attempt these subscribers' deliveries again, of those who may still be mailed; how many."""
    taken = 0
    for first in range(0, len(numbers), _AT_ONCE):
        chosen = deliveries.c.subscriber_id.in_(numbers[first : first + _AT_ONCE])
        of_states = deliveries.c.state.in_(list(states))
        taken += attempt_anew(connection, issue_id, newsletter, now, of_states, chosen)
    return taken
