"""What holds of an edit that gives the issue of a date another hour."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time

import sqlalchemy as sa

from digest.compose.due_issues import issue_time
from digest.errors import UsageError
from digest.issue_edits import EditKind, Edits
from digest.model import Newsletter
from digest.project import Project
from digest.store import edits, issues
from digest.store.edits import EditRecord


def refuse_past_hour(newsletter: Newsletter, day: date, hour: time | None, now: datetime) -> None:
    """Nobody who moves an hour wants the issue to go out with the next minute."""
    at = issue_time(newsletter, day, hour)
    if at is not None and at <= now:
        raise UsageError(
            f"{hour or newsletter.time:%H:%M} is past on {day} ({newsletter.timezone}): "
            f"the issue {newsletter.id}-{day} would go out at once",
            remedy=f"name an hour to come, or send it now: `digest send --date {day}`",
        )


@contextmanager
def hour_to_come(connection: sa.Connection, project: Project, record: EditRecord) -> Iterator[None]:
    """Refuses what is done within, where the issue of an edit gets an hour by it that is past."""
    before = edits.hour_of(connection, record.newsletter, record.date)
    yield
    after = edits.hour_of(connection, record.newsletter, record.date)
    newsletter = project.config.newsletter(record.newsletter)
    if after != before and newsletter is not None:
        refuse_past_hour(newsletter, record.date, after, project.clock())


def try_anew(connection: sa.Connection, newsletter: Newsletter, day: date, decided: Edits) -> None:
    """An issue that was held, or had too little at its hour, is tried at the new one."""
    if decided.find(EditKind.SKIP):
        raise UsageError(
            f"the issue {newsletter.id}-{day} is skipped: {decided.line(EditKind.SKIP)}",
            remedy=f"`digest issue release --date {day}` lets it come; then give it an hour",
        )
    issues.wait_again(connection, newsletter.id, day)
