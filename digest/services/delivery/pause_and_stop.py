"""The sending of an issue is paused, resumed, or stopped for good, by a person.

Each is a state of the issue in the database. Whoever sends looks at it every second
(sending_watch.py): what is on the wire is answered for, and what is claimed waits again.
"""

from datetime import date

import sqlalchemy as sa

from digest.errors import UsageError
from digest.model import IssueState, Newsletter
from digest.project import Project
from digest.services.admins import audit
from digest.services.delivery.report import IssueReport, report
from digest.store import deliveries, issues
from digest.store.database import exclusively
from digest.store.issues import IssueRecord


def under_way(project: Project, newsletter: Newsletter) -> date | None:
    """The date of the newest issue that is being sent or paused."""
    states = (IssueState.SENDING, IssueState.PAUSED)
    with project.database.read() as connection:
        return issues.newest_in(connection, newsletter.id, states)


def pause(project: Project, newsletter: Newsletter, day: date, who: str) -> IssueReport:
    """Let what is left of an issue wait until it is resumed."""
    with project.database.write() as connection:
        exclusively(connection)
        record = _find(connection, newsletter, day)
        if not issues.pause(connection, record.id, f"paused by {who}", project.clock()):
            raise _not_being_sent(record, "nothing of it can be paused")
        audit.record(connection, project.clock(), who, "pause", f"issue {record.key}")
        return report(connection, issues.get(connection, record.id), project.clock())


def resume(project: Project, newsletter: Newsletter, day: date, who: str) -> IssueReport:
    """Let the sending of a paused issue go on; the time of the pause is nobody's delay."""
    with project.database.write() as connection:
        exclusively(connection)
        record, now = _find(connection, newsletter, day), project.clock()
        if not issues.resume(connection, record.id):
            raise _not_being_sent(record, "it is not paused")
        deliveries.begin_life_anew(connection, record.id, now)
        audit.record(connection, now, who, "resume", f"issue {record.key}")
        return report(connection, issues.get(connection, record.id), now)


def stop(project: Project, newsletter: Newsletter, day: date, who: str, reason: str) -> IssueReport:
    """Send nothing more of an issue, for good: whoever has not got it gets the next one."""
    with project.database.write() as connection:
        exclusively(connection)
        record, now = _find(connection, newsletter, day), project.clock()
        words = f"stopped by {who}" + (f": {reason}" if reason else "")
        if not issues.stop(connection, record.id, words, now):
            raise _not_being_sent(record, "nothing of it can be stopped")
        deliveries.stop_waiting(connection, record.id, now)
        audit.record(connection, now, who, "stop", f"issue {record.key}", after=words)
        return report(connection, issues.get(connection, record.id), now)


def sweep_stopped(project: Project) -> None:
    """What a worker gave back of an issue after that was stopped is not sent either."""
    with project.database.read() as connection:
        if not issues.stopped_with_mail(connection):
            return
    with project.database.write() as connection:
        for issue_id in issues.stopped_with_mail(connection):
            deliveries.stop_waiting(connection, issue_id, project.clock())


def _find(connection: sa.Connection, newsletter: Newsletter, day: date) -> IssueRecord:
    record = issues.find(connection, newsletter.id, day)
    if record is None or not record.sealed:
        raise UsageError(
            f"the issue {newsletter.id}-{day} is not being sent: it is not sealed",
            remedy="`digest issue hold` keeps it from being sealed",
        )
    return record


def _not_being_sent(record: IssueRecord, what: str) -> UsageError:
    return UsageError(
        f"the issue {record.key} is {record.state}: {what}",
        remedy="`digest status` says how each issue stands",
    )
