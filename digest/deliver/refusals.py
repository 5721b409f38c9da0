"""Who is meant by a refusal, as far as its codes and words tell; pure.

Read in this order: what only ever means one (some codes, some stages), the words, the code. Words
before codes: servers say 5.1.1 or 5.2.0 and then write that it is the sender, the log-in or a
limit. No list of words is ever whole; so in a run it is asked first who else is refused
(digest.deliver.queue.refusal_breaker), and this only where that does not tell.
"""

import re
from enum import StrEnum


class SmtpStage(StrEnum):
    """Where in the conversation a reply came."""

    CONNECT = "connect"
    LOGIN = "log-in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    MESSAGE = "message"


class Fault(StrEnum):
    """Whose fault a refusal is."""

    OURS = "ours"  # the sender, the log-in, the message, a limit: it would be the same for all
    ADDRESS = "address"  # nobody is there, or takes mail of ours
    PASSING = "passing"  # said as if for good, but may be over in an hour


# What a reply says beyond this, in characters, is not looked at.
_LONGEST = 1000
# Before any envelope, or at MAIL: whatever is refused, it is not an address.
_BEFORE_RECIPIENT = (SmtpStage.CONNECT, SmtpStage.LOGIN, SmtpStage.SENDER)
# At the beginning, or as qmail has it at the end: "(#5.7.1)".
_STATUS = re.compile(r"#?(5\.\d{1,3}\.\d{1,3})\b|.*\(#(5\.\d{1,3}\.\d{1,3})\)\W*$", re.DOTALL)
# Log-in or TLS is missing or not good enough (RFC 4954, section 6; RFC 5248, section 2.4).
_LOGIN_CODES = (523, 524, 525, 530, 534, 535, 538)
# The sender's address (5.1.7, 5.1.8), a size that the system does not take (5.3.4), the quota of a
# sending account (5.4.5, as Gmail has it), log-in, TLS, trust, SPF, DKIM, reverse DNS, rate; a
# sender, domain or client that Microsoft does not let send (5.7.5x, 5.7.6x, 5.7.5xx to 5.7.7xx).
_OUR_STATUS = re.compile(r"5\.(1\.[78]|3\.4|4\.5|7\.([89]|1[0-4]|2[0-8]|[56]\d|[567]\d\d))$")
# A mailbox that moved or takes no message of this length, the null MX (RFC 7505), another owner by
# now (RFC 7293), a list that one may not post to, or a group that takes mail from its own people
# only (5.7.12x and 5.7.13x, as Exchange has it).
_THEIR_STATUS = re.compile(r"5\.(1\.(6|10)|2\.3|7\.(2|1[789]|1[23]\d))$")
# The address, its mailbox, the way there: so far as the words do not say otherwise.
_THEIR_CLASS = re.compile(r"5\.[124]\.\d+$")
# An address beyond ASCII that cannot be delivered to (RFC 6531, section 3.5): its MAIL has the
# parameter SMTPUTF8, and so this may come there.
_BEYOND_ASCII = "5.6.7"
# A mailbox or a disk that is full, too many recipients: RFC 3463 (3.3, 3.4, 3.6) and RFC 5321
# (4.5.3.1.10) would have them temporary. A mailbox may be emptied within the day.
_PASSING_STATUS = ("5.2.2", "5.3.1", "5.5.3")


def _words(*alternatives: str) -> re.Pattern[str]:
    """Any of these, at the beginning of a word."""
    return re.compile(rf"\b(?:{'|'.join(alternatives)})", re.IGNORECASE)


