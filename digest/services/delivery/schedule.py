"""Who gets an issue when: the rules of digest.compose.hours, put to the deliveries in the store."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from digest.clock import local_date
from digest.compose import hours
from digest.compose.due_issues import ChangedHours
from digest.model import DeliveryState, Newsletter
from digest.settings import DeliverySettings
from digest.store import deliveries, edits, issues
from digest.store import schedule as store
from digest.store.issues import IssueRecord, Neighbour
from digest.store.schedule import Place


def lay_out(
    connection: sa.Connection,
    issue: Neighbour,
    newsletter: Newsletter,
    settings: DeliverySettings,
    now: datetime,
    *,
    at_once: bool = False,
    missing: bool = False,
) -> int:
    """The deliveries of an issue that is sealed `now`, each at its subscriber's hour; how many.

    `at_once`: by hand, whatever the hour. With `missing` only for those who have none yet.
    """
    before = issues.before(connection, newsletter.id, issue.date)
    changed = edits.changed_hours(connection, issue.date)
    opens = hours.opening(newsletter, issue.date, now, changed.get((newsletter.id, issue.date)))
    places = []
    for of in store.hours(connection, newsletter.id):
        clock = hours.clock_of(*of, newsletter)
        slot = hours.slot(clock, opens, now, at_once=at_once)
        reached = hours.reached_days(newsletter, clock, issue.date, changed)
        places.append(
            Place(
                of,
                slot.due_at,
                slot.day,
                slot.day_begins,
                slot.next_due_at,
                slot.next_day,
                reached,
            )
        )
    # With it come the rules that make issues, which most rounds do without.
    from digest.services.delivery.waits_for_more import too_few

    few = too_few(connection, issue, newsletter.id, before)
    count = store.lay_out(
        connection, issue, newsletter.id, places, before, few, now=now, missing=missing
    )
    if before:
        merge(connection, before[0], issue, newsletter, settings, now)
    return count


def merge(
    connection: sa.Connection,
    earlier: Neighbour,
    later: Neighbour,
    newsletter: Newsletter,
    settings: DeliverySettings,
    now: datetime,
) -> int:
    """Merge what waits of an issue into the next one, where both would go out on one date.

    So too what is too late, or would be given up: it need not be lost. How many were merged.
    """
    days = {}
    for timezone, due in store.moments(connection, earlier, later):
        zone = hours.clock_of(None, timezone, newsletter).zone
        days[timezone, due] = hours.begin_of_date(max(due, now), zone)
    if not days:
        return 0
    late_before = now - _patience(settings)
    return store.merge(connection, earlier, later, days, now=now, late_before=late_before)


def settle(
    connection: sa.Connection,
    record: IssueRecord,
    newsletter: Newsletter,
    settings: DeliverySettings,
    now: datetime,
) -> int:
    """Before an issue is sent: what of it is told with the next one, and what is given up.

    How many were given up. What was never attempted need not be: the next issue tells it, also
    where that is not made yet.
    """
    later = issues.after(connection, newsletter.id, record.date, record.sealed_at)
    if later is not None:
        merge(connection, record.neighbour, later, newsletter, settings, now)
    elif issues.after(connection, newsletter.id, record.date) is None:
        store.merge_late(connection, record.id, now - _patience(settings), now)
    return deliveries.expire(connection, record.id, now, settings.life)


def needs_settling(
    connection: sa.Connection, record: IssueRecord, settings: DeliverySettings, now: datetime
) -> bool:
    """Whether `settle` may find anything to do."""
    if issues.after(connection, record.newsletter, record.date, record.sealed_at) is not None:
        return True
    return deliveries.is_overdue(connection, record.id, now - _patience(settings))


def _patience(settings: DeliverySettings) -> timedelta:
    """How long after its time a mail is told with the next issue instead."""
    late = settings.late_limit if settings.when_late == "merge" else settings.life
    return timedelta(hours=min(late, settings.life))


def out_of_time(
    connection: sa.Connection, newsletter: Newsletter, now: datetime
) -> Neighbour | None:
    """The last issue, where what waits for the next one to tell it has waited too long.

    Asked before an issue is made: nothing depends on whether that comes a minute later or never.
    """
    last = issues.last(connection, newsletter.id)
    if last is None or local_date(now, newsletter.zone) - last.date <= hours.TOLD_WITHIN:
        return None
    return last


def reschedule(
    connection: sa.Connection, subscriber_id: int, newsletter: Newsletter, now: datetime
) -> None:
    """After a change of hour, zone, days or pause: move or pause the mails that wait."""
    subscription = store.subscription(connection, subscriber_id, newsletter.id)
    if subscription is None:
        return
    of, paused_until, days = subscription
    clock = hours.clock_of(*of, newsletter)
    waits = store.waits(connection, subscriber_id, newsletter.id)
    mailed_at = store.last_mailed(connection, subscriber_id, newsletter.id)
    since = min([local_date(now, newsletter.zone), *(wait.day for wait in waits)])
    changed = edits.changed_hours(connection, since)
    rescheduled = hours.reschedule(
        [_waiting(wait, newsletter, changed) for wait in waits],
        clock,
        paused_until,
        mailed_at,
        now,
        lambda day: hours.wants(days, hours.reached_days(newsletter, clock, day, changed), day),
    )
    for wait, delivery in zip(waits, rescheduled, strict=True):
        store.change(
            connection,
            subscriber_id,
            wait.issue_id,
            state=delivery.state,
            due_at=delivery.due_at,
            since=delivery.since,
            cause=delivery.cause,
            now=now,
        )


def _waiting(
    wait: store.Wait, newsletter: Newsletter, changed: ChangedHours
) -> hours.WaitingDelivery:
    goes_at = wait.due_at
    if wait.state is DeliveryState.DEFERRED:
        goes_at = wait.next_attempt_at or wait.due_at
    hour = changed.get((newsletter.id, wait.day))
    opens = hours.opening(newsletter, wait.day, wait.sealed_at, hour)
    return hours.WaitingDelivery(wait.day, opens, wait.state, wait.due_at, goes_at, wait.since)
