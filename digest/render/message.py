"""A mail to one subscriber as a message: headers by the book, text before HTML.

RFC 5322 and 2046 for the message, RFC 2369 and 8058 for leaving with one click, RFC 2919 for
List-Id, RFC 3834 for Auto-Submitted.
"""

from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from digest.model import Envelope, Issue, Mail, Newsletter, Subscriber
from digest.render.links import Links
from digest.render.slots import Slots
from digest.text import clean_line

# Headers only: the default folds a long List-Unsubscribe by RFC 2047, which breaks it, and 998 is
# what RFC 5322, section 2.1.1, allows. Bodies keep to the 76 of RFC 2045, section 6.7.
_HEADER_LINE = 998


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
    rules = policy.SMTP if subscriber.email.isascii() else policy.SMTPUTF8
    message = EmailMessage(policy=rules)
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
    content = message.as_bytes(policy=rules.clone(max_line_length=_HEADER_LINE))
    return Envelope(sender=sender, recipient=subscriber.email, message=content, name=name)


def slot_values(newsletter: Newsletter, subscriber: Subscriber, links: Links) -> dict[str, str]:
    """What differs from person to person, by the names of the slots."""
    return {
        "address": subscriber.email,
        "unsubscribe": links.unsubscribe(newsletter.id, subscriber.id),
        "preferences": links.preferences(newsletter.id, subscriber.id),
    }


def _address(name: str, email: str) -> Address:
    """An address for a header; a name cannot end the line that it stands in."""
    return Address(display_name=clean_line(name), addr_spec=email)


def _list_id(newsletter: Newsletter) -> str:
    phrase = clean_line(newsletter.name).replace("\\", "").replace('"', "'")
    phrase = f'"{phrase}" ' if phrase.isascii() else ""
    return f"{phrase}<{newsletter.id}.{newsletter.sender_domain}>"
