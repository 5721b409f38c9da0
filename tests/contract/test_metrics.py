"""What /metrics tells of the project, counted on both databases whichever process did the work."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from digest.deliver.bounces.rules import BounceRules
from digest.jobs.queue import NoQueue, QueueState
from digest.model import Addressee, Bounce, BounceKind, DeliveryState
from digest.project_metrics import ProjectCollector
from digest.services.bounces import suppress
from digest.services.subscribers.signup_limits import SignupLimits
from digest.store import (
    claims,
    delivery_counts,
    issues,
    last_success,
    notices,
    reports,
    schedulers,
    workers,
)
from digest.store.database import Database
from digest.store.last_success import Milestone
from digest.store.reports import ReportState, StoredReport
from digest.store.schedulers import Scheduler
from digest.store.schema import connection_slots, deliveries
from tests.builders import DAY, NOON, issue, report
from tests.contract.givens import add_story, given_subscribers, laid_out

LATER = NOON + timedelta(hours=1)


def figures(database: Database, now: datetime = LATER) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(ProjectCollector(database, lambda: now, SignupLimits("a key", 10, 500)))
    return registry


def told(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


def move(database: Database, state: DeliveryState, *subscribers: int) -> None:
    with database.write() as connection:
        which = deliveries.c.subscriber_id.in_(subscribers)
        delivery_counts.update(connection, which, state=state)


def test_deliveries_are_told_by_newsletter_and_state_and_none_is_a_nought(database):
    _, (first, second, *_) = laid_out(database, *given_subscribers(5))
    move(database, DeliveryState.SENT, first)
    move(database, DeliveryState.IN_DOUBT, second)
    registry = figures(database)
    counts = {
        state: told(registry, "digest_deliveries", newsletter="daily", state=state)
        for state in ("pending", "sent", "in doubt", "deferred", "failed")
    }
    assert counts == {"pending": 3, "sent": 1, "in doubt": 1, "deferred": 0, "failed": 0}
    assert told(registry, "digest_issues_sealed_total") == 1
    assert told(registry, "digest_issues", state="sending") == 1
    assert told(registry, "digest_issues", state="held") == 0
    assert told(registry, "digest_database_up") == 1


def test_an_issue_of_last_week_is_not_counted_and_a_finished_one_is_counted_once(database):
    issue_id, numbers = laid_out(database, *given_subscribers(2))
    registry = figures(database)
    move(database, DeliveryState.SENT, *numbers)
    with database.write() as connection:
        issues.finish(connection, issue_id, NOON)
    assert told(registry, "digest_deliveries", newsletter="daily", state="sent") == 2
    move(database, DeliveryState.PENDING, *numbers)
    assert told(registry, "digest_deliveries", newsletter="daily", state="sent") == 2
    with database.write() as connection:
        issues.reopen(connection, issue_id)
    assert told(registry, "digest_deliveries", newsletter="daily", state="pending") == 2
    old = figures(database, NOON + timedelta(days=9))
    assert told(old, "digest_deliveries", newsletter="daily", state="pending") is None
    assert told(old, "digest_issues_sealed_total") == 1


def test_stories_of_a_day_and_the_reports_merged_into_them(database):
    with database.write() as connection:
        first = add_story(connection)
        add_story(connection, "b")
        again = StoredReport(report(key="again.txt"), standing=ReportState.TOLD)
        reports.add(connection, [again], NOON, raw_hash="again", story_id=first.id)
    registry = figures(database)
    assert told(registry, "digest_stories_collected") == 2
    assert told(registry, "digest_reports_merged") == 1
    assert told(figures(database, NOON + timedelta(days=2)), "digest_stories_collected") == 0


def test_what_came_back_and_what_waits_for_one_person(database):
    issue_id, (ada, ben) = laid_out(database, *given_subscribers(2))
    with database.write() as connection:
        for name, kind, who in (("a", BounceKind.HARD, ada), ("b", BounceKind.SOFT, ben)):
            back = Bounce(kind, Addressee(who, signed=True, issue_id=issue_id))
            suppress.record_bounce(connection, name, back, NOON, BounceRules())
        notices.queue(connection, "confirm", "daily", "c@example.org", "", None, {}, NOON)
    registry = figures(database)
    assert told(registry, "digest_bounces", newsletter="daily", kind="hard") == 1
    assert told(registry, "digest_bounces", newsletter="daily", kind="soft") == 1
    assert told(registry, "digest_notices_waiting", state="pending") == 1
    assert told(registry, "digest_notices_waiting", state="deferred") == 0


def test_an_issue_that_is_held_stands_out(database):
    with database.write() as connection:
        issues.hold(connection, issue(add_story(connection), date=DAY), "a link is dead", NOON)
    assert told(figures(database), "digest_issues", state="held") == 1


def test_sign_ups_are_told_beside_how_many_may_be(database):
    limits = SignupLimits("a key", 10, 500)
    with database.write() as connection:
        for number in range(3):
            assert limits.admit(connection, (), f"r{number}@example.org", LATER).count == 1
    registry = figures(database)
    assert told(registry, "digest_signups") == 3
    assert told(registry, "digest_signups_most") == 500
    assert told(figures(database, LATER + timedelta(hours=2)), "digest_signups") == 0


def test_when_things_last_went_well_is_told_and_what_never_did_is_left_out(database):
    registry = figures(database)
    assert told(registry, "digest_last_good_round_timestamp_seconds") is None
    with database.write() as connection:
        last_success.reach(connection, Milestone.GOOD_ROUND, NOON)
        last_success.reach(connection, Milestone.GOOD_ROUND, LATER)
        last_success.reach(connection, Milestone.BACKUP, NOON)
    assert told(registry, "digest_last_good_round_timestamp_seconds") == LATER.timestamp()
    assert told(registry, "digest_last_backup_timestamp_seconds") == NOON.timestamp()


def test_what_is_overdue_and_what_was_sent_last_is_told_by_newsletter(database):
    _, (first, *_) = laid_out(database, *given_subscribers(3))
    assert told(figures(database), "digest_last_sent_timestamp_seconds", newsletter="daily") is None
    move(database, DeliveryState.SENT, first)
    with database.write() as connection:
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.state == DeliveryState.SENT)
            .values(finished_at=NOON)
        )
    registry = figures(database)
    assert (
        told(registry, "digest_last_sent_timestamp_seconds", newsletter="daily") == NOON.timestamp()
    )
    assert told(registry, "digest_deliveries_overdue", newsletter="daily") == 2


class BusyQueue(NoQueue):
    """A queue with workers, of which two are told to have."""

    def state(self, connection: sa.Connection) -> QueueState:
        return QueueState({"mail": 3}, running=1, workers=2)


def test_what_waits_for_workers_is_told_where_there_are_any(database):
    assert told(figures(database), "digest_job_workers_alive") is None
    registry = CollectorRegistry()
    limits = SignupLimits("a key", 10, 500)
    registry.register(ProjectCollector(database, lambda: LATER, limits, BusyQueue()))
    assert told(registry, "digest_jobs_waiting", queue="mail") == 3
    assert told(registry, "digest_jobs_waiting", queue="news") == 0
    assert told(registry, "digest_jobs_running") == 1
    assert told(registry, "digest_job_workers_alive") == 2


def test_who_is_at_work_and_what_they_hold_is_told(database):
    issue_id, _ = laid_out(database, *given_subscribers(3))
    with database.write() as connection:
        schedulers.beat(connection, Scheduler())
        worker = workers.new_worker()
        workers.register(connection, worker, issue_id)
        claims.claim(
            connection, issue_id, worker=worker.id, now=NOON, limit=2, resend_in_doubt=False
        )
        connection.execute(
            sa.insert(connection_slots).values(
                backend="smtp", resource="connections", worker=worker.id, held=4, wanted=4
            )
        )
    registry = figures(database)
    assert told(registry, "digest_schedulers_alive") == 1
    assert told(registry, "digest_workers_alive") == 1
    assert told(registry, "digest_claims_in_hand") == 2
    assert told(registry, "digest_connections_held", backend="smtp") == 4
    assert told(registry, "digest_deliveries_overdue", newsletter="daily") == 0
    assert (told(registry, "digest_database_size_bytes") or 0) > 10_000
