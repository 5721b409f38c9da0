"""Unsubscribe, so that no import subscribes again; and undo it, but for a bounce or complaint.

Each of these is to be called in the transaction in which all else that follows is done.
"""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from digest.model import SuppressionReason
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import subscribers, suppressions, unsubscribes
from digest.store.unsubscribes import UnsubscribeMethod


class Left(NamedTuple):
    """What ended, and whether the address is suppressed by it."""

    newsletters: tuple[str, ...]
    suppressed: bool


def leave(
    connection: sa.Connection,
    subscriber_id: int,
    newsletter: str | None,
    how: UnsubscribeMethod,
    now: datetime,
) -> Left:
    """End the subscription to one newsletter or to all.

    An address that gets nothing any more is suppressed, so that no import of another list brings
    it back. To unsubscribe twice, or by an unknown number, changes nothing; who unsubscribes from a
    newsletter that they do not get is kept out of it all the same.
    """
    email = subscribers.email_of(connection, subscriber_id)
    if email is None:
        return Left((), False)
    ended = unsubscribes.end(connection, subscriber_id, newsletter, how, now)
    left = [of_subscriber(subscriber_id, newsletter=name, how=how.value) for name in ended]
    queue_events(connection, EventKind.SUBSCRIBER_LEFT, left, now)
    if subscribers.subscriptions_of(connection, email):
        return Left(ended, False)
    before = suppressions.reason_for(connection, email)
    suppressions.suppress(connection, email, SuppressionReason.UNSUBSCRIBED, now)
    return Left(ended, before is None)


def remove(
    connection: sa.Connection,
    email: str,
    newsletter: str | None,
    now: datetime,
    how: UnsubscribeMethod = UnsubscribeMethod.COMMAND,
) -> int:
    """The same by an address, for operators and editors; how many ended, if any did."""
    newsletters = [row["newsletter"] for row in subscribers.subscriptions_of(connection, email)]
    number = subscribers.find_id(connection, email)
    if number is None or not newsletters or newsletter not in (None, *newsletters):
        return 0
    return len(leave(connection, number, newsletter, how, now).newsletters)


def rejoin(connection: sa.Connection, subscriber_id: int, newsletter: str, now: datetime) -> bool:
    """Undo: the subscription as it was, where that is known.

    The suppression that leaving made is lifted; one of a bounce or a complaint stays.
    """
    if not unsubscribes.restore(connection, subscriber_id, newsletter, now):
        return False
    back = of_subscriber(subscriber_id, newsletter=newsletter, how="undo")
    queue_events(connection, EventKind.SUBSCRIBER_SUBSCRIBED, [back], now)
    wanted_again(connection, subscriber_id)
    return True


def wanted_again(connection: sa.Connection, subscriber_id: int) -> None:
    """The subscriber wants mail again: that they had left counts no more."""
    email = subscribers.email_of(connection, subscriber_id)
    if email is not None:
        lift_own_wish(connection, email)


def lift_own_wish(connection: sa.Connection, email: str) -> None:
    """That its owner left counts no more; a suppression for a bounce or a complaint stays."""
    reason = suppressions.reason_for(connection, email)
    if reason is not None and reason.is_own_wish:
        suppressions.lift(connection, email)


def blocked(connection: sa.Connection, email: str) -> SuppressionReason | None:
    """Why nothing is sent to an address whatever its owner chooses; None: it is their choice."""
    reason = suppressions.reason_for(connection, email)
    return None if reason is None or reason.is_own_wish else reason
