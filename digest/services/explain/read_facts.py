"""Read from the store what is known of an address and of the issues that it was to get."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from digest.compose.due_issues import due_until, issue_time
from digest.compose.enough_stories import StoryWait
from digest.compose.issue import on_topics
from digest.compose.keywords import removals, texts_of_issue
from digest.config import Config
from digest.issue_edits import STOPPING, Edits
from digest.keywords import subscriber_filter
from digest.model import UNTOLD, DeliveryCause, DeliveryState
from digest.services.delivery.waits_for_more import StoriesAwaited, stories_awaited
from digest.services.explain.facts import (
    ActiveSubscription,
    AddressFacts,
    AlertFacts,
    Attempt,
    DeliveryFacts,
    DeliveryRecord,
    IssueStatus,
    LeftOut,
    ReturnedMailFact,
    SuppressionFact,
    UnsubscribedFrom,
)
from digest.services.explain.read_alerts import read_alerts
from digest.services.issues.describe_edit import PAST
from digest.store import (
    bounces,
    consents,
    edits,
    history,
    issues,
    schedulers,
    subscribers,
    suppressions,
    unsubscribes,
    workers,
)
from digest.store.consents import Consent
from digest.store.issues import IssueRecord

# How many issues of a newsletter are told of where no date is named, and how many returns at most.
_LAST = 5
_RETURNED = 100
_IssueKey = tuple[str, date]


@dataclass(frozen=True, slots=True)
class AddressHistory:
    """An address; one delivery for each issue that was asked after, and alerts, newest first."""

    subscriber: AddressFacts
    deliveries: tuple[DeliveryFacts, ...]
    alerts: tuple[AlertFacts, ...] = ()


def read_facts(
    connection: sa.Connection,
    config: Config,
    email: str,
    *,
    now: datetime,
    newsletter: str | None = None,
    day: date | None = None,
) -> AddressHistory:
    """All that is on record of an address: of one date, or of the last issues."""
    number = subscribers.find_id(connection, email)
    returned_mail = _returned_mail(connection, email)
    subscriber = _address_facts(connection, config, email, number, returned_mail.pop(None, ()))
    newsletter_ids = (
        [newsletter] if newsletter else _newsletters_of(connection, config, subscriber, number, day)
    )
    records = _delivery_records(
        connection, number, newsletter, day, _LAST * max(1, len(newsletter_ids))
    )
    deliveries = []
    for newsletter_id in newsletter_ids:
        for issue_day, issue in _issues(connection, newsletter_id, day):
            issue_key = newsletter_id, issue_day
            record = records.get(issue_key)
            status = _issue_status(connection, config, issue, record) if issue else None
            came_back = returned_mail.get(issue_key, ())
            decided = edits.in_force(connection, *issue_key)
            facts = _delivery_facts(
                config, subscriber, issue_key, decided, now, status, record, came_back
            )
            left_out = _left_out(facts.subscription, issue)
            awaited = _awaited(connection, facts, issue)
            deliveries.append(replace(facts, left_out=left_out, awaited=awaited))
    deliveries.sort(key=lambda delivery: delivery.date, reverse=True)
    told = read_alerts(connection, config, subscriber, now=now, newsletter=newsletter, day=day)
    return AddressHistory(subscriber, tuple(deliveries), told)


def _returned_mail(
    connection: sa.Connection, email: str
) -> dict[_IssueKey | None, tuple[ReturnedMailFact, ...]]:
    """What came back from an address, the first one first, by issue; None where nobody knows."""
    by_issue: dict[_IssueKey | None, tuple[ReturnedMailFact, ...]] = {}
    for row in reversed(bounces.of_address(connection, email, _RETURNED)):
        issue_key = (row["newsletter"], row["date"]) if row["newsletter"] else None
        returned_mail = ReturnedMailFact(row["received_at"], row["kind"], row["reason"])
        by_issue[issue_key] = (*by_issue.get(issue_key, ()), returned_mail)
    return by_issue


def _address_facts(
    connection: sa.Connection,
    config: Config,
    email: str,
    number: int | None,
    returned_mail: tuple[ReturnedMailFact, ...],
) -> AddressFacts:
    suppression = suppressions.find(connection, email)
    all_consents = consents.of_subscriber(connection, number) if number is not None else []
    unsubscribed = unsubscribes.of_subscriber(connection, number) if number is not None else []
    return AddressFacts(
        email=email,
        is_known=number is not None,
        suppressed=SuppressionFact(*suppression) if suppression else None,
        subscriptions=tuple(
            _subscription_facts(config, row, all_consents)
            for row in subscribers.subscriptions_of(connection, email)
        ),
        returned_mail=returned_mail,
        unsubscribes=tuple(
            UnsubscribedFrom(entry.newsletter, entry.left_at, entry.how, entry.reason)
            for entry in unsubscribed
        ),
    )


def _subscription_facts(
    config: Config, row: Mapping[str, Any], all_consents: Sequence[Consent]
) -> ActiveSubscription:
    newsletter = config.newsletter(row["newsletter"])
    agreed = [consent for consent in all_consents if consent.newsletter == row["newsletter"]]
    latest = max(agreed, key=lambda consent: consent.given_at, default=None)
    return ActiveSubscription(
        newsletter=row["newsletter"],
        since=row["created_at"],
        topics=tuple(row["topics"]),
        hour=row["hour"],
        zone=row["timezone"] or (newsletter or config.settings).timezone,
        paused_until=row["paused_until"],
        layout=row["layout"],
        days=row["days"],
        keywords=row["keywords"],
        likes=row["likes"],
        at_least=row["at_least"],
        longest_wait=row["longest_wait"],
        alerts=bool(row["alerts"]),
        newsletter_has_alerts=newsletter is not None and newsletter.has_alerts,
        agreed_at=latest.given_at if latest else None,
        agreed_how=latest.how if latest else "",
    )


def _newsletters_of(
    connection: sa.Connection,
    config: Config,
    subscriber: AddressFacts,
    number: int | None,
    day: date | None,
) -> list[str]:
    """The newsletters that the subscriber gets or got; for anyone else's date, all there are."""
    newsletter_ids = {subscription.newsletter for subscription in subscriber.subscriptions}
    if number is not None:
        newsletter_ids |= history.newsletters_of(connection, number)
    if not newsletter_ids and day is not None:
        return [newsletter.id for newsletter in config.newsletters()]
    return sorted(newsletter_ids)


