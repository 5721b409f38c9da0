"""Lists that programs read page by page: each by one statement, along an index, as plain rows.

A page begins after the number by which the one before it ended, so that no page costs more than the
first. Rows are read by the hundred: they come as dictionaries, without a class of their own.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json

from digest.parsing import MOST_NUMBER
from digest.store.schema import (
    deliveries,
    issues,
    stories,
    subscribers,
    subscriptions,
    suppressions,
)

Row = dict[str, Any]

_JSON = frozenset({"bullets", "sources", "topics"})

# Those that stand in the table before the content, which is not read for a list.
_ISSUE = ("id", "newsletter", "date", "state", "reason")
_STORY = (
    *("id", "headline", "bullets", "topic", "sources", "source_count", "dated"),
    *("collected_at", "updated_at", "pinned", "withdrawn_at"),
)
_SUBSCRIBER = ("id", "email", "name", "language", "created_at")
_SUBSCRIPTION = (
    *("newsletter", "topics", "timezone", "hour", "paused_until"),
    *("layout", "days", "keywords", "at_least", "longest_wait", "alerts", "created_at"),
)
_SUPPRESSION = ("address_hash", "reason", "created_at", "email")
_DELIVERY = (
    *("subscriber_id", "state", "cause", "attempts", "server", "code", "reply"),
    *("due_at", "next_attempt_at", "finished_at"),
)


def issues_before(
    connection: sa.Connection, before: int | None, count: int, newsletter: str | None = None
) -> list[Row]:
    """Issues, the one that was made last first; `before` a number."""
    query = _newest(issues, _ISSUE, newsletter=newsletter is not None)
    given = {"before": before or MOST_NUMBER, "count": count, "newsletter": newsletter}
    return _rows(connection, query, _ISSUE, given)


def stories_before(
    connection: sa.Connection, before: int | None, count: int, since: datetime | None = None
) -> list[Row]:
    """Stories, the one that was kept last first; those collected since a time."""
    query = _newest(stories, _STORY, since=since is not None)
    given = {"before": before or MOST_NUMBER, "count": count, "since": since}
    return _rows(connection, query, _STORY, given)


@cache
def _newest(
    table: sa.Table, names: Sequence[str], *, newsletter: bool = False, since: bool = False
) -> sa.Select[Any]:
    query = sa.select(*_columns(table, names)).where(table.c.id < _param("before"))
    if newsletter:
        query = query.where(table.c.newsletter == _param("newsletter"))
    if since:
        query = query.where(table.c.collected_at >= _param("since"))
    return query.order_by(table.c.id.desc()).limit(_param("count"))


def story(connection: sa.Connection, number: int) -> Row | None:
    """One of them."""
    query = sa.select(*_columns(stories, _STORY)).where(stories.c.id == number)
    return next(iter(_rows(connection, query, _STORY, {})), None)


def subscribers_after(
    connection: sa.Connection, after: int, count: int, newsletter: str | None = None
) -> list[Row]:
    """Subscribers by their numbers, with `subscriptions`; `suppressed` says why one gets none."""
    query = _subscribers_after(newsletter=newsletter is not None)
    given = {"after": after, "count": count, "newsletter": newsletter}
    return _with_subscriptions(connection.execute(query, given).all())


def subscriber(connection: sa.Connection, number: int) -> Row | None:
    """One of them."""
    query = _subscribers_after(newsletter=False)
    given = {"after": number - 1, "count": 1}
    rows = _with_subscriptions(connection.execute(query, given).all())
    return rows[0] if rows and rows[0]["id"] == number else None


@cache
def _subscribers_after(*, newsletter: bool) -> sa.Select[Any]:
    columns = [subscribers.c[name] for name in (*_SUBSCRIBER, "address_hash")]
    some = sa.select(*columns).where(subscribers.c.id > _param("after"))
    if newsletter:
        gets = (
            sa.exists()
            .where(subscriptions.c.subscriber_id == subscribers.c.id)
            .where(subscriptions.c.newsletter == _param("newsletter"))
        )
        some = some.where(gets)
    page = some.order_by(subscribers.c.id).limit(_param("count")).subquery()
    return (
        sa.select(
            *(page.c[name] for name in _SUBSCRIBER),
            suppressions.c.reason,
            *_columns(subscriptions, _SUBSCRIPTION),
        )
        .select_from(page)
        .outerjoin(suppressions, suppressions.c.address_hash == page.c.address_hash)
        .outerjoin(subscriptions, subscriptions.c.subscriber_id == page.c.id)
        .order_by(page.c.id)
    )


def _with_subscriptions(rows: Iterable[Sequence[Any]]) -> list[Row]:
    """A row for each subscriber, of as many as they have subscriptions."""
    own = (*_SUBSCRIBER, "suppressed")
    by_number: dict[int, Row] = {}
    for row in rows:
        found = by_number.get(row[0])
        if found is None:
            found = by_number[row[0]] = dict(zip(own, row, strict=False))
            found["subscriptions"] = []
        if row[len(own)] is not None:
            subscription = dict(zip(_SUBSCRIPTION, row[len(own) :], strict=True))
            subscription["topics"] = from_json(subscription["topics"])
            subscription["alerts"] = bool(subscription["alerts"])
            found["subscriptions"].append(subscription)
    for found in by_number.values():
        found["subscriptions"].sort(key=itemgetter("newsletter"))
    return list(by_number.values())


def deliveries_after(
    connection: sa.Connection, issue: tuple[str, date], after: int, count: int, state: str | None
) -> list[Row]:
    """Deliveries of an issue (newsletter and date) by the subscribers' numbers, in a state or all.

    `email` is None of who was erased.
    """
    newsletter, day = issue
    given = {"newsletter": newsletter, "day": day, "after": after, "count": count, "state": state}
    query = _deliveries_after(state=state is not None)
    return _rows(connection, query, (*_DELIVERY, "email"), given)


@cache
def _deliveries_after(*, state: bool) -> sa.Select[Any]:
    query = (
        sa.select(*_columns(deliveries, _DELIVERY), subscribers.c.email)
        .join(issues, issues.c.id == deliveries.c.issue_id)
        .outerjoin(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(issues.c.newsletter == _param("newsletter"), issues.c.date == _param("day"))
        .where(deliveries.c.subscriber_id > _param("after"))
        .order_by(deliveries.c.subscriber_id)
    )
    if state:
        query = query.where(deliveries.c.state == _param("state"))
    return query.limit(_param("count"))


def suppressions_after(connection: sa.Connection, after: str, count: int) -> list[Row]:
    """Suppressed addresses by their hashes; `email` is None where it is not known any more."""
    return _rows(connection, _suppressions_after(), _SUPPRESSION, {"after": after, "count": count})


@cache
def _suppressions_after() -> sa.Select[Any]:
    columns = [suppressions.c[name] for name in _SUPPRESSION[:-1]]
    return (
        sa.select(*columns, subscribers.c.email)
        .outerjoin(subscribers, subscribers.c.address_hash == suppressions.c.address_hash)
        .where(suppressions.c.address_hash > _param("after"))
        .order_by(suppressions.c.address_hash)
        .limit(_param("count"))
    )


def _columns(table: sa.Table, names: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    """Those of a table; JSON as its text, which pydantic reads in a quarter of the time."""
    return [sa.cast(table.c[name], sa.Text) if name in _JSON else table.c[name] for name in names]


def _param(name: str) -> sa.BindParameter[Any]:
    """A value that is given each time: to build a statement takes longer than to run it."""
    return sa.bindparam(name, required=True)


def _rows(
    connection: sa.Connection, query: sa.Select[Any], names: Sequence[str], given: Row
) -> list[Row]:
    rows = [dict(zip(names, row, strict=True)) for row in connection.execute(query, given).all()]
    for name in _JSON.intersection(names):
        for row in rows:
            row[name] = from_json(row[name])
    return rows
