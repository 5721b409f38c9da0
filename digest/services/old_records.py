"""What was kept for as long as the settings say is deleted: in small transactions, each counted.

Nobody who wants to write waits long: a batch takes some hundredths of a second, and as long a time
passes until the next one.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from digest.log import get_logger
from digest.project import Project
from digest.services.admins import audit
from digest.services.subscribers import personal_data
from digest.store import clicks, last_success, old_records, preferences, webhook_messages
from digest.store.database import exclusively
from digest.store.last_success import Milestone

log = get_logger(__name__)

# Rows of a batch: 10 to 30 ms (docs/performance.md).
ROWS = 500
REPORTS = 100
PEOPLE = 10
# For so long at a time, in seconds: a round is made every minute, and must not be late.
AT_A_TIME = 30.0

Batch = Callable[[], int]


def delete_old_records(
    project: Project, should_stop: Callable[[], bool], seconds: float = AT_A_TIME
) -> None:
    """Delete what was kept for long enough, but for what the next round goes on with."""
    until = time.monotonic() + seconds
    for records, batch in _batches(project):
        total = 0
        while not should_stop() and time.monotonic() < until:
            began = time.monotonic()
            count = batch()
            if not count:
                break
            total += count
            time.sleep(time.monotonic() - began)
        if total:
            log.info("old records deleted", records=records, count=total)
        if should_stop() or time.monotonic() >= until:
            return
    with project.database.write() as connection:
        last_success.reach(connection, Milestone.OLD_RECORDS, project.clock())


def _batches(project: Project) -> Iterator[tuple[str, Batch]]:
    """What each setting of [keep] asks for, a batch at a time."""
    settings, now = project.config.settings, project.clock()
    keep = settings.keep

    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    if keep.attempts:
        yield "attempts", _attempts(project, before(keep.attempts))
    if keep.deliveries:
        yield "deliveries", _deliveries(project, before(keep.deliveries))
    if keep.bounces:
        yield "bounces", _bounces(project, before(max(keep.bounces, settings.bounces.soft_days)))
    if keep.reports:
        yield "reports", _reports(project, before(keep.reports))
    if keep.events:
        yield "events", _events(project, before(keep.events))
    if keep.clicks:
        yield "clicks", _clicks(project, before(keep.clicks).date())
    if keep.people:
        yield "people", _people(project, before(keep.people))


def _attempts(project: Project, before: datetime) -> Batch:
    with project.database.read() as connection:
        waiting = old_records.issues_with_attempts(connection, before)

    def delete_some(issue_id: int) -> int:
        with project.database.write() as connection:
            return old_records.delete_attempts(connection, issue_id, ROWS)

    return _issue_by_issue(waiting, delete_some)


def _deliveries(project: Project, before: datetime) -> Batch:
    with project.database.read() as connection:
        waiting = old_records.issues_with_deliveries(connection, before)

    def delete_some(issue_id: int) -> int:
        with project.database.write() as connection:
            exclusively(connection)  # somebody may be opening the issue again
            return old_records.delete_deliveries(connection, issue_id, ROWS, project.clock())

    return _issue_by_issue(waiting, delete_some)


def _issue_by_issue(waiting: list[int], delete_some: Callable[[int], int]) -> Batch:
    """Batches of one issue after the other, until nothing of the last is left to delete."""

    def delete() -> int:
        while waiting:
            count = delete_some(waiting[0])
            if count:
                return count
            waiting.pop(0)
        return 0

    return delete


def _bounces(project: Project, before: datetime) -> Batch:
    def delete() -> int:
        with project.database.write() as connection:
            return old_records.delete_bounces(connection, before, ROWS)

    return delete


def _reports(project: Project, before: datetime) -> Batch:
    def empty() -> int:
        with project.database.write() as connection:
            return old_records.empty_reports(connection, before, REPORTS, project.clock())

    return empty


def _events(project: Project, before: datetime) -> Batch:
    def delete() -> int:
        with project.database.write() as connection:
            return webhook_messages.delete_finished(connection, before, ROWS)

    return delete


def _clicks(project: Project, before: date) -> Batch:
    def delete() -> int:
        with project.database.write() as connection:
            return clicks.delete_before(connection, before, ROWS)

    return delete


def _people(project: Project, before: datetime) -> Batch:
    def erase() -> int:
        with project.database.write() as connection:
            numbers = old_records.long_gone(connection, before, PEOPLE)
            for number in numbers:
                subscriber = preferences.find(connection, number)
                assert subscriber is not None  # it was just read
                personal_data.erase_subscriber(connection, subscriber, project.clock())
                audit.record(
                    connection, project.clock(), "keep.people", "erase", f"subscriber {number}"
                )
            return len(numbers)

    return erase
