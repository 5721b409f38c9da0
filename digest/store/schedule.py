"""Deliveries laid out at their subscribers' hours, and merged where two would go out on one date.

The rules are those of digest.compose.hours, done here for a million at a time: what all who
share a clock share is worked out once, and put in a temporary table.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from digest.model import UNTOLD, WEEKDAYS, DeliveryCause, DeliveryState, Weekday
from digest.store import delivery_counts
from digest.store.attempt_times import open_until
from digest.store.deliveries import WAITING, mailable
from digest.store.issues import Neighbour
from digest.store.schema import (
    Instant,
    Key,
    deliveries,
    issues,
    keyword_text,
    subscriptions,
    weekday_bits,
)

PENDING = DeliveryState.PENDING

# An hour and a zone as subscriptions have them; None: what the newsletter says.
Hours = tuple[int | None, str | None]

_temporary = sa.MetaData()
_options: dict[str, Any] = {"prefixes": ["TEMPORARY"], "sqlite_with_rowid": False}
_slots = sa.Table(
    "slots",
    _temporary,
    sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("timezone", sa.Text, primary_key=True),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("day_begins", Instant, nullable=False),
    sa.Column("next_due_at", Instant, nullable=False),
    # Each as the bit of its weekday; `reached` is the sum of those on which issues come.
    sa.Column("weekday", sa.Integer, nullable=False),
    sa.Column("next_weekday", sa.Integer, nullable=False),
    sa.Column("reached", sa.Integer, nullable=False),
    **_options,
)
# When the local date begins on which a mail that is due at a time goes out in a zone.
_days = sa.Table(
    "days",
    _temporary,
    sa.Column("timezone", sa.Text, primary_key=True),
    sa.Column("due_at", Instant, primary_key=True),
    sa.Column("day_begins", Instant, nullable=False),
    **_options,
)
_merging = sa.Table(
    "merging",
    _temporary,
    sa.Column("subscriber_id", Key, primary_key=True, autoincrement=False),
    sa.Column("since", sa.Date, nullable=False),
    **_options,
)

# What subscribers wait for in vain: fewer stories than that are there. Kept by its key alone.
_few = sa.Table(
    "few",
    _temporary,
    sa.Column("at_least", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("longest_wait", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("since", sa.Date, primary_key=True),
    sa.Column("topics", sa.Text, primary_key=True),
    sa.Column("keywords", sa.Text, primary_key=True),
    **_options,
)

# None is no value to join by.
_NO_HOUR, _NO_ZONE = -1, ""
_NO_WAIT, _NO_KEYWORDS = 0, ""
_hour = sa.func.coalesce(subscriptions.c.hour, sa.literal_column(str(_NO_HOUR)))
_timezone = sa.func.coalesce(subscriptions.c.timezone, sa.literal_column(f"'{_NO_ZONE}'"))
_chosen_days = sa.func.coalesce(
    sa.type_coerce(subscriptions.c.days, sa.Integer), sa.literal_column("0", sa.Integer)
)


_longest_wait = sa.func.coalesce(subscriptions.c.longest_wait, sa.literal_column(str(_NO_WAIT)))
_keywords = sa.func.coalesce(
    sa.type_coerce(subscriptions.c.keywords, sa.Text), sa.literal_column(f"'{_NO_KEYWORDS}'")
)
_topics = sa.cast(subscriptions.c.topics, sa.Text)


@dataclass(frozen=True, slots=True)
class Threshold:
    """What some subscribers wait for: so many stories since a date, on their topics and keywords.

    `topics` is as the column has it, by which their rows are found again.
    """

    at_least: int
    longest_wait: int | None
    since: date
    topics: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What all who share an hour and a zone share of an issue; see digest.compose.hours.Slot.

    `reached` are the weekdays on which issues come to them.
    """

    of: Hours
    due_at: datetime
    day: date
    day_begins: datetime
    next_due_at: datetime
    next_day: date
    reached: frozenset[Weekday]


