"""Why an address did or did not get an issue: the answer in words, from values alone.

`DeliveryFacts` come in, a `DeliveryExplanation` goes out. Every reason
for which a person may not have got the mail has its sentence here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from digest.compose.hours import TOLD_WITHIN
from digest.model import (
    BounceKind,
    DeliveryCause,
    DeliveryState,
    IssueCause,
    IssueState,
    SuppressionReason,
)
from digest.services.delivery.issue_reason import issue_reason
from digest.services.explain.facts import Attempt, DeliveryFacts, DeliveryRecord, IssueStatus
from digest.services.explain.subscriber_words import (
    NEVER,
    When,
    left_because,
    returned,
    suppressed,
)


class ReachedServer(StrEnum):
    """Whether the mail reached the server of the address."""

    SENT = "sent"
    NOT_SENT = "not sent"
    WAITING = "waiting"
    IN_DOUBT = "in doubt"
    CAME_BACK = "came back"


@dataclass(frozen=True, slots=True)
class DeliveryExplanation:
    """The verdict, and the sentences that give its reason."""

    verdict: ReachedServer
    reason: str


def answer(case: DeliveryFacts, when: When) -> DeliveryExplanation:
    """Why the subscriber did or did not get the issue."""
    if case.delivery is not None:
        return _WORDS[case.delivery.state](case, case.delivery, when)
    if case.issue is None or case.issue.sealed_at is None:
        return DeliveryExplanation(
            ReachedServer.NOT_SENT, _too_late(case, when) or _no_issue(case, when)
        )
    return DeliveryExplanation(
        ReachedServer.NOT_SENT, _not_laid_out(case, case.issue.sealed_at, when)
    )


# The issue is there, and so is a delivery.


def _sent(case: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    told = [f"{_server(record)} took it{_at(record.finished_at, when)}: {said_of(record)}."]
    if record.since is not None:
        told.append(f"It tells what was sealed since {record.since}.")
    if record.doubted_at is not None:
        told.append("It had been in doubt before, so it may have come twice.")
    # What came back earlier was of an attempt that this one made good.
    taken = record.finished_at or case.now
    returns = [each for each in case.returns if each.at >= taken]
    told += [returned(each, when) for each in returns]
    back = any(each.kind == BounceKind.HARD for each in returns)
    return DeliveryExplanation(
        ReachedServer.CAME_BACK if back else ReachedServer.SENT, " ".join(told)
    )


def _pending(case: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    due, member = record.due_at, case.membership
    if due is None or due <= case.now:
        since = f" since {when(due)}" if due else ""
        told = f"It is due{since}; no attempt was made yet.{_held_up(case)}"
        return _waiting(case, told, when)
    told = f"It waits for its subscriber's hour: it is due at {when(due)}"
    if member is not None:
        told += f", {due.astimezone(ZoneInfo(member.zone)):%H:%M} in {member.zone}"
    also = f" It will tell what was sealed since {record.since}." if record.since else ""
    return _waiting(case, f"{told}.{also}", when)


def _paused(case: DeliveryFacts, record: DeliveryRecord, _when: When) -> DeliveryExplanation:
    until = case.membership.paused_until if case.membership else None
    told = f"Its subscriber paused until {until}." if until else "Its subscriber had paused."
    return _untold(case, told, record)


def _merged(case: DeliveryFacts, record: DeliveryRecord, _when: When) -> DeliveryExplanation:
    late = record.cause is DeliveryCause.LATE
    why = "it was too late for its day" if late else "two mails would have come on one date"
    return _untold(case, f"It was merged: {why}.", record)


def _untold(case: DeliveryFacts, told: str, record: DeliveryRecord) -> DeliveryExplanation:
    """What had no mail of its own, and the mail that tells it."""
    if record.told_with is not None:
        return DeliveryExplanation(
            ReachedServer.NOT_SENT, f"{told} {case.newsletter}-{record.told_with} tells it too."
        )
    if case.membership is None:
        gone = f"the address does not get {case.newsletter} any more"
        return DeliveryExplanation(ReachedServer.NOT_SENT, f"{told} It will not be told: {gone}.")
    return DeliveryExplanation(ReachedServer.WAITING, f"{told} The next mail tells it too.")


def _sending(_case: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    claimed = _at(record.claimed_at, when)
    return DeliveryExplanation(
        ReachedServer.WAITING, f"It was taken in hand{claimed}; no answer is written yet."
    )


def _deferred(case: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    again = record.next_attempt_at
    at = f"The next attempt is due at {when(again)}." if again else "The next run tries again."
    if again is not None and again <= case.now:
        at = f"The next attempt is due since {when(again)}.{_held_up(case)}"
    return _waiting(case, f"{_server(record)} put it off: {said_of(record)}. {at}", when)


def _held_up(case: DeliveryFacts) -> str:
    """Why what is due is not out."""
    issue = case.issue
    if issue is None or not case.is_known:
        return ""
    if issue.is_sent_now:
        return " It waits for its turn: the issue is being sent."
    stopped = f": the last run stopped ({issue.reason.rstrip('. ')})" if issue.reason else ""
    if issue.is_tried_again:
        return f" It is tried again within a minute{stopped}."
    return f" Nobody sends it now{stopped}."


def _waiting(case: DeliveryFacts, told: str, when: When) -> DeliveryExplanation:
    """What is to be attempted still, unless something has come between."""
    ends = case.issue.life_ends if case.issue else None
    if case.subscriber.suppressed is not None:
        told += f" It will not be sent: {suppressed(case.subscriber.suppressed, when)}."
    elif case.membership is None:
        told += f" It will not be sent: the address does not get {case.newsletter} any more."
    elif not case.is_known:
        at = f"at {when(ends)} it is given up" if ends else "it is given up in time"
        told += f" {_unknown(case)}: nobody sends it, and {at}."
    elif ends is not None and ends <= case.now:
        told += f" Its life ended at {when(ends)}: {_at_its_end(case)}"
        return DeliveryExplanation(_END[_was_attempted(case)], told)
    else:
        return DeliveryExplanation(ReachedServer.WAITING, told)
    return DeliveryExplanation(ReachedServer.NOT_SENT, told)


# What was never attempted is told with the next issue.
_END = {True: ReachedServer.NOT_SENT, False: ReachedServer.WAITING}


def _was_attempted(case: DeliveryFacts) -> bool:
    return case.delivery is None or case.delivery.state is not DeliveryState.PENDING


def _at_its_end(case: DeliveryFacts) -> str:
    if _was_attempted(case):
        return f"the next run gives up. {_again(case)}"
    return "the next mail tells it too."


def _failed(case: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    at = _at(record.finished_at, when)
    if record.cause in _AFTER:
        last = f"the last reply was {said_of(record)}" if record.reply else "it was never attempted"
        told = f"The sender gave up{at}{_AFTER[record.cause](case, record)}: {last}."
    else:
        told = f"{_server(record)} refused it{at}: {said_of(record)}."
    if case.subscriber.suppressed is not None:
        told += f" The address gets nothing more: {suppressed(case.subscriber.suppressed, when)}."
    elif not case.is_known:
        told += f" {_unknown(case)}."
    elif case.membership is not None:
        told += f" {_again(case)}"
    return DeliveryExplanation(ReachedServer.NOT_SENT, told)


def _after_its_life(case: DeliveryFacts, record: DeliveryRecord) -> str:
    if case.issue is None or case.issue.life_ends is None or record.due_at is None:
        return ""
    hours = (case.issue.life_ends - record.due_at).total_seconds() / 3600
    return f", after {hours:g} hours"


# Why a delivery was given up that nobody refused, and how long that took.
_AFTER: dict[DeliveryCause | None, Callable[[DeliveryFacts, DeliveryRecord], str]] = {
    DeliveryCause.GAVE_UP: _after_its_life,
    DeliveryCause.UNTOLD: lambda _case, _record: f", after {TOLD_WITHIN.days} days",
}


def _blocked(_case: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    reason = left_because(SuppressionReason(record.cause or SuppressionReason.ERASED))
    return DeliveryExplanation(
        ReachedServer.NOT_SENT, f"Before its turn came,{_at(record.finished_at, when)}, {reason}."
    )


def _skipped(_case: DeliveryFacts, _record: DeliveryRecord, _when: When) -> DeliveryExplanation:
    return DeliveryExplanation(
        ReachedServer.NOT_SENT, "There was nothing to send: no story today on the chosen topics."
    )


def _in_doubt(case: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    told = f"It may have arrived{_at(record.doubted_at, when)}: {said_of(record)}."
    if not case.resends_doubt:
        return DeliveryExplanation(
            ReachedServer.IN_DOUBT, f"{told} It is left alone, as delivery.in_doubt says."
        )
    if case.issue is not None and case.issue.state is IssueState.SENT:
        return DeliveryExplanation(
            ReachedServer.IN_DOUBT, f"{told} The issue is closed. {_again(case)}"
        )
    at = record.next_attempt_at
    return DeliveryExplanation(
        ReachedServer.IN_DOUBT,
        f"{told} It is sent again {f'at {when(at)}' if at else 'by the next run'}.",
    )


_WORDS: dict[
    DeliveryState, Callable[[DeliveryFacts, DeliveryRecord, When], DeliveryExplanation]
] = {
    DeliveryState.SENT: _sent,
    DeliveryState.PAUSED: _paused,
    DeliveryState.MERGED: _merged,
    DeliveryState.PENDING: _pending,
    DeliveryState.SENDING: _sending,
    DeliveryState.DEFERRED: _deferred,
    DeliveryState.FAILED: _failed,
    DeliveryState.SUPPRESSED: _blocked,
    DeliveryState.SKIPPED: _skipped,
    DeliveryState.IN_DOUBT: _in_doubt,
}


# There is no delivery.


def _too_late(case: DeliveryFacts, when: When) -> str:
    """That the subscriber came after the day was over; nothing, where that is not so."""
    member, over = case.membership, case.over_at
    if member is None or over is None or member.since < over:
        return ""
    return f"It subscribed at {when(member.since)}, after that day."


def _no_issue(case: DeliveryFacts, when: When) -> str:
    if case.issue is not None:
        return _not_sealed(case, case.issue, when)
    if not case.is_known:
        return f"{_unknown(case)}, and there is no issue of it on this date."
    if case.due_at is None:
        return f"{case.newsletter} has no issue on a {case.date:%A}."
    if case.due_at > case.now:
        return f"The issue is not made yet: it is due at {when(case.due_at)}."
    if case.over_at is None or case.now < case.over_at:
        return f"The issue is due since {when(case.due_at)}: the next run makes it."
    return (
        "No issue was made on this date: nothing ran while it was due, "
        f"from {when(case.due_at)} to {when(case.over_at)}."
    )


def _not_sealed(case: DeliveryFacts, issue: IssueStatus, when: When) -> str:
    match issue.state:
        case IssueState.DRAFT:
            return "The issue is a draft: it was never sealed, so nobody got it."
        case IssueState.HELD:
            return f"The issue is held, and nobody got it: {issue.reason}.{_tried(case, when)}"
        case _:
            freed = f" {_FREED}" if issue.cause is IssueCause.DAY_OVER else ""
            return f"There was no issue: {issue_reason(issue.cause, issue.reason)}.{freed}"


_FREED = "Its stories were free for the next one."


def _tried(case: DeliveryFacts, when: When) -> str:
    """What becomes of a held issue."""
    if case.over_at is None:
        return ""
    if case.now < case.over_at:
        return f" Each run until {when(case.over_at)} tries it again."
    return f" Its day was over at {when(case.over_at)}. {_FREED}"


def _not_laid_out(case: DeliveryFacts, sealed_at: datetime, when: When) -> str:
    subscriber, member = case.subscriber, case.membership
    if subscriber.suppressed is not None:
        kept = "" if subscriber.known else " What it got before that is not kept under its address."
        return f"The address gets nothing more: {suppressed(subscriber.suppressed, when)}.{kept}"
    if not subscriber.known:
        return f"The address {NEVER}."
    if member is None:
        return (
            f"The address did not get {case.newsletter} when the issue was sealed, "
            f"at {when(sealed_at)}, and does not get it now."
        )
    if member.since >= sealed_at:
        after = f"after the issue was sealed at {when(sealed_at)}"
        return f"It subscribed at {when(member.since)}, {after}. {_again(case)}"
    return f"It subscribed at {when(member.since)}, but no delivery was laid out. {_again(case)}"


# Parts of sentences.


def _again(case: DeliveryFacts) -> str:
    of = f"--newsletter {case.newsletter} --date {case.date}"
    return f"`digest send --only-missing {of}` sends it."


def _unknown(case: DeliveryFacts) -> str:
    return f"config/digest.toml has no newsletter {case.newsletter!r} any more"


def _server(record: DeliveryRecord) -> str:
    return record.server or "The server"


def said_of(of: DeliveryRecord | Attempt) -> str:
    """What the server said last, or why nobody knows it."""
    if of.cause is DeliveryCause.WORKER_DIED:
        return "the sender died before the server's answer was recorded"
    return (of.reply or "no answer is on record").rstrip(". ")


def _at(moment: datetime | None, when: When) -> str:
    return f" at {when(moment)}" if moment is not None else ""
