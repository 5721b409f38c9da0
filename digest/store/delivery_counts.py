"""How many deliveries of an issue are in each state, kept: to count a million takes too long.

A count changes in the transaction that moves a delivery. On PostgreSQL triggers see to it, once a
statement; each session adds to rows of its own (`part`), so that none waits for another. On SQLite
a trigger runs for each row, which costs a fifth of what the records of a message cost; it has one
writer at a time, so that it can be counted here what a statement is about to move. Whatever changes
`state`, `due_at` or `doubted_at` of a delivery says it here.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from digest.model import DeliveryState
from digest.store.schema import Instant, deliveries, delivery_counts

# What waits is counted by when it is due; all else stands under this time.
NOT_WAITING = datetime(1970, 1, 1, tzinfo=UTC)
# Stands among the states: those that were in doubt at some time, whatever became of them.
DOUBTED = "doubted"


def by_state(connection: sa.Connection, issue_id: int) -> dict[str, int]:
    """How many deliveries of an issue are in each state that occurs."""
    total = sa.func.sum(delivery_counts.c.count)
    query = (
        sa.select(delivery_counts.c.state, total.label("n"))
        .where(delivery_counts.c.issue_id == issue_id, delivery_counts.c.state != DOUBTED)
        .group_by(delivery_counts.c.state)
        .having(total != 0)
    )
    return {row.state: int(row.n) for row in connection.execute(query)}


def pending(connection: sa.Connection, issue_id: int) -> dict[datetime, int]:
    """How many deliveries that were never attempted are due at which time."""
    total = sa.func.sum(delivery_counts.c.count)
    query = (
        sa.select(delivery_counts.c.due_at, total.label("n"))
        .where(
            delivery_counts.c.issue_id == issue_id,
            delivery_counts.c.state == DeliveryState.PENDING,
        )
        .group_by(delivery_counts.c.due_at)
        .having(total != 0)
    )
    return {row.due_at: int(row.n) for row in connection.execute(query)}


def doubted(connection: sa.Connection, issue_id: int) -> int:
    """How many deliveries of an issue were in doubt at some time, whatever became of them."""
    query = sa.select(sa.func.sum(delivery_counts.c.count)).where(
        delivery_counts.c.issue_id == issue_id, delivery_counts.c.state == DOUBTED
    )
    return int(connection.scalar(query) or 0)


def differing(connection: sa.Connection, issue_id: int) -> bool:
    """Whether the counts of an issue are not those of its deliveries; reads each of them."""
    key = (delivery_counts.c.issue_id, delivery_counts.c.state, delivery_counts.c.due_at)
    of_issue = delivery_counts.c.issue_id == issue_id
    query = sa.select(*key, sa.func.sum(delivery_counts.c.count)).where(of_issue).group_by(*key)
    kept = {tuple(row) for row in connection.execute(query) if row[-1]}
    counted = _counted(deliveries.c.issue_id == issue_id)
    return kept != {tuple(row) for row in connection.execute(counted)}


def recount(connection: sa.Connection, issue_id: int) -> None:
    """Count the deliveries of an issue anew; nobody moves one until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE deliveries IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(sa.delete(delivery_counts).where(delivery_counts.c.issue_id == issue_id))
    counted = _counted(deliveries.c.issue_id == issue_id).add_columns(sa.literal(0))
    columns = ["issue_id", "state", "due_at", "count", "part"]
    connection.execute(sa.insert(delivery_counts).from_select(columns, counted))


# What moves deliveries.


def update(connection: sa.Connection, *which: sa.ColumnElement[bool], **values: Any) -> int:
    """Set columns of the deliveries for which all of `which` holds; how many there were."""
    if connection.dialect.name == "sqlite":
        after, before = (_tally(connection, _counted(*which, **of)) for of in (values, {}))
        after.subtract(before)
        _add(connection, after)
    return connection.execute(sa.update(deliveries).where(*which).values(values)).rowcount


