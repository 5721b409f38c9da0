"""A mail to one subscriber as a message: headers by the book, text before HTML.

RFC 5322 and 2046 for the message, RFC 2369 and 8058 for leaving with one click, RFC 2919 for
List-Id, RFC 3834 for Auto-Submitted.
"""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr

from digest.model import Envelope, Issue, Mail, Newsletter, Subscriber
from digest.render.links import Links
from digest.render.slots import Slots
from digest.text import clean_line


class _Policy(EmailPolicy):
    """Lines of 76 (RFC 2045, 6.7; RFC 2047, 2), but for List-Unsubscribe, which stands whole.

    The library would fold a long one by RFC 2047, and no client could read it; RFC 5322, 2.1.1,
    allows 998.
    """

    def fold(self, name: str, value: str) -> str:
        """One header, with its line ends."""
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same as bytes."""
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii")


_RULES = _Policy(linesep="\r\n", max_line_length=76)
_RULES_UTF8 = _RULES.clone(utf8=True)


def build_envelope(
    mail: Mail,
    issue: Issue,
    newsletter: Newsletter,
    subscriber: Subscriber,
    *,
    links: Links,
    slots: Slots,
    now: datetime,
) -> Envelope:
    """The message that carries a mail to one subscriber, ready to be handed over.

    Its Message-ID and its name depend on issue and subscriber alone: a copy that is sent again
    can be recognised as one.
    """
    values = slot_values(newsletter, subscriber, links)
    message = EmailMessage(policy=_RULES if subscriber.email.isascii() else _RULES_UTF8)
    sender_name, sender = parseaddr(newsletter.sender)
    message["From"] = _address(sender_name, sender)
    message["To"] = _address(subscriber.name, subscriber.email)
    if newsletter.reply_to:
        message["Reply-To"] = newsletter.reply_to
    message["Subject"] = clean_line(mail.subject)
    message["Date"] = format_datetime(now)
    name = f"{issue.key}-{subscriber.id}"
    message["Message-ID"] = f"<{name}@{newsletter.sender_domain}>"
    message["List-Id"] = _list_id(newsletter)
    by_mail = links.unsubscribe_mail(newsletter.id, subscriber.id)
    message["List-Unsubscribe"] = f"<{values['unsubscribe']}>" + (
        f", <{by_mail}>" if by_mail else ""
    )
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(slots.fill(mail.text, values, html=False), cte="quoted-printable")
    message.add_alternative(
        slots.fill(mail.html, values, html=True), subtype="html", cte="quoted-printable"
    )
    message.set_boundary(f"=_{issue.key}_{slots.nonce}")
    return Envelope(sender=sender, recipient=subscriber.email, message=bytes(message), name=name)


def slot_values(newsletter: Newsletter, subscriber: Subscriber, links: Links) -> dict[str, str]:
    """What differs from person to person, by the names of the slots."""
    return {
        "address": subscriber.email,
        "unsubscribe": links.unsubscribe(newsletter.id, subscriber.id),
        "preferences": links.preferences(newsletter.id, subscriber.id),
    }


def _address(name: str, email: str) -> Address:
    """An address for a header; a name cannot end the line that it stands in."""
    local, _, domain = email.rpartition("@")
    return Address(display_name=clean_line(name), username=local, domain=domain)


def _list_id(newsletter: Newsletter) -> str:
    phrase = clean_line(newsletter.name).replace("\\", "").replace('"', "'")
    phrase = f'"{phrase}" ' if phrase.isascii() else ""
    return f"{phrase}<{newsletter.id}.{newsletter.sender_domain}>"
