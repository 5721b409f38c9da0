"""What the store knows of an address and its issues: cases for digest.services.explain.words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from digest.compose.due import due_until, issue_time
from digest.config import Config
from digest.model import UNTOLD, DeliveryCause, DeliveryState
from digest.services.explain.facts import (
    ActiveSubscription,
    AddressFacts,
    Attempt,
    DeliveryFacts,
    DeliveryRecord,
    IssueStatus,
    ReturnedMailFact,
    SuppressionFact,
    UnsubscribedFrom,
)
from digest.store import (
    bounces,
    consents,
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
_RETURNS = 100
_Issue = tuple[str, date]


@dataclass(frozen=True, slots=True)
class FactFinder:
    """A subscriber, and a case for each issue that was asked after, newest first."""

    subscriber: AddressFacts
    cases: tuple[DeliveryFacts, ...]


def find_facts(
    connection: sa.Connection,
    config: Config,
    email: str,
    *,
    now: datetime,
    newsletter: str | None = None,
    day: date | None = None,
) -> FactFinder:
    """All that is on record of an address: of one date, or of the last issues."""
    number = subscribers.find_id(connection, email)
    returns = _returns(connection, email)
    subscriber = _subscriber(connection, config, email, number, returns.pop(None, ()))
    wanted = [newsletter] if newsletter else _concerned(connection, config, subscriber, number, day)
    records = _records(connection, number, newsletter, day, _LAST * max(1, len(wanted)))
    cases = []
    for each in wanted:
        for the_day, issue in _issues(connection, each, day):
            of = each, the_day
            record = records.get(of)
            standing = _standing(connection, config, issue, record) if issue else None
            cases.append(_case(config, subscriber, of, now, standing, record, returns.get(of, ())))
    return FactFinder(subscriber, tuple(sorted(cases, key=lambda case: case.date, reverse=True)))


def _returns(
    connection: sa.Connection, email: str
) -> dict[_Issue | None, tuple[ReturnedMailFact, ...]]:
    """What came back from an address, the first one first, by issue; None where nobody knows."""
    found: dict[_Issue | None, tuple[ReturnedMailFact, ...]] = {}
    for row in reversed(bounces.of_address(connection, email, _RETURNS)):
        of = (row["newsletter"], row["date"]) if row["newsletter"] else None
        each = ReturnedMailFact(row["received_at"], row["kind"], row["reason"])
        found[of] = (*found.get(of, ()), each)
    return found


def _subscriber(
    connection: sa.Connection,
    config: Config,
    email: str,
    number: int | None,
    returns: tuple[ReturnedMailFact, ...],
) -> AddressFacts:
    entry = suppressions.find(connection, email)
    agreed = consents.of_subscriber(connection, number) if number is not None else []
    left = unsubscribes.of_subscriber(connection, number) if number is not None else []
    return AddressFacts(
        email=email,
        known=number is not None,
        suppressed=SuppressionFact(*entry) if entry else None,
        memberships=tuple(
            _membership(config, row, agreed)
            for row in subscribers.subscriptions_of(connection, email)
        ),
        returns=returns,
        departures=tuple(UnsubscribedFrom(d.newsletter, d.left_at, d.how, d.reason) for d in left),
    )


def _membership(
    config: Config, row: Mapping[str, Any], agreed: Sequence[Consent]
) -> ActiveSubscription:
    zones = {each.id: each.timezone for each in config.newsletters()}
    given = [each for each in agreed if each.newsletter == row["newsletter"]]
    latest = max(given, key=lambda each: each.given_at, default=None)
    return ActiveSubscription(
        newsletter=row["newsletter"],
        since=row["created_at"],
        topics=tuple(row["topics"]),
        hour=row["hour"],
        zone=row["timezone"] or zones.get(row["newsletter"], config.settings.timezone),
        paused_until=row["paused_until"],
        agreed_at=latest.given_at if latest else None,
        agreed_how=latest.how if latest else "",
    )


def _concerned(
    connection: sa.Connection,
    config: Config,
    subscriber: AddressFacts,
    number: int | None,
    day: date | None,
) -> list[str]:
    """The newsletters that the subscriber gets or got; for anyone else's date, all there are."""
    found = {membership.newsletter for membership in subscriber.memberships}
    if number is not None:
        found |= history.newsletters_of(connection, number)
    if not found and day is not None:
        return [each.id for each in config.newsletters()]
    return sorted(found)


def _issues(
    connection: sa.Connection, newsletter: str, day: date | None
) -> list[tuple[date, IssueRecord | None]]:
    if day is not None:
        return [(day, issues.find(connection, newsletter, day))]
    return [(record.date, record) for record in issues.latest(connection, _LAST, newsletter)]


def _records(
    connection: sa.Connection,
    number: int | None,
    newsletter: str | None,
    day: date | None,
    limit: int,
) -> dict[_Issue, DeliveryRecord]:
    if number is None:
        return {}
    rows = history.of_subscriber(connection, number, limit, newsletter=newsletter, day=day)
    return {
        (row["newsletter"], row["date"]): _record(
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


def _record(
    row: Mapping[str, Any], before: Sequence[Mapping[str, Any]], told_with: date | None
) -> DeliveryRecord:
    attempts = [
        Attempt(one["attempt"], one["at"], one["state"], one["server"], one["reply"], _cause(one))
        for one in before
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


def _cause(row: Mapping[str, Any]) -> DeliveryCause | None:
    return DeliveryCause(row["cause"]) if row["cause"] else None


def _case(
    config: Config,
    subscriber: AddressFacts,
    of: _Issue,
    now: datetime,
    issue: IssueStatus | None,
    record: DeliveryRecord | None,
    returns: tuple[ReturnedMailFact, ...],
) -> DeliveryFacts:
    newsletter, day = of
    named = [each for each in config.newsletters() if each.id == newsletter]
    return DeliveryFacts(
        subscriber=subscriber,
        newsletter=newsletter,
        date=day,
        now=now,
        due_at=issue_time(named[0], day) if named else None,
        over_at=due_until(named[0], day) if named else None,
        is_known=bool(named),
        resends_doubt=config.settings.delivery.in_doubt == "resend",
        issue=issue,
        delivery=record,
        returns=returns,
    )


def _standing(
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
    )