def _issues(
    connection: sa.Connection, newsletter: str, day: date | None
) -> list[tuple[date, IssueRecord | None]]:
    if day is not None:
        return [(day, issues.find(connection, newsletter, day))]
    return [(record.date, record) for record in issues.latest(connection, _LAST, newsletter)]


def _delivery_records(
    connection: sa.Connection,
    number: int | None,
    newsletter: str | None,
    day: date | None,
    limit: int,
) -> dict[_IssueKey, DeliveryRecord]:
    if number is None:
        return {}
    rows = history.of_subscriber(connection, number, limit, newsletter=newsletter, day=day)
    return {
        (row["newsletter"], row["date"]): _delivery_record(
            row,
            history.attempts_at(connection, row["issue_id"], number),
            _told_with(connection, number, row),
        )
        for row in rows
    }


def _told_with(connection: sa.Connection, number: int, row: Mapping[str, Any]) -> date | None:
    if row["state"] not in UNTOLD:
        return None
    return history.told_with(connection, number, row["newsletter"], row["date"])


def _delivery_record(
    row: Mapping[str, Any], attempt_rows: Sequence[Mapping[str, Any]], told_with: date | None
) -> DeliveryRecord:
    attempts = [
        Attempt(
            attempt["attempt"],
            attempt["at"],
            attempt["state"],
            attempt["server"],
            attempt["reply"],
            _cause(attempt),
        )
        for attempt in attempt_rows
    ]
    if row["state"] == DeliveryState.SENT:
        attempts.append(
            Attempt(row["attempts"], row["finished_at"], row["state"], row["server"], row["reply"])
        )
    return DeliveryRecord(
        state=DeliveryState(row["state"]),
        due_at=row["due_at"],
        since=row["since"],
        told_with=told_with,
        claimed_at=row["claimed_at"],
        finished_at=row["finished_at"],
        next_attempt_at=row["next_attempt_at"],
        doubted_at=row["doubted_at"],
        server=row["server"],
        reply=row["reply"],
        cause=_cause(row),
        attempts=tuple(attempts),
    )


def _left_out(
    subscription: ActiveSubscription | None, record: IssueRecord | None
) -> tuple[LeftOut, ...]:
    if subscription is None or not subscription.keywords or record is None or record.issue is None:
        return ()
    wanted = on_topics(record.issue, frozenset(subscription.topics))
    found = removals(texts_of_issue(record.issue), subscriber_filter(subscription.keywords))
    return tuple(
        LeftOut(story.headline, found[story.id])
        for story in record.issue.all_stories
        if story.id in wanted and story.id in found
    )


def _awaited(
    connection: sa.Connection, facts: DeliveryFacts, issue: IssueRecord | None
) -> StoriesAwaited | None:
    chosen, record = facts.subscription, facts.delivery
    if issue is None or chosen is None or chosen.at_least is None or record is None:
        return None
    if record.cause is not DeliveryCause.WAITS_FOR_MORE:
        return None
    wait = StoryWait(
        chosen.at_least,
        chosen.longest_wait,
        record.since or issue.date,
        frozenset(chosen.topics),
        chosen.keywords,
    )
    return stories_awaited(connection, issue, wait)


def _cause(row: Mapping[str, Any]) -> DeliveryCause | None:
    return DeliveryCause(row["cause"]) if row["cause"] else None


def _delivery_facts(
    config: Config,
    subscriber: AddressFacts,
    issue_key: _IssueKey,
    decided: Edits,
    now: datetime,
    issue: IssueStatus | None,
    record: DeliveryRecord | None,
    returned_mail: tuple[ReturnedMailFact, ...],
) -> DeliveryFacts:
    newsletter, day = issue_key
    matching = [entry for entry in config.newsletters() if entry.id == newsletter]
    return DeliveryFacts(
        subscriber=subscriber,
        newsletter=newsletter,
        date=day,
        now=now,
        due_at=issue_time(matching[0], day, decided.hour) if matching else None,
        over_at=due_until(matching[0], day, decided.hour) if matching else None,
        stopped=next((f"{PAST[k]}: {decided.line(k)}" for k in STOPPING if decided.find(k)), ""),
        is_known=bool(matching),
        resends_doubt=config.settings.delivery.in_doubt == "resend",
        issue=issue,
        delivery=record,
        returned_mail=returned_mail,
    )


def _issue_status(
    connection: sa.Connection, config: Config, issue: IssueRecord, record: DeliveryRecord | None
) -> IssueStatus:
    life = timedelta(hours=config.settings.delivery.life)
    return IssueStatus(
        state=issue.state,
        reason=issue.reason,
        cause=issue.cause,
        sealed_at=issue.sealed_at,
        life_ends=record.due_at + life if record and record.due_at else None,
        is_sent_now=bool(workers.at_work(connection, issue.id)),
        is_tried_again=bool(schedulers.alive(connection)),
        deliveries_ended_at=issue.deliveries_ended_at,
    )