def hours(connection: sa.Connection, newsletter: str) -> list[Hours]:
    """The hours and zones that there are among those who get a newsletter."""
    query = (
        sa.select(subscriptions.c.hour, subscriptions.c.timezone)
        .where(subscriptions.c.newsletter == newsletter)
        .distinct()
    )
    return [(row.hour, row.timezone) for row in connection.execute(query)]


def thresholds(
    connection: sa.Connection, newsletter: str, issue: Neighbour, before: Sequence[Neighbour]
) -> list[Threshold]:
    """What those may wait for who want so many stories at a time; what many share comes once.

    `before` are the two issues before this one, the last first. Each wait is told with each date
    since which somebody had nothing: to look up which go together would take longer than to count.
    """
    query = (
        sa.select(
            subscriptions.c.newsletter,
            subscriptions.c.at_least,
            subscriptions.c.longest_wait,
            _topics,
            subscriptions.c.keywords,
        )
        # By any index it takes longer: most rows are read.
        .where(subscriptions.c.at_least.is_not(None))
        .distinct()
    )
    waits = [wait for of, *wait in connection.execute(query) if of == newsletter]
    if not waits:
        return []
    dates = [issue.date, *_untold_dates(connection, before)]
    return [
        Threshold(at_least, longest_wait, since, topics, keywords)
        for since in dates
        for at_least, longest_wait, topics, keywords in waits
    ]


def _untold_dates(connection: sa.Connection, before: Sequence[Neighbour]) -> list[date]:
    """The dates since which somebody had nothing, by the deliveries of the issue before."""
    if not before:
        return []
    last = before[0]
    since = sa.func.coalesce(deliveries.c.since, sa.literal(last.date, sa.Date))
    query = (
        sa.select(since)
        .where(deliveries.c.issue_id == last.id, deliveries.c.state.in_(UNTOLD))
        .distinct()
    )
    return list(connection.scalars(query))


def lay_out(
    connection: sa.Connection,
    issue: Neighbour,
    newsletter: str,
    places: Sequence[Place],
    before: Sequence[Neighbour] = (),
    few: Sequence[Threshold] = (),
    *,
    now: datetime,
    missing: bool = False,
) -> int:
    """A delivery for everyone who gets the newsletter `now`; how many.

    `before` are the two issues before this one, the last first; `few` is what there are too few
    stories for. With `missing`, only for those who may be mailed and have none yet.
    """
    plans = _plans(issue, newsletter, before, now, waits=bool(few))
    if missing:
        plans = plans.where(
            subscriptions.c.subscriber_id.in_(mailable(newsletter)),
            ~sa.exists().where(
                deliveries.c.issue_id == issue.id,
                deliveries.c.subscriber_id == subscriptions.c.subscriber_id,
            ),
        )
    columns = ["issue_id", "subscriber_id", "state", "cause", "due_at", "since", "finished_at"]
    slots = _table(connection, _slots, _slot_rows(places))
    with slots, _table(connection, _few, [_few_row(threshold) for threshold in few]):
        count = connection.execute(
            sa.insert(deliveries).from_select(columns, plans),
            execution_options={"preserve_rowcount": True},
        ).rowcount
    delivery_counts.moved_many(connection, issue.id)
    return count


def _slot_rows(places: Sequence[Place]) -> list[dict[str, Any]]:
    """A row for each hour and zone; what says nothing in two ways is one."""
    rows = {}
    for place in places:
        hour, timezone = place.of
        key = (_NO_HOUR if hour is None else hour, timezone or _NO_ZONE)
        rows[key] = {
            "hour": key[0],
            "timezone": key[1],
            "due_at": place.due_at,
            "day": place.day,
            "day_begins": place.day_begins,
            "next_due_at": place.next_due_at,
            "weekday": weekday_bits([WEEKDAYS[place.day.weekday()]]),
            "next_weekday": weekday_bits([WEEKDAYS[place.next_day.weekday()]]),
            "reached": weekday_bits(place.reached),
        }
    return list(rows.values())


def _few_row(threshold: Threshold) -> dict[str, Any]:
    return {
        "at_least": threshold.at_least,
        "longest_wait": threshold.longest_wait or _NO_WAIT,
        "since": threshold.since,
        "topics": threshold.topics,
        "keywords": keyword_text(threshold.keywords) or _NO_KEYWORDS,
    }


