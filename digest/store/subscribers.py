"""Subscribers and what each of them gets."""

import json
from collections.abc import Collection, Generator, Iterator
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from digest.model import Likes, MailLayout, Subscriber, Subscription
from digest.store import address_lists, subscriber_figures, suppressions, unsubscribes
from digest.store.database import conflict_insert, exclusively, insert_new
from digest.store.schema import subscribers, subscriptions
from digest.store.suppressions import address_hash

Row = dict[str, Any]


class Added(Enum):
    """What became of a subscription that was offered."""

    ADDED = "added"
    UPDATED = "updated"
    SUPPRESSED = "suppressed"


# What an offer speaks of where nothing else is said.
GIVEN = frozenset({"topics", "timezone"})


def put_all(
    connection: sa.Connection,
    newsletter: str,
    batch: list[Subscription],
    now: datetime,
    *,
    given: frozenset[str] = GIVEN,
    resubscribe: bool = False,
) -> dict[Added, int]:
    """Add subscriptions or bring them up to date; who is suppressed or left stays out.

    `given` names the fields that the offers speak of (`topics`, `timezone`, `hour`,
    `paused_until`, `layout`, `days`, `keywords`, `at_least`, `longest_wait`, `alerts`): in a
    subscription that is there the others stay as the subscriber chose them.
    With `resubscribe` those who left this newsletter asked to come back. The addresses of a batch
    must differ.
    """
    exclusively(connection)  # two imports of the same addresses would deadlock
    by_hash = {address_hash(entry.email): entry for entry in batch}
    out = set(suppressions.reasons_for(connection, by_hash))
    if not resubscribe:
        out |= unsubscribes.hashes(connection, newsletter, by_hash)
    wanted = {key: entry for key, entry in by_hash.items() if key not in out}
    _add(
        connection,
        [
            {"email": entry.email, "address_hash": key, "name": entry.name, "created_at": now}
            for key, entry in wanted.items()
        ],
    )
    ids = known(connection, wanted)
    present = _getting(connection, newsletter, ids.values())
    rows = [
        {
            "newsletter": newsletter,
            "subscriber_id": ids[key],
            "topics": list(entry.topics),
            "timezone": entry.timezone,
            "hour": entry.hour,
            "paused_until": entry.paused_until,
            "layout": entry.layout,
            "days": entry.days,
            "keywords": entry.keywords,
            "at_least": entry.at_least,
            "longest_wait": entry.longest_wait,
            "alerts": entry.alerts,
            "created_at": now,
        }
        for key, entry in wanted.items()
    ]
    insert_new(
        connection, subscriptions, [row for row in rows if row["subscriber_id"] not in present]
    )
    subscriber_figures.add(connection, newsletter, now, joined=len(rows) - len(present))
    _refresh(connection, [row for row in rows if row["subscriber_id"] in present], given)
    if resubscribe:
        unsubscribes.forget(connection, ids.values(), [newsletter])
    _rename(connection, [(ids[key], entry.name) for key, entry in wanted.items() if entry.name])
    return {
        Added.ADDED: len(rows) - len(present),
        Added.UPDATED: len(present),
        Added.SUPPRESSED: len(out),
    }


def _add(connection: sa.Connection, rows: list[Row]) -> None:
    """Keep those whose address is not there yet."""
    if rows:
        adding = conflict_insert(connection, subscribers).on_conflict_do_nothing()
        ids = connection.scalars(adding.returning(subscribers.c.id), rows)
        address_lists.renew(connection, ids.all())


def everyone(connection: sa.Connection, newsletter: str | None = None) -> Iterator[Row]:
    """Every subscription with its address, streamed in the order of the subscribers."""
    which = [] if newsletter is None else [subscriptions.c.newsletter == newsletter]
    return those(connection, *which)


