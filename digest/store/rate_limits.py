"""The limits of backends, kept for all processes on one database: rates and slots.

A rate is counted in slices of its span (`digest.rate_limits`). A slot is the right to one
connection, or to one message under way to a domain. Each call sees what all others did before it:
on SQLite a write transaction is alone anyhow, on PostgreSQL a lock holds until the commit. So
commit soon. `now` is real time.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from digest.rate_limits import RateLimits, Reservation, allowed, fair_shares, slice_of, window
from digest.store.schema import connection_slots, rate_usage, workers

_LOCK = 0x70616365
# Seconds after which those who have no slot take over from those who have.
_TURN = 60


def reserve(
    connection: sa.Connection, backend: str, limits: RateLimits, now: datetime, want: int
) -> Reservation:
    """Leave for up to `want` messages, within the limits; it is spent whether used or not.

    Where limits are of seconds, read `now` after `in_turn`: waiting for others can take longer.
    """
    if not limits.rates:
        return allowed(limits, {}, now, want)
    in_turn(connection)
    reservation = allowed(limits, _used(connection, backend, limits, now), now, want)
    for span in limits.rates if reservation.count else ():
        _count(connection, backend, span, slice_of(span, now), reservation.count)
    return reservation


def give_back(
    connection: sa.Connection,
    backend: str,
    limits: RateLimits,
    reservation: Reservation,
    count: int,
) -> None:
    """Return `count` of a reservation that were not used. What a crash keeps is lost."""
    if limits.rates and count > 0:
        in_turn(connection)
        for span in limits.rates:
            _count(connection, backend, span, slice_of(span, reservation.at), -count)


def used(connection: sa.Connection, backend: str, span: int, now: datetime) -> int:
    """How much was used in the window of a span; nothing is changed."""
    seen = window(span, now)
    query = sa.select(sa.func.sum(rate_usage.c.used)).where(
        rate_usage.c.backend == backend,
        rate_usage.c.span == span,
        rate_usage.c.slice.between(seen[0], seen[-1]),
    )
    return connection.scalar(query) or 0


def _used(
    connection: sa.Connection, backend: str, limits: RateLimits, now: datetime
) -> dict[int, dict[int, int]]:
    """What was used, slice by slice, in the windows of now; what is outside of them is deleted."""
    used: dict[int, dict[int, int]] = {span: {} for span in limits.rates}
    windows = {span: window(span, now) for span in used}
    outside = False
    query = sa.select(rate_usage).where(
        rate_usage.c.backend == backend, rate_usage.c.span.in_(used)
    )
    for row in connection.execute(query):
        if row.slice in windows[row.span]:
            used[row.span][row.slice] = row.used
        else:
            outside = True
    if outside:
        _forget(connection, rate_usage.c.backend == backend, windows)
    return used


def _forget(
    connection: sa.Connection, which: sa.ColumnElement[bool], windows: Mapping[int, range]
) -> int:
    """Delete of these rates what is outside of the windows; how many rows."""
    return sum(
        connection.execute(
            sa.delete(rate_usage).where(
                which, rate_usage.c.span == span, ~rate_usage.c.slice.between(seen[0], seen[-1])
            )
        ).rowcount
        for span, seen in windows.items()
    )


def _count(connection: sa.Connection, backend: str, span: int, number: int, count: int) -> None:
    """Add to what was used in a slice; taking away from one that is gone changes nothing."""
    changed = connection.execute(
        sa.update(rate_usage)
        .where(
            rate_usage.c.backend == backend, rate_usage.c.span == span, rate_usage.c.slice == number
        )
        .values(used=rate_usage.c.used + count)
    )
    if changed.rowcount == 0 and count > 0:
        row = {"backend": backend, "span": span, "slice": number, "used": count}
        connection.execute(sa.insert(rate_usage).values(row))


def take_slots(
    connection: sa.Connection,
    backend: str,
    resource: str,
    limit: int,
    *,
    worker: str,
    held: int,
    want: int,
    now: datetime,
    host: str | None = None,
) -> int:
    """How many of `limit` slots this worker, which must have shown life, may fill from now on.

    With `host` the limit is that of the workers of this host alone.
    `held` is how many it fills still; where that is more than the answer, it is to leave some,
    and say so at its next call: only then are they free for others. Who wants more than is free
    is registered, and the others are told to make room. A retired worker's slots are free.
    """
    in_turn(connection)
    others = sa.select(
        connection_slots.c.worker, connection_slots.c.held, connection_slots.c.wanted
    ).where(
        connection_slots.c.backend == backend,
        connection_slots.c.resource == resource,
        connection_slots.c.worker != worker,
    )
    if host is not None:
        others = others.join(workers).where(workers.c.host == host)
    rows = connection.execute(others).all()
    wanted = {row.worker: row.wanted for row in rows} | {worker: want}
    share = fair_shares(limit, wanted, int(now.timestamp()) // _TURN)[worker]
    filled: int = sum(row.held for row in rows)
    may = max(0, min(share, limit - filled))
    _fill(connection, backend, resource, worker, {"held": max(may, held), "wanted": want})
    return may


def _fill(
    connection: sa.Connection,
    backend: str,
    resource: str,
    worker: str,
    values: Mapping[str, int],
) -> None:
    row = {"backend": backend, "resource": resource, "worker": worker}
    mine = [connection_slots.c[name] == value for name, value in row.items()]
    if connection.execute(sa.update(connection_slots).where(*mine).values(values)).rowcount == 0:
        connection.execute(sa.insert(connection_slots).values({**row, **values}))


def in_turn(connection: sa.Connection) -> None:
    """From here to the end of the transaction, nobody else counts.

    One lock for all backends: whoever takes two of them in one transaction cannot deadlock. Whoever
    writes to workers in the same transaction takes it before that.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def forget_idle(
    connection: sa.Connection, prefix: str, spans: Collection[int], now: datetime
) -> int:
    """Delete what counts no more of the rates whose names begin with `prefix`; how many rows.

    A backend's own are deleted as it goes on; these are of visitors who may never come back.
    """
    named = rate_usage.c.backend.startswith(prefix, autoescape=True)
    return _forget(connection, named, {span: window(span, now) for span in spans})
