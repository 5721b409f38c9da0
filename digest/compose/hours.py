"""When a subscriber's mail of an issue is due, and when two issues become one mail; pure.

    D 06:00, the issue's time                        D+1 06:00, the next one's
    ────┬────────────┬──────────────────────────────────┬─────┬────────>
        │            └ hour 7: D 07:00       hour 5 ┘   │     └ hour 7: D+1 07:00
        └ no hour: as soon as it is sealed   (D+1 05:00)

1. A mail is due at the first moment, at or after the issue's time, at which the subscriber's clock
   shows their hour. One that a clock change skips is the first moment after the gap, or, where
   that is another date already, the last minute before it; one that comes twice is the first of
   the two. An issue that is sealed late is late for some: they get it at once. So is one that an
   editor gave a later hour; none is mailed before its hour where that is earlier.
2. Never two mails on one local date. Where one was mailed on that date already, the next is due at
   the subscriber's hour of the date after it.
3. A mail that still waits when the next issue is laid out, and would go out on the same date, is
   merged: the later mail tells both (`since`).
4. Whoever paused gets nothing, and whoever chose days gets nothing on others; what was paused or
   merged is told by the first mail after it. Days on which no issue can reach them are no choice.

So each issue is told to each subscriber once, whatever becomes of clocks, hours and zones.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from digest.clock import instant_of, is_zone, local_date
from digest.compose.due_issues import ChangedHours, issue_time
from digest.model import UNTOLD, WEEKDAYS, DeliveryCause, DeliveryState, Newsletter, Weekday

# For how long what was never attempted waits for the next issue: a weekly one is in time.
TOLD_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SubscriberClock:
    """The zone a subscriber lives in, and the hour of theirs; None: as soon as an issue is made."""

    zone: ZoneInfo
    hour: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """What all who share a clock share of an issue.

    The mail is due at `due_at` and, late or not, goes out on the local date `day`, which begins at
    `day_begins`. Whoever had a mail on that date already gets it at `next_due_at`, on `next_day`.
    """

    due_at: datetime
    day: date
    day_begins: datetime
    next_due_at: datetime
    next_day: date


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A delivery that waits; `opens` is the time of its issue (see `opening`)."""

    day: date
    opens: datetime
    state: DeliveryState
    due_at: datetime
    goes_at: datetime
    since: date | None = None
    cause: DeliveryCause | None = None


def clock_of(hour: int | None, timezone: str | None, newsletter: Newsletter) -> SubscriberClock:
    """A subscription's clock; what it does not say, or says amiss, is the newsletter's."""
    zone = ZoneInfo(timezone) if timezone and is_zone(timezone) else newsletter.zone
    return SubscriberClock(zone, hour if hour is not None and 0 <= hour < 24 else None)


def opening(newsletter: Newsletter, day: date, sealed_at: datetime, hour: time | None) -> datetime:
    """From when on hours are looked for: the newsletter's time, or the seal if that came before.

    Not the seal itself: it comes seconds after the issue's time, and a subscriber of that same hour
    would have to wait for a day. Where an editor gave the date another `hour`, earlier or later,
    each subscriber's moment is that of any other date, but not before the seal.
    """
    usual = issue_time(newsletter, day, None) or sealed_at
    return usual if hour is not None else min(usual, sealed_at)


def slot(clock: SubscriberClock, opens: datetime, now: datetime, *, at_once: bool = False) -> Slot:
    """The slot of an issue that is sealed `now`; `at_once`: by hand, whatever the hour."""
    due = first_moment(clock, opens) if clock.hour is not None and not at_once else now
    goes = max(due, now)
    next_due = due if at_once else on_next_date(clock, goes)
    return Slot(
        due_at=due,
        day=local_date(goes, clock.zone),
        day_begins=begin_of_date(goes, clock.zone),
        next_due_at=next_due,
        next_day=local_date(max(next_due, goes), clock.zone),
    )


def mail_time(
    newsletter: Newsletter, clock: SubscriberClock, day: date, hour: time | None
) -> datetime | None:
    """When the issue of a date that is sealed in time is mailed; None where there is none.

    `hour` is that of the date, where an editor changed it.
    """
    sealed, usual = (issue_time(newsletter, day, at) for at in (hour, None))
    if sealed is None or usual is None or clock.hour is None:
        return sealed
    return max(first_moment(clock, usual), sealed)


