"""Another address for a subscriber: asked for behind the signed link, confirmed at the new address.

Nothing on the subscriber's page tells whether an address is known here; what is to be told of it
is told to whoever opened the mail that went there.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from digest.addresses import masked, read_public_address
from digest.config import Config
from digest.model import NoticeKind, SuppressionReason
from digest.project import Project
from digest.services.subscribers import unsubscribe
from digest.services.subscribers.notify import queue_notice
from digest.services.subscribers.preferences_form import FieldError
from digest.services.subscribers.signup_limits import limits_of
from digest.services.subscribers.unsubscribe_page import language_of
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import address_changes, preferences, subscribers, suppressions
from digest.store.address_changes import Change
from digest.store.database import exclusively
from digest.store.preferences import StoredSubscriber
from digest.store.suppressions import address_hash
from digest.store.unsubscribes import UnsubscribeMethod

# Whoever has a link could have strangers mailed: so many a day, and no more.
ASKS_A_DAY = 3


class ChangeStatus(StrEnum):
    """How a change stands."""

    OPEN = "open"
    DONE = "done"
    OVER = "over"  # too old, void by another one, or of somebody who was erased
    BLOCKED = "blocked"  # mail to the new address bounced, or was complained of


@dataclass(frozen=True, slots=True)
class AddressChange:
    """A change as its page shows it; both addresses are masked."""

    standing: ChangeStatus
    language: str
    new: str = ""
    old: str = ""


def request(
    connection: sa.Connection,
    project: Project,
    subscriber: StoredSubscriber,
    newsletter: str,
    text: str,
    now: datetime,
) -> FieldError | None:
    """Mail a link to the new address, to confirm it; what is wrong with it, if anything.

    An address that was asked for a moment ago, or got enough mails today, is not mailed again, and
    the answer is the same.
    """
    try:
        email = read_public_address(text)
    except ValueError:
        return FieldError.ADDRESS
    if address_hash(email) == address_hash(subscriber.email):
        return FieldError.SAME_ADDRESS
    web = project.config.settings.web
    if address_changes.asked_by(connection, subscriber.id, now - timedelta(days=1)) >= ASKS_A_DAY:
        return FieldError.TOO_OFTEN
    since = now - timedelta(minutes=web.confirmation_interval)
    asked_before = address_changes.asked_for(connection, email, since)
    number = address_changes.ask(connection, subscriber.id, email, now)
    if not asked_before and limits_of(project).may_mail(connection, email, now):
        queue_notice(
            connection,
            project,
            NoticeKind.ADDRESS,
            newsletter,
            email,
            language=subscriber.language,
            details={"change": number},
        )
    return None


def read_change(
    connection: sa.Connection, config: Config, change_id: int, now: datetime
) -> AddressChange:
    """How a change stands; nothing is changed by it."""
    return _view(connection, config, _find_change(connection, config, change_id, now))


def confirm(project: Project, change_id: int) -> AddressChange:
    """The subscriber's mail goes to the new address from now on, and the old one is told.

    To press the button again changes nothing.
    """
    config, now = project.config, project.clock()
    with project.database.write() as connection:
        exclusively(connection)  # two changes to one address at once
        change_and_subscriber = _find_change(connection, config, change_id, now)
        view = _view(connection, config, change_and_subscriber)
        if change_and_subscriber is None or view.standing is not ChangeStatus.OPEN:
            return view
        change, subscriber = change_and_subscriber
        newsletter = _newsletter_of(connection, config, subscriber)
        owner = _move_address(connection, subscriber, change.email, now)
        address_changes.settle(connection, change, owner)
        event = of_subscriber(owner, newsletter=newsletter, changed=["email"])
        queue_events(connection, EventKind.SUBSCRIBER_CHANGED, [event], now)
        queue_notice(
            connection,
            project,
            NoticeKind.ADDRESS_CHANGED,
            newsletter,
            subscriber.email,
            language=subscriber.language,
            details={"masked": view.new},
        )
    return replace(view, standing=ChangeStatus.DONE)


def _view(
    connection: sa.Connection,
    config: Config,
    change_and_subscriber: tuple[Change, StoredSubscriber] | None,
) -> AddressChange:
    if change_and_subscriber is None:
        return AddressChange(ChangeStatus.OVER, config.first_newsletter.language)
    change, subscriber = change_and_subscriber
    return AddressChange(
        _status(connection, change, subscriber),
        subscriber.language or language_of(config, _newsletter_of(connection, config, subscriber)),
        masked(change.email),
        masked(subscriber.email),
    )


def _status(
    connection: sa.Connection, change: Change, subscriber: StoredSubscriber
) -> ChangeStatus:
    if address_hash(change.email) == address_hash(subscriber.email):
        return ChangeStatus.DONE
    blocked = unsubscribe.blocked(connection, change.email) is not None
    return ChangeStatus.BLOCKED if blocked else ChangeStatus.OPEN


def _move_address(
    connection: sa.Connection, subscriber: StoredSubscriber, email: str, now: datetime
) -> int:
    """Who has the address from now on.

    One that another subscriber has gets what it did not get yet, and the subscriber leaves.
    """
    suppressions.lift(connection, email)
    other = subscribers.find_id(connection, email)
    if other is None:
        address_changes.move(connection, subscriber.id, email)
    else:
        preferences.hand_over(connection, subscriber.id, other, now)
        unsubscribe.leave(connection, subscriber.id, None, UnsubscribeMethod.PAGE, now)
    # An import of an older list would bring the old address back.
    suppressions.suppress(connection, subscriber.email, SuppressionReason.UNSUBSCRIBED, now)
    return subscriber.id if other is None else other


def _find_change(
    connection: sa.Connection, config: Config, change_id: int, now: datetime
) -> tuple[Change, StoredSubscriber] | None:
    change = address_changes.find(connection, change_id)
    if change is None or now - change.asked_at > timedelta(days=config.settings.web.signup_days):
        return None
    subscriber = preferences.find(connection, change.subscriber_id)
    return (change, subscriber) if subscriber else None


def _newsletter_of(connection: sa.Connection, config: Config, subscriber: StoredSubscriber) -> str:
    """The newsletter in whose name a subscriber is written to."""
    subscriptions = preferences.subscriptions_of(connection, subscriber)
    newsletter_ids = [newsletter.id for newsletter in config.settings.newsletters]
    subscribed = (name for name in newsletter_ids if name in subscriptions)
    return next(subscribed, newsletter_ids[0])