def _plans(
    issue: Neighbour,
    newsletter: str,
    before: Sequence[Neighbour],
    now: datetime,
    *,
    waits: bool,
) -> sa.Select[Any]:
    """The rows to insert: rules 1, 2 and 4 of digest.compose.hours, for everyone.

    With `waits` some wait for more stories: theirs is one of the rows of `_few`.
    """
    last, older = deliveries.alias("last"), deliveries.alias("older")
    paused = subscriptions.c.paused_until > _slots.c.day
    mailed_at = sa.func.coalesce(_mailed_at(last), _mailed_at(older))
    day_is_taken = mailed_at >= _slots.c.day_begins
    chosen = _chosen_days.op("&")(_slots.c.reached)
    weekday = sa.case((day_is_taken, _slots.c.next_weekday), else_=_slots.c.weekday)
    not_their_day = sa.and_(chosen != 0, chosen.op("&")(weekday) == 0)
    since = _untold_since(last, before)
    joined = _beside(last, older, before)
    waiting: sa.ColumnElement[bool] = sa.false()
    if waits:
        joined = joined.outerjoin(_few, _is_too_few(issue, since))
        waiting = _few.c.at_least.is_not(None)
    untold = paused | not_their_day | waiting
    causes = [
        (not_their_day, _text(DeliveryCause.NOT_THEIR_DAY)),
        (waiting, _text(DeliveryCause.WAITS_FOR_MORE)),
    ]
    return (
        sa.select(
            sa.literal(issue.id),
            subscriptions.c.subscriber_id,
            sa.case((untold, _text(DeliveryState.PAUSED)), else_=_text(PENDING)),
            sa.case((paused, sa.null()), *causes, else_=None),
            sa.case(
                (paused, _slots.c.due_at),
                (day_is_taken, _slots.c.next_due_at),
                else_=_slots.c.due_at,
            ),
            since,
            sa.case((untold, sa.literal(now, Instant))),
        )
        .select_from(joined)
        .where(subscriptions.c.newsletter == newsletter)
    )


def _untold_since(
    last: sa.FromClause, before: Sequence[Neighbour]
) -> sa.ColumnElement[date | None]:
    """The date of the first issue of which a subscriber had nothing, where there is one."""
    day = sa.literal(before[0].date if before else None, sa.Date)
    return sa.case(
        (last.c.state.in_([_text(state) for state in UNTOLD]), sa.func.coalesce(last.c.since, day))
    )


def _is_too_few(issue: Neighbour, since: sa.ColumnElement[date | None]) -> sa.ColumnElement[bool]:
    """Whether a row of `_few` is what a subscriber waits for."""
    return sa.and_(
        _few.c.at_least == subscriptions.c.at_least,
        _few.c.longest_wait == _longest_wait,
        _few.c.since == sa.func.coalesce(since, sa.literal(issue.date, sa.Date)),
        _few.c.topics == _topics,
        _few.c.keywords == _keywords,
    )


def _beside(
    last: sa.FromClause, older: sa.FromClause, before: Sequence[Neighbour]
) -> sa.FromClause:
    """Each subscription with its slot, and with its deliveries of the issues before."""
    ids = [*(issue.id for issue in before), 0, 0]  # 0 is no issue's number
    slot = sa.and_(_slots.c.hour == _hour, _slots.c.timezone == _timezone)
    joined = subscriptions.join(_slots, slot)
    for table, issue_id in zip((last, older), ids, strict=False):
        of_subscriber = table.c.subscriber_id == subscriptions.c.subscriber_id
        joined = joined.outerjoin(table, sa.and_(table.c.issue_id == issue_id, of_subscriber))
    return joined


def _mailed_at(of: sa.FromClause) -> sa.ColumnElement[datetime | None]:
    """When the bytes went out, if they did; those in hand go out now."""
    unsure = [_text(DeliveryState.SENDING), _text(DeliveryState.IN_DOUBT)]
    return sa.case(
        (of.c.state == _text(DeliveryState.SENT), of.c.finished_at),
        (of.c.state.in_(unsure), of.c.claimed_at),
    )


