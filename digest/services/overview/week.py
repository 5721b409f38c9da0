"""The days around today: what was, what comes, what is skipped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from digest.compose.due_issues import due_until, issue_time
from digest.issue_edits import EditKind
from digest.model import IssueState, Newsletter
from digest.project import Project
from digest.services.delivery.issue_reason import issue_reason
from digest.store import edits, issue_days
from digest.store.issue_days import IssueDay

BEFORE, AHEAD = timedelta(days=6), timedelta(days=8)


class DayState(StrEnum):
    """What there is on a date."""

    COMING = "comes"
    SKIPPED = "skipped"
    HELD = "held"
    MADE = "made"
    MISSED = "missed"  # its day is over, and nobody made it


@dataclass(frozen=True, slots=True)
class DayOfNewsletter:
    """A date on which a newsletter has an issue, or had one by hand; `at` is its hour.

    `hour` is set where an editor chose that, and `issue` where it was made or tried.
    """

    newsletter: Newsletter
    date: date
    at: datetime | None
    hour: time | None
    state: DayState
    reason: str
    issue: IssueDay | None


def read_days(project: Project) -> Sequence[DayOfNewsletter]:
    """Those of all newsletters from a week ago to a week ahead, by date."""
    now, newsletters = project.clock(), project.config.settings.newsletters
    todays = [project.today(newsletter) for newsletter in newsletters]
    first, last = min(todays) - BEFORE, max(todays) + AHEAD
    with project.database.read() as connection:
        records = issue_days.between(connection, first, last)
        stopped = issue_days.stopped_by_editors(connection, first, last)
        hours = edits.changed_hours(connection, first)
        began = issue_days.first_dates(connection)
    made = {(record.newsletter, record.date): record for record in records}
    days = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for newsletter in newsletters:
            key = newsletter.id, day
            hour = hours.get(key)
            first_day = began.get(newsletter.id)
            made_day = judge_day(
                newsletter, day, hour, now, made.get(key), stopped.get(key), first_day
            )
            if made_day is not None:
                days.append(made_day)
    return days


def judge_day(
    newsletter: Newsletter,
    day: date,
    hour: time | None,
    now: datetime,
    issue: IssueDay | None,
    stop: tuple[EditKind, str] | None,
    began: date | None,
) -> DayOfNewsletter | None:
    """What there is of a newsletter on a date, None where nothing is; pure.

    `hour` is that of the date, where an editor changed it; `stop` is what one decided besides.
    Before `began`, the date of the newsletter's first issue, none was missed.
    """
    at = issue_time(newsletter, day, hour)
    is_over = due_until(newsletter, day, hour) <= now
    reason = ""
    if issue is not None and issue.sealed_at is not None:
        state, reason = DayState.MADE, issue.reason
    elif issue is not None and issue.state is IssueState.SKIPPED:
        state, reason = DayState.SKIPPED, issue_reason(issue.cause, issue.reason)
    elif at is None or (is_over and (began is None or day < began)):
        return None
    elif is_over:
        state = DayState.MISSED
    elif stop is not None:
        state = DayState.SKIPPED if stop[0] is EditKind.SKIP else DayState.HELD
        reason = stop[1]
    elif issue is not None and issue.state is IssueState.HELD:
        state, reason = DayState.HELD, issue.reason
    else:
        state = DayState.COMING
    return DayOfNewsletter(newsletter, day, at, hour, state, reason, issue)
