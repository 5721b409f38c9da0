"""Who did not get an issue, why, in groups by what servers said; and another attempt for them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from digest.errors import UsageError
from digest.model import DeliveryCause, DeliveryState, IssueState, Newsletter
from digest.project import Project
from digest.services.admins import audit
from digest.services.delivery.deleted_deliveries import refuse_where_deliveries_ended
from digest.services.subscribers.importing.own_format import quoted_cell
from digest.store import delivery_list, issues
from digest.store.database import exclusively
from digest.store.delivery_list import DeliveryLine, ReplyCount
from digest.store.issues import IssueRecord
from digest.text import mask_addresses

# Everything but what a server took.
NOT_SENT = tuple(state for state in DeliveryState if state is not DeliveryState.SENT)
# What another attempt may help: it was attempted, and is not the subscriber's wish.
AGAIN = (DeliveryState.FAILED, DeliveryState.DEFERRED, DeliveryState.IN_DOUBT)

COLUMNS = ("email", "state", "why", "attempts", "server", "due_at", "next_attempt_at", "ended_at")

_CODES = re.compile(r"[245]\d\d[ -]|\d\.\d{1,3}\.\d{1,3}\b")
_WHY = {
    DeliveryCause.GAVE_UP: "given up: nobody refused it, its life was over",
    DeliveryCause.UNTOLD: "given up: no next issue came to tell it",
    DeliveryCause.WORKER_DIED: "nobody wrote down what the server answered",
    DeliveryCause.CAME_LATE: "another worker had taken it over",
    DeliveryCause.STOPPED: "the issue was stopped before its turn came",
    DeliveryCause.ADOPTED: "the original of this copy may have sent it",
    DeliveryCause.LATE: "its day was over: the next issue tells it",
    DeliveryCause.SAME_DATE: "it came with the next issue, on one date",
    DeliveryCause.NOT_THEIR_DAY: "it waits for a day that they chose",
    DeliveryCause.WAITS_FOR_MORE: "it waits for more stories on their topics",
    DeliveryCause.KEYWORDS: "no story without their keywords",
    DeliveryCause.UNSUBSCRIBED: "unsubscribed",
    DeliveryCause.ERASED: "erased",
    DeliveryCause.BOUNCED: "mail to the address came back",
    DeliveryCause.COMPLAINED: "complained of a mail as spam",
}
_STATES = {
    DeliveryState.PENDING: "its turn has not come",
    DeliveryState.SENDING: "it is on its way",
    DeliveryState.PAUSED: "its subscriber paused",
    DeliveryState.SKIPPED: "no story on the chosen topics",
}


@dataclass(frozen=True, slots=True)
class MissedGroup:
    """Deliveries that stand alike, for one reason: how many, and the reason in words.

    `words` are the server's, without what differs from one reply to the next; empty where none
    said anything.
    """

    state: DeliveryState
    words: str
    reason: str
    count: int


def why_missed(state: DeliveryState, cause: DeliveryCause | None, reply: str) -> str:
    """Why a delivery is not sent, in words; addresses in a reply are masked."""
    if cause is not None and (not reply or cause in (DeliveryCause.STOPPED, DeliveryCause.ADOPTED)):
        return _WHY[cause]
    return mask_addresses(reply) or _STATES.get(state, str(state))


def why_of(line: DeliveryLine) -> str:
    """The same of a line of the list."""
    return why_missed(line.state, line.cause, line.reply)


def reply_pattern(reply: str) -> str:
    """A server's words without what differs from one reply to the next: `550 5.1.1 no such user`.

    Codes stay; each word with a digit in it is `…`, and so is each address.
    """
    codes = " ".join(code.strip(" -") for code in _CODES.findall(reply[:12]))
    words = " ".join(
        "…" if _is_accidental(word) else word for word in _CODES.sub(" ", reply).split()
    )
    return " ".join(f"{codes} {re.sub(r'…(?:[ :,]*…)+', '…', words)}".split())[:200]


def _is_accidental(word: str) -> bool:
    """Whether it differs from one reply to the next: numbers of a queue, times, addresses."""
    return "@" in word or any(sign.isdigit() for sign in word)


def missed_groups(
    connection: sa.Connection, issue_id: int, states: Sequence[DeliveryState] = AGAIN
) -> list[MissedGroup]:
    """Those of an issue in these states, grouped by the server's words, the largest first."""
    groups: dict[tuple[DeliveryState, str, str], int] = {}
    for counted in delivery_list.by_reply(connection, issue_id, states):
        key = (counted.state, *_words_of(counted))
        groups[key] = groups.get(key, 0) + counted.count
    made = [MissedGroup(*key, count) for key, count in groups.items()]
    return sorted(made, key=lambda group: (-group.count, group.state, group.words))


