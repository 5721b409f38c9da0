"""Databases with as many subscribers as are wanted, and issues that wait to be sent to them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from digest.model import Issue, RenderedIssue
from digest.store import deliveries, issues
from digest.store.database import Database
from digest.store.schema import subscribers, subscriptions
from digest.store.suppressions import address_hash
from tests.bench.mail import LETTER, STORIES
from tests.builders import NOON, keep, report, story

_ROWS = 10_000


def open_database(folder: Path) -> Database:
    """The database of this bench in a folder."""
    folder.mkdir(exist_ok=True)
    return Database("sqlite:///bench.db", folder)


def fill(database: Database, count: int) -> None:
    """So many subscriptions, in bulk: `put_all` looks each address up; and the stories."""
    with database.write() as connection:
        for number in range(1, STORIES + 2):
            keep(connection, report(key=str(number)), story(number), "x")
        people = _people(count)
        while rows := list(islice(people, _ROWS)):
            connection.execute(sa.insert(subscribers), rows)
        everyone = sa.select(
            sa.literal(LETTER.id), subscribers.c.id, sa.literal("[]"), subscribers.c.created_at
        )
        columns = ["newsletter", "subscriber_id", "topics", "created_at"]
        connection.execute(sa.insert(subscriptions).from_select(columns, everyone))


def _people(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        email = f"reader{number}@example.org"
        yield {
            "id": number,
            "email": email,
            "address_hash": address_hash(email),
            "name": f"Reader {number}",
            "created_at": NOON,
        }


def seal(database: Database, issue: Issue, rendered: RenderedIssue | None = None) -> int:
    """The id of the issue, sealed a moment ago; its deliveries are not laid out yet."""
    with database.write() as connection:
        issue_id = issues.seal(connection, issue, datetime.now(UTC), rendered)
    assert issue_id is not None
    return issue_id


def lay_out(database: Database, issue_id: int) -> float:
    """Lay out the deliveries of an issue; the seconds that it took, with the commit."""
    begin = time.perf_counter()
    with database.write() as connection:
        deliveries.lay_out(connection, issue_id, LETTER.id)
    return time.perf_counter() - begin
