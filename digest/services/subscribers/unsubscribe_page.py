"""Unsubscribing on the page behind the link in each mail: what it shows, does and undoes."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.addresses import masked
from digest.clock import local_date
from digest.config import Config
from digest.model import NoticeKind, Subscription, SuppressionReason
from digest.project import Project
from digest.services.subscribers import unsubscribe
from digest.services.subscribers.notify import queue_notice
from digest.services.subscribers.preferences import zone_of
from digest.services.subscribers.signup_limits import limits_of
from digest.store import consents, preferences, unsubscribes
from digest.store.consents import Consent
from digest.store.database import Database
from digest.store.unsubscribes import UnsubscribeMethod
from digest.text import clean_line

# What a subscriber may give as the reason; stored as it stands here.
REASONS = ("too-often", "not-for-me", "did-not-ask", "other-address", "other")
UNDO_WORDS = "Undo of leaving, on the page for leaving"


@dataclass(frozen=True, slots=True)
class NewsletterTitle:
    """A newsletter by its id and the name that subscribers know."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class UnsubscribeView:
    """Who followed a link to leave: what they get still (`others` beside this), what they left.

    `blocked` says why nothing is sent to them whatever they choose: `bounced` or `complained`;
    `paused_until` is the first date of mail, where what they get is paused.
    """

    newsletter: NewsletterTitle
    address: str
    language: str
    gets_it: bool
    others: tuple[NewsletterTitle, ...]
    undoable: tuple[NewsletterTitle, ...]
    explained: bool
    blocked: SuppressionReason | None
    paused_until: date | None


def read_view(
    connection: sa.Connection, config: Config, newsletter: str, subscriber_id: int, now: datetime
) -> UnsubscribeView | None:
    """How somebody stands to a newsletter, None where nobody has this number (any more)."""
    subscriber = preferences.find(connection, subscriber_id)
    if subscriber is None:
        return None
    subscriptions = preferences.subscriptions_of(connection, subscriber)
    unsubscribed = unsubscribes.of_subscriber(connection, subscriber.id)
    return UnsubscribeView(
        newsletter=title_of(config, newsletter),
        address=masked(subscriber.email),
        language=subscriber.language or language_of(config, newsletter),
        gets_it=newsletter in subscriptions,
        others=tuple(title_of(config, entry) for entry in subscriptions if entry != newsletter),
        undoable=tuple(
            title_of(config, entry.newsletter) for entry in unsubscribed if entry.undoable
        ),
        explained=any(entry.newsletter == newsletter and entry.reason for entry in unsubscribed),
        blocked=unsubscribe.blocked(connection, subscriber.email),
        paused_until=_paused_until(config, newsletter, subscriptions.get(newsletter), now),
    )


def _paused_until(
    config: Config, newsletter: str, subscription: Subscription | None, now: datetime
) -> date | None:
    until = subscription.paused_until if subscription else None
    settings = config.newsletter(newsletter) or config.first_newsletter
    return until if until and until > local_date(now, zone_of(subscription, settings)) else None


def leave(
    database: Database,
    newsletter: str | None,
    subscriber_id: int,
    how: UnsubscribeMethod,
    now: datetime,
) -> None:
    """End the subscription to one newsletter or to all."""
    with database.write() as connection:
        unsubscribe.leave(connection, subscriber_id, newsletter, how, now)


def undo(database: Database, newsletter: str, subscriber_id: int, now: datetime) -> bool:
    """The subscription as it was before it was left; the consent to it is a new one."""
    with database.write() as connection:
        entries = unsubscribes.of_subscriber(connection, subscriber_id)
        if newsletter not in {entry.newsletter for entry in entries}:
            return False
        if not unsubscribe.rejoin(connection, subscriber_id, newsletter, now):
            return False
        consent = Consent(subscriber_id, newsletter, "web", UNDO_WORDS, now)
        consents.record_all(connection, [consent])
    return True


def mail_preferences(project: Project, newsletter: str, subscriber_id: int) -> None:
    """Mail the link to the preferences to whom it belongs, unless they got enough mails today."""
    named = project.config.newsletter(newsletter) or project.config.first_newsletter
    now = project.clock()
    with project.database.write() as connection:
        subscriber = preferences.find(connection, subscriber_id)
        if subscriber and limits_of(project).may_mail(connection, subscriber.email, now):
            queue_notice(
                connection,
                project,
                NoticeKind.PREFERENCES,
                named.id,
                subscriber.email,
                name=subscriber.name,
                language=subscriber.language,
                details={"subscriber": subscriber.id},
            )


def give_reason(
    database: Database, newsletter: str, subscriber_id: int, choice: str, words: str
) -> None:
    """Keep why somebody left: one of REASONS, words of their own, or both; nothing is nothing."""
    parts = [choice] if choice in REASONS else []
    own_words = clean_line(words)
    reason = ": ".join(parts + ([own_words] if own_words else []))
    if reason:
        with database.write() as connection:
            unsubscribes.explain(connection, subscriber_id, newsletter, reason)


def title_of(config: Config, newsletter: str) -> NewsletterTitle:
    """A newsletter's name; its id where the settings do not know it any more."""
    settings = config.newsletter(newsletter)
    return NewsletterTitle(newsletter, settings.name if settings else newsletter)


def language_of(config: Config, newsletter: str) -> str:
    """A newsletter's language; that of the first where the settings do not know it any more."""
    settings = config.newsletter(newsletter) or config.first_newsletter
    return settings.language
