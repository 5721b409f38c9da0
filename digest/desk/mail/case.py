"""What is known of an address and an issue: digest.desk.mail.inquiry asks, account words it."""

from dataclasses import dataclass
from datetime import date, datetime

from digest.model import DeliveryState, IssueState

# What the reason of an issue begins with that was held, and is not tried any more.
LET_GO = "held until its day was over"


@dataclass(frozen=True, slots=True)
class Membership:
    """A subscription that holds now. `topics` empty means all.

    `hour` is that of the reader's clock in `zone`; mail is wanted again from `paused_until` on.
    `agreed_at` and `agreed_how` are of the latest consent, where there is one.
    """

    newsletter: str
    since: datetime
    topics: tuple[str, ...] = ()
    hour: int | None = None
    zone: str = "UTC"
    paused_until: date | None = None
    agreed_at: datetime | None = None
    agreed_how: str = ""


@dataclass(frozen=True, slots=True)
class Departed:
    """A newsletter that the reader left: how, and what they gave as their reason, if anything."""

    newsletter: str
    at: datetime
    how: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Suppressed:
    """The address gets nothing more; `reason` as it is kept, `bounced: 550 no such user`."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Return:
    """A message that came back after its server had taken it, or a complaint about it."""

    at: datetime
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reader:
    """What is known of an address; `known` is False for one that was erased or never was.

    `returns` are those of which nobody can say to which issue they belong.
    """

    email: str
    known: bool
    suppressed: Suppressed | None = None
    memberships: tuple[Membership, ...] = ()
    returns: tuple[Return, ...] = ()
    departures: tuple[Departed, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery: when it ended, how, and what which server said."""

    number: int
    at: datetime
    state: str
    server: str | None
    reply: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """A delivery as it stands, with the attempts that led there, the first one first.

    It is due at its reader's hour, and tells what was sealed from `since` on. One that was paused
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
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an issue stands; `life_ends` is when its retries give up.

    `reason` says why it is held or skipped; of one that is sent, why the last run stopped.
    """

    state: IssueState
    reason: str = ""
    sealed_at: datetime | None = None
    life_ends: datetime | None = None
    is_sent_now: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One address and one issue.

    `due_at` is None where no issue is meant for the date; from `over_at` on none is made any more.
    `is_known`: the settings have the newsletter.
    """

    reader: Reader
    newsletter: str
    date: date
    now: datetime
    due_at: datetime | None = None
    over_at: datetime | None = None
    is_known: bool = True
    resends_doubt: bool = True
    issue: Standing | None = None
    delivery: Record | None = None
    returns: tuple[Return, ...] = ()

    @property
    def key(self) -> str:
        """The issue's name: `science-daily-2026-11-21`."""
        return f"{self.newsletter}-{self.date.isoformat()}"

    @property
    def membership(self) -> Membership | None:
        """The reader's subscription to this newsletter."""
        found = (m for m in self.reader.memberships if m.newsletter == self.newsletter)
        return next(found, None)
