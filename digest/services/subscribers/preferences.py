"""The preferences behind a signed link: what is seen there, and what each form changes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from digest.clock import local_date
from digest.config import Config
from digest.keywords import not_about, only_about
from digest.model import Likes, Newsletter, Subscription, SuppressionReason
from digest.services.delivery import schedule
from digest.services.subscribers import unsubscribe
from digest.services.subscribers.preferences_form import Choices, FieldError, PreferencesFields
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import address_changes, consents, preferences
from digest.store.consents import Consent
from digest.store.database import Database
from digest.store.preferences import StoredSubscriber
from digest.store.unsubscribes import UnsubscribeMethod

CONSENT_WORDS = "Ticked on the preferences page: "


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the page shows of a subscriber, with the eyes of one newsletter.

    `subscription` is None where the subscriber does not get it; `blocked` is why nothing is sent
    whatever they choose (`bounced`, `complained`). `today` is the date on the subscriber's wall.
    """

    subscriber: StoredSubscriber
    newsletter: Newsletter
    newsletters: tuple[Newsletter, ...]
    subscriptions: dict[str, Subscription]
    today: date
    blocked: SuppressionReason | None

    @property
    def subscription(self) -> Subscription | None:
        """What the subscriber gets of the newsletter that is looked at."""
        return self.subscriptions.get(self.newsletter.id)

    @property
    def paused_until(self) -> date | None:
        """The first date of mail after a pause that is not over, the earliest if they differ."""
        days = [subscription.paused_until for subscription in self.subscriptions.values()]
        lasting = [day for day in days if day is not None and day > self.today]
        return min(lasting) if lasting and len(lasting) == len(days) else None

    @property
    def likes(self) -> Likes:
        """What they want more or less of, in the mails of the newsletter that is looked at."""
        return self.subscription.likes if self.subscription else ()

    @property
    def filled(self) -> PreferencesFields:
        """The form of the choices as they stand."""
        subscription, subscriber = self.subscription, self.subscriber
        fields = PreferencesFields(name=subscriber.name, language=subscriber.language or "")
        if subscription is None:
            return fields
        hour = "" if subscription.hour is None else str(subscription.hour)
        return replace(
            fields,
            topics=subscription.topics,
            hour=hour,
            timezone=subscription.timezone or "",
            layout=subscription.layout or "",
            days=subscription.days,
            not_about="\n".join(not_about(subscription.keywords)),
            only_about="\n".join(only_about(subscription.keywords)),
            at_least=str(subscription.at_least or ""),
            longest_wait=str(subscription.longest_wait or ""),
        )

    @property
    def language(self) -> str:
        """Of the page."""
        return self.subscriber.language or self.newsletter.language


# What changes a subscriber's choices in an open transaction, or says all that is wrong with them.
Act = Callable[[sa.Connection, Preferences, datetime], Sequence[FieldError]]


def read_preferences(
    connection: sa.Connection, config: Config, newsletter: str, subscriber_id: int, now: datetime
) -> Preferences | None:
    """What a subscriber chose, None where nobody has this number (any more)."""
    subscriber = preferences.find(connection, subscriber_id)
    if subscriber is None:
        return None
    subscriptions = preferences.subscriptions_of(connection, subscriber)
    shown = config.newsletter(newsletter) or config.first_newsletter
    subscription = subscriptions.get(shown.id)
    return Preferences(
        subscriber=subscriber,
        newsletter=shown,
        newsletters=config.settings.newsletters,
        subscriptions=subscriptions,
        today=local_date(now, zone_of(subscription, shown)),
        blocked=unsubscribe.blocked(connection, subscriber.email),
    )


def change(
    database: Database, config: Config, named: tuple[str, int], now: datetime, act: Act
) -> tuple[Preferences, Sequence[FieldError]] | None:
    """Let `act` change what a subscriber chose: what it was, and what could not be taken.

    `named` is a newsletter and a subscriber's number; None where nobody has it (any more).
    """
    with database.write() as connection:
        current = read_preferences(connection, config, *named, now)
        return (current, act(connection, current, now)) if current else None


