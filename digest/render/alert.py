"""The messages of an alert in one language: made once, filled in for each subscriber."""

from datetime import datetime
from email.utils import parseaddr

from digest.message_id import MessageId
from digest.model import Envelope, Mail, Newsletter, Notice, Subscriber
from digest.render.links import Links
from digest.render.message import date_value, message_skeleton, to_header
from digest.render.skeleton import personal_values

# What differs between subscribers; the link stops alerts and leaves the newsletter as it is.
SLOTS = ("address", "unsubscribe")


def alert_values(newsletter: str, subscriber_id: int, email: str, links: Links) -> dict[str, str]:
    """What the slots of an alert hold for a subscriber."""
    return {"address": email, "unsubscribe": links.stop_alerts(newsletter, subscriber_id)}


class AlertMessages:
    """The messages of one alert to all who read one language."""

    def __init__(self, mail: Mail, newsletter: Newsletter, made_at: datetime, links: Links) -> None:
        self._newsletter = newsletter
        self._links = links
        self._skeleton = message_skeleton(mail, made_at.date(), newsletter)

    def envelope(self, notice: Notice, subscriber_id: int, now: datetime) -> Envelope:
        """The message of a notice, unsigned. Its Message-ID depends on the notice alone."""
        newsletter, links = self._newsletter, self._links
        personal = alert_values(newsletter.id, subscriber_id, notice.email, links)
        domain, queued_on = newsletter.sender_domain, notice.created_at.date()
        message_id = MessageId.of_notice(notice.kind, queued_on, notice.id, domain)
        values = personal_values(personal)
        values["to"] = to_header(Subscriber(subscriber_id, notice.email, notice.name))
        values["date"] = date_value(now)
        values["message-id"] = str(message_id).encode()
        # Alerts are not stopped by mail: only the link does it.
        values["list-unsubscribe"] = f"<{personal['unsubscribe']}>".encode()
        return Envelope(
            # What comes back of it is for whoever reads the bounces; nothing follows from it.
            sender=links.bounce_mailbox or parseaddr(newsletter.sender)[1],
            recipient=notice.email,
            message=self._skeleton.fill(values),
            name=message_id.name,
        )
