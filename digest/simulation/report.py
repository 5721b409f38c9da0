"""What came of a rehearsal: its figures, and the promises that were broken."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from digest.clock import local_date
from digest.compose import hours
from digest.message_id import MessageId
from digest.model import DeliveryState
from digest.project import Project
from digest.services.delivery.accounts import draw_accounts
from digest.store import delivery_outcomes, issues
from digest.store.delivery_outcomes import DeliveryOutcome
from digest.store.issues import IssueRecord


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """A message that the server took, and when by the clock of the rehearsal."""

    message_id: str
    at: datetime


@dataclass(slots=True)
class Rehearsed:
    """Figures of a rehearsal. `lateness` has the seconds after each mail's hour, sorted.

    `doubles` went out again, all of them on record as in doubt but for those `off_record`.
    `faults` counts what was done to the mail; `accounts` is a sentence an issue.
    """

    issues: int = 0
    mails: int = 0
    states: Counter[str] = field(default_factory=Counter)
    doubts: int = 0
    doubles: int = 0
    off_record: int = 0
    lateness: list[float] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    days: int = 0
    rounds: int = 0
    kills: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    peak_memory: int = 0

    def late(self, share: float) -> float:
        """The seconds after which this share of the mails had gone out."""
        if not self.lateness:
            return 0.0
        return self.lateness[min(int(share * len(self.lateness)), len(self.lateness) - 1)]


def judge(
    project: Project,
    mails: Sequence[TakenMessage],
    left: Mapping[int, datetime],
    *,
    since: datetime,
    broken: Sequence[str],
) -> Rehearsed:
    """Hold what the server took against what the database says of it."""
    result = Rehearsed(mails=len(mails), broken=list(broken))
    copies: dict[tuple[str, int], list[datetime]] = {}
    for mail in mails:
        message_id = MessageId.read(mail.message_id)
        named = message_id.delivery if message_id else None
        if named is not None:  # else it is no issue
            key = f"{named.newsletter}-{named.day}"
            copies.setdefault((key, named.subscriber_id), []).append(mail.at)
    with project.database.read() as connection:
        every = [record for record in issues.latest(connection, 10_000) if record.sealed_at]
        records = [record for record in every if record.sealed_at and record.sealed_at >= since]
        result.issues = len(records)
        for record in records:
            of_issue = {n: at for (key, n), at in copies.items() if key == record.key}
            outcomes = delivery_outcomes.of_issue(connection, record.id)
            _judge_issue(result, record, of_issue, outcomes)
            result.accounts.append(f"{record.key}: {draw_accounts(connection, record).sentence}")
        clocks = {
            newsletter.id: (newsletter, delivery_outcomes.clocks(connection, newsletter.id))
            for newsletter in project.config.settings.newsletters
        }
    unknown = {key for key, _ in copies} - {record.key for record in every}
    if unknown:
        result.broken.append(f"mailed for no issue: {', '.join(sorted(unknown))}")
    result.lateness.sort()
    _judge_who_left(result, copies, left)
    for newsletter, zones in clocks.values():
        days = Counter[tuple[int, object]]()
        for (key, number), times in copies.items():
            if key.startswith(f"{newsletter.id}-2") and number in zones:
                hour, timezone = zones[number]
                clock = hours.clock_of(hour, timezone, newsletter)
                days[number, local_date(times[0], clock.zone)] += 1
        twice = sum(count > 1 for count in days.values())
        if twice:
            result.broken.append(f"two issues of {newsletter.id} on one date of theirs: {twice}")
    return result


def _judge_issue(
    result: Rehearsed,
    record: IssueRecord,
    copies: Mapping[int, Sequence[datetime]],
    by_subscriber: Mapping[int, DeliveryOutcome],
) -> None:
    """One issue: what it has, who got it twice, and how late it was."""
    for number, outcome in by_subscriber.items():
        result.states[outcome.state] += 1
        result.doubts += outcome.was_doubted
        times = copies.get(number, ())
        if times:
            result.lateness.append(max(0.0, (times[0] - outcome.due_at).total_seconds()))
        elif outcome.state == DeliveryState.SENT:
            result.broken.append(f"{record.key}: sent to {number}, whom the server has nothing for")
        if len(times) > 1:
            result.doubles += len(times) - 1
            result.off_record += 0 if outcome.was_doubted else len(times) - 1
    off_record = sum(
        len(times) > 1 and not by_subscriber[number].was_doubted
        for number, times in copies.items()
        if number in by_subscriber
    )
    if off_record:
        result.broken.append(f"{record.key}: mailed twice, off the record: {off_record}")
    unknown = set(copies) - set(by_subscriber)
    if unknown:
        result.broken.append(f"{record.key}: mailed without a delivery: {len(unknown)}")


def _judge_who_left(
    result: Rehearsed,
    copies: Mapping[tuple[str, int], Sequence[datetime]],
    left: Mapping[int, datetime],
) -> None:
    after = sum(
        number in left and at > left[number]
        for (_, number), times in copies.items()
        for at in times
    )
    if after:
        result.broken.append(f"mails to people who had left: {after}")
