"""Which issues are due; pure. The scheduler and cron ask this at every tick, as often as they like.

time of the issue                    end of the local day
D 06:00 ------------- due ---------------------- 24:00      D is over: tomorrow's issue
                                                            takes its stories

An editor may give one date another hour. Whoever asks for a time says what is changed: `hour` of
one date, None for the newsletter's own, or the hours of all.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from digest.clock import instant_of, local_date
from digest.model import WEEKDAYS, Newsletter

# An issue at 23:59 must survive a tick that comes a minute late, and a short outage.
GRACE = timedelta(hours=3)
# So far ahead a newsletter's next date is looked for.
FAR = timedelta(days=31)

# So far ahead the hour of its next issue is looked for.
NEXT_WITHIN = timedelta(days=15)

# The hours of the dates that have another than their newsletter's, by newsletter and date.
ChangedHours = Mapping[tuple[str, date], time]


@dataclass(frozen=True, slots=True)
class Due:
    """An issue that is to be made now, and the instant from which it was due."""

    newsletter: Newsletter
    date: date
    since: datetime


def due_issues(
    newsletters: Iterable[Newsletter],
    done: set[tuple[str, date]],
    hours: ChangedHours,
    now: datetime,
) -> list[Due]:
    """The issues to make at `now`, oldest first; `done` are those that have been made or skipped.

    An issue is due from its hour until its local day is over, and for at least GRACE: a late
    start sends what is due today and never last week's.
    """
    due = []
    for newsletter in newsletters:
        today = local_date(now, newsletter.zone)
        for day in (today - timedelta(days=1), today):
            hour = hours.get((newsletter.id, day))
            since = issue_time(newsletter, day, hour)
            if since is None or since > now or (newsletter.id, day) in done:
                continue
            if now < due_until(newsletter, day, hour):
                due.append(Due(newsletter, day, since))
    return sorted(due, key=lambda issue: (issue.since, issue.newsletter.id))


def due_until(newsletter: Newsletter, day: date, hour: time | None) -> datetime:
    """From when on the issue of a local date is not made any more by itself."""
    since = issue_time(newsletter, day, hour)
    tomorrow = instant_of(day + timedelta(days=1), time(0), newsletter.zone)
    # A date that a zone skips ends where the one before it does.
    over = tomorrow or instant_of(day + timedelta(days=2), time(0), newsletter.zone)
    assert over is not None
    return over if since is None else max(over, since + GRACE)


def issue_time(newsletter: Newsletter, day: date, hour: time | None) -> datetime | None:
    """When the issue of a local date is made (UTC), or None on a day without one."""
    if WEEKDAYS[day.weekday()] not in newsletter.days:
        return None
    return instant_of(day, hour or newsletter.time, newsletter.zone)


def open_dates(newsletter: Newsletter, hours: ChangedHours, now: datetime) -> list[date]:
    """The dates from yesterday to tomorrow whose issue may still be made by itself."""
    today = local_date(now, newsletter.zone)
    near = (today + timedelta(days=days) for days in (-1, 0, 1))
    changed = ((day, hours.get((newsletter.id, day))) for day in near)
    return [
        day
        for day, hour in changed
        if issue_time(newsletter, day, hour) is not None and now < due_until(newsletter, day, hour)
    ]


def due_drafts(
    newsletters: Iterable[Newsletter], hours: ChangedHours, now: datetime
) -> list[tuple[Newsletter, date]]:
    """The issues whose draft is to be looked at now: before their own hour."""
    due = []
    for newsletter in newsletters:
        for day in open_dates(newsletter, hours, now):
            hour = hours.get((newsletter.id, day))
            since, until = draft_time(newsletter, day, hour), issue_time(newsletter, day, hour)
            if since is not None and until is not None and since <= now < until:
                due.append((newsletter, day))
    return due


def draft_time(newsletter: Newsletter, day: date, hour: time | None) -> datetime | None:
    """From when on editors are told of the draft of a local date; None where they are not."""
    return _before_issue(newsletter, day, hour, newsletter.draft_lead)


def cut_off_time(newsletter: Newsletter, day: date, hour: time | None) -> datetime | None:
    """From when on no story enters the issue of a local date by itself; None: it may until then."""
    return _before_issue(newsletter, day, hour, newsletter.cut_off)


def _before_issue(
    newsletter: Newsletter, day: date, hour: time | None, minutes: float
) -> datetime | None:
    at = issue_time(newsletter, day, hour)
    return at - timedelta(minutes=minutes) if at is not None and minutes else None


def next_issue_date(
    newsletter: Newsletter, today: date, without: Container[tuple[str, date]]
) -> date | None:
    """The next date from `today` on that has an issue, and is none of `without`; within FAR."""
    dates = (today + timedelta(days=ahead) for ahead in range(FAR.days))
    return next(
        (
            day
            for day in dates
            if (newsletter.id, day) not in without and issue_time(newsletter, day, None)
        ),
        None,
    )


def next_issue_time(
    newsletter: Newsletter,
    hours: ChangedHours,
    now: datetime,
    without: Container[tuple[str, date]] = frozenset(),
) -> datetime | None:
    """The next instant within two weeks at which an issue falls due, on no date of `without`."""
    today = local_date(now, newsletter.zone)
    for ahead in range(NEXT_WITHIN.days):
        day = today + timedelta(days=ahead)
        at = issue_time(newsletter, day, hours.get((newsletter.id, day)))
        if at is not None and at > now and (newsletter.id, day) not in without:
            return at
    return None
