"""Signing up: from the form to the confirmation mail, from its button to the subscription.

What the page answers does not depend on what the address is to us, nor does what is written: a row
and a notice for everybody. Who knows is the mailbox alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

import sqlalchemy as sa

from digest.compose.due import next_issue_time
from digest.compose.hours import clock_of, slot
from digest.model import Newsletter, NoticeKind, Subscription, SuppressionReason
from digest.project import Project
from digest.render.words import translations
from digest.services.subscribers.signup_form import Faults, SignupFields, read
from digest.services.subscribers.signup_limits import FormTimestamps, SignupLimits
from digest.store import consents, notices, preferences, signups, subscribers, suppressions
from digest.store.consents import Consent
from digest.store.database import exclusively
from digest.store.signups import Signup, SignupRequest
from digest.store.suppressions import address_hash

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

    def ask(self, typed: SignupFields, newsletter: Newsletter, network: str | None) -> SignupResult:
        """Take a form. `network` as digest.services.subscribers.signup_limits has it."""
        if typed.trap:
            return SignupResult(SignupOutcome.TAKEN)  # so a robot has nothing to learn from
        now = self.project.clock()
        if not self.stamps.is_fresh(typed.stamp, now):
            return SignupResult(SignupOutcome.ONCE_MORE)
        found = read(typed, newsletter, self.project.config.topics)
        if found.subscription is None:
            return SignupResult(SignupOutcome.FAULTY, found.faults)
        kept = network if self.project.config.settings.web.network_days else None
        wish = SignupRequest(
            newsletter=newsletter.id,
            subscription=found.subscription,
            words=consent_words(newsletter),
            wants_issue=typed.wants_issue,
            network=kept,
        )
        with self.project.database.write() as connection:
            leave = self._signup_limits.admit(connection, network, now)
            if not leave.count:
                return SignupResult(SignupOutcome.TOO_MANY, wait=_seconds(leave.next_at - now))
            self._take(connection, wish, now)
        return SignupResult(SignupOutcome.TAKEN)

    @property
    def _signup_limits(self) -> SignupLimits:
        web = self.project.config.settings.web
        return SignupLimits(self.project.links.key, web.signups_per_network, web.signups_per_hour)

    def _take(self, connection: sa.Connection, wish: SignupRequest, now: datetime) -> None:
        """The same for every address, but for the kind of the mail."""
        signup = signups.put(connection, wish, now)
        letter = self._fitting(connection, signup)
        if self._may_mail(connection, signup, now):
            email = wish.subscription.email
            notices.queue(
                connection,
                letter.kind,
                wish.newsletter,
                email,
                "",
                letter.language,
                letter.details,
                now,
            )
            signups.mailed(connection, signup.id, now)

    def _fitting(self, connection: sa.Connection, signup: Signup) -> "_Letter":
        """The mail for this address. To one that complained it is stopped when it is claimed."""
        wish = signup.wish
        member = signups.active_subscriber(connection, wish)
        suppressed = suppressions.reason_for(connection, wish.subscription.email)
        if member is not None and suppressed is None:
            return _Letter(NoticeKind.KNOWN, {"subscriber": member.id}, member.language)
        details = {"signup": signup.id, "topics": list(wish.subscription.topics)}
        return _Letter(NoticeKind.CONFIRM, details, wish.language)

    def _may_mail(self, connection: sa.Connection, signup: Signup, now: datetime) -> bool:
        interval = timedelta(minutes=self.project.config.settings.web.confirmation_interval)
        if signup.mailed_at is not None and now - signup.mailed_at < interval:
            return False
        key = address_hash(signup.wish.subscription.email)
        return self._signup_limits.may_mail(connection, key, now)

    # The button.

    def look(self, token: str) -> SignupView | None:
        """How far a sign-up is, None for a link that we did not make; nothing is changed."""
        number = self.project.links.read_number("confirm", token)
        if number is None:
            return None
        with self.project.database.read() as connection:
            return self._seen(connection, signups.find(connection, number))

    def confirm(self, token: str) -> SignupView | None:
        """The button was pressed, for the first time or again."""
        number = self.project.links.read_number("confirm", token)
        if number is None:
            return None
        with self.project.database.write() as connection:
            exclusively(connection)
            signup = signups.find(connection, number)
            seen = self._seen(connection, signup)
            if signup is None or seen.stage is not SignupStage.WAITING:
                return seen
            return self._let_in(connection, signup)

    def _seen(self, connection: sa.Connection, signup: Signup | None) -> SignupView:
        if signup is None or self.project.config.newsletter(signup.wish.newsletter) is None:
            return _OVER
        wish = signup.wish
        member = signups.active_subscriber(connection, wish)
        suppressed = suppressions.reason_for(connection, wish.subscription.email)
        if member is not None and suppressed is None:
            return self._in(wish.newsletter, member.id, _chosen(connection, member.id, wish))
        life = timedelta(days=self.project.config.settings.web.signup_days)
        if (
            suppressed is SuppressionReason.COMPLAINED
            or self.project.clock() - signup.asked_at >= life
        ):
            return _OVER
        return SignupView(SignupStage.WAITING, wish.newsletter, wish.subscription)

    def _let_in(self, connection: sa.Connection, signup: Signup) -> SignupView:
        """The subscription, the consent, the welcome, and the latest issue where it is wanted.

        The press shows that the mailbox takes our mail and that its owner wants it: what stood
        against that, but for a complaint, is lifted.
        """
        wish, now = signup.wish, self.project.clock()
        suppressions.lift(connection, wish.subscription.email)
        subscribers.put_all(
            connection,
            wish.newsletter,
            [wish.subscription],
            now,
            given=frozenset(),
            resubscribe=True,
        )
        member = signups.active_subscriber(connection, wish)
        assert member is not None
        consents.record_all(connection, [_consent(signup, member.id, now)])
        at_once = wish.wants_issue and signups.deliver_latest(
            connection, wish.newsletter, member.id, now, LATEST
        )
        seen = self._in(wish.newsletter, member.id, wish.subscription, at_once=at_once)
        self._welcome(connection, signup, seen)
        return seen

    def _in(
        self, newsletter: str, subscriber: int, chosen: Subscription, *, at_once: bool = False
    ) -> SignupView:
        letter = self.project.config.newsletter(newsletter)
        assert letter is not None
        first = first_mail(letter, chosen, self.project.clock(), at_once=at_once)
        zone = clock_of(chosen.hour, chosen.timezone, letter).zone.key
        shown = replace(chosen, timezone=zone)
        return SignupView(SignupStage.IN, newsletter, shown, subscriber, first, at_once)

    def _welcome(self, connection: sa.Connection, signup: Signup, seen: SignupView) -> None:
        wish, chosen = signup.wish, seen.subscription
        assert chosen is not None
        details = {
            "subscriber": seen.subscriber_id,
            "topics": list(chosen.topics),
            "timezone": chosen.timezone,
            "first": seen.first.isoformat() if seen.first else None,
            "at_once": seen.at_once,
        }
        notices.queue(
            connection,
            NoticeKind.WELCOME,
            wish.newsletter,
            wish.subscription.email,
            wish.subscription.name,
            wish.language,
            details,
            self.project.clock(),
        )


@dataclass(frozen=True, slots=True)
class _Letter:
    """The mail that fits what an address is to us."""

    kind: NoticeKind
    details: Mapping[str, object]
    language: str | None


def _chosen(connection: sa.Connection, subscriber_id: int, wish: SignupRequest) -> Subscription:
    """What a member gets by now, which is not always what they once asked for."""
    subscriber = preferences.find(connection, subscriber_id)
    assert subscriber is not None
    return preferences.subscriptions_of(connection, subscriber)[wish.newsletter]


def consent_words(newsletter: Newsletter) -> str:
    """What the form says above its button, and what is kept as agreed to."""
    told = translations(newsletter.language).gettext(
        "Please mail %(newsletter)s to this address. I can leave at any time, with one click."
    )
    return told % {"newsletter": newsletter.name}


def first_mail(
    newsletter: Newsletter, wanted: Subscription, now: datetime, *, at_once: bool = False
) -> datetime | None:
    """When the next issue comes to a subscriber; `at_once`: they have had one mail today."""
    opens = next_issue_time(newsletter, now)
    if opens is None:
        return None
    place = slot(clock_of(wanted.hour, wanted.timezone, newsletter), opens, opens)
    return place.next_due_at if at_once and now >= place.day_begins else place.due_at


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


def _seconds(wait: timedelta) -> int:
    return max(1, -int(-wait.total_seconds() // 1))