def _text(value: DeliveryState | DeliveryCause) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{value}'", sa.Text)


# Two mails that wait


def moments(
    connection: sa.Connection, earlier: Neighbour, later: Neighbour
) -> list[tuple[str | None, datetime]]:
    """Zone and due time of the later mails whose subscriber waits for the earlier one still."""
    first, second = deliveries.alias("first"), deliveries.alias("second")
    query = (
        sa.select(subscriptions.c.timezone, second.c.due_at)
        .select_from(_joined(first, second, later.newsletter))
        .where(*_both_wait(first, second, earlier, later))
        .distinct()
    )
    return [(row.timezone, row.due_at) for row in connection.execute(query)]


def merge(
    connection: sa.Connection,
    earlier: Neighbour,
    later: Neighbour,
    days: Mapping[tuple[str | None, datetime], datetime],
    *,
    now: datetime,
    late_before: datetime,
) -> int:
    """Where both wait and would go out on one date, the later mail tells both; how many.

    So it is too with what was due before `late_before`. `days` says for each of `moments` when the
    local date begins on which that mail goes out.
    """
    begins = {(timezone or _NO_ZONE, due): begin for (timezone, due), begin in days.items()}
    rows = [
        {"timezone": timezone, "due_at": due, "day_begins": begin}
        for (timezone, due), begin in begins.items()
    ]
    with _table(connection, _days, rows), _table(connection, _merging):
        both = _waiting_for_both(earlier, later, now, late_before)
        connection.execute(sa.insert(_merging).from_select(["subscriber_id", "since"], both))
        ids = sa.select(_merging.c.subscriber_id)
        merged = delivery_counts.update(
            connection,
            deliveries.c.issue_id == earlier.id,
            deliveries.c.subscriber_id.in_(ids),
            **_told_later(DeliveryState.MERGED, DeliveryCause.SAME_DATE, now),
        )
        since = sa.select(_merging.c.since).where(
            _merging.c.subscriber_id == deliveries.c.subscriber_id
        )
        of_later = deliveries.c.issue_id == later.id, deliveries.c.subscriber_id.in_(ids)
        connection.execute(
            sa.update(deliveries).where(*of_later).values(since=since.scalar_subquery())
        )
        # What was enough is enough with the later one's stories, too.
        delivery_counts.update(
            connection,
            *of_later,
            deliveries.c.cause == _text(DeliveryCause.WAITS_FOR_MORE),
            state=PENDING,
            cause=None,
            finished_at=None,
        )
    return merged


def _waiting_for_both(
    earlier: Neighbour, later: Neighbour, now: datetime, late_before: datetime
) -> sa.Select[Any]:
    first, second = deliveries.alias("first"), deliveries.alias("second")
    of_day = sa.and_(_days.c.timezone == _timezone, _days.c.due_at == second.c.due_at)
    pending = first.c.state == PENDING
    goes_at = sa.case((pending, first.c.due_at), else_=first.c.next_attempt_at)
    same_date = sa.or_(
        goes_at >= _days.c.day_begins,
        _days.c.day_begins <= now,
        sa.and_(pending, first.c.due_at <= late_before),
    )
    return (
        sa.select(
            first.c.subscriber_id,
            sa.func.coalesce(first.c.since, sa.literal(earlier.date, sa.Date)),
        )
        .select_from(_joined(first, second, later.newsletter).join(_days, of_day))
        .where(*_both_wait(first, second, earlier, later), same_date)
        # Nobody may claim one of the two between here and the updates.
        .with_for_update(of=[first, second], skip_locked=True)
    )


def _joined(first: sa.FromClause, second: sa.FromClause, newsletter: str) -> sa.FromClause:
    subscribed = sa.and_(
        subscriptions.c.subscriber_id == first.c.subscriber_id,
        subscriptions.c.newsletter == newsletter,
    )
    together = second.c.subscriber_id == first.c.subscriber_id
    return first.join(second, together).join(subscriptions, subscribed)