def zone_of(subscription: Subscription | None, newsletter: Newsletter) -> ZoneInfo:
    """The zone of a subscriber's clock."""
    named = subscription.timezone if subscription else None
    return ZoneInfo(named) if named else newsletter.zone


def choose(connection: sa.Connection, current: Preferences, chosen: Choices, now: datetime) -> None:
    """All that the form asks for, from the next mail on.

    Who does not get the newsletter has a name and a language alone.
    """
    address_changes.rename(connection, current.subscriber.id, chosen.name)
    preferences.speak(connection, current.subscriber.id, chosen.language)
    subscription = current.subscription
    if subscription is None:
        return
    preferences.choose(
        connection,
        current.subscriber.id,
        current.newsletter.id,
        topics=list(chosen.topics),
        layout=chosen.layout,
        days=chosen.days,
        keywords=chosen.keywords,
        at_least=chosen.at_least,
        longest_wait=chosen.longest_wait,
        hour=chosen.hour,
    )
    # The zone of all: a subscriber has one clock.
    preferences.choose(connection, current.subscriber.id, timezone=chosen.timezone)
    before = subscription.hour, subscription.timezone, subscription.days
    if (chosen.hour, chosen.timezone, chosen.days) != before:
        _reschedule(connection, current, now)
    changed = _what_changes(current.subscriber, subscription, chosen)
    _tell_of_change(connection, current, changed, now)


def choose_alerts(connection: sa.Connection, current: Preferences, *, wanted: bool) -> None:
    """Alerts of the newsletter that is looked at, or none from now on."""
    preferences.choose(connection, current.subscriber.id, current.newsletter.id, alerts=wanted)


def pause(
    connection: sa.Connection, current: Preferences, until: date | None, now: datetime
) -> None:
    """Nothing of any newsletter before that date; None: mail is wanted again."""
    preferences.choose(connection, current.subscriber.id, paused_until=until)
    _reschedule(connection, current, now)
    _tell_of_change(connection, current, ["paused_until"], now)


def _what_changes(
    subscriber: StoredSubscriber, subscription: Subscription, chosen: Choices
) -> list[str]:
    """The names of what is not as it was."""
    of_all = {"name": subscriber.name, "language": subscriber.language}
    names = [field.name for field in fields(chosen)]
    return [
        name
        for name in names
        if getattr(chosen, name) != of_all.get(name, getattr(subscription, name, None))
    ]


def _tell_of_change(
    connection: sa.Connection, current: Preferences, changed: Sequence[str], now: datetime
) -> None:
    if changed:
        told = of_subscriber(
            current.subscriber.id, newsletter=current.newsletter.id, changed=list(changed)
        )
        queue_events(connection, EventKind.SUBSCRIBER_CHANGED, [told], now)


def _reschedule(connection: sa.Connection, current: Preferences, now: datetime) -> None:
    """What is laid out already goes by the subscriber's new hour."""
    for newsletter in current.newsletters:
        if newsletter.id in current.subscriptions:
            schedule.reschedule(connection, current.subscriber.id, newsletter, now)


def choose_newsletters(
    connection: sa.Connection, current: Preferences, ticked: Collection[str], now: datetime
) -> None:
    """Join those that are ticked and leave the others; a newsletter more is a consent more."""
    number = current.subscriber.id
    like = next(iter(current.subscriptions.values()), None)
    for newsletter in current.newsletters:
        gets_it, wants_it = newsletter.id in current.subscriptions, newsletter.id in ticked
        if wants_it and not gets_it:
            # As it was before the subscriber left it, or at the hour of another.
            if not unsubscribe.rejoin(connection, number, newsletter.id, now):
                preferences.subscribe(connection, number, newsletter.id, like, now)
                unsubscribe.wanted_again(connection, number)
                told = of_subscriber(number, newsletter=newsletter.id, how="web")
                queue_events(connection, EventKind.SUBSCRIBER_SUBSCRIBED, [told], now)
            words = CONSENT_WORDS + newsletter.name
            consents.record_all(connection, [Consent(number, newsletter.id, "web", words, now)])
        elif gets_it and not wants_it:
            unsubscribe.leave(connection, number, newsletter.id, UnsubscribeMethod.PAGE, now)
