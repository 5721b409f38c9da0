"""From the bytes of a message that came back to what it means; pure, and never raises.

Delivery reports by RFC 3464, complaints by RFC 5965, automatic answers by RFC 3834, requests to
leave by the mailto: of RFC 2369; delivery reports that keep to no standard by their words.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from email.utils import parseaddr

from digest.deliver.bounces.addressee import SignedAddresses, find_addressee, read_token
from digest.deliver.bounces.answers import read_answer
from digest.deliver.bounces.parts import blocks, header, parse, part_of_type, report_type, text
from digest.deliver.bounces.rules import find_status
from digest.deliver.bounces.words import (
    as_reason,
    own_words,
    read_failure,
    statement,
    telling_line,
)
from digest.model import Bounce, BounceKind

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
_MAIL_SYSTEMS = (
    "mailer-daemon",
    "mailer daemon",
    "mail-daemon",
    "mdaemon",
    "postmaster",
    "microsoftexchange",
)
_FAILURE_SUBJECT = re.compile(
    r"undeliver|\bfail(?:ure|ed)\b|could not be delivered|returned (?:mail|to sender)"
    r"|delivery (?:status|notification|problem|report|error)|mail (?:system )?error",
    re.IGNORECASE,
)
_COMPLAINT_SUBJECT = re.compile(r"\b(?:complaint|abuse report|spam report)\b", re.IGNORECASE)
_DELAY = re.compile(
    r"\bdelayed\b|not (?:yet )?been delivered yet|has not yet been|will (?:be re)?tr(?:y|ied)\b"
    r"|will (?:continue|keep)|temporary failure report|still trying",
    re.IGNORECASE,
)
_FAILURE_WORDS = re.compile(
    r"\b(?:could not|cannot|can not|was not|unable to) (?:be )?(?:deliver|sen[dt])", re.IGNORECASE
)
_REFUSED = re.compile(r"\b(?:automatically |been |was )(?:rejected|refused)\b", re.IGNORECASE)


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
    answer = None if report_type(message) else read_answer(message, seals)
    if answer is not None:
        reason = "an answer to a test mail"
        return _auto_reply(message) or Bounce(BounceKind.COMMENT, reason=reason, comment=answer)
    bounce = _understood(message)
    if bounce.kind in _IS_ABOUT_NOBODY:
        return bounce
    about = find_addressee(message, seals)
    if about is None or not (about.signed or trust_unsigned):
        reason = f"{bounce.kind}, without a signature of ours: {bounce.reason}"
        return Bounce(BounceKind.UNSIGNED, None, bounce.status, reason)
    return replace(bounce, about=about)


def _leaving(message: Message, seals: SignedAddresses) -> Bounce:
    about = read_token(header(message, "Subject"), seals)
    if about is None:
        reason = "a request to unsubscribe, without a token of ours"
        return Bounce(BounceKind.UNSIGNED, reason=reason)
    return Bounce(BounceKind.UNSUBSCRIBE, about, reason="by mail")


def _understood(message: Message) -> Bounce:
    """What kind of message it is, whomever it is about."""
    forms = (
        _complaint,
        _delivery_status,
        _receipt,
        _forwarded,
        _auto_reply,
        _report_in_words,
    )
    understood = next((bounce for read in forms if (bounce := read(message))), None)
    reason = "neither a delivery report nor a complaint nor a request to leave"
    return understood or Bounce(BounceKind.UNREADABLE, reason=reason)


def _complaint(message: Message) -> Bounce | None:
    part = part_of_type(message, "message/feedback-report")
    if part is None:
        return None
    kind = next((header(block, "Feedback-Type").lower() for block in blocks(part)), "")
    bounce_kind = BounceKind.COMPLAINT if kind in _COMPLAINTS else BounceKind.NOTICE
    return Bounce(bounce_kind, reason=as_reason(f"reported as {kind}"))


def _delivery_status(message: Message) -> Bounce | None:
    """The gravest of what a report says; a mail of ours has one recipient."""
    part = part_of_type(message, "message/delivery-status", "message/global-delivery-status")
    if part is None:
        return None
    by_kind = {bounce.kind: bounce for bounce in _recipients(part, own_words(message))}
    return next((by_kind[kind] for kind in _GRAVEST_FIRST if kind in by_kind), None)


def _recipients(part: Message, words: str) -> Iterator[Bounce]:
    for block in blocks(part):
        action = re.match("[a-z]*", header(block, "Action").lower())
        field = find_status(header(block, "Status"))
        if action is None or not (action[0] or field):
            continue  # the fields of the message as a whole
        typed = header(block, "Diagnostic-Code")
        # Some leave out the type before the semicolon.
        diagnostic = (typed.partition(";")[2] or typed).strip()
        if action[0] in ("delivered", "relayed", "expanded"):
            yield Bounce(BounceKind.NOTICE, reason=as_reason(diagnostic))
        elif action[0] == "delayed":
            reason = as_reason(diagnostic or telling_line(words, field))
            yield Bounce(BounceKind.DELAYED, None, field, reason)
        else:  # failed, or a word of some server's own: error, expired
            yield read_failure(field, diagnostic, words)


def _receipt(message: Message) -> Bounce | None:
    """RFC 8098: that a mail was shown or deleted says nothing of the address.

    A filter that refuses mail for its owner (RFC 5429) answers in the same form.
    """
    if report_type(message) != "disposition-notification":
        return None
    words = own_words(message)
    if _REFUSED.search(words):
        return read_failure(None, "", words)
    return Bounce(BounceKind.NOTICE, reason="a receipt")


def _forwarded(message: Message) -> Bounce | None:
    """A complaint without a report (Microsoft's JMRP): our message, and nothing beside it."""
    if message.get_content_type() != "multipart/mixed" or _is_of_mail_system(message):
        return None
    original = part_of_type(message, "message/rfc822")
    is_complaint = (
        _COMPLAINT_SUBJECT.search(header(message, "Subject")) or not text(message).strip()
    )
    if original is None or not is_complaint:
        return None
    return Bounce(BounceKind.COMPLAINT, reason="sent back whole")


def _is_of_mail_system(message: Message) -> bool:
    name, address = parseaddr(header(message, "From"))
    named = any(sender.lower().startswith(_MAIL_SYSTEMS) for sender in (name, address))
    return named or "X-Failed-Recipients" in message


def _auto_reply(message: Message) -> Bounce | None:
    """An automatic answer of a person's; one of a mail system is a report."""
    subject = header(message, "Subject")
    if _is_of_mail_system(message) or _FAILURE_SUBJECT.search(subject):
        return None
    marked = (
        header(message, "Auto-Submitted").lower() not in ("", "no")
        or header(message, "Precedence").lower() == "auto_reply"
        or any(name in message for name in _AUTO_HEADERS)
        or _AUTO_SUBJECT.match(subject)
    )
    return Bounce(BounceKind.AUTO_REPLY, reason="an automatic answer") if marked else None


def _report_in_words(message: Message) -> Bounce | None:
    """A report that keeps to no standard: it has a code of SMTP, or a mail system sent it."""
    words = own_words(message)
    said = statement(words)
    is_report = (
        _is_of_mail_system(message)
        or _FAILURE_SUBJECT.search(header(message, "Subject"))
        or _FAILURE_WORDS.search(words)
    )
    if not said and not (is_report and words.strip()):
        return None
    failure = read_failure(None, "", words)
    if (
        _DELAY.search(words)
        and not (failure.status or "").startswith("5")
        and failure.kind is BounceKind.SOFT
    ):
        return replace(failure, kind=BounceKind.DELAYED)
    return failure
