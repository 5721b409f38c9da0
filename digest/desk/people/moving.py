"""Another address for a reader: asked for behind the signed link, confirmed at the new address.

Nothing on the reader's page tells whether an address is known here; what is to be told of it
is told to whoever opened the mail that went there.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from digest.config import Config
from digest.desk.people.choices import Fault
from digest.desk.people.leaving import language_of
from digest.mailaddress import masked, read_public_address
from digest.model import NoticeKind
from digest.store import (
    address_changes,
    departures,
    notices,
    readers,
    subscribers,
    suppressions,
)
from digest.store.address_changes import Change
from digest.store.database import exclusively
from digest.store.departures import How
from digest.store.readers import Reader
from digest.store.suppressions import address_hash

# Whoever has a link could have strangers mailed: so many a day, and no more.
ASKS_A_DAY = 3


class Standing(StrEnum):
    """How a change stands."""

    OPEN = "open"
    DONE = "done"
    OVER = "over"  # too old, void by another one, or of somebody who was erased
    BLOCKED = "blocked"  # mail to the new address bounced, or was complained of


@dataclass(frozen=True, slots=True)
class Move:
    """A change as its page shows it; both addresses are masked."""

    standing: Standing
    language: str
    new: str = ""
    old: str = ""


def ask(
    connection: sa.Connection,
    config: Config,
    reader: Reader,
    newsletter: str,
    text: str,
    now: datetime,
) -> Fault | None:
    """Mail a button to the new address; what is wrong with it, if anything.

    An address that was asked for a moment ago is not mailed again, and the answer is the same.
    """
    try:
        email = read_public_address(text)
    except ValueError:
        return Fault.ADDRESS
    if address_hash(email) == address_hash(reader.email):
        return Fault.SAME_ADDRESS
    web = config.settings.web
    if address_changes.asked_by(connection, reader.id, now - timedelta(days=1)) >= ASKS_A_DAY:
        return Fault.TOO_OFTEN
    since = now - timedelta(minutes=web.confirmation_interval)
    asked_before = address_changes.asked_for(connection, email, since)
    number = address_changes.ask(connection, reader.id, email, now)
    if not asked_before:
        # Without the name: whoever gets this may be a stranger to the reader.
        kind, details = NoticeKind.ADDRESS, {"change": number}
        notices.queue(connection, kind, newsletter, email, "", reader.language, details, now)
    return None


def look(connection: sa.Connection, config: Config, change_id: int, now: datetime) -> Move:
    """How a change stands; nothing is changed by it."""
    return _shown(connection, config, _open(connection, config, change_id, now))


def confirm(connection: sa.Connection, config: Config, change_id: int, now: datetime) -> Move:
    """The reader's mail goes to the new address from now on, and the old one is told.

    To press the button again changes nothing.
    """
    exclusively(connection)  # two changes to one address at once
    found = _open(connection, config, change_id, now)
    move = _shown(connection, config, found)
    if found is None or move.standing is not Standing.OPEN:
        return move
    change, reader = found
    newsletter = _newsletter_of(connection, config, reader)
    owner = _move(connection, reader, change.email, now)
    address_changes.settle(connection, change, owner)
    kind, details = NoticeKind.ADDRESS_CHANGED, {"masked": move.new}
    notices.queue(connection, kind, newsletter, reader.email, "", reader.language, details, now)
    return replace(move, standing=Standing.DONE)


def _shown(connection: sa.Connection, config: Config, found: tuple[Change, Reader] | None) -> Move:
    if found is None:
        return Move(Standing.OVER, config.first_newsletter.language)
    change, reader = found
    return Move(
        _standing(connection, change, reader),
        reader.language or language_of(config, _newsletter_of(connection, config, reader)),
        masked(change.email),
        masked(reader.email),
    )


def _standing(connection: sa.Connection, change: Change, reader: Reader) -> Standing:
    if address_hash(change.email) == address_hash(reader.email):
        return Standing.DONE
    blocked = suppressions.blocked(connection, change.email) is not None
    return Standing.BLOCKED if blocked else Standing.OPEN


def _move(connection: sa.Connection, reader: Reader, email: str, now: datetime) -> int:
    """Who has the address from now on.

    One that another subscriber has gets what it did not get yet, and the reader leaves.
    """
    suppressions.lift(connection, email)
    other = subscribers.find_id(connection, email)
    if other is None:
        address_changes.move(connection, reader.id, email)
    else:
        readers.hand_over(connection, reader.id, other)
        departures.leave(connection, reader.id, None, How.PAGE, now)
    # An import of an older list would bring the old address back.
    suppressions.suppress(connection, reader.email, "unsubscribed", now)
    return reader.id if other is None else other


def _open(
    connection: sa.Connection, config: Config, change_id: int, now: datetime
) -> tuple[Change, Reader] | None:
    change = address_changes.find(connection, change_id)
    if change is None or now - change.asked_at > timedelta(days=config.settings.web.signup_days):
        return None
    reader = readers.find(connection, change.subscriber_id)
    return (change, reader) if reader else None


def _newsletter_of(connection: sa.Connection, config: Config, reader: Reader) -> str:
    """The newsletter in whose name a reader is written to."""
    gets = readers.subscriptions_of(connection, reader)
    known = [each.id for each in config.settings.newsletters]
    return next((each for each in known if each in gets), known[0])
