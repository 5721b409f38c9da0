"""Signing up: from the form to the confirmation mail, from its button to the subscription.

What the page answers does not depend on what the address is to us, nor does what is written: a row
and a notice for everybody. Who knows is the mailbox alone.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from math import ceil

import sqlalchemy as sa

from digest.clock import local_date
from digest.compose.due_issues import ChangedHours, next_issue_time
from digest.compose.hours import clock_of, opening, slot
from digest.model import Newsletter, NoticeKind, Subscription, SuppressionReason
from digest.networks import Network
from digest.project import Project
from digest.render.translations import clicks_sentence, translations
from digest.services.issues.next_time import decided_dates
from digest.services.subscribers.notify import queue_notice
from digest.services.subscribers.signup_form import Faults, SignupFields, read
from digest.services.subscribers.signup_limits import FormTimestamps, limits_of
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import consents, preferences, signups, subscribers, suppressions
from digest.store.consents import Consent
from digest.store.database import exclusively
from digest.store.signups import Signup, SignupRequest

# "Today's issue" for whoever asks for it: the newest one that is not older.
LATEST = timedelta(hours=24)


class SignupOutcome(Enum):
    """What became of a form that was sent."""

    TAKEN = "taken"
    FAULTY = "faulty"
    ONCE_MORE = "once more"  # too fast, too late, or from a form that asked for the address alone
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class SignupResult:
    """What to show: the faults beside their fields, or the seconds after which to try again."""

    asked: SignupOutcome
    faults: Faults = field(default_factory=dict)
    wait: int = 0


class SignupStage(Enum):
    """How far the sign-up behind a link is."""

    WAITING = "waiting"
    IN = "in"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class SignupView:
    """A sign-up as its owner may see it. Who is in has a number, and maybe a first mail ahead."""

    stage: SignupStage
    newsletter: str = ""
    subscription: Subscription | None = None
    subscriber_id: int = 0
    first: datetime | None = None
    at_once: bool = False


_OVER = SignupView(SignupStage.OVER)


@dataclass(frozen=True, slots=True)
class SignupService:
    """Takes the forms and the confirmations of one project."""

    project: Project

    @property
    def stamps(self) -> FormTimestamps:
        """Made for each form that is shown."""
        return FormTimestamps((self.project.links.key, *self.project.links.old_keys))

    # The form.

    def ask(
        self, fields: SignupFields, newsletter: Newsletter, networks: Sequence[Network]
    ) -> SignupResult:
        """Take a form. `networks` are those of the visitor, as digest.networks has them.

        What is wrong with it is said first: a person whose browser filled the trap in, or who has
        no script, mends it at once.
        """
        form_result = read(fields, newsletter, self.project.config.topics)
        if form_result.subscription is None:
            return SignupResult(SignupOutcome.FAULTY, form_result.faults)
        if fields.trap:
            return SignupResult(SignupOutcome.TAKEN)  # so a robot has nothing to learn from
        now = self.project.clock()
        if not self.stamps.is_fresh(fields.stamp, now):
            return SignupResult(SignupOutcome.ONCE_MORE)
        keeps_network = networks and self.project.config.settings.web.network_days
        request = SignupRequest(
            newsletter=newsletter.id,
            subscription=form_result.subscription,
            words=consent_words(newsletter),
            wants_issue=fields.wants_issue,
            network=str(networks[0]) if keeps_network else None,
        )
        with self.project.database.write() as connection:
            email = request.subscription.email
            reservation = limits_of(self.project).admit(connection, networks, email, now)
            if not reservation.count:
                wait = reservation.next_at - now
                return SignupResult(SignupOutcome.TOO_MANY, wait=max(1, ceil(wait.total_seconds())))
            self._keep(connection, request, now)
        return SignupResult(SignupOutcome.TAKEN)

    def _keep(self, connection: sa.Connection, request: SignupRequest, now: datetime) -> None:
        """Keep the sign-up and queue its mail, for every address alike but for the kind of mail."""
        signup = signups.put(connection, request, now)
        notice = self._fitting_notice(connection, signup)
        if self._may_mail(connection, signup, now):
            email = request.subscription.email
            queue_notice(
                connection,
                self.project,
                notice.kind,
                request.newsletter,
                email,
                language=notice.language,
                details=notice.details,
            )
            signups.mailed(connection, signup.id, now)

    def _fitting_notice(self, connection: sa.Connection, signup: Signup) -> "_Notice":
        """The mail for this address. To one that complained it is stopped when it is claimed."""
        request = signup.wish
        subscriber = signups.active_subscriber(connection, request)
        suppressed = suppressions.reason_for(connection, request.subscription.email)
        if subscriber is not None and suppressed is None:
            return _Notice(NoticeKind.KNOWN, {"subscriber": subscriber.id}, subscriber.language)
        details = {"signup": signup.id, "topics": list(request.subscription.topics)}
        return _Notice(NoticeKind.CONFIRM, details, request.language)

    def _may_mail(self, connection: sa.Connection, signup: Signup, now: datetime) -> bool:
        interval = timedelta(minutes=self.project.config.settings.web.confirmation_interval)
        if signup.mailed_at is not None and now - signup.mailed_at < interval:
            return False
        email = signup.wish.subscription.email
        return limits_of(self.project).may_mail(connection, email, now)

    # The button.

    def find(self, token: str) -> SignupView | None:
        """How far a sign-up is, None for a link that we did not make; nothing is changed."""
        number = self.project.links.read_number("confirm", token)
        if number is None:
            return None
        with self.project.database.read() as connection:
            return self._view(connection, signups.find(connection, number))

    def confirm(self, token: str) -> SignupView | None:
        """Subscribe whoever confirms; to confirm again changes nothing."""
        number = self.project.links.read_number("confirm", token)
        if number is None:
            return None
        with self.project.database.write() as connection:
            exclusively(connection)
            signup = signups.find(connection, number)
            view = self._view(connection, signup)
            if signup is None or view.stage is not SignupStage.WAITING:
                return view
            return self._subscribe(connection, signup)

    def _view(self, connection: sa.Connection, signup: Signup | None) -> SignupView:
        if signup is None or self.project.config.newsletter(signup.wish.newsletter) is None:
            return _OVER
        request = signup.wish
        subscriber = signups.active_subscriber(connection, request)
        suppressed = suppressions.reason_for(connection, request.subscription.email)
        if subscriber is not None and suppressed is None:
            return self._confirmed_view(
                connection,
                request.newsletter,
                subscriber.id,
                _current_subscription(connection, subscriber.id, request),
            )
        life = timedelta(days=self.project.config.settings.web.signup_days)
        if (
            suppressed is SuppressionReason.COMPLAINED
            or self.project.clock() - signup.asked_at >= life
        ):
            return _OVER
        return SignupView(SignupStage.WAITING, request.newsletter, request.subscription)

    def _subscribe(self, connection: sa.Connection, signup: Signup) -> SignupView:
        """The subscription, the consent, the welcome, and the latest issue where it is wanted.

        The press shows that the mailbox takes our mail and that its owner wants it: what stood
        against that, but for a complaint, is lifted.
        """
        request, now = signup.wish, self.project.clock()
        suppressions.lift(connection, request.subscription.email)
        subscribers.put_all(
            connection,
            request.newsletter,
            [request.subscription],
            now,
            given=frozenset(),
            resubscribe=True,
        )
        subscriber = signups.active_subscriber(connection, request)
        assert subscriber is not None
        consents.record_all(connection, [_consent(signup, subscriber.id, now)])
        at_once = request.wants_issue and signups.deliver_latest(
            connection, request.newsletter, subscriber.id, now, LATEST
        )
        view = self._confirmed_view(
            connection, request.newsletter, subscriber.id, request.subscription, at_once=at_once
        )
        self._welcome(connection, signup, view)
        event = of_subscriber(subscriber.id, newsletter=request.newsletter, how="web")
        for kind in (EventKind.SUBSCRIBER_CONFIRMED, EventKind.SUBSCRIBER_SUBSCRIBED):
            queue_events(connection, kind, [event], now)
        return view

    def _confirmed_view(
        self,
        connection: sa.Connection,
        newsletter_id: str,
        subscriber_id: int,
        chosen: Subscription,
        *,
        at_once: bool = False,
    ) -> SignupView:
        newsletter = self.project.config.newsletter(newsletter_id)
        assert newsletter is not None
        hours, without = decided_dates(connection, self.project, newsletter)
        now = self.project.clock()
        first = first_mail(newsletter, chosen, hours, now, without, at_once=at_once)
        zone = clock_of(chosen.hour, chosen.timezone, newsletter).zone.key
        shown = replace(chosen, timezone=zone)
        return SignupView(SignupStage.IN, newsletter_id, shown, subscriber_id, first, at_once)

    def _welcome(self, connection: sa.Connection, signup: Signup, view: SignupView) -> None:
        request, subscription = signup.wish, view.subscription
        assert subscription is not None
        details = {
            "subscriber": view.subscriber_id,
            "topics": list(subscription.topics),
            "timezone": subscription.timezone,
            "first": view.first.isoformat() if view.first else None,
            "at_once": view.at_once,
        }
        queue_notice(
            connection,
            self.project,
            NoticeKind.WELCOME,
            request.newsletter,
            request.subscription.email,
            name=request.subscription.name,
            language=request.language,
            details=details,
        )


@dataclass(frozen=True, slots=True)
class _Notice:
    """The mail that fits what an address is to us."""

    kind: NoticeKind
    details: Mapping[str, object]
    language: str | None


def _current_subscription(
    connection: sa.Connection, subscriber_id: int, request: SignupRequest
) -> Subscription:
    """What a subscriber gets by now, which is not always what they once asked for."""
    subscriber = preferences.find(connection, subscriber_id)
    assert subscriber is not None
    return preferences.subscriptions_of(connection, subscriber)[request.newsletter]


def consent_words(newsletter: Newsletter) -> str:
    """What the form says beside its button, and what is kept as agreed to."""
    sentence = translations(newsletter.language).gettext(
        "Please mail %(newsletter)s to this address. I can leave at any time, with one click."
    )
    words = sentence % {"newsletter": newsletter.name}
    return f"{words} {clicks_sentence(newsletter.language)}" if newsletter.count_clicks else words


def first_mail(
    newsletter: Newsletter,
    subscription: Subscription,
    hours: ChangedHours,
    now: datetime,
    without: Container[tuple[str, date]] = frozenset(),
    *,
    at_once: bool = False,
) -> datetime | None:
    """When the next issue comes to a subscriber, on no date of `without`.

    `at_once`: they have had one mail today.
    """
    sealed_at = next_issue_time(newsletter, hours, now, without)
    if sealed_at is None:
        return None
    day = local_date(sealed_at, newsletter.zone)
    opens = opening(newsletter, day, sealed_at, hours.get((newsletter.id, day)))
    clock = clock_of(subscription.hour, subscription.timezone, newsletter)
    place = slot(clock, opens, sealed_at)
    if at_once and now >= place.day_begins:
        return place.next_due_at
    return max(place.due_at, sealed_at)


def _consent(signup: Signup, subscriber: int, now: datetime) -> Consent:
    return Consent(
        subscriber_id=subscriber,
        newsletter=signup.wish.newsletter,
        how="web",
        words=signup.wish.words,
        given_at=now,
        asked_at=signup.asked_at,
        network=signup.wish.network,
    )
