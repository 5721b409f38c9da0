"""What a server's reply means; pure. docs/outcomes.md has the table, which the tests hold.

The first digit decides first (RFC 5321, section 4.2.1): only 5yz is final. Of a final one it is
asked whose fault it is, by the stage, the enhanced status (RFC 3463 and its registry at IANA) and,
where that is missing or vague, by the words that servers use. What is wrong with the sender, the
log-in or the message would fail for everyone, and is nobody's address's fault: it stops the run.
"""

import re
from enum import StrEnum

from digest.model import Outcome, Verdict


class SmtpStage(StrEnum):
    """Where in the conversation a reply came."""

    CONNECT = "connect"
    LOGIN = "log-in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    MESSAGE = "message"


# Before any envelope, or at MAIL: whatever is refused, it is not an address.
_BEFORE_RECIPIENT = (SmtpStage.CONNECT, SmtpStage.LOGIN, SmtpStage.SENDER)
_STATUS = re.compile(r"(5\.\d{1,3}\.\d{1,3})\b")
# Log-in or TLS is missing or not good enough (RFC 4954, section 6; RFC 5248, section 2.4).
_LOGIN_CODES = (523, 524, 525, 530, 534, 535, 538)
# The sender's address (5.1.7, 5.1.8), a size that the system does not take (5.3.4), the quota of a
# sending account (5.4.5, as Gmail has it), log-in, TLS, trust, SPF, DKIM, reverse DNS, rate.
_OUR_STATUS = re.compile(r"5\.(1\.[78]|3\.4|4\.5|7\.([89]|1[0-4]|2[0-8]))$")
# The address, its mailbox, the way there, another owner by now (RFC 7293), or a group that takes
# mail from its own people only (5.7.12x and 5.7.13x, as Exchange has it).
_THEIR_STATUS = re.compile(r"5\.([124]\.\d+|7\.(2|1[789]|1[23]\d))$")
# An address beyond ASCII that cannot be delivered to (RFC 6531, section 3.5): its MAIL has the
# parameter SMTPUTF8, and so this may come there.
_BEYOND_ASCII = "5.6.7"
# A mailbox or a disk that is full, too many recipients: RFC 3463 (3.3, 3.4, 3.6) and RFC 5321
# (4.5.3.1.10) would have them temporary. A mailbox may be emptied within the day.
_PASSING_STATUS = ("5.2.2", "5.3.1", "5.5.3")
_FULL = re.compile(r"quota|storage|\bfull\b", re.IGNORECASE)
# Policy at RCPT: many servers wait until here with what they hold against the sender or the client.
_OUR_FAULT = re.compile(
    r"relay(ing)?( access)? (is )?(denied|not (permitted|allowed)|prohibited)"
    r"|(not|unable to|cannot|permitted to) relay\b|rcpthosts"
    r"|sender (address )?(rejected|verify)|client host|helo command|banned|(this|your) ip\b"
    r"|authenticat\w{1,5} (is )?required|blocked using|\bbl(ack|ock) ?list",
    re.IGNORECASE,
)
_THEIR_FAULT = re.compile(
    r"recipient|mailbox|user unknown|(unknown|no such) (user|address)"
    r"|address (unknown|rejected)|does not exist",
    re.IGNORECASE,
)


def judge(stage: SmtpStage, code: int, text: str) -> Outcome:
    """The outcome of a reply; one that no standard knows is temporary."""
    reply = f"{code} {text}".strip()
    if 200 <= code < 300 and stage is SmtpStage.MESSAGE:
        return Outcome(Verdict.SENT, reply, code)
    if not 500 <= code < 600:
        return Outcome(Verdict.RETRY, reply, code)
    verdict = _refusal(stage, code, text)
    return Outcome(verdict, f"{stage}: {reply}" if verdict is Verdict.STOP else reply, code)


def _refusal(stage: SmtpStage, code: int, text: str) -> Verdict:
    """What 5yz means: stop the run, give up on this address, or try again after all."""
    found = _STATUS.match(text)
    status = found[1] if found else ""
    if status == _BEYOND_ASCII:
        return Verdict.REJECTED
    if code in _LOGIN_CODES or stage in _BEFORE_RECIPIENT:
        return Verdict.STOP
    if _passes(stage, code, status, text):
        return Verdict.RETRY
    ours = _is_ours_at_rcpt if stage is SmtpStage.RECIPIENT else _is_ours_after_rcpt
    return Verdict.STOP if ours(status, text) else Verdict.REJECTED


def _passes(stage: SmtpStage, code: int, status: str, text: str) -> bool:
    """Whether 5yz is said of what may be over in an hour."""
    if status:
        return status in _PASSING_STATUS
    return code == 552 and (stage is SmtpStage.RECIPIENT or _FULL.search(text) is not None)


def _is_ours_at_rcpt(status: str, text: str) -> bool:
    """Here a server speaks of the recipient, unless it says otherwise."""
    if _OUR_STATUS.match(status):
        return True
    return not _THEIR_STATUS.match(status) and _OUR_FAULT.search(text) is not None


def _is_ours_after_rcpt(status: str, text: str) -> bool:
    """It took the recipient: now it speaks of the message, the same for all, unless it says so."""
    if status:
        return _OUR_STATUS.match(status) is not None or not _THEIR_STATUS.match(status)
    return not _THEIR_FAULT.search(text)
