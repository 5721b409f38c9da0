"""A held issue: until when each run tries it again, and what becomes of it after that."""

from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from digest.compose.due_issues import due_until
from digest.config import Config
from digest.log import get_logger
from digest.model import IssueCause
from digest.store import edits, issues
from digest.store.database import Database, exclusively
from digest.store.issues import IssueRecord

log = get_logger(__name__)


def tried_until(connection: sa.Connection, config: Config, newsletter: str, day: date) -> datetime:
    """When a held issue's day is over: from then on it is not made any more."""
    settings = config.newsletter(newsletter)
    if settings is not None:
        return due_until(settings, day, edits.hour_of(connection, newsletter, day))
    return datetime.combine(day + timedelta(days=1), time(0), UTC)


def let_go(database: Database, config: Config, now: datetime) -> list[IssueRecord]:
    """What is held and whose day is over is skipped; the next issue tells its stories."""

    def held_too_long(connection: sa.Connection) -> list[IssueRecord]:
        return [
            held
            for held in issues.held(connection)
            if tried_until(connection, config, held.newsletter, held.date) <= now
        ]

    with database.read() as connection:
        if not held_too_long(connection):
            return []
    with database.write() as connection:
        exclusively(connection)  # somebody may be sending it by hand
        over = held_too_long(connection)
        for held in over:
            issue_key = held.newsletter, held.date
            issues.skip(connection, *issue_key, held.reason, now, IssueCause.DAY_OVER)
            log.info("let go", issue=held.key, reason=held.reason)
    return over
