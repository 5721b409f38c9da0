"""What a failure says of an address, and when an address has failed enough; pure.

By the words where they say something, by the enhanced status (RFC 3463 and its registry) where they
do not. Hard is only what says that nobody is there; a refusal for another reason (policy, spam,
size, a full mailbox) is soft, since it is not the address's fault or may pass.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from digest.deliver.bounces.phrases import plain_words, says_nobody_is_there, says_something_else
from digest.deliver.refusals import Fault, SmtpStage, fault_of, status_of
from digest.model import BounceKind

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")

# No such mailbox, no such domain, bad syntax, moved without a trace, a domain that takes no mail
# (RFC 7505).
_NOBODY = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
# Too general to say who is at fault, or said of anything: then the words decide. Exchange says
# 5.4.1 of unknown recipients, many servers say 5.7.1. A mailbox that "takes no messages" (5.2.1)
# may be opened again.
_VAGUE = re.compile(r"5\.(?:\d\.0|1\.\d{3}|2\.1|4\.[14]|7\.1)$")

# A final reply where it begins, and what it says.
_FINAL_REPLY = re.compile(r"(?<![^\s:;>(\"'#])(5\d\d)[ -](.*)")
# A reply of which a report gives no more than the enhanced status, and the words.
_ENHANCED_REPLY = re.compile(r"(?:smtp; ?)?#?(5\.\d{1,3}\.\d{1,3}[ -].*)", re.IGNORECASE)
_CODE = re.compile(r"(?<![^\s:;>(\"'])([45])\d\d(?!\w|\.\d)")


@dataclass(frozen=True, slots=True)
class BounceRules:
    """When an address is given up: one hard bounce, or soft ones of so many days.

    What comes back is kept for `days_kept`; 0: for ever.
    """

    soft_limit: int = 5
    soft_days: int = 14
    days_kept: int = 0

    def was_deleted(self, issue_day: date, today: date) -> bool:
        """Whether what came back of the issue of a day may be gone, and would count a second time.

        A mailbox may be read again from its beginning, and what it holds may be years old.
        """
        days = max(self.days_kept, self.soft_days)
        return bool(self.days_kept) and today - issue_day > timedelta(days=days)

    def too_many_soft(self, days: Iterable[date]) -> bool:
        """Whether soft bounces of issues of these days are too many.

        They count within `soft_days` before the last of them, one a day. A message that was
        taken in between does not clear them: a server that takes a message may send it back later.
        """
        different = set(days)
        if not different:
            return False
        since = max(different) - timedelta(days=self.soft_days)
        return sum(day > since for day in different) >= self.soft_limit

    def judge_reply(self, code: int | None, reply: str) -> tuple[BounceKind, str | None]:
        """Hard or soft, and the enhanced status, of a server's reply during SMTP."""
        status = best_status(None, reply)
        if code is not None and code < 500:
            return BounceKind.SOFT, status
        return judge(status, reply), status


def judge(status: str | None, text: str) -> BounceKind:
    """Hard or soft, of a failure with this enhanced status and these words.

    Where the two disagree the words are believed: they are those of whoever refused it.
    """
    words = plain_words(text)
    passes = (status or "").startswith("4") or set(_CODE.findall(words)) == {"4"}
    if passes or says_something_else(words):
        return BounceKind.SOFT
    nobody = status in _NOBODY or (is_vague(status) and says_nobody_is_there(words))
    return BounceKind.HARD if nobody and _is_of_address(words) else BounceKind.SOFT


def _is_of_address(words: str) -> bool:
    """Whether a server's reply in these words, if there is one, is about the address.

    Asked is whoever judges replies while we send: what a report says around a reply is not the
    server's.
    """
    if reply := _FINAL_REPLY.search(words):
        code, said = int(reply[1]), reply[2]
    elif reply := _ENHANCED_REPLY.match(words):
        code, said = 550, reply[1]
    else:
        return True
    return fault_of(SmtpStage.RECIPIENT, code, status_of(said), said) is Fault.ADDRESS


def is_vague(status: str | None) -> bool:
    """Whether an enhanced status leaves open who is at fault."""
    return status is None or _VAGUE.match(status) is not None


def find_status(text: str) -> str | None:
    """The first enhanced status of a failure in a text, `5.1.1`, or None."""
    return next((status for status in _STATUS.findall(text) if not status.startswith("2")), None)


def best_status(field: str | None, text: str) -> str | None:
    """The most telling status of a server's words, or that of the report's field if theirs is none.

    A field is often the reporting system's own guess (5.1.1 for every 550).
    """
    in_words = [status for status in _STATUS.findall(text) if not status.startswith("2")]
    candidates: list[str | None] = [
        *(status for status in in_words if not is_vague(status)),
        *(status for status in in_words if not status.endswith(".0")),
        *([field] if field and not is_vague(field) else []),
        *in_words,
        field,
    ]
    return candidates[0]
