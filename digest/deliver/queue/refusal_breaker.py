"""A circuit breaker for refusals: whom one means is told by who else is refused; pure.

A refusal for good waits here until that is known:

- a message is accepted that was handed out after it came: it was meant for its address, whatever
  its words;
- ten alike came in a row, and nobody was accepted in between: the fault is ours, the breaker
  opens, and nothing more is to go out;
- nothing more comes: its words decide (digest.deliver.refusals), but where they blame us, and more
  were accepted than refused like that, it is tried again later, and stops nobody.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Generic, NamedTuple

from digest.deliver.queue.claim_buffer import C
from digest.model import Outcome, Verdict
from digest.text import mask_addresses

# So many dead addresses in a row, all refused in the same words, are hardly ever met: of a list
# with a dead address in five, once in ten million messages.
ALIKE = 10

# What differs from one refusal to the next: addresses, links, names of hosts, numbers, ids.
_BRACKETED = re.compile(r"<[^<>]*>")
_OF_ONE = re.compile(r"@|://|\d|\w\.\w")
_STATUS = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")


class HeldRefusal(NamedTuple, Generic[C]):
    """A refusal, and how many messages had been handed out when it came."""

    claim: C
    outcome: Outcome
    handed_out: int

    def judged(self, verdict: Verdict) -> "HeldRefusal[C]":
        """The same, judged to mean something else."""
        return self._replace(outcome=replace(self.outcome, verdict=verdict))


class RefusalBreaker(Generic[C]):
    """The refusals of one backend in one run.

    `most` alike in a row open it, or `most` and one a connection of any kind: more are never
    refused. `accepted` is how many got this mail. `opened` says why it is open.
    """

    def __init__(self, connections: int, accepted: int = 0) -> None:
        self.most = max(ALIKE, connections)
        self.opened: str | None = None
        self._limit = self.most + connections
        self._accepted = accepted
        self._handed_out = 0
        self._waiting: list[HeldRefusal[C]] = []
        self._in_a_row: Counter[str] = Counter()

    def hand_out(self) -> int:
        """The number of the message that is handed out now."""
        self._handed_out += 1
        return self._handed_out

    def may_hand_out(self, under_way: int) -> bool:
        """Whether one more may go out beside those under way."""
        return under_way + len(self._waiting) < self._limit

    def accepted(self, number: int) -> list[HeldRefusal[C]]:
        """The message of this number was accepted: the refusals that it tells to be addresses'."""
        self._accepted += 1
        self._in_a_row.clear()
        if not self._waiting:
            return []
        theirs = [refusal for refusal in self._waiting if refusal.handed_out < number]
        self._waiting = [refusal for refusal in self._waiting if refusal.handed_out >= number]
        return [refusal.judged(Verdict.REJECTED) for refusal in theirs]

    def refused(self, claim: C, outcome: Outcome) -> None:
        """A message was refused for good; it waits."""
        self._waiting.append(HeldRefusal(claim, outcome, self._handed_out))
        kind = likeness(outcome.reply)
        self._in_a_row[kind] += 1
        is_ours = self._in_a_row[kind] >= self.most or len(self._waiting) >= self._limit
        if is_ours and self.opened is None:
            self.opened = (
                f"{len(self._waiting)} messages were refused and nobody accepted after them, "
                f"the last one with: {mask_addresses(outcome.reply)}"
            )

    def settle(self) -> list[HeldRefusal[C]]:
        """What waits, with what is to become of it if nothing more comes."""
        waiting, self._waiting = self._waiting, []
        if self.opened is not None:
            return [refusal.judged(Verdict.STOP) for refusal in waiting]
        alike = Counter(likeness(refusal.outcome.reply) for refusal in waiting)
        return [
            refusal.judged(Verdict.RETRY)
            if refusal.outcome.verdict is Verdict.STOP
            and alike[likeness(refusal.outcome.reply)] <= self._accepted
            else refusal
            for refusal in waiting
        ]


def of_addresses(replies: Sequence[str], accepted: int) -> list[bool]:
    """Which refusals of an issue, which `accepted` others got, are meant for their addresses.

    What most of an issue was refused for is not: so many are not wrong about their own address.
    """
    alike = Counter(likeness(reply) for reply in replies)
    most = (accepted + len(replies)) / 2
    return [alike[likeness(reply)] <= most for reply in replies]


def likeness(reply: str) -> str:
    """The same for refusals that are alike: their code, status and words without what differs."""
    status = _STATUS.search(reply)
    code = re.search(r"\b5\d\d\b", reply)
    parts = _BRACKETED.sub(" ", reply.lower()).split()
    words = re.findall(r"[^\W\d_]+", " ".join(part for part in parts if not _OF_ONE.search(part)))
    return " ".join([code[0] if code else "", status[0] if status else "", *words])
