"""A notice as a message: a small mail to one address, with one button; templates/notices/.

Nothing in a confirmation was written by whoever filled in the form: a name or a text of theirs
would make us carry their message to an address of their choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.utils import format_datetime, parseaddr
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from digest.message_id import MessageId
from digest.model import Envelope, Mail, Newsletter, Notice, NoticeKind, Subscriber, TopicTree
from digest.render.links import Links
from digest.render.message import (
    ONE_CLICK,
    RULES,
    alternative,
    constant_headers,
    folded,
    list_id,
    to_header,
    ways_to_leave,
)
from digest.render.mso import merge_conditionals
from digest.render.placeholders import Placeholders, nonce_of
from digest.render.skeleton import encode
from digest.text import digest_of

if TYPE_CHECKING:
    from digest.render.alert import AlertMessages
    from digest.render.environment import Templates

# Alerts whose messages are kept, each for a language: some 20 kB.
_MOST_ALERTS = 100


@dataclass(frozen=True, slots=True)
class _Heads:
    """What a kind of notice is called, and why it came."""

    subject: str
    heading: str
    why: str


class NoticeRenderer:
    """Renders notices; `days` is how long a button in them works."""

    def __init__(
        self, folders: tuple[Path, ...], links: Links, topics: TopicTree, days: int
    ) -> None:
        self._folders = folders
        self._links = links
        self._topics = topics
        self._days = days
        self._alerts: dict[tuple[int | None, str], AlertMessages] = {}

    @cached_property
    def _templates(self) -> "Templates":
        # As for an issue: where no notice waits, nothing of this is loaded.
        from digest.render.environment import Templates

        return Templates(self._folders)

    def envelope(self, notice: Notice, newsletter: Newsletter, now: datetime) -> Envelope:
        """The message, unsigned. Its Message-ID depends on the notice alone."""
        localised = replace(newsletter, language=notice.language or newsletter.language)
        if notice.kind is NoticeKind.ALERT:
            messages = self._messages_of(notice, localised)
            return messages.envelope(notice, _number(notice), now)
        heads = _heads(notice, localised, self._links.site)
        text, html = self.bodies(notice, localised)
        queued_on, domain = notice.created_at.date(), localised.sender_domain
        message_id = MessageId.of_notice(notice.kind, queued_on, notice.id, domain)
        boundary = f"=_{message_id.name}".encode()
        # A name only where its owner confirmed that the address is theirs.
        to = Subscriber(0, notice.email, notice.name if notice.kind in _SUBSCRIBED else "")
        headers = [
            constant_headers(heads.subject, localised, {}),
            to_header(to) + b"\r\n",
            f"Date: {format_datetime(now)}\r\n".encode(),
            f"Message-ID: {message_id}\r\n".encode(),
        ]
        if link := self._unsubscribe(notice):  # RFC 2369 and RFC 8058
            headers += [
                folded("List-Id", list_id(localised), RULES),
                b"List-Unsubscribe: " + ways_to_leave(link, self._links) + ONE_CLICK,
            ]
        return Envelope(
            # What comes back of it is for whoever reads the bounces; nothing follows from it.
            sender=self._links.bounce_mailbox or parseaddr(newsletter.sender)[1],
            recipient=notice.email,
            message=b"".join([*headers, *alternative(boundary, encode(text), encode(html))]),
            name=message_id.name,
        )

    def _messages_of(self, notice: Notice, newsletter: Newsletter) -> "AlertMessages":
        """Those of the notice's alert in its language, kept for the others that it has."""
        key = notice.alert_id, newsletter.language
        if key not in self._alerts:
            from digest.render.alert import AlertMessages

            if len(self._alerts) >= _MOST_ALERTS:
                self._alerts.clear()
            mail, made_at = self.alert_mail(notice, newsletter), notice.created_at
            self._alerts[key] = AlertMessages(mail, newsletter, made_at, self._links)
        return self._alerts[key]

    def alert_mail(self, notice: Notice, newsletter: Newsletter) -> Mail:
        """An alert as all get it, with slots for what differs (digest.render.alert)."""
        details = {name: value for name, value in notice.details.items() if name != "subscriber"}
        placeholders = Placeholders(nonce_of(digest_of(details), self._links.key))
        for_all = replace(notice, email=str(placeholders.slot("address")))
        text, html = self._bodies(for_all, newsletter, str(placeholders.slot("unsubscribe")))
        return Mail(str(details["headline"]), "", html, text, placeholders.nonce)

    def bodies(self, notice: Notice, newsletter: Newsletter) -> tuple[str, str]:
        """The text and the HTML."""
        return self._bodies(notice, newsletter, self._unsubscribe(notice))

    def _bodies(self, notice: Notice, newsletter: Newsletter, unsubscribe: str) -> tuple[str, str]:
        values = self._values(notice, newsletter) | {"unsubscribe": unsubscribe}
        template = f"notices/{notice.kind}.mjml.j2"
        mjml = self._templates.render(template, newsletter.language, values)
        text = self._templates.render(f"notices/{notice.kind}.txt.j2", newsletter.language, values)
        from digest.render.mjml import to_html

        return text.strip() + "\n", merge_conditionals(to_html(mjml, template)).strip() + "\n"

    def _values(self, notice: Notice, newsletter: Newsletter) -> dict[str, Any]:
        """What a template may use."""
        heads = _heads(notice, newsletter, self._links.site)
        details: Mapping[str, Any] = notice.details
        topics = self._topics.by_id
        chosen = details.get("topics")
        ids = chosen if isinstance(chosen, list) else []
        first, zone, language = details.get("first"), details.get("timezone"), newsletter.language
        next_mail = ""
        if first and zone:
            next_mail = first_words(datetime.fromisoformat(first), zone, language)
        return {
            "newsletter": newsletter,
            "subject": heads.subject,
            "heading": heads.heading,
            "why": heads.why,
            "url": self._url(notice),
            "days": self._days,
            "topics": [topics[topic_id].title for topic_id in ids if topic_id in topics],
            "first": next_mail,
            "at_once": bool(details.get("at_once")),
            "masked": str(details.get("masked", "")),
            "paragraphs": self._paragraphs(notice, newsletter),
            "alert": details,
        }

    def _paragraphs(self, notice: Notice, newsletter: Newsletter) -> list[str]:
        """What a notice to an editor says; those to subscribers have it in their templates."""
        if notice.kind not in _FOR_EDITORS:
            return []
        from digest.render.editor_notice import paragraphs

        return list(paragraphs(notice, newsletter))

    def _url(self, notice: Notice) -> str:
        """Where the button leads; empty where there is none."""
        if notice.kind is NoticeKind.CONFIRM:
            return self._links.confirm(_number(notice))
        if notice.kind is NoticeKind.ADDRESS:
            return self._links.confirm_address(_number(notice))
        if notice.kind in _SUBSCRIBED:
            return self._links.preferences(notice.newsletter, _number(notice))
        if notice.kind is NoticeKind.ALERT_HELD:
            return ""
        if notice.kind in _FOR_EDITORS and notice.details.get("state") != "skipped":
            day = date.fromisoformat(str(notice.details["date"]))
            return self._links.review(notice.newsletter, day, notice.email)
        return ""

    def _unsubscribe(self, notice: Notice) -> str:
        """The link to leave, for those who get something; of an alert the one that stops them."""
        if notice.kind is NoticeKind.ALERT:
            return self._links.stop_alerts(notice.newsletter, _number(notice))
        if notice.kind not in _SUBSCRIBED:
            return ""
        return self._links.unsubscribe(notice.newsletter, _number(notice))


