"""What is known of an address and an issue: read_facts reads it."""

from dataclasses import dataclass
from datetime import date, datetime

from digest.compose.alerts import NotAlerted
from digest.keywords import Removal
from digest.model import (
    DeliveryCause,
    DeliveryState,
    IssueCause,
    IssueState,
    Likes,
    MailLayout,
    SuppressionReason,
    Weekday,
)
from digest.services.delivery.waits_for_more import StoriesAwaited


@dataclass(frozen=True, slots=True)
class ActiveSubscription:
    """A subscription that holds now. `topics` empty means all.

    `hour` is that of the subscriber's clock in `zone`; mail is wanted again from `paused_until` on;
    `layout` is None for the newsletter's; `days` are empty for whenever there is some; `likes` are
    what is wanted more or less. `alerts` are wanted, where the
    newsletter has any.
    `agreed_at` and `agreed_how` are of the latest consent, where there is one.
    """

    newsletter: str
    since: datetime
    topics: tuple[str, ...] = ()
    hour: int | None = None
    zone: str = "UTC"
    paused_until: date | None = None
    layout: MailLayout | None = None
    days: tuple[Weekday, ...] = ()
    keywords: tuple[str, ...] = ()
    likes: Likes = ()
    at_least: int | None = None
    longest_wait: int | None = None
    alerts: bool = False
    newsletter_has_alerts: bool = False
    agreed_at: datetime | None = None
    agreed_how: str = ""


@dataclass(frozen=True, slots=True)
class UnsubscribedFrom:
    """A newsletter that the subscriber left: how, and for which reason, if they gave one."""

    newsletter: str
    at: datetime
    how: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SuppressionFact:
    """The address gets nothing more."""

    reason: SuppressionReason
    since: datetime


@dataclass(frozen=True, slots=True)
class ReturnedMailFact:
    """A message that came back after its server had taken it, or a complaint about it."""

    at: datetime
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """What is known of an address; `is_known` is False for one that was erased or never was.

    `returned_mail` is that of which nobody can say to which issue it belongs.
    """

    email: str
    is_known: bool
    suppressed: SuppressionFact | None = None
    subscriptions: tuple[ActiveSubscription, ...] = ()
    returned_mail: tuple[ReturnedMailFact, ...] = ()
    unsubscribes: tuple[UnsubscribedFrom, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery: when it ended, how, and what which server said."""

    number: int
    at: datetime
    state: str
    server: str | None
    reply: str | None
    cause: DeliveryCause | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery as it stands, with the attempts that led there, the first one first.

    It is due at the subscriber's hour, and tells what was sealed from `since` on. One paused
    or merged is told with the issue of the date `told_with`.
    """

    state: DeliveryState
    due_at: datetime | None = None
    since: date | None = None
    told_with: date | None = None
    claimed_at: datetime | None = None
    finished_at: datetime | None = None
    next_attempt_at: datetime | None = None
    doubted_at: datetime | None = None
    server: str | None = None
    reply: str | None = None
    cause: DeliveryCause | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """A story that was told between issues, and what became of it for one address.

    `mail` is what was queued for them. Where there is none, `why_not` says why, by what they chose
    as it is now; None where that does not tell. Alerts come in the `hours` of their clock, from the
    first until the second.
    """

    newsletter: str
    story: int | None
    headline: str
    told_at: datetime
    hours: tuple[int, int]
    subscription: ActiveSubscription | None = None
    mail: DeliveryRecord | None = None
    why_not: NotAlerted | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A story of an issue on a subscriber's topics that their keywords take out of their mail."""

    headline: str
    removal: Removal


@dataclass(frozen=True, slots=True)
class IssueStatus:
    """Where an issue stands; `life_ends` is when the retries of the delivery give up.

    `reason` says why it is held or skipped; of one that is sent, why the last run stopped.
    `is_tried_again` every minute, as a process runs that does what is due. What became of each mail
    was kept until `deliveries_ended_at`.
    """

    state: IssueState
    reason: str = ""
    sealed_at: datetime | None = None
    life_ends: datetime | None = None
    cause: IssueCause | None = None
    is_sent_now: bool = False
    is_tried_again: bool = False
    deliveries_ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """One address and one issue.

    `due_at` is None where no issue is meant for the date; from `over_at` on none is made any more.
    `is_known`: the settings have the newsletter. `stopped` says that an editor holds or skips it.
    `left_out` and `awaited` are by what they chose as it is now.
    """

    subscriber: AddressFacts
    newsletter: str
    date: date
    now: datetime
    due_at: datetime | None = None
    over_at: datetime | None = None
    stopped: str = ""
    is_known: bool = True
    resends_doubt: bool = True
    issue: IssueStatus | None = None
    delivery: DeliveryRecord | None = None
    returned_mail: tuple[ReturnedMailFact, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    awaited: StoriesAwaited | None = None

    @property
    def key(self) -> str:
        """The issue's name: `science-daily-2026-11-21`."""
        return f"{self.newsletter}-{self.date.isoformat()}"

    @property
    def subscription(self) -> ActiveSubscription | None:
        """The subscriber's subscription to this newsletter."""
        by_newsletter = {entry.newsletter: entry for entry in self.subscriber.subscriptions}
        return by_newsletter.get(self.newsletter)
