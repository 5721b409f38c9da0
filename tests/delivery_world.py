"""One person's mails over the days, by the pure rules alone: what the store does is held to it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from digest.clock import local_date
from digest.compose import hours
from digest.compose.due_issues import ChangedHours
from digest.compose.enough_stories import last_day
from digest.model import UNTOLD, DeliveryState, Newsletter, Weekday

PENDING, SENT, FAILED = DeliveryState.PENDING, DeliveryState.SENT, DeliveryState.FAILED
PAUSED, MERGED = DeliveryState.PAUSED, DeliveryState.MERGED


@dataclass(frozen=True, slots=True)
class Before:
    """A subscriber's delivery of the issue before.

    `mailed_at` is when bytes went out for it or, if they did not, for the one before that.
    """

    day: date
    state: DeliveryState
    mailed_at: datetime | None = None
    since: date | None = None

    @property
    def untold_since(self) -> date:
        """The date of the first issue that the next mail has to tell, where this told nothing."""
        return self.since or self.day


@dataclass(frozen=True, slots=True)
class Plan:
    """How a delivery is laid out."""

    state: DeliveryState
    due_at: datetime
    since: date | None = None


def lay_out(
    place: hours.Slot,
    paused_until: date | None,
    before: Before | None,
    wanted: Callable[[date], bool] = lambda _day: True,
) -> Plan:
    """A subscriber's delivery of a new issue, by rules 1, 2 and 4; the store is held to it.

    Rule 3 comes after it, for the few whose mail of the issue before waits still.
    """
    since = before.untold_since if before is not None and before.state in UNTOLD else None
    if paused_until is not None and paused_until > place.day:
        return Plan(DeliveryState.PAUSED, place.due_at, since)
    mailed = before.mailed_at if before is not None else None
    due, day = place.due_at, place.day
    if mailed is not None and mailed >= place.day_begins:
        due, day = place.next_due_at, place.next_day
    return Plan(PENDING if wanted(day) else PAUSED, due, since)


@dataclass(frozen=True)
class Row:
    """A delivery."""

    day: date
    opens: datetime
    state: DeliveryState
    due_at: datetime
    since: date | None = None
    mailed_at: datetime | None = None
    waits: bool = False  # for more stories


@dataclass(frozen=True)
class Letter:
    """A mail that went out, and the dates of the issues that it told."""

    at: datetime
    told: tuple[date, ...]
    due_at: datetime


@dataclass
class World:
    """A newsletter with one subscriber. `settle` and `deliver` are a run; `seal` comes first."""

    newsletter: Newsletter
    hour: int | None = None
    timezone: str | None = None
    paused_until: date | None = None
    days: tuple[Weekday, ...] = ()
    at_least: int | None = None  # of the issues, which have one story each
    longest_wait: int | None = None
    late: timedelta = timedelta(hours=12)
    life: timedelta = timedelta(hours=24)
    merges_late: bool = False
    changed: ChangedHours = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    ended: int = 0  # the first so many rows have

    @property
    def clock(self) -> hours.SubscriberClock:
        return hours.clock_of(self.hour, self.timezone, self.newsletter)

    def wants(self, day: date, near: date | None = None) -> bool:
        """`near` is the date of the issue that is laid out; a change looks from its day on."""
        reached = hours.reached_days(self.newsletter, self.clock, near or day, self.changed)
        return hours.wants(self.days, reached, day)

    def seal(self, day: date, now: datetime) -> None:
        hour = self.changed.get((self.newsletter.id, day))
        opens = hours.opening(self.newsletter, day, now, hour)
        place = hours.slot(self.clock, opens, now)
        plan = lay_out(place, self.paused_until, self._before(), lambda on: self.wants(on, day))
        waits = plan.state is PENDING and self._waits(day, plan.since or day)
        state = PAUSED if waits else plan.state
        self.rows.append(Row(day, opens, state, plan.due_at, plan.since, waits=waits))
        if len(self.rows) > 1:
            self._merge(len(self.rows) - 2, now)

    def _waits(self, day: date, since: date) -> bool:
        count = 1 + sum(since <= row.day < day for row in self.rows)
        if self.at_least is None:
            return False
        return count < self.at_least and day < last_day(since, self.longest_wait)

    def _before(self) -> Before | None:
        if not self.rows:
            return None
        last, older = self.rows[-1], self.rows[-2] if len(self.rows) > 1 else None
        mailed_at = last.mailed_at or (older.mailed_at if older else None)
        return Before(last.day, last.state, mailed_at, last.since)

    def _merge(self, at: int, now: datetime) -> None:
        earlier, later = self.rows[at], self.rows[at + 1]
        if earlier.state is not PENDING or later.state not in (PENDING, PAUSED):
            return
        patience = self.late if self.merges_late else self.life
        if (
            hours.merges(earlier.due_at, later.due_at, self.clock.zone, now)
            or earlier.due_at <= now - patience
        ):
            self.rows[at] = replace(earlier, state=MERGED)
            state = PENDING if later.waits else later.state
            since = earlier.since or earlier.day
            self.rows[at + 1] = replace(later, state=state, since=since, waits=False)

    def run(self, now: datetime) -> None:
        for at in self._pending():
            self._settle(at, now)
            self._deliver(at, now)

    def _pending(self) -> list[int]:
        """The places of the rows that wait, oldest first; what has ended never waits again."""
        while self.ended < len(self.rows) and self.rows[self.ended].state is not PENDING:
            self.ended += 1
        places = range(self.ended, len(self.rows))
        return [at for at in places if self.rows[at].state is PENDING]

    def _settle(self, at: int, now: datetime) -> None:
        row = self.rows[at]
        if at + 1 < len(self.rows):
            self._merge(at, now)
        elif row.due_at <= now - (self.late if self.merges_late else self.life):
            self.rows[at] = replace(row, state=MERGED)
        if self.rows[at].state is PENDING and row.due_at <= now - self.life:
            self.rows[at] = replace(row, state=FAILED)

    def _deliver(self, at: int, now: datetime) -> None:
        row = self.rows[at]
        if row.state is not PENDING or row.due_at > now:
            return
        self.rows[at] = replace(row, state=SENT, mailed_at=now)
        first = row.since or row.day
        begin = at
        while begin and self.rows[begin - 1].day >= first:
            begin -= 1
        told = tuple(row.day for row in self.rows[begin : at + 1])
        self.letters.append(Letter(now, told, row.due_at))

    def change(
        self,
        hour: int | None,
        timezone: str | None,
        paused_until: date | None,
        now: datetime,
        days: tuple[Weekday, ...] = (),
        enough: tuple[int | None, int | None] = (None, None),
    ) -> None:
        self.hour, self.timezone, self.paused_until = hour, timezone, paused_until
        self.days = days
        self.at_least, self.longest_wait = enough
        places = self._pending()
        waiting = [
            hours.WaitingDelivery(row.day, row.opens, row.state, row.due_at, row.due_at, row.since)
            for row in (self.rows[at] for at in places)
        ]
        mailed = max((row.mailed_at for row in self.rows if row.mailed_at), default=None)
        changed = hours.reschedule(waiting, self.clock, paused_until, mailed, now, self.wants)
        for at, one in zip(places, changed, strict=True):
            self.rows[at] = replace(
                self.rows[at], state=one.state, due_at=one.due_at, since=one.since
            )

    def next_due(self) -> datetime | None:
        return min((self.rows[at].due_at for at in self._pending()), default=None)

    def dates_of_mails(self) -> list[date]:
        return [local_date(letter.at, self.clock.zone) for letter in self.letters]