_FOR_EDITORS = (NoticeKind.REVIEW, NoticeKind.NOT_SENT, NoticeKind.ALERT_HELD)
_SUBSCRIBED = (NoticeKind.KNOWN, NoticeKind.WELCOME, NoticeKind.PREFERENCES)
# Under which name each kind keeps the number that its links are made from.
_NUMBERS = {
    NoticeKind.CONFIRM: "signup",
    NoticeKind.ADDRESS: "change",
    NoticeKind.KNOWN: "subscriber",
    NoticeKind.WELCOME: "subscriber",
    NoticeKind.PREFERENCES: "subscriber",
    NoticeKind.ALERT: "subscriber",
}


def _number(notice: Notice) -> int:
    number = notice.details.get(_NUMBERS.get(notice.kind, ""), 0)
    assert isinstance(number, int)
    return number


def _heads(notice: Notice, newsletter: Newsletter, site: str) -> _Heads:
    if notice.kind in _FOR_EDITORS:
        from digest.render import editor_notice

        return _Heads(*editor_notice.heads(notice, newsletter))
    from digest.render.translations import translations

    gettext = translations(newsletter.language).gettext
    entered = gettext("You get this one mail because this address was entered on %(site)s.")
    subscribed = gettext(
        "You get %(newsletter)s at %(address)s because this address is subscribed to it."
    )
    asked = gettext("You get this one mail because your link was asked for on %(site)s.")
    chose_alerts = gettext(
        "You get this one mail because you chose alerts of %(newsletter)s for %(address)s."
    )
    until_now = gettext("You get this mail because %(newsletter)s came here until now.")
    headline = str(notice.details.get("headline", ""))
    subject, heading, why = {
        NoticeKind.CONFIRM: (
            gettext("Confirm: %(newsletter)s"),
            gettext("Is this your address?"),
            entered,
        ),
        NoticeKind.KNOWN: (
            gettext("You already get %(newsletter)s"),
            gettext("You get it already"),
            subscribed,
        ),
        NoticeKind.WELCOME: (
            gettext("Welcome to %(newsletter)s"),
            gettext("You are in"),
            subscribed,
        ),
        NoticeKind.PREFERENCES: (
            gettext("Your link for %(newsletter)s"),
            gettext("Choose topics and hour"),
            asked,
        ),
        NoticeKind.ADDRESS: (
            gettext("Confirm your new address for %(newsletter)s"),
            gettext("Is this your new address?"),
            entered,
        ),
        NoticeKind.ADDRESS_CHANGED: (
            gettext("Your address for %(newsletter)s was changed"),
            gettext("Your address was changed"),
            until_now,
        ),
        NoticeKind.ALERT: ("%(headline)s", headline, chose_alerts),
    }[notice.kind]
    names = {
        "headline": headline,
        "newsletter": newsletter.name,
        "address": notice.email,
        "site": site,
    }
    return _Heads(subject % names, heading, why % names)


def first_words(first: datetime, zone: str, language: str) -> str:
    """When the first mail comes, by the subscriber's clock."""
    from digest.render.translations import clock_time, long_date, translations

    words = translations(language).gettext(
        "Your next mail comes on %(date)s at %(time)s, by the clock of %(zone)s."
    )
    wall = first.astimezone(ZoneInfo(zone))
    return words % {
        "date": long_date(wall.date(), language),
        "time": clock_time(wall, language),
        "zone": zone,
    }
