"""From the bytes of a message that came back to what it means; pure, and never raises.

Delivery reports by RFC 3464, complaints by RFC 5965, automatic answers by RFC 3834, requests to
leave by the mailto: of RFC 2369; delivery reports that keep to no standard by flufl.bounce.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from email.utils import parseaddr

from flufl.bounce import all_failures

from digest.deliver.bounces.addressee import SignedAddresses, find_addressee, read_token
from digest.deliver.bounces.parts import blocks, header, parse, part_of_type, report_type, text
from digest.deliver.bounces.rules import best_status, find_status, judge
from digest.model import Bounce, BounceKind
from digest.text import clean_line, mask_addresses, shorten

# It logs what its detectors stumble over; without this, to the terminal.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())

_REASON = 300
# What a server says stands at the top; what comes back with it may hold any words.
_WORDS = 3000

# RFC 5965, section 7.3; opt-out was in the drafts. Others (not-spam, auth-failure, virus) are
# no subscriber's complaint.
_COMPLAINTS = ("abuse", "fraud", "opt-out", "other")
_GRAVEST_FIRST = (BounceKind.HARD, BounceKind.SOFT, BounceKind.DELAYED, BounceKind.NOTICE)
_IS_ABOUT_NOBODY = (BounceKind.AUTO_REPLY, BounceKind.NOTICE, BounceKind.UNREADABLE)

_LEAVING = re.compile(r"(?:(?:re|aw|sv|fwd?): ?)*unsubscribe\b", re.IGNORECASE)
_AUTO_SUBJECT = re.compile(
    r"(?:auto(?:matic|mated)?[ -]?(?:reply|response)|out of (?:the )?office|vacation\b"
    r"|automatische antwort|abwesenheit|r[ée]ponse automatique|risposta automatica"
    r"|respuesta autom[áa]tica)",
    re.IGNORECASE,
)
_AUTO_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder")
_MAIL_SYSTEMS = ("mailer-daemon", "postmaster", "mail-daemon", "mdaemon")
_ORIGINAL_FOLLOWS = re.compile(
    r"^\s*-{2,}.*(?:copy of|original|returned|message)", re.IGNORECASE | re.MULTILINE
)


def read_bounce(content: bytes, seals: SignedAddresses, *, trust_unsigned: bool = False) -> Bounce:
    """What a message means.

    What would count against somebody but bears no signature of ours is `unsigned`;
    with `trust_unsigned` a Message-ID of ours will do.
    """
    try:
        return _read(parse(content), seals, trust_unsigned=trust_unsigned)
    except Exception as error:  # noqa: BLE001 - the parsers' faults on foreign bytes are not ours
        reason = f"cannot be taken apart: {type(error).__name__}"
        return Bounce(BounceKind.UNREADABLE, reason=reason)


def _read(message: Message, seals: SignedAddresses, *, trust_unsigned: bool) -> Bounce:
    if not report_type(message) and _LEAVING.match(header(message, "Subject")):
        return _leaving(message, seals)
    found = _understood(message)
    if found.kind in _IS_ABOUT_NOBODY:
        return found
    about = find_addressee(message, seals)
    if about is None or not (about.signed or trust_unsigned):
        reason = f"{found.kind}, without a signature of ours: {found.reason}"
        return Bounce(BounceKind.UNSIGNED, None, found.status, reason)
    return replace(found, about=about)


def _leaving(message: Message, seals: SignedAddresses) -> Bounce:
    about = read_token(header(message, "Subject"), seals)
    if about is None:
        reason = "a request to unsubscribe, without a token of ours"
        return Bounce(BounceKind.UNSIGNED, reason=reason)
    return Bounce(BounceKind.UNSUBSCRIBE, about, reason="by mail")


def _understood(message: Message) -> Bounce:
    """What kind of message it is, whomever it is about."""
    subscribers = (_complaint, _delivery_status, _receipt, _auto_reply, _by_heuristics)
    found = next((bounce for read in subscribers if (bounce := read(message))), None)
    reason = "neither a delivery report nor a complaint nor a request to leave"
    return found or Bounce(BounceKind.UNREADABLE, reason=reason)


def _complaint(message: Message) -> Bounce | None:
    part = part_of_type(message, "message/feedback-report")
    if part is None:
        return None
    kind = next((header(block, "Feedback-Type").lower() for block in blocks(part)), "")
    what = BounceKind.COMPLAINT if kind in _COMPLAINTS else BounceKind.NOTICE
    return Bounce(what, reason=_as_reason(f"reported as {kind}"))


def _delivery_status(message: Message) -> Bounce | None:
    """The gravest of what a report says; a mail of ours has one recipient."""
    part = part_of_type(message, "message/delivery-status", "message/global-delivery-status")
    if part is None:
        return None
    found = {bounce.kind: bounce for bounce in _recipients(part, _own_words(message))}
    return next((found[kind] for kind in _GRAVEST_FIRST if kind in found), None)


def _recipients(part: Message, words: str) -> Iterator[Bounce]:
    for block in blocks(part):
        action = re.match("[a-z]*", header(block, "Action").lower())
        status = find_status(header(block, "Status"))
        if action is None or not (action[0] or status):
            continue  # the fields of the message as a whole
        diagnostic = header(block, "Diagnostic-Code").partition(";")[2].strip()
        said = diagnostic or words
        status = best_status(status, said)
        # opensmtpd says error.
        if action[0] in ("failed", "error", ""):
            kind = judge(status, said)
        else:
            kind = BounceKind.DELAYED if action[0] == "delayed" else BounceKind.NOTICE
        yield Bounce(kind, None, status, _as_reason(diagnostic or _telling_line(words, status)))


def _receipt(message: Message) -> Bounce | None:
    """RFC 8098: that a mail was shown or deleted says nothing of the address."""
    if report_type(message) != "disposition-notification":
        return None
    return Bounce(BounceKind.NOTICE, reason="a receipt")


def _auto_reply(message: Message) -> Bounce | None:
    """An automatic answer of a person's; one of a mail system is a report."""
    sender = parseaddr(header(message, "From"))[1].lower()
    if sender.startswith(_MAIL_SYSTEMS) or "X-Failed-Recipients" in message:
        return None
    marked = (
        header(message, "Auto-Submitted").lower() not in ("", "no")
        or header(message, "Precedence").lower() == "auto_reply"
        or any(name in message for name in _AUTO_HEADERS)
        or _AUTO_SUBJECT.match(header(message, "Subject"))
    )
    return Bounce(BounceKind.AUTO_REPLY, reason="an automatic answer") if marked else None


def _by_heuristics(message: Message) -> Bounce | None:
    """flufl.bounce knows whether it is a report; how grave it is, the words tell."""
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - a detector stumbles over what no mail system writes
        return None
    if not (temporary or permanent):
        return None
    words = _own_words(message)
    status = find_status(words)
    kind = judge(status, words) if permanent else BounceKind.DELAYED
    return Bounce(kind, None, status, _as_reason(_telling_line(words, status)))


def _own_words(message: Message) -> str:
    """What the mail system says itself, before the message that it returns."""
    words = text(message)
    end = _ORIGINAL_FOLLOWS.search(words)
    return words[: end.start() if end else None][:_WORDS]


def _telling_line(words: str, status: str | None) -> str:
    """The line with the status, or that says that nobody is there, or the first one."""
    lines = [line for line in map(str.strip, words.splitlines()) if line]
    telling = [
        *(line for line in lines if status and status in line),
        *(line for line in lines if judge(None, line) is BounceKind.HARD),
        *lines,
        "",
    ]
    return telling[0]


def _as_reason(words: str) -> str:
    return shorten(mask_addresses(clean_line(words)), _REASON)
