"""Why an address did or did not get an issue: the answer in words, from values alone.

`DeliveryFacts` come in, a `DeliveryExplanation` goes out. Every reason
for which a subscriber may not have got the mail has its sentence here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
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
from digest.services.explain.describe_subscriber import (
    NEVER,
    When,
    describe_reason,
    describe_returned_mail,
    describe_suppression,
)
from digest.services.explain.facts import (
    Attempt,
    DeliveryFacts,
    DeliveryRecord,
    IssueStatus,
    LeftOut,
)


class ReachedServer(StrEnum):
    """Whether the mail reached the server of the address."""

    SENT = "sent"
    NOT_SENT = "not sent"
    WAITING = "waiting"
    IN_DOUBT = "in doubt"
    CAME_BACK = "came back"
    NOT_KEPT = "not kept"


@dataclass(frozen=True, slots=True)
class DeliveryExplanation:
    """The verdict, and the sentences that give its reason."""

    verdict: ReachedServer
    reason: str


def explain_delivery(facts: DeliveryFacts, when: When) -> DeliveryExplanation:
    """Why the subscriber did or did not get the issue, and what their keywords leave out of it."""
    if facts.delivery is not None:
        explanation = _WORDS[facts.delivery.state](facts, facts.delivery, when)
        left_out = "".join(f" {describe_left_out(story)}" for story in facts.left_out)
        return replace(explanation, reason=explanation.reason + left_out)
    if facts.issue is None or facts.issue.sealed_at is None:
        return _unsealed(facts, when)
    if facts.issue.deliveries_ended_at is not None:
        return _no_longer_kept(facts, facts.issue.deliveries_ended_at, when)
    return DeliveryExplanation(
        ReachedServer.NOT_SENT, _not_laid_out(facts, facts.issue.sealed_at, when)
    )


def describe_left_out(story: LeftOut) -> str:
    """A story that their keywords take out, and by which."""
    return f"Left out by their keywords: “{story.headline}”, {story.removal}."


def _no_longer_kept(facts: DeliveryFacts, until: datetime, when: When) -> DeliveryExplanation:
    """What became of each mail of the issue is not on record any more, or is about to go."""
    sentences = [f"What became of each mail of it was kept until {when(until)} (keep.deliveries)."]
    sentences += [describe_returned_mail(mail, when) for mail in facts.returned_mail]
    return DeliveryExplanation(ReachedServer.NOT_KEPT, " ".join(sentences))


# The issue is there, and so is a delivery.


def _sent(facts: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    sentences = [
        f"{_server_name(record)} took it{_at_time(record.finished_at, when)}: {last_reply(record)}."
    ]
    if record.since is not None:
        sentences.append(f"It tells what was sealed since {record.since}.")
    if record.doubted_at is not None:
        sentences.append("It had been in doubt before, so it may have come twice.")
    # What came back earlier was of an attempt that this one made good.
    accepted_at = record.finished_at or facts.now
    returned = [mail for mail in facts.returned_mail if mail.at >= accepted_at]
    sentences += [describe_returned_mail(mail, when) for mail in returned]
    back = any(mail.kind == BounceKind.HARD for mail in returned)
    return DeliveryExplanation(
        ReachedServer.CAME_BACK if back else ReachedServer.SENT, " ".join(sentences)
    )


def _pending(facts: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    due_at, subscription = record.due_at, facts.subscription
    if due_at is None or due_at <= facts.now:
        since = f" since {when(due_at)}" if due_at else ""
        sentence = f"It is due{since}; no attempt was made yet.{_held_up(facts)}"
        return _waiting(facts, sentence, when)
    sentence = f"It waits for its subscriber's hour: it is due at {when(due_at)}"
    if subscription is not None:
        hour = due_at.astimezone(ZoneInfo(subscription.zone))
        sentence += f", {hour:%H:%M} in {subscription.zone}"
    also = f" It will tell what was sealed since {record.since}." if record.since else ""
    return _waiting(facts, f"{sentence}.{also}{_issue_paused(facts)}", when)


def _paused(facts: DeliveryFacts, record: DeliveryRecord, _when: When) -> DeliveryExplanation:
    if record.cause is DeliveryCause.NOT_THEIR_DAY:
        days = ", ".join(facts.subscription.days) if facts.subscription else ""
        on = f": they get mail on {days}" if days else ""
        return _untold(facts, f"It was not a day of theirs{on}.", record)
    if record.cause is DeliveryCause.WAITS_FOR_MORE:
        return _untold(facts, _describe_wait(facts, record), record)
    until = facts.subscription.paused_until if facts.subscription else None
    sentence = f"Its subscriber paused until {until}." if until else "Its subscriber had paused."
    return _untold(facts, sentence, record)


def _describe_wait(facts: DeliveryFacts, record: DeliveryRecord) -> str:
    awaited = facts.awaited
    if awaited is None or record.told_with is not None:
        return "It had fewer stories on their topics than they wait for."
    return (
        f"It waits for {awaited.at_least} stories on their topics, and has {awaited.count}; "
        f"the issue of {awaited.last_day} tells them at the latest, or the next one after it."
    )


def _merged(facts: DeliveryFacts, record: DeliveryRecord, _when: When) -> DeliveryExplanation:
    late = record.cause is DeliveryCause.LATE
    why = "it was too late for its day" if late else "two mails would have come on one date"
    return _untold(facts, f"It was merged: {why}.", record)


def _untold(facts: DeliveryFacts, sentence: str, record: DeliveryRecord) -> DeliveryExplanation:
    """What had no mail of its own, and the mail that tells it."""
    if record.told_with is not None:
        return DeliveryExplanation(
            ReachedServer.NOT_SENT,
            f"{sentence} {facts.newsletter}-{record.told_with} tells it too.",
        )
    if facts.subscription is None:
        reason = f"the address does not get {facts.newsletter} any more"
        return DeliveryExplanation(
            ReachedServer.NOT_SENT, f"{sentence} It will not be told: {reason}."
        )
    return DeliveryExplanation(ReachedServer.WAITING, f"{sentence} The next mail tells it too.")


def _sending(_facts: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    claimed = _at_time(record.claimed_at, when)
    return DeliveryExplanation(
        ReachedServer.WAITING, f"It was taken in hand{claimed}; no answer is written yet."
    )


def _deferred(facts: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    again = record.next_attempt_at
    at = f"The next attempt is due at {when(again)}." if again else "The next run tries again."
    if again is not None and again <= facts.now:
        at = f"The next attempt is due since {when(again)}.{_held_up(facts)}"
    return _waiting(facts, f"{_server_name(record)} put it off: {last_reply(record)}. {at}", when)


def _held_up(facts: DeliveryFacts) -> str:
    """Why what is due is not sent at this moment."""
    return _issue_paused(facts) or _not_sent_now(facts)


def _issue_paused(facts: DeliveryFacts) -> str:
    """That somebody paused the issue, where they did."""
    if facts.issue is None or facts.issue.state is not IssueState.PAUSED:
        return ""
    return f" The issue is {facts.issue.reason}: what is left waits until it is resumed."


def _not_sent_now(facts: DeliveryFacts) -> str:
    """Why what is due is not out."""
    issue = facts.issue
    if issue is None or not facts.is_known:
        return ""
    if issue.is_sent_now:
        return " It waits for its turn: the issue is being sent."
    stopped = f": the last run stopped ({issue.reason.rstrip('. ')})" if issue.reason else ""
    if issue.is_tried_again:
        return f" It is tried again within a minute{stopped}."
    return f" Nobody sends it now{stopped}."


def _waiting(facts: DeliveryFacts, sentences: str, when: When) -> DeliveryExplanation:
    """What is to be attempted still, unless something has come between."""
    life_ends = facts.issue.life_ends if facts.issue else None
    if facts.subscriber.suppressed is not None:
        suppression = describe_suppression(facts.subscriber.suppressed, when)
        sentences += f" It will not be sent: {suppression}."
    elif facts.subscription is None:
        sentences += f" It will not be sent: the address does not get {facts.newsletter} any more."
    elif not facts.is_known:
        at = f"at {when(life_ends)} it is given up" if life_ends else "it is given up in time"
        sentences += f" {_newsletter_is_gone(facts)}: nobody sends it, and {at}."
    elif life_ends is not None and life_ends <= facts.now:
        sentences += f" Its life ended at {when(life_ends)}: {_at_its_end(facts)}"
        return DeliveryExplanation(_END[_was_attempted(facts)], sentences)
    else:
        return DeliveryExplanation(ReachedServer.WAITING, sentences)
    return DeliveryExplanation(ReachedServer.NOT_SENT, sentences)


# What was never attempted is told with the next issue.
_END = {True: ReachedServer.NOT_SENT, False: ReachedServer.WAITING}


def _was_attempted(facts: DeliveryFacts) -> bool:
    return facts.delivery is None or facts.delivery.state is not DeliveryState.PENDING


def _at_its_end(facts: DeliveryFacts) -> str:
    if _was_attempted(facts):
        return f"the next run gives up. {_how_to_resend(facts)}"
    return "the next mail tells it too."


def _failed(facts: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    at = _at_time(record.finished_at, when)
    if record.cause in _AFTER:
        after = _AFTER[record.cause](facts, record)
        last = (
            f"the last reply was {last_reply(record)}" if record.reply else "it was never attempted"
        )
        sentences = f"The sender gave up{at}{after}: {last}."
    else:
        sentences = f"{_server_name(record)} refused it{at}: {last_reply(record)}."
    if facts.subscriber.suppressed is not None:
        suppression = describe_suppression(facts.subscriber.suppressed, when)
        sentences += f" The address gets nothing more: {suppression}."
    elif not facts.is_known:
        sentences += f" {_newsletter_is_gone(facts)}."
    elif facts.subscription is not None:
        sentences += f" {_how_to_resend(facts)}"
    return DeliveryExplanation(ReachedServer.NOT_SENT, sentences)


def _after_its_life(facts: DeliveryFacts, record: DeliveryRecord) -> str:
    if facts.issue is None or facts.issue.life_ends is None or record.due_at is None:
        return ""
    hours = (facts.issue.life_ends - record.due_at).total_seconds() / 3600
    return f", after {hours:g} hours"


# Why a delivery was given up that nobody refused, and how long that took.
_AFTER: dict[DeliveryCause | None, Callable[[DeliveryFacts, DeliveryRecord], str]] = {
    DeliveryCause.GAVE_UP: _after_its_life,
    DeliveryCause.UNTOLD: lambda _facts, _record: f", after {TOLD_WITHIN.days} days",
}


def _blocked(_facts: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    reason = describe_reason(SuppressionReason(record.cause or SuppressionReason.ERASED))
    return DeliveryExplanation(
        ReachedServer.NOT_SENT,
        f"Before its turn came,{_at_time(record.finished_at, when)}, {reason}.",
    )


def _skipped(facts: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    if record.cause is DeliveryCause.STOPPED:
        reason = f" ({facts.issue.reason})" if facts.issue else ""
        at = _at_time(record.finished_at, when)
        sentence = f"Before its turn came,{at}, the issue was stopped for good{reason}."
        return DeliveryExplanation(ReachedServer.NOT_SENT, sentence)
    if record.cause is DeliveryCause.KEYWORDS:
        sentence = "There was nothing to send: their keywords left no story of it."
        return DeliveryExplanation(ReachedServer.NOT_SENT, sentence)
    return DeliveryExplanation(
        ReachedServer.NOT_SENT, "There was nothing to send: no story today on the chosen topics."
    )


def _in_doubt(facts: DeliveryFacts, record: DeliveryRecord, when: When) -> DeliveryExplanation:
    if record.cause is DeliveryCause.ADOPTED:
        adopted = (
            f"This database is a copy, and was adopted as sent{_at_time(record.doubted_at, when)}"
        )
        return DeliveryExplanation(
            ReachedServer.IN_DOUBT,
            f"{adopted}: the original may have sent it. {_how_to_resend(facts)}",
        )
    sentence = f"It may have arrived{_at_time(record.doubted_at, when)}: {last_reply(record)}."
    if not facts.resends_doubt:
        return DeliveryExplanation(
            ReachedServer.IN_DOUBT, f"{sentence} It is left alone, as delivery.in_doubt says."
        )
    if facts.issue is not None and facts.issue.state is IssueState.SENT:
        return DeliveryExplanation(
            ReachedServer.IN_DOUBT, f"{sentence} The issue is closed. {_how_to_resend(facts)}"
        )
    at = record.next_attempt_at
    return DeliveryExplanation(
        ReachedServer.IN_DOUBT,
        f"{sentence} It is sent again {f'at {when(at)}' if at else 'by the next run'}.",
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


def _unsealed(facts: DeliveryFacts, when: When) -> DeliveryExplanation:
    is_draft = facts.issue is None or facts.issue.state is IssueState.DRAFT
    is_to_come = is_draft and facts.is_known and not facts.stopped
    if is_to_come and facts.due_at is not None and facts.due_at > facts.now:
        return DeliveryExplanation(ReachedServer.WAITING, _to_come(facts, facts.due_at, when))
    reason = _too_late(facts, when) or _no_issue(facts, when)
    return DeliveryExplanation(ReachedServer.NOT_SENT, reason)


def _too_late(facts: DeliveryFacts, when: When) -> str:
    """That the subscriber came after the day was over; nothing, where that is not so."""
    subscription, over_at = facts.subscription, facts.over_at
    if subscription is None or over_at is None or subscription.since < over_at:
        return ""
    return f"They subscribed at {when(subscription.since)}, after that day."


def _no_issue(facts: DeliveryFacts, when: When) -> str:
    if facts.issue is not None:
        return _not_sealed(facts, facts.issue, when)
    if not facts.is_known:
        return f"{_newsletter_is_gone(facts)}, and there is no issue of it on this date."
    if facts.due_at is None:
        return f"{facts.newsletter} has no issue on a {facts.date:%A}."
    if facts.over_at is not None and facts.over_at <= facts.now:
        return (
            "No issue was made on this date: nothing ran while it was due, "
            f"from {when(facts.due_at)} to {when(facts.over_at)}."
        )
    return _to_come(facts, facts.due_at, when)


def _to_come(facts: DeliveryFacts, due_at: datetime, when: When) -> str:
    if facts.stopped:
        return f"The issue is {facts.stopped}. Nothing goes out until it is released."
    if due_at > facts.now:
        kind = "a draft still" if facts.issue else "not made yet"
        return f"The issue is {kind}: it is due at {when(due_at)}."
    return f"The issue is due since {when(due_at)}: the next run makes it."


def _not_sealed(facts: DeliveryFacts, issue: IssueStatus, when: When) -> str:
    match issue.state:
        case IssueState.DRAFT:
            return "The issue is a draft: it was never sealed, so nobody got it."
        case IssueState.HELD:
            until = _held_until(facts, when)
            return f"The issue is held, and nobody got it: {issue.reason}.{until}"
        case _:
            freed = f" {_FREED}" if issue.cause is IssueCause.DAY_OVER else ""
            return f"There was no issue: {issue_reason(issue.cause, issue.reason)}.{freed}"


_FREED = "Its stories were free for the next one."


def _held_until(facts: DeliveryFacts, when: When) -> str:
    """What becomes of a held issue."""
    if facts.over_at is None:
        return ""
    if facts.now < facts.over_at:
        return f" Each run until {when(facts.over_at)} tries it again."
    return f" Its day was over at {when(facts.over_at)}. {_FREED}"


def _not_laid_out(facts: DeliveryFacts, sealed_at: datetime, when: When) -> str:
    subscriber, subscription = facts.subscriber, facts.subscription
    if subscriber.suppressed is not None:
        suppression = describe_suppression(subscriber.suppressed, when)
        erased = " What it got before that is not kept under its address."
        return (
            f"The address gets nothing more: {suppression}.{'' if subscriber.is_known else erased}"
        )
    if not subscriber.is_known:
        return f"The address {NEVER}."
    if subscription is None:
        return (
            f"The address did not get {facts.newsletter} when the issue was sealed, "
            f"at {when(sealed_at)}, and does not get it now."
        )
    if subscription.since >= sealed_at:
        after = f"after the issue was sealed at {when(sealed_at)}"
        return f"They subscribed at {when(subscription.since)}, {after}. {_how_to_resend(facts)}"
    since = when(subscription.since)
    return f"They subscribed at {since}, but no delivery was laid out. {_how_to_resend(facts)}"


# Parts of sentences.


def _how_to_resend(facts: DeliveryFacts) -> str:
    options = f"--newsletter {facts.newsletter} --date {facts.date}"
    return f"`digest send --only-missing {options}` sends it."


def _newsletter_is_gone(facts: DeliveryFacts) -> str:
    return f"config/digest.toml has no newsletter {facts.newsletter!r} any more"


def _server_name(record: DeliveryRecord) -> str:
    return record.server or "The server"


def last_reply(attempt: DeliveryRecord | Attempt) -> str:
    """What the server said last, or why nobody knows it."""
    if attempt.cause is DeliveryCause.WORKER_DIED:
        return "the sender died before the server's answer was recorded"
    if attempt.cause is DeliveryCause.CAME_LATE:
        reply = attempt.reply or "no answer"
        return f"{reply}, told after another sender had taken over".rstrip(". ")
    return (attempt.reply or "no answer is on record").rstrip(". ")


def _at_time(moment: datetime | None, when: When) -> str:
    return f" at {when(moment)}" if moment is not None else ""
