"""When an issue goes out by itself next: what the site, sign-ups and commands promise."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from digest.clock import local_date
from digest.compose.due_issues import NEXT_WITHIN, ChangedHours, next_issue_time
from digest.model import Newsletter
from digest.project import Project
from digest.store import edits, issue_days, issues


def next_time(
    connection: sa.Connection, project: Project, newsletter: Newsletter
) -> datetime | None:
    """The next hour of an issue that goes out by itself: none that was made, is held or skipped."""
    hours, without = decided_dates(connection, project, newsletter)
    return next_issue_time(newsletter, hours, project.clock(), without)


def date_of_next(connection: sa.Connection, project: Project, newsletter: Newsletter) -> date:
    """The date of that issue; today where none goes out by itself."""
    at = next_time(connection, project, newsletter)
    return local_date(at, newsletter.zone) if at else project.today(newsletter)


def decided_dates(
    connection: sa.Connection, project: Project, newsletter: Newsletter
) -> tuple[ChangedHours, set[tuple[str, date]]]:
    """The hours that editors changed, and the dates on which nothing goes out by itself now."""
    since = project.today(newsletter) - timedelta(days=1)
    stopped = issue_days.stopped_by_editors(connection, since, since + NEXT_WITHIN)
    without = issues.done(connection, since) | set(stopped)
    return edits.changed_hours(connection, since), without
