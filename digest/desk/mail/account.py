"""Why an address did or did not get an issue: the answer in words, from values alone.

What the store knows of a reader and an issue comes in (`Case`), an `Answer` goes out. Every reason
for which a person may not have got the mail has its sentence here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from digest.model import BounceKind, DeliveryState, IssueState

# How a time is told: in the project's zone, with its offset.
When = Callable[[datetime], str]


class Verdict(StrEnum):
    """Whether the mail reached the server of the address."""

    SENT = "sent"
    NOT_SENT = "not sent"
    WAITING = "waiting"
    IN_DOUBT = "in doubt"
    CAME_BACK = "came back"


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict, and the sentences that give its reason."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Membership:
    """A subscription that holds now. `topics` empty means all.

    `hour` is that of the reader's clock in `zone`; mail is wanted again from `paused_until` on.
    `agreed_at` and `agreed_how` are of the latest consent, where there is one.
    """

    newsletter: str
    since: datetime
    topics: tuple[str, ...] = ()
    hour: int | None = None
    zone: str = "UTC"
    paused_until: date | None = None
    agreed_at: datetime | None = None
    agreed_how: str = ""


@dataclass(frozen=True, slots=True)
class Departed:
    """A newsletter that the reader left: how, and what they gave as their reason, if anything."""

    newsletter: str
    at: datetime
    how: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Suppressed:
    """The address gets nothing more; `reason` as it is kept, `bounced: 550 no such user`."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Return:
    """A message that came back after its server had taken it, or a complaint about it."""

    at: datetime
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reader:
    """What is known of an address; `known` is False for one that was erased or never was.

    `returns` are those of which nobody can say to which issue they belong.
    """

    email: str
    known: bool
    suppressed: Suppressed | None = None
    memberships: tuple[Membership, ...] = ()
    returns: tuple[Return, ...] = ()
    departures: tuple[Departed, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery: when it ended, how, and what which server said."""

    number: int
    at: datetime
    state: str
    server: str | None
    reply: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """A delivery as it stands, with the attempts that led there, the first one first.

    It is due at its reader's hour, and tells what was sealed from `since` on. One that was paused
    or merged is told with the issue of the date `told_with`.
    """

    state: DeliveryState
    due_at: datetime | None = None
    since: date | None = None
    told_with: date | None = None
    claimed_at: datetime | None = None
    finished_at: datetime | None = None
    next_attempt_at: datetime | None = None
    doubted_at: datetime | None = None
    server: str | None = None
    reply: str | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an issue stands; `life_ends` is when its retries give up."""

    state: IssueState
    reason: str = ""
    sealed_at: datetime | None = None
    life_ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One address and one issue.

    `due_at` is None where no issue is meant for the date, `still_due` while one may yet be made.
    """

    reader: Reader
    newsletter: str
    date: date
    now: datetime
    due_at: datetime | None = None
    still_due: bool = False
    resends_doubt: bool = True
    issue: Standing | None = None
    delivery: Record | None = None
    returns: tuple[Return, ...] = ()

    @property
    def key(self) -> str:
        """The issue's name: `science-daily-2026-11-21`."""
        return f"{self.newsletter}-{self.date.isoformat()}"

    @property
    def membership(self) -> Membership | None:
        """The reader's subscription to this newsletter."""
        found = (m for m in self.reader.memberships if m.newsletter == self.newsletter)
        return next(found, None)


def answer(case: Case, when: When) -> Answer:
    """Why the reader did or did not get the issue."""
    if case.delivery is not None:
        return _WORDS[case.delivery.state](case, case.delivery, when)
    if case.issue is None:
        return Answer(Verdict.NOT_SENT, _no_issue(case, when))
    if case.issue.sealed_at is None:
        return Answer(Verdict.NOT_SENT, _not_sealed(case.issue))
    return Answer(Verdict.NOT_SENT, _not_laid_out(case, case.issue.sealed_at, when))


def about(reader: Reader, when: When) -> list[str]:
    """Who the address is: what it gets and since when, or why it gets nothing."""
    told = [f"{reader.email} gets {_membership(m, when)}." for m in reader.memberships]
    if reader.suppressed is not None:
        told.append(f"{reader.email} gets nothing more: {_suppressed(reader.suppressed, when)}.")
    elif not reader.known:
        told.append(f"{reader.email} {_NEVER}.")
    elif not reader.memberships:
        told.append(f"{reader.email} is known, but gets no newsletter now.")
    told += [f"{reader.email} left {_departed(each, when)}." for each in reader.departures]
    return told + [_returned(each, when) for each in reader.returns]


_DOORS = {
    "one-click": "by one click in the mail client",
    "page": "on the site",
    "mail": "by mail",
    "command": "by command",
    "import": "by an import",
    "web": "on the site",
}


def _departed(left: Departed, when: When) -> str:
    why = f' ("{left.reason}")' if left.reason else ""
    door = _DOORS.get(left.how, left.how)
    return f"{left.newsletter} {door}, at {when(left.at)}{why}; no import brings it back"


def _membership(member: Membership, when: When) -> str:
    told = f"{member.newsletter} since {when(member.since)}: "
    told += f"the topics {', '.join(member.topics)}" if member.topics else "all topics"
    if member.hour is not None:
        told += f", at {member.hour:02}:00 in {member.zone}"
    if member.paused_until is not None:
        told += f"; paused until {member.paused_until}"
    if member.agreed_at is not None:
        door = _DOORS.get(member.agreed_how, member.agreed_how)
        told += f"; agreed to {door}, at {when(member.agreed_at)}"
    return told


# The issue is there, and so is a delivery.


def _sent(case: Case, record: Record, when: When) -> Answer:
    told = [f"{_server(record)} took it{_at(record.finished_at, when)}: {_said(record)}."]
    if record.since is not None:
        told.append(f"It tells what was sealed since {record.since}.")
    if record.doubted_at is not None:
        told.append("It had been in doubt before, so it may have come twice.")
    # What came back earlier was of an attempt that this one made good.
    taken = record.finished_at or case.now
    returns = [each for each in case.returns if each.at >= taken]
    told += [_returned(each, when) for each in returns]
    back = any(each.kind == BounceKind.HARD for each in returns)
    return Answer(Verdict.CAME_BACK if back else Verdict.SENT, " ".join(told))


def _pending(case: Case, record: Record, when: When) -> Answer:
    due, member = record.due_at, case.membership
    if due is None or due <= case.now:
        return _waiting(case, "It waits for its turn: no attempt was made yet.", when)
    told = f"It waits for its reader's hour: it is due at {when(due)}"
    if member is not None:
        told += f", {due.astimezone(ZoneInfo(member.zone)):%H:%M} in {member.zone}"
    also = f" It will tell what was sealed since {record.since}." if record.since else ""
    return _waiting(case, f"{told}.{also}", when)


def _paused(case: Case, record: Record, _when: When) -> Answer:
    until = case.membership.paused_until if case.membership else None
    told = f"Its reader paused until {until}." if until else "Its reader had paused."
    return _untold(case, told, record)


def _merged(case: Case, record: Record, _when: When) -> Answer:
    late = (record.reply or "").startswith("too late")
    why = "it was too late for its day" if late else "two mails would have come on one date"
    return _untold(case, f"It was merged: {why}.", record)


def _untold(case: Case, told: str, record: Record) -> Answer:
    """What had no mail of its own, and the mail that tells it."""
    if record.told_with is not None:
        return Answer(
            Verdict.NOT_SENT, f"{told} {case.newsletter}-{record.told_with} tells it too."
        )
    if case.membership is None:
        gone = f"the address does not get {case.newsletter} any more"
        return Answer(Verdict.NOT_SENT, f"{told} It will not be told: {gone}.")
    return Answer(Verdict.WAITING, f"{told} The next mail tells it too.")


def _sending(_case: Case, record: Record, when: When) -> Answer:
    claimed = _at(record.claimed_at, when)
    return Answer(Verdict.WAITING, f"It was taken in hand{claimed}; no answer is written yet.")


def _deferred(case: Case, record: Record, when: When) -> Answer:
    again = record.next_attempt_at
    at = f"The next attempt is due at {when(again)}." if again else "The next run tries again."
    return _waiting(case, f"{_server(record)} put it off: {_said(record)}. {at}", when)


def _waiting(case: Case, told: str, when: When) -> Answer:
    """What is to be attempted still, unless something has come between."""
    ends = case.issue.life_ends if case.issue else None
    if case.reader.suppressed is not None:
        told += f" It will not be sent: {_suppressed(case.reader.suppressed, when)}."
    elif case.membership is None:
        told += f" It will not be sent: the address does not get {case.newsletter} any more."
    elif ends is not None and ends <= case.now:
        told += f" The issue's life ended at {when(ends)}: the next run gives up. {_again(case)}"
    else:
        return Answer(Verdict.WAITING, told)
    return Answer(Verdict.NOT_SENT, told)


def _failed(case: Case, record: Record, when: When) -> Answer:
    at, said = _at(record.finished_at, when), _said(record)
    if said.startswith("gave up"):
        told = f"The sender{at} {said}."
    else:
        told = f"{_server(record)} refused it{at}: {said}."
    if case.reader.suppressed is not None:
        told += f" The address gets nothing more: {_suppressed(case.reader.suppressed, when)}."
    elif case.membership is not None:
        told += f" {_again(case)}"
    return Answer(Verdict.NOT_SENT, told)


def _blocked(_case: Case, record: Record, when: When) -> Answer:
    reason = _left(record.reply or "suppressed")
    return Answer(
        Verdict.NOT_SENT, f"Before its turn came,{_at(record.finished_at, when)}, {reason}."
    )


def _skipped(_case: Case, record: Record, _when: When) -> Answer:
    return Answer(Verdict.NOT_SENT, f"There was nothing to send: {_said(record)}.")


def _in_doubt(case: Case, record: Record, when: When) -> Answer:
    told = f"It may have arrived{_at(record.doubted_at, when)}: {_said(record)}."
    if not case.resends_doubt:
        return Answer(Verdict.IN_DOUBT, f"{told} It is left alone, as delivery.in_doubt says.")
    if case.issue is not None and case.issue.state is IssueState.SENT:
        return Answer(Verdict.IN_DOUBT, f"{told} The issue is closed. {_again(case)}")
    at = record.next_attempt_at
    return Answer(
        Verdict.IN_DOUBT,
        f"{told} It is sent again {f'at {when(at)}' if at else 'by the next run'}.",
    )


_WORDS: dict[DeliveryState, Callable[[Case, Record, When], Answer]] = {
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


def _no_issue(case: Case, when: When) -> str:
    if case.due_at is None:
        return f"{case.newsletter} has no issue on a {case.date:%A}."
    if case.due_at > case.now:
        return f"The issue is not made yet: it is due at {when(case.due_at)}."
    if case.still_due:
        return f"The issue is due since {when(case.due_at)}: the next run makes it."
    return (
        "No issue was made on this date: nothing ran while it was due, "
        f"from {when(case.due_at)} to the end of that day."
    )


def _not_sealed(issue: Standing) -> str:
    return {
        IssueState.DRAFT: "The issue is a draft: it was never sealed, so nobody got it.",
        IssueState.HELD: f"The issue is held, and nobody got it: {issue.reason}.",
        IssueState.SKIPPED: f"There was no issue: {issue.reason}.",
    }.get(issue.state, "The issue was never sealed, so nobody got it.")


def _not_laid_out(case: Case, sealed_at: datetime, when: When) -> str:
    reader, member = case.reader, case.membership
    if reader.suppressed is not None:
        kept = "" if reader.known else " What it got before that is not kept under its address."
        return f"The address gets nothing more: {_suppressed(reader.suppressed, when)}.{kept}"
    if not reader.known:
        return f"The address {_NEVER}."
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

_NEVER = "never subscribed, as far as the records go"


def _again(case: Case) -> str:
    return f"`digest send --only-missing --date {case.date}` sends it."


def _server(record: Record) -> str:
    return record.server or "The server"


def _said(record: Record) -> str:
    return (record.reply or "no answer is on record").rstrip(". ")


def _at(moment: datetime | None, when: When) -> str:
    return f" at {when(moment)}" if moment is not None else ""


def _returned(each: Return, when: When) -> str:
    told = _RETURNED.get(each.kind, "A message about it came")
    return f"{told} at {when(each.at)}: {each.reason.rstrip('. ')}."


_RETURNED: dict[str, str] = {
    BounceKind.HARD: "It came back",
    BounceKind.SOFT: "It came back for a time",
    BounceKind.DELAYED: "It was held up",
    BounceKind.COMPLAINT: "Its reader complained of spam",
    BounceKind.UNSUBSCRIBE: "Its reader unsubscribed by mail",
}


def _suppressed(suppressed: Suppressed, when: When) -> str:
    return f"{_left(suppressed.reason)}, at {when(suppressed.since)}"


def _left(reason: str) -> str:
    """A kept reason as a clause: `it unsubscribed`, `mail to it came back (550 no such user)`."""
    kind, _, detail = reason.partition(": ")
    told = _LEFT.get(kind)
    if told is None:
        return reason
    return f"{told} ({detail})" if detail else told


_LEFT = {
    "unsubscribed": "it unsubscribed",
    "erased": "the address was erased",
    "bounced": "mail to it came back",
    "complained": "its reader complained of spam",
}
