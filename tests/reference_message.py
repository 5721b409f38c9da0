"""A message as the standard library builds it: the reference for the skeleton, which is fast."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from html import escape

from digest.model import Issue, Mail, Newsletter, Subscriber
from digest.render.links import Links
from digest.render.message import list_id, mailbox, slot_values
from digest.render.placeholders import Placeholders
from digest.text import clean_line


def build(
    mail: Mail,
    issue: Issue,
    newsletter: Newsletter,
    subscriber: Subscriber,
    links: Links,
    now: datetime,
) -> EmailMessage:
    values = slot_values(newsletter, subscriber, links)
    marks = Placeholders(mail.nonce)
    message = EmailMessage(
        policy=EmailPolicy(linesep="\r\n", utf8=not subscriber.email.isascii(), max_line_length=998)
    )
    message["From"] = mailbox(*parseaddr(newsletter.sender))
    message["To"] = mailbox(subscriber.name, subscriber.email)
    message["Subject"] = clean_line(mail.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{issue.key}-{subscriber.id}@{newsletter.sender_domain}>"
    message["List-Id"] = list_id(newsletter)
    by_mail = links.unsubscribe_mail(links.unsubscribe(newsletter.id, subscriber.id))
    leave = f"<{values['unsubscribe']}>" + (f", <{by_mail}>" if by_mail else "")
    message["List-Unsubscribe"] = leave
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(marks.fill(mail.text, values))
    html = marks.fill(mail.html, {name: escape(value) for name, value in values.items()})
    message.add_alternative(html, subtype="html")
    return message