def reached_days(
    newsletter: Newsletter, clock: SubscriberClock, day: date, hours: ChangedHours
) -> frozenset[Weekday]:
    """The weekdays, on a subscriber's clock, of the issues of the week that begins with a date."""
    week = (day + timedelta(days=ahead) for ahead in range(len(WEEKDAYS)))
    times = (
        mail_time(newsletter, clock, issue_day, hours.get((newsletter.id, issue_day)))
        for issue_day in week
    )
    return frozenset(weekday_of(local_date(at, clock.zone)) for at in times if at is not None)


def weekday_of(day: date) -> Weekday:
    """`mon`, and so on."""
    return WEEKDAYS[day.weekday()]


def wants(days: Collection[str], reached: Collection[str], day: date) -> bool:
    """Whether somebody who chose `days` wants mail on a date; `reached` are those that there are.

    Who chose none that any issue can reach would never get one: then the choice is void.
    """
    chosen = set(days).intersection(reached)
    return not chosen or weekday_of(day) in chosen


def merges(
    earlier_goes_at: datetime, later_due_at: datetime, zone: ZoneInfo, now: datetime
) -> bool:
    """Rule 3: whether the earlier of two mails that wait would go out on the later one's date."""
    return max(earlier_goes_at, now) >= begin_of_date(max(later_due_at, now), zone)


def reschedule(
    waiting: Sequence[WaitingDelivery],
    clock: SubscriberClock,
    paused_until: date | None,
    mailed_at: datetime | None,
    now: datetime,
    wanted: Callable[[date], bool] = lambda _day: True,
) -> list[WaitingDelivery]:
    """What waits for a subscriber, the oldest first, after a change of hour, zone, days or pause.

    `wanted` says whether they want mail on a date.
    A new hour holds where it is still ahead and the subscriber had no mail on that date
    (`mailed_at` is when the last one went out); else a mail keeps its time.
    """
    changed = [_rescheduled(mail, clock, paused_until, mailed_at, now, wanted) for mail in waiting]
    for at in range(len(changed) - 1):
        earlier, later = changed[at], changed[at + 1]
        untold = earlier.state in UNTOLD
        if untold or merges(earlier.goes_at, later.due_at, clock.zone, now):
            if not untold:
                cause = DeliveryCause.SAME_DATE
                changed[at] = replace(earlier, state=DeliveryState.MERGED, cause=cause)
            changed[at + 1] = replace(later, since=earlier.since or earlier.day)
    return changed


def _rescheduled(
    mail: WaitingDelivery,
    clock: SubscriberClock,
    paused_until: date | None,
    mailed_at: datetime | None,
    now: datetime,
    wanted: Callable[[date], bool],
) -> WaitingDelivery:
    if mail.state is DeliveryState.PENDING:
        wished = [first_moment(clock, mail.opens)] if clock.hour is not None else []
        for due in [at for at in wished if at > now] + [mail.due_at]:
            if mailed_at is None or mailed_at < begin_of_date(max(due, now), clock.zone):
                break
        else:
            due = on_next_date(clock, max(mail.due_at, now))
        mail = replace(mail, due_at=due, goes_at=due)
    day = local_date(max(mail.goes_at, now), clock.zone)
    if paused_until is not None and paused_until > day:
        return replace(mail, state=DeliveryState.PAUSED)
    if not wanted(day):
        return replace(mail, state=DeliveryState.PAUSED, cause=DeliveryCause.NOT_THEIR_DAY)
    return mail


def first_moment(clock: SubscriberClock, after: datetime) -> datetime:
    """The first moment at or after `after` at which the clock shows its hour."""
    assert clock.hour is not None
    shown = _moments(local_date(after, clock.zone), time(clock.hour), clock.zone)
    return next(moment for moment in shown if moment >= after)


def on_next_date(clock: SubscriberClock, moment: datetime) -> datetime:
    """The subscriber's hour (or the same time) on the local date that follows that of a moment."""
    local = moment.astimezone(clock.zone)
    same = time(local.hour, local.minute, local.second)
    at = same if clock.hour is None else time(clock.hour)
    return next(_moments(local.date() + timedelta(days=1), at, clock.zone))


def begin_of_date(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the local date of a moment."""
    begin = instant_of(local_date(moment, zone), time(0), zone)
    assert begin is not None  # the date exists: the moment is on it
    return begin


def _moments(day: date, at: time, zone: ZoneInfo) -> Iterator[datetime]:
    """When a clock shows a time, on this date and those after it."""
    for ahead in count():
        moment = instant_of(day + timedelta(days=ahead), at, zone)
        if moment is not None:
            yield moment