def those(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> Generator[Row]:
    """The same of the subscriptions of which all of these hold; to be closed if left early."""
    query = (
        sa.select(
            subscribers.c.email,
            subscribers.c.name,
            subscriptions.c.newsletter,
            subscriptions.c.topics,
            subscriptions.c.timezone,
            subscriptions.c.hour,
            subscriptions.c.paused_until,
            subscriptions.c.layout,
            subscriptions.c.days,
            subscriptions.c.keywords,
            subscriptions.c.at_least,
            subscriptions.c.longest_wait,
            subscriptions.c.alerts,
        )
        .join_from(subscriptions, subscribers)
        .where(*conditions)
        # An index has this order: the first row comes before the last is read.
        .order_by(subscriptions.c.subscriber_id, subscriptions.c.newsletter)
    )
    with connection.execute(query, execution_options={"yield_per": 1000}) as result:
        for row in result.mappings():
            yield dict(row)


def count(connection: sa.Connection, newsletter: str) -> int:
    """How many get the newsletter."""
    query = sa.select(sa.func.count()).where(subscriptions.c.newsletter == newsletter)
    return connection.scalar(query) or 0


def choices(connection: sa.Connection) -> Iterator[tuple[str, list[str], int]]:
    """Which sets of topics are chosen, by newsletter, and how many subscribers chose each."""
    topics = sa.cast(subscriptions.c.topics, sa.Text)
    query = sa.select(subscriptions.c.newsletter, topics, sa.func.count()).group_by(
        subscriptions.c.newsletter, topics
    )
    for newsletter, chosen, count in connection.execute(query):
        yield newsletter, json.loads(chosen), count


def is_anybody(connection: sa.Connection) -> bool:
    """Whether there is a subscriber at all."""
    return connection.scalar(sa.select(subscribers.c.id).limit(1)) is not None


def find_id(connection: sa.Connection, email: str) -> int | None:
    """The number of the subscriber with this address."""
    return connection.scalar(
        sa.select(subscribers.c.id).where(subscribers.c.address_hash == address_hash(email))
    )


def find(connection: sa.Connection, email: str) -> Subscriber | None:
    """The subscriber with this address, as mail is addressed to them."""
    query = sa.select(subscribers.c.id, subscribers.c.email, subscribers.c.name)
    row = connection.execute(query.where(subscribers.c.address_hash == address_hash(email))).first()
    return Subscriber(row.id, row.email, row.name) if row else None


def email_of(connection: sa.Connection, subscriber_id: int) -> str | None:
    """The address of the subscriber with this number."""
    return connection.scalar(
        sa.select(subscribers.c.email).where(subscribers.c.id == subscriber_id)
    )


def emails_of(connection: sa.Connection, subscriber_ids: Collection[int]) -> dict[int, str]:
    """The addresses of those of these subscribers that are there still."""
    query = sa.select(subscribers.c.id, subscribers.c.email).where(
        subscribers.c.id.in_(subscriber_ids)
    )
    return {row.id: row.email for row in connection.execute(query)}


def known(connection: sa.Connection, hashes: Collection[str]) -> dict[str, int]:
    """The numbers of those of the addresses (as hashes) that are or were subscribers."""
    query = sa.select(subscribers.c.address_hash, subscribers.c.id).where(
        subscribers.c.address_hash.in_(hashes)
    )
    return {row.address_hash: row.id for row in connection.execute(query)}


def subscribed(
    connection: sa.Connection, newsletter: str, hashes: Collection[str]
) -> dict[str, int]:
    """The numbers of those of the addresses (as hashes) that get the newsletter."""
    # In two steps: joined, SQLite goes through all who get the newsletter.
    ids = known(connection, hashes)
    getting = _getting(connection, newsletter, ids.values())
    return {key: number for key, number in ids.items() if number in getting}


def _getting(connection: sa.Connection, newsletter: str, ids: Collection[int]) -> set[int]:
    query = sa.select(subscriptions.c.subscriber_id).where(
        subscriptions.c.newsletter == newsletter, subscriptions.c.subscriber_id.in_(ids)
    )
    return set(connection.scalars(query))


def choices_of(
    connection: sa.Connection, email: str, newsletter: str
) -> tuple[frozenset[str], MailLayout | None, tuple[str, ...], Likes] | None:
    """The topics (empty: all), layout, keywords and likes of an address; None if it gets none."""
    for row in subscriptions_of(connection, email):
        if row["newsletter"] == newsletter:
            return frozenset(row["topics"]), row["layout"], row["keywords"], row["likes"]
    return None


def subscriptions_of(connection: sa.Connection, email: str) -> list[Row]:
    """What an address gets, by newsletter, with the columns that its owner chooses."""
    query = (
        sa.select(
            subscriptions.c.newsletter,
            subscriptions.c.topics,
            subscriptions.c.timezone,
            subscriptions.c.hour,
            subscriptions.c.paused_until,
            subscriptions.c.layout,
            subscriptions.c.days,
            subscriptions.c.keywords,
            subscriptions.c.likes,
            subscriptions.c.at_least,
            subscriptions.c.longest_wait,
            subscriptions.c.alerts,
            subscriptions.c.created_at,
        )
        .join_from(subscriptions, subscribers)
        .where(subscribers.c.address_hash == address_hash(email))
        .order_by(subscriptions.c.newsletter)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _refresh(connection: sa.Connection, rows: list[Row], given: frozenset[str]) -> None:
    if rows and given:
        connection.execute(
            sa.update(subscriptions)
            .where(
                subscriptions.c.newsletter == sa.bindparam("n"),
                subscriptions.c.subscriber_id == sa.bindparam("s"),
            )
            .values({name: sa.bindparam(f"new_{name}") for name in given}),
            [
                {
                    "n": row["newsletter"],
                    "s": row["subscriber_id"],
                    **{f"new_{name}": row[name] for name in given},
                }
                for row in rows
            ],
        )


def _rename(connection: sa.Connection, names: list[tuple[int, str]]) -> None:
    if names:
        connection.execute(
            sa.update(subscribers)
            .where(subscribers.c.id == sa.bindparam("i"))
            .values(name=sa.bindparam("n")),
            [{"i": number, "n": name} for number, name in names],
        )
