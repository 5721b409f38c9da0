"""Whom a message that came back is about; pure.

What we signed comes first: the tag in the address that it came back to or in the returned
message's Return-Path, then the token in the returned message's List-Unsubscribe. A Message-ID can
be written by anybody, and is told apart.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from email.message import Message
from urllib.parse import unquote

from digest.deliver.bounces.parts import headers, quoted, returned
from digest.message_id import MessageId
from digest.model import Addressee

# Where mail servers write the address that a message came to, the extension with it.
_CAME_TO = (
    "To",
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Delivered-To",
    "Original-Recipient",
)
# Of today, and of the first mails: see digest.render.links.
_TOKEN = re.compile(
    r"[a-z0-9][a-z0-9-]{0,62}\.[0-9]{1,18}\.[A-Za-z0-9_-]{20,90}"
    r"|WyJ[A-Za-z0-9_-]{6,120}\.[A-Za-z0-9_-]{27}",
    re.ASCII,
)


def _no_draft(_text: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class SignedAddresses:
    """What reads our signatures: each gives None where there is none that holds.

    `tag` finds issue and subscriber in a text with a Return-Path; `token` takes a token for
    leaving, and gives newsletter and subscriber; `draft` finds newsletter and date in an address to
    which answers to test mails go.
    """

    tag: Callable[[str], tuple[int, int] | None]
    token: Callable[[str], tuple[str, int] | None]
    draft: Callable[[str], tuple[str, date] | None] = _no_draft


def find_addressee(message: Message, seals: SignedAddresses) -> Addressee | None:
    """Whom it is about: by a signature if there is one, else by a Message-ID, else None."""
    came_to = (value for name in _CAME_TO for value in headers(message, name))
    by_recipient = _by_tag(came_to, seals)
    if by_recipient is not None:
        return by_recipient
    originals = [part for part in (returned(message), quoted(message)) if part is not None]
    marks = (_by_return_path, _by_leaving, _by_message_id)
    return next(
        (about for read in marks for original in originals if (about := read(original, seals))),
        None,
    )


def find_draft(message: Message, seals: SignedAddresses) -> tuple[str, date] | None:
    """Newsletter and date of the draft that a message answers to, by the address it came to."""
    came_to = (value for name in _CAME_TO for value in headers(message, name))
    return next((draft for value in came_to if (draft := seals.draft(value))), None)


def read_token(text: str, seals: SignedAddresses) -> Addressee | None:
    """The subscriber of the first token for leaving in a text whose signature holds."""
    for candidate in _TOKEN.findall(unquote(text)):
        signed = seals.token(candidate)
        if signed is not None:
            newsletter, subscriber_id = signed
            return Addressee(subscriber_id, signed=True, newsletter=newsletter)
    return None


def _by_tag(values: Iterable[str], seals: SignedAddresses) -> Addressee | None:
    for issue_id, subscriber_id in _tags(values, seals):
        return Addressee(subscriber_id, signed=True, issue_id=issue_id)
    return None


def _tags(values: Iterable[str], seals: SignedAddresses) -> Iterator[tuple[int, int]]:
    return (tag for value in values if (tag := seals.tag(value)))


def _by_return_path(original: Message, seals: SignedAddresses) -> Addressee | None:
    return _by_tag(headers(original, "Return-Path"), seals)


def _by_leaving(original: Message, seals: SignedAddresses) -> Addressee | None:
    values = headers(original, "List-Unsubscribe")
    return next((about for value in values if (about := read_token(value, seals))), None)


def _by_message_id(original: Message, _seals: SignedAddresses) -> Addressee | None:
    header = next(iter(headers(original, "Message-ID")), "")
    message_id = MessageId.read(header)
    named = message_id.delivery if message_id else None
    if named is None:
        return None
    return Addressee(named.subscriber_id, signed=False, newsletter=named.newsletter, day=named.day)
