"""Databases with as many subscribers as are wanted, and issues that wait to be sent to them."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from digest.model import DeliveryState, Issue, RenderedIssue
from digest.services.delivery import schedule
from digest.settings import DeliverySettings
from digest.store import address_lists, delivery_counts, issues
from digest.store.database import Database
from digest.store.schema import deliveries, subscribers, subscriptions
from digest.store.suppressions import address_hash
from tests.bench.mail import LETTER, STORIES
from tests.builders import NOON, keep, report, story

_ROWS = 10_000


def open_database(folder: Path, url: str = "sqlite:///bench.db") -> Database:
    """The database of this bench in a folder, or at an address of PostgreSQL."""
    folder.mkdir(exist_ok=True)
    return Database(url, folder)


def fill(database: Database, count: int) -> None:
    """So many subscriptions, in bulk: `put_all` looks each address up; and the stories."""
    with database.write() as connection:
        for number in range(1, STORIES + 2):
            keep(connection, report(key=str(number)), story(number), "x")
        subscribe(connection, count, LETTER.id)


def subscribe(connection: sa.Connection, count: int, newsletter: str) -> None:
    """So many subscribers of a newsletter, where there were none."""
    people = _people(count)
    while rows := list(islice(people, _ROWS)):
        connection.execute(sa.insert(subscribers), rows)
    address_lists.renew(connection, range(1, count + 1))
    everyone = sa.select(
        sa.literal(newsletter),
        subscribers.c.id,
        sa.literal([], sa.JSON),
        subscribers.c.created_at,
    )
    columns = ["newsletter", "subscriber_id", "topics", "created_at"]
    connection.execute(sa.insert(subscriptions).from_select(columns, everyone))


def _people(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        email = f"subscriber{number}@example.org"
        yield {
            "id": number,
            "email": email,
            "address_hash": address_hash(email),
            "name": f"Subscriber {number}",
            "created_at": NOON,
        }


def seal(
    database: Database,
    issue: Issue,
    rendered: RenderedIssue | None = None,
    at: datetime | None = None,
) -> int:
    """The id of the issue, sealed a moment ago; its deliveries are not laid out yet."""
    with database.write() as connection:
        issue_id = issues.seal(connection, issue, at or datetime.now(UTC), rendered)
    assert issue_id is not None
    return issue_id


def spread(database: Database, zones: Sequence[str]) -> None:
    """Every hour in each of these zones has about as many subscribers."""
    chosen = sa.case(
        *(
            (subscriptions.c.subscriber_id / 24 % len(zones) == at, zone)
            for at, zone in enumerate(zones)
        )
    )
    with database.write() as connection:
        connection.execute(
            sa.update(subscriptions).values(
                hour=subscriptions.c.subscriber_id % 24, timezone=chosen
            )
        )


def lay_out(
    database: Database, issue_id: int, now: datetime | None = None, *, at_once: bool = True
) -> float:
    """Lay out the deliveries of an issue; the seconds that it took, with the commit."""
    begin = time.perf_counter()
    now = now or datetime.now(UTC)
    with database.write() as connection:
        sealed = issues.get(connection, issue_id).neighbour
        schedule.lay_out(connection, sealed, LETTER, DeliverySettings(), now, at_once=at_once)
    return time.perf_counter() - begin


def mark_sent(database: Database, issue_id: int, before: datetime) -> None:
    """Everyone had this issue when it was due, if that was before a time."""
    with database.write() as connection:
        delivery_counts.update(
            connection,
            deliveries.c.issue_id == issue_id,
            deliveries.c.due_at < before,
            state=DeliveryState.SENT,
            attempts=1,
            finished_at=deliveries.c.due_at,
        )
