"""What a failure says of an address, and when an address has failed enough; pure.

By the enhanced status (RFC 3463 and its registry) where it says something, by the words where
it does not. Hard is only what says that nobody is there; a refusal for another reason (policy,
spam, size, a full mailbox) is soft, since it is not the address's fault or may pass.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from digest.model import BounceKind

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")

# No such mailbox, no such domain, bad syntax, moved without a trace, a domain that takes no mail
# (RFC 7505), a mailbox that is closed.
_NOBODY = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
# Too general to say who is at fault: the words decide. Exchange says 5.4.1 of unknown recipients,
# and Outlook.com said 5.5.0.
_VAGUE = frozenset({"5.0.0", "5.1.0", "5.2.0", "5.4.1", "5.5.0"})

_NOBODY_IN_WORDS = re.compile(
    r"""(?:user|recipient|mailbox|address)\ (?:is\ )?(?:unknown|not\ found|unavailable)
    | (?:unknown|invalid|no\ such|nonexistent|non-existent)\ (?:local\ )?
      (?:user|recipient|mailbox|address|person|account)
    | (?:user|recipient|mailbox|address|account)\ (?:does\ not|doesn'?t)\ exist
    | (?:user|mailbox|account)\ (?:is\ |has\ been\ )?(?:disabled|inactive|closed|discontinued)
    | recipient\ address\ rejected:\ access\ denied
    | doesn'?t\ have\ an?\ \S+\ account
    | no\ mailbox\ here\ by\ that\ name
    | unrouteable\ address
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NOT_THE_ADDRESS = re.compile(
    r"spam|policy|block(?:ed|list)|blacklist|reputation|dmarc|\bspf\b|dkim|quota|\bfull\b"
    r"|too (?:big|large|many)|greylist|temporar|try again",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class BounceRules:
    """When an address is given up: one hard bounce, or soft ones of so many days."""

    soft_limit: int = 5
    soft_days: int = 14

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
        status = find_status(reply)
        if code is not None and code < 500:
            return BounceKind.SOFT, status
        return judge(status, reply), status


def judge(status: str | None, text: str) -> BounceKind:
    """Hard or soft, of a failure with this enhanced status and these words."""
    if status in _NOBODY:
        return BounceKind.HARD
    if status is not None and status not in _VAGUE:
        return BounceKind.SOFT
    nobody = _NOBODY_IN_WORDS.search(text) and not _NOT_THE_ADDRESS.search(text)
    return BounceKind.HARD if nobody else BounceKind.SOFT


def find_status(text: str) -> str | None:
    """The first enhanced status of a failure in a text, `5.1.1`, or None."""
    return next((found for found in _STATUS.findall(text) if not found.startswith("2")), None)


def best_status(told: str | None, text: str) -> str | None:
    """The status of a report's field, or that of its words where the field is vague or missing."""
    if told is not None and told not in _VAGUE:
        return told
    return find_status(text) or told
