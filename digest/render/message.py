"""A mail as messages: headers, text before HTML, a skeleton that is filled for each subscriber.

RFC 5322 and 2046 for the message, RFC 2369 and 8058 for leaving with one click, RFC 2919 for
List-Id, RFC 3834 for Auto-Submitted.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import TypeVar

from digest.message_id import MessageId
from digest.model import Envelope, Issue, Mail, Newsletter, Subscriber
from digest.render.links import Links
from digest.render.pictures import ReadPicture, attached_names, picture_part
from digest.render.placeholders import Placeholders
from digest.render.skeleton import Skeleton, body_skeleton, join, personal_values
from digest.text import clean_line

# Lines of 76: RFC 2045, section 6.7, and RFC 2047, section 2.
RULES = EmailPolicy(linesep="\r\n", max_line_length=76)
RULES_UTF8 = RULES.clone(utf8=True)

_PART = (
    b"--%s\r\nContent-Type: text/%s; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
ONE_CLICK = b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
_PLAIN_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -'")
_PLAIN_ADDRESS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.@_-+")

Body = TypeVar("Body", bytes, Skeleton)


class VariantMessages:
    """The messages of one variant: what is the same for all is encoded once."""

    def __init__(
        self,
        mail: Mail,
        issue: Issue,
        newsletter: Newsletter,
        links: Links,
        read_picture: ReadPicture = lambda _name: None,
    ) -> None:
        self._issue_key = issue.key
        self._newsletter = newsletter
        self._links = links
        self._sender = parseaddr(newsletter.sender)[1]
        self._return_path = links.return_path() if links.bounce_mailbox else None
        self._domain = newsletter.sender_domain
        self.skeleton = message_skeleton(mail, issue.date, newsletter, read_picture)
        self.body_begin = self.skeleton.body_begin
        self._has_likes = not {"likes.html", "likes.text"}.isdisjoint(self.skeleton.names)

    def envelope(
        self,
        subscriber: Subscriber,
        now: datetime,
        issue_id: int | None = None,
        message_id: MessageId | None = None,
    ) -> Envelope:
        """The message to one subscriber, ready to be handed over.

        Its Message-ID and its name depend on issue and subscriber alone: a copy that is sent
        again can be recognised as one. A test has a `message_id` of its own; it and a preview have
        no `issue_id`, and no tag to come back by.
        """
        newsletter, sender = self._newsletter, self._sender
        if self._return_path is not None and issue_id is not None:
            sender = self._return_path.address(issue_id, subscriber.id)
        personal = slot_values(newsletter, subscriber, self._links, likes=self._has_likes)
        message_id = message_id or MessageId.of_delivery(
            self._issue_key, subscriber.id, self._domain
        )
        values = personal_values(personal)
        values["to"] = to_header(subscriber)
        values["date"] = date_value(now)
        values["message-id"] = str(message_id).encode()
        values["list-unsubscribe"] = ways_to_leave(personal["unsubscribe"], self._links)
        return Envelope(
            sender=sender,
            recipient=subscriber.email,
            message=self.skeleton.fill(values),
            name=message_id.name,
        )


def message_skeleton(
    mail: Mail,
    day: date,
    newsletter: Newsletter,
    read_picture: ReadPicture = lambda _name: None,
) -> Skeleton:
    """The whole message of a mail of a date, with slots for what differs between subscribers.

    Pictures that it brings along are encoded here, once for all who get it.
    """
    placeholders = Placeholders(mail.nonce)
    boundary = f"=_{day:%Y%m%d}_{mail.nonce}".encode()
    pictures = [
        picture_part(name, data, newsletter)
        for name in attached_names(mail.html)
        if (data := read_picture(name)) is not None
    ]
    return join(
        [
            constant_headers(mail.subject, newsletter, {"List-Id": list_id(newsletter)}),
            _header(b"", "to"),
            _header(b"\r\nDate: ", "date"),
            _header(b"\r\nMessage-ID: ", "message-id"),
            _header(b"\r\nList-Unsubscribe: ", "list-unsubscribe"),
            ONE_CLICK,
            *alternative(
                boundary,
                body_skeleton(mail.text, placeholders, "text"),
                body_skeleton(mail.html, placeholders, "html"),
                pictures,
            ),
        ]
    )


def alternative(
    boundary: bytes, text: Body, html: Body, pictures: Sequence[bytes] = ()
) -> list[bytes | Body]:
    """The rest of a message, in pieces: text before HTML, both in quoted-printable already.

    With pictures the HTML is the root of a multipart/related (RFC 2387) that they are the rest of.
    """
    inner = b"%s_r" % boundary
    related = (
        b'--%s\r\nContent-Type: multipart/related; type="text/html"; boundary="%s"\r\n\r\n'
        % (boundary, inner)
    )
    attached = b"".join(b"\r\n--%s\r\n%s" % (inner, picture) for picture in pictures)
    return [
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/alternative; boundary="%s"\r\n\r\n' % boundary,
        _PART % (boundary, b"plain"),
        text,
        b"\r\n" + (related + _PART % (inner, b"html") if pictures else _PART % (boundary, b"html")),
        html,
        attached + (b"\r\n--%s--\r\n" % inner if pictures else b""),
        b"\r\n--%s--\r\n" % boundary,
    ]


def ways_to_leave(link: str, links: Links) -> bytes:
    """What List-Unsubscribe says (RFC 2369) of a link to leave."""
    by_mail = links.unsubscribe_mail(link)
    return (f"<{link}>" + (f", <{by_mail}>" if by_mail else "")).encode()


def slot_values(
    newsletter: Newsletter, subscriber: Subscriber, links: Links, *, likes: bool = True
) -> dict[str, str]:
    """What differs between subscribers in the body, by the names of the slots.

    Few mails have the slot `likes`: it may be left out.
    """
    values = {
        "address": subscriber.email,
        "unsubscribe": links.unsubscribe(newsletter.id, subscriber.id),
        "preferences": links.preferences(newsletter.id, subscriber.id),
    }
    return values | {"likes": links.likes(newsletter.id, subscriber.id)} if likes else values


def to_header(subscriber: Subscriber) -> bytes:
    """The header To, without its line end; a name cannot end the line that it stands in."""
    name, email = clean_line(subscriber.name), subscriber.email
    simple = _PLAIN_ADDRESS.issuperset(email) and _PLAIN_NAME.issuperset(name)
    if simple and len(name) + len(email) < 68:
        return (f"To: {name} <{email}>" if name else f"To: {email}").encode()
    rules = RULES if email.isascii() else RULES_UTF8
    return folded("To", mailbox(name, email), rules).removesuffix(b"\r\n")


def mailbox(name: str, email: str) -> Address:
    """An address for a header."""
    local, _, domain = email.rpartition("@")
    return Address(display_name=clean_line(name), username=local, domain=domain)


def date_value(now: datetime) -> bytes:
    """What the header Date says."""
    return _date_of_second(int(now.timestamp()))


@lru_cache(maxsize=8)
def _date_of_second(second: int) -> bytes:
    """It is the same for all messages of a second."""
    return format_datetime(datetime.fromtimestamp(second, UTC)).encode()


def _header(before: bytes, slot: str) -> Skeleton:
    return Skeleton((before, b""), (slot,))


def constant_headers(subject: str, newsletter: Newsletter, more: Mapping[str, str]) -> bytes:
    """The headers that are the same for whomever the message is for."""
    sender_name, sender = parseaddr(newsletter.sender)
    headers: dict[str, str | Address] = {
        "From": mailbox(sender_name, sender),
        **({"Reply-To": newsletter.reply_to} if newsletter.reply_to else {}),
        "Subject": clean_line(subject),
        **more,
        "Auto-Submitted": "auto-generated",
    }
    return b"".join(folded(name, value, RULES) for name, value in headers.items())


def folded(name: str, value: str | Address, rules: "EmailPolicy[EmailMessage]") -> bytes:
    """One header as its lines, by the standard library's rules."""
    message = EmailMessage(policy=rules)
    message[name] = value
    # Where it folds within an encoded name, the library leaves a bare \n.
    lines = bytes(message).replace(b"\r\n", b"\n").removesuffix(b"\n")
    return lines.replace(b"\n", b"\r\n")


def list_id(newsletter: Newsletter) -> str:
    """The list's name and its identifier (RFC 2919, section 2)."""
    phrase = clean_line(newsletter.name).replace("\\", "").replace('"', "'")
    phrase = f'"{phrase}" ' if phrase.isascii() else ""
    return f"{phrase}<{newsletter.id}.{newsletter.sender_domain}>"