_FULL = _words(
    r"(mail)?box( is| was)? (over)?full",
    r"(over|out of|exceed\w{0,3}) (its |the |their |disk |mail ?box |storage )*(quota|storage)\b",
    r"quota (is )?(full|exceeded) for (user|mailbox|recipient)",
    r"(insufficient|not enough) .{0,20}(storage|space)",
    r"receiving mail (at a rate|too quickly)",
    r"too many (concurrent |simultaneous )?(connections|sessions)",
)
# Said without a code of its own, and only of a message that is too much for a mailbox.
_STORAGE = _words("quota", "storage", r"full\b")
# The sender is meant, whoever else is named: "Sender verify failed: no such user here".
_SENDER = _words(
    r"senders?('s)? (mail )?(address |domain |id |identity )?(is |was |are |has been |could )?"
    r"(rejected|denied|refused|blocked|invalid|unknown|unverified|not\b|verif)",
    r"(invalid|bad|unknown|illegal|(un)?verified|unauthori[sz]ed|forged|spoofed|as this) sender",
    r"domain of (the )?sender",
    r"send(ing)? (as\b|from\b|permission|limit|quota|domain|address|account|server|host|mta|ip\b)",
    r"senders? (ip|host|mta|domain)\b",
    r"sendas\w*|\w*spamexception|\w*submission\.exception",
    r"(mail[ -]?)?from[ -:](address|header|domain)|(mail|return)[ -](from|path)\b",
    r"(identity|address|domain) (is |was )?not (been )?(yet )?verified",
)
# Nobody is there.
_NOBODY = _words(
    r"(?<!your )(user|recipient|mailbox|account|address|person|local[ -]part)( name)?"
    r"( \S+){0,3}?( is| was| has been)?"
    r" (unknown|not (found|known|exist\w*|listed)|disabled|deactivated|inactive|closed|expired"
    r"|discontinued|suspended|invalid)",
    r"(unknown|no such|not an? (known|valid|existing)|non-?existent|invalid|bad|inactive) (local )?"
    r"(user|recipient|mailbox|address|person|account|local[ -]part|alias)",
    r"(user|recipient|mailbox|account|address|person|domain)\b.{0,40} (does ?n.?t|does not|may not)"
    r" exist",
    r"(unrout|undeliver)e?able (address|recipient)",
    r"no (mailbox|account|user|recipient)s? (here )?by (that|this) name",
    r"(does ?n.?t|does not) have an? .{0,60}account",
    r"mailbox (has )?(changed|moved)",
    r"recipient address rejected: access denied",
)
# Our log-in, our limits, our host and its name, our good name, or a server that is not ours to use.
_US = _words(
    r"(smtp[ -]?)?auth(entication)?\b.{0,40}(required|needed|first|failed|not|before|credentials)",
    r"(must|not|client was not|please|need to) (be )?(authenticat|log ?in|turn on smtp)",
    r"need auth\b|not (properly )?logged in|log ?in (first|required)|starttls",
    r"not allowed to (connect|send|use)",
    r"relay(ing)?( access)?( is)?( not|n.?t)? (denied|(dis)?allowed|permitted|prohibited|attempt)",
    r"(not|unable to|cannot|can.?t|permitted to|allowed to) relay|rcpthosts",
    r"(exceed\w*|reached|over)\b.{0,60}\b(limit|quota|rate|max\w*|per (hour|day))",
    r"(limit|quota|max\w*)\b.{0,40}\b(exceed|reached|per (hour|day))",
    r"(daily|hourly|hour|day) .{0,20}(limit|quota)",
    r"helo|ehlo",
    r"(client|remote|your|sending|connecting) (host|ip|server|address|domain|mail ?server)\b",
    r"host \[?[\da-f.:]+|(this|your|an?|that|the) ip\b|ip[ -]address|banned",
    r"reverse (dns|lookup)|r?dns\b|ptr\b|hostname",
    r"spf\b|dkim|dmarc|unauthenticated",
    r"\w*(rbl|dnsbl|bl(ack|ock)[ -]?list\w*|spamhaus|barracuda|proofpoint|spamcop|sorbs)",
    r"blocked (using|by|-|due|because|for)|client .{0,60}block",
    r"reputation|spam\b|unsolicited|bulk mail",
    r"your (account|access|organization|email|message|mail)\b.{0,40}"
    r"(suspend|disabl|block|restrict|reject|not)",
)
# The recipient, where the message was taken up to its end.
_SOMEBODY = _words("recipient", "mailbox", "address (unknown|rejected)")


def status_of(text: str) -> str:
    """The enhanced status of a refusal (RFC 3463), empty where there is none."""
    status = _STATUS.match(text)
    return (status[1] or status[2]) if status else ""


def fault_of(stage: SmtpStage, code: int, status: str, text: str) -> Fault:
    """Whose fault a refusal (5yz) is, of which nothing is known but itself."""
    text = text[:_LONGEST]
    if status == _BEYOND_ASCII:
        return Fault.ADDRESS
    if code in _LOGIN_CODES or stage in _BEFORE_RECIPIENT:
        return Fault.OURS
    if _passes(stage, code, status, text):
        return Fault.PASSING
    return _by_status(status) or _by_words(text) or _by_stage(stage, status, text)


def _passes(stage: SmtpStage, code: int, status: str, text: str) -> bool:
    """Whether it is said of what may be over in an hour."""
    if status in _PASSING_STATUS or _FULL.search(text):
        return True
    full = stage is SmtpStage.RECIPIENT or _STORAGE.search(text) is not None
    return code == 552 and not status and full


def _by_status(status: str) -> Fault | None:
    if _OUR_STATUS.match(status):
        return Fault.OURS
    return Fault.ADDRESS if _THEIR_STATUS.match(status) else None


def _by_words(text: str) -> Fault | None:
    if _SENDER.search(text):
        return Fault.OURS
    if _NOBODY.search(text):
        return Fault.ADDRESS
    return Fault.OURS if _US.search(text) else None


def _by_stage(stage: SmtpStage, status: str, text: str) -> Fault:
    """Where the words are silent.

    At RCPT a server speaks of the recipient. After that it has taken the recipient, and speaks of
    the message, which is the same for all, unless it says otherwise.
    """
    if stage is SmtpStage.RECIPIENT or _THEIR_CLASS.match(status):
        return Fault.ADDRESS
    return Fault.ADDRESS if not status and _SOMEBODY.search(text) else Fault.OURS