def delete(connection: sa.Connection, *which: sa.ColumnElement[bool]) -> Sequence[sa.Row[Any]]:
    """Delete the deliveries for which all of `which` holds; state, cause and doubt of each."""
    if connection.dialect.name == "sqlite":
        before = _tally(connection, _counted(*which))
        _add(connection, Counter({key: -count for key, count in before.items()}))
    columns = (deliveries.c.state, deliveries.c.cause, deliveries.c.doubted_at)
    deleting: Any = sa.delete(deliveries).where(*which).returning(*columns)
    return connection.execute(deleting).all()


@contextmanager
def moving(
    connection: sa.Connection, issue_id: int, subscriber_ids: Collection[int]
) -> Iterator[None]:
    """Within it deliveries of these subscribers are added, or moved in whatever way."""
    if connection.dialect.name != "sqlite":
        yield
        return
    theirs = (deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id.in_(subscriber_ids))
    before = _tally(connection, _counted(*theirs))
    yield
    after = _tally(connection, _counted(*theirs))
    after.subtract(before)
    _add(connection, after)


def moved_many(connection: sa.Connection, issue_id: int) -> None:
    """Deliveries of an issue were moved or added, so many that all are better counted."""
    if connection.dialect.name == "sqlite":
        recount(connection, issue_id)


def moved(
    connection: sa.Connection,
    issue_id: int,
    before: Mapping[tuple[str, str], int],
    after: Mapping[DeliveryState, int],
) -> None:
    """So many left a state, those that waited by when they were due, and came to another one.

    For what each message goes through: it looks at none of them. Times are SQLite's texts.
    """
    if connection.dialect.name == "sqlite":
        tally = Counter({(issue_id, state.value, _NEVER): count for state, count in after.items()})
        for (state, due_at), count in before.items():
            is_pending = state == DeliveryState.PENDING
            tally[issue_id, state, due_at if is_pending else _NEVER] -= count
        _add(connection, tally)


# How it is counted.

_NEVER = "1970-01-01 00:00:00.000000"
# By issue, state and time, the latter as SQLite's text.
Tally = Counter[tuple[int, str, str]]
_ADD = (
    "INSERT INTO delivery_counts (issue_id, state, due_at, part, count) VALUES (?, ?, ?, 0, ?)"
    " ON CONFLICT DO UPDATE SET count = count + excluded.count"
)


def _counted(*which: sa.ColumnElement[bool], **values: Any) -> sa.Select[Any]:
    """The deliveries counted by issue, state and time, as they are once these values are set."""
    state, due_at, doubted_at = (
        value if isinstance(value, sa.ColumnElement) else sa.literal(value, column.type)
        for column in (deliveries.c.state, deliveries.c.due_at, deliveries.c.doubted_at)
        for value in [values.get(column.name, column)]
    )
    never = sa.literal(NOT_WAITING, Instant)
    waits_until = sa.case((state == DeliveryState.PENDING, due_at), else_=never)
    issue = deliveries.c.issue_id
    of_state = sa.select(
        issue, state.label("state"), sa.type_coerce(waits_until, Instant).label("due_at")
    ).where(*which)
    in_doubt = sa.select(issue, sa.literal(DOUBTED), never).where(*which, doubted_at.is_not(None))
    rows = sa.union_all(of_state, in_doubt).subquery()
    return sa.select(*rows.c, sa.func.count()).group_by(*rows.c)


def _tally(connection: sa.Connection, counted: sa.Select[Any]) -> Tally:
    issue, state, due_at, count = counted.selected_columns
    query = counted.with_only_columns(issue, state, sa.type_coerce(due_at, sa.Text), count)
    return Counter({tuple(key): n for *key, n in connection.execute(query)})


def _add(connection: sa.Connection, tally: Tally) -> None:
    rows = [(*key, count) for key, count in tally.items() if count]
    if rows:
        connection.exec_driver_sql(_ADD, rows)
