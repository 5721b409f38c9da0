"""An event is queued with what happened, for each webhook that wants it.

To be called in the transaction of what happened, after its other writes: two events of one subject
then have the order in which they happened. Without a webhook it is a look into an empty table.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from digest.services.webhooks.events import EventKind
from digest.store import webhook_messages, webhooks
from digest.store.webhook_messages import MessageState

# How long an event is attempted.
LIFE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Event:
    """What is told of one subject: JSON values, by the names that docs/webhooks.md has."""

    subject: str
    data: Mapping[str, Any]
    subscriber_id: int | None = None


def queue_events(
    connection: sa.Connection, kind: EventKind, events: Sequence[Event], now: datetime
) -> None:
    """Tell of events of a kind, once this transaction is committed."""
    if not events:
        return
    wanting = webhooks.that_want(connection, kind)
    waiting = {
        "kind": kind.value,
        "created_at": now,
        "state": MessageState.WAITING,
        "next_attempt_at": now,
        "give_up_at": now + LIFE,
    }
    rows = []
    for event in events if wanting else ():
        named = {
            "event_id": new_event_id(),
            "subject": event.subject,
            "subscriber_id": event.subscriber_id,
            "data": event.data,
        }
        rows += [{"webhook_id": number, **named, **waiting} for number in wanting]
    webhook_messages.queue(connection, rows)


def of_issue(newsletter: str, day: date, **data: Any) -> Event:
    """An event of the issue of a date."""
    named = {"newsletter": newsletter, "date": day.isoformat(), **data}
    return Event(f"issue {newsletter}-{day}", named)


def of_subscriber(subscriber_id: int, **data: Any) -> Event:
    """An event of a subscriber: their number, and nothing that would say who they are."""
    numbered = {"subscriber": subscriber_id, **data}
    return Event(f"subscriber {subscriber_id}", numbered, subscriber_id)


def of_source(source: str, **data: Any) -> Event:
    """An event of a source."""
    return Event(f"source {source}", {"source": source, **data})


def new_event_id() -> str:
    """By which a receiver drops what it has had: each attempt brings the same."""
    return f"msg_{uuid.uuid4().hex}"
