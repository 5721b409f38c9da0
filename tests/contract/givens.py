"""What stands in the store before a test begins, and how things are done at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier
from typing import Any, TypeVar

import sqlalchemy as sa

from digest.model import DeliveryState, Newsletter, Story, Subscription
from digest.services.delivery import schedule
from digest.settings import DeliverySettings
from digest.store import issues, subscribers
from digest.store.database import Database
from digest.store.schema import deliveries as delivery_table
from tests.builders import NOON, issue, keep, newsletter, report, story

T = TypeVar("T")


def add_story(connection: sa.Connection, name: str = "a", **changes: Any) -> Story:
    """A story that was collected from the file `name`.txt."""
    told = story(0, headline=f"Headline {name}", **changes)
    found = report(key=f"{name}.txt", headline=told.headline, bullets=told.bullets)
    return replace(told, id=keep(connection, found, told, f"raw {name}"))


def subscribe(
    connection: sa.Connection, *emails: str, newsletter: str = "daily", **more: Any
) -> list[int]:
    """Subscribers, and the numbers they have; who left has asked to come back."""
    batch = [Subscription(email, **more) for email in emails]
    subscribers.put_all(connection, newsletter, batch, NOON, resubscribe=True)
    numbers = [subscribers.find_id(connection, email) for email in emails]
    return [number for number in numbers if number is not None]


def given_subscribers(count: int) -> list[str]:
    """That many addresses."""
    return [f"subscriber{number}@example.org" for number in range(count)]


def laid_out(database: Database, *emails: str) -> tuple[int, list[int]]:
    """A sealed issue with a delivery for each address: its id, and the subscribers' numbers."""
    with database.write() as connection:
        numbers = subscribe(connection, *emails)
        issue_id = issues.seal(connection, issue(add_story(connection)), NOON)
        assert issue_id is not None
        lay_out(connection, issue_id)
    return issue_id, numbers


def lay_out(
    connection: sa.Connection,
    issue_id: int,
    now: datetime = NOON,
    letter: Newsletter | None = None,
    *,
    at_once: bool = True,
    missing: bool = False,
) -> int:
    """The deliveries of an issue, due now; how many."""
    sealed = issues.get(connection, issue_id).neighbour
    letter, settings = letter or newsletter(), DeliverySettings()
    return schedule.lay_out(
        connection, sealed, letter, settings, now, at_once=at_once, missing=missing
    )


def delivery_rows(database: Database, issue_id: int) -> dict[int, sa.RowMapping]:
    """The delivery records of an issue, by subscriber."""
    query = sa.select(delivery_table).where(delivery_table.c.issue_id == issue_id)
    with database.read() as connection:
        return {row["subscriber_id"]: row for row in connection.execute(query).mappings()}


def claimants(connection: sa.Connection) -> set[str]:
    """The workers that hold a claim now."""
    holding = delivery_table.c.state == DeliveryState.SENDING
    return set(connection.scalars(sa.select(delivery_table.c.worker).where(holding)))


def at_once(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Run each task in a thread, all beginning together; their results in order."""
    barrier = Barrier(len(tasks), timeout=30)

    def run(task: Callable[[], T]) -> T:
        barrier.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