def _words_of(entry: ReplyCount | DeliveryLine) -> tuple[str, str]:
    reason = why_missed(entry.state, entry.cause, entry.reply)
    if not entry.reply or reason != mask_addresses(entry.reply):
        return "", reason  # what the server said before is not why
    words = reply_pattern(entry.reply)
    return words, words or reason


def find_sealed(connection: sa.Connection, newsletter: Newsletter, day: date) -> IssueRecord:
    """The sealed issue of a date; a usage error where it has no deliveries yet."""
    record = issues.find(connection, newsletter.id, day)
    if record is None or not record.sealed:
        raise UsageError(
            f"the issue {newsletter.id}-{day} has no deliveries: it is not sealed",
            remedy="`digest status` says how each issue stands",
        )
    return record


def missed_lines(
    connection: sa.Connection,
    issue_id: int,
    states: Sequence[DeliveryState],
    words: str | None = None,
) -> Iterator[DeliveryLine]:
    """Those of an issue in these states, streamed; with `words` those of one group alone."""
    for line in delivery_list.lines(connection, issue_id, states):
        if words is None or _words_of(line)[1] == words:
            yield line


def missed_of(
    project: Project,
    newsletter: Newsletter,
    day: date,
    states: Sequence[DeliveryState] = NOT_SENT,
    words: str | None = None,
) -> Iterator[DeliveryLine]:
    """The same of the issue of a date; a usage error where it is not sealed."""
    with project.database.read() as connection:
        record = find_sealed(connection, newsletter, day)
        yield from missed_lines(connection, record.id, states, words)


def csv_row(line: DeliveryLine) -> tuple[str, ...]:
    """A line of the file, under COLUMNS; nothing in it is a formula to a spreadsheet."""
    values = (
        line.email or "",
        line.state,
        why_of(line),
        line.attempts,
        line.server,
        line.due_at,
        line.next_attempt_at or "",
        line.finished_at or "",
    )
    return tuple(quoted_cell(str(value)) for value in values)


def retry(
    project: Project,
    newsletter: Newsletter,
    day: date,
    who: str,
    states: Sequence[DeliveryState] = (DeliveryState.FAILED,),
    words: str | None = None,
) -> int:
    """Attempt again what ended in these states, at once; how many. Nobody else gets a mail.

    With `words` the deliveries of that group alone. The next round sends them.
    """
    hopeless = [state for state in states if state not in AGAIN]
    if hopeless:
        raise UsageError(
            f"what is {hopeless[0]} is not attempted again",
            remedy=f"name one of: {', '.join(AGAIN)}",
        )
    with project.database.write() as connection:
        exclusively(connection)  # a run may be finishing the issue
        record = find_sealed(connection, newsletter, day)
        if record.state in (IssueState.PAUSED, IssueState.STOPPED):
            raise UsageError(
                f"the issue {record.key} is {record.reason or record.state}",
                remedy="`digest issue resume` lets a paused one go on; what was stopped is over",
            )
        refuse_where_deliveries_ended(record)
        lines = missed_lines(connection, record.id, states, words)
        numbers = [line.subscriber_id for line in lines]
        taken = delivery_list.take_up_again(
            connection, record.id, newsletter.id, numbers, states, project.clock()
        )
        if taken:
            issues.reopen(connection, record.id)
            audit.record(
                connection, project.clock(), who, "try again", f"issue {record.key}", after=taken
            )
        return taken
