"""The subscriptions of which something holds, some at a time: for lists of a million."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlalchemy as sa

from digest.store import subscribers as subscriber_store
from digest.store.schema import subscribers, subscriptions, suppressions
from digest.store.subscriber_search import address_contains
from digest.store.subscribers import Row


class SubscriptionState(StrEnum):
    """Whether a subscription brings mail."""

    ACTIVE = "active"
    PAUSED = "paused"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which subscriptions are listed: those of which all that is given here holds.

    `topic` was chosen by name, `address_part` stands somewhere in the address, `after` is the
    number of a subscriber: those who came later.
    """

    newsletter: str | None = None
    state: SubscriptionState | None = None
    topic: str | None = None
    address_part: str = ""
    after: int = 0


def listed(connection: sa.Connection, wanted: Wanted, today: date) -> Generator[Row]:
    """These subscriptions, streamed in the order of the subscribers; paused is who is so today.

    To be closed by whoever does not read them all.
    """
    conditions = []
    if wanted.newsletter is not None:
        conditions.append(subscriptions.c.newsletter == wanted.newsletter)
    if wanted.topic is not None:
        chosen = sa.cast(subscriptions.c.topics, sa.Text)
        conditions.append(chosen.contains(json.dumps(wanted.topic), autoescape=True))
    if wanted.address_part:
        conditions.append(address_contains(connection, wanted.address_part))
    if wanted.after:
        conditions.append(subscriptions.c.subscriber_id > wanted.after)
    if wanted.state is not None:
        conditions.append(_is_in(wanted.state, today))
    return subscriber_store.those(connection, *conditions)


def _is_in(state: SubscriptionState, today: date) -> sa.ColumnElement[bool]:
    is_suppressed = sa.exists().where(suppressions.c.address_hash == subscribers.c.address_hash)
    if state is SubscriptionState.SUPPRESSED:
        return is_suppressed
    until = subscriptions.c.paused_until
    is_paused = sa.and_(until.is_not(None), until > today)
    return sa.and_(is_paused if state is SubscriptionState.PAUSED else ~is_paused, ~is_suppressed)