def _both_wait(
    first: sa.FromClause, second: sa.FromClause, earlier: Neighbour, later: Neighbour
) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        first.c.issue_id == earlier.id,
        first.c.finished_at.is_(None),
        first.c.state.in_(WAITING),
        second.c.issue_id == later.id,
        second.c.state.in_([PENDING, DeliveryState.PAUSED]),
    )


def merge_late(connection: sa.Connection, issue_id: int, before: datetime, now: datetime) -> int:
    """What was due before `before` and waits still is told with the next issue; how many."""
    return delivery_counts.update(
        connection,
        deliveries.c.issue_id == issue_id,
        open_until(before)[0],
        deliveries.c.state == PENDING,
        **_told_later(DeliveryState.MERGED, DeliveryCause.LATE, now),
    )


def _told_later(state: DeliveryState, cause: DeliveryCause | None, now: datetime) -> dict[str, Any]:
    return {"state": state, "cause": cause, "finished_at": now, "next_attempt_at": None}


# One subscriber


@dataclass(frozen=True, slots=True)
class Wait:
    """A mail that one subscriber waits for."""

    issue_id: int
    day: date
    sealed_at: datetime
    state: DeliveryState
    due_at: datetime
    next_attempt_at: datetime | None
    since: date | None


def waits(connection: sa.Connection, subscriber_id: int, newsletter: str) -> list[Wait]:
    """The mails of a newsletter that somebody waits for, the oldest first; nobody may take them."""
    query = (
        sa.select(
            deliveries.c.issue_id,
            issues.c.date.label("day"),
            issues.c.sealed_at,
            deliveries.c.state,
            deliveries.c.due_at,
            deliveries.c.next_attempt_at,
            deliveries.c.since,
        )
        .join_from(deliveries, issues)
        .where(
            deliveries.c.subscriber_id == subscriber_id,
            deliveries.c.state.in_(WAITING),
            issues.c.newsletter == newsletter,
        )
        .order_by(issues.c.date)
        .with_for_update(of=deliveries)
    )
    return [
        Wait(**{**row, "state": DeliveryState(row["state"])})
        for row in connection.execute(query).mappings()
    ]


def change(
    connection: sa.Connection,
    subscriber_id: int,
    issue_id: int,
    *,
    state: DeliveryState,
    due_at: datetime,
    since: date | None,
    cause: DeliveryCause | None,
    now: datetime,
) -> None:
    """A mail that waits is due at another time, or is told with the next one, and why."""
    values: dict[str, Any] = {"due_at": due_at, "since": since}
    if state in UNTOLD:
        values |= _told_later(state, cause, now)
    delivery_counts.update(
        connection,
        deliveries.c.issue_id == issue_id,
        deliveries.c.subscriber_id == subscriber_id,
        deliveries.c.state.in_(WAITING),
        **values,
    )


def subscription(
    connection: sa.Connection, subscriber_id: int, newsletter: str
) -> tuple[Hours, date | None, tuple[Weekday, ...]] | None:
    """Somebody's hour and zone, the first date after a pause, and the days that they chose.

    None without a subscription.
    """
    row = connection.execute(
        sa.select(
            subscriptions.c.hour,
            subscriptions.c.timezone,
            subscriptions.c.paused_until,
            subscriptions.c.days,
        ).where(
            subscriptions.c.subscriber_id == subscriber_id,
            subscriptions.c.newsletter == newsletter,
        )
    ).first()
    return ((row.hour, row.timezone), row.paused_until, row.days) if row else None


def last_mailed(connection: sa.Connection, subscriber_id: int, newsletter: str) -> datetime | None:
    """When a subscriber's last mail of a newsletter went out."""
    query = (
        sa.select(sa.type_coerce(sa.func.max(_mailed_at(deliveries)), Instant))
        .join_from(deliveries, issues)
        .where(deliveries.c.subscriber_id == subscriber_id, issues.c.newsletter == newsletter)
    )
    return connection.scalar(query)


@contextmanager
def _table(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]] = ()
) -> Iterator[None]:
    """A temporary table with these rows; an exception rolls it back with the transaction."""
    table.create(connection, checkfirst=False)
    if rows:
        connection.execute(sa.insert(table), list(rows))
    yield
    table.drop(connection, checkfirst=False)
