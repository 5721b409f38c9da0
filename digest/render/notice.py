"""A notice as a message: a mail to one person, small, with one button; templates/notices/.

Nothing in a confirmation was written by whoever filled in the form: a name or a text of theirs
would make us carry their message to an address of their choice.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from digest.model import Envelope, Newsletter, Notice, NoticeKind, Subscriber, TopicTree
from digest.render.environment import make_environment, render_template
from digest.render.links import Links
from digest.render.message import PART, RULES, folded, list_id, mailbox, to_header
from digest.render.mjml import to_html
from digest.render.mso import merge_conditionals
from digest.render.skeleton import encode
from digest.render.words import clock_time, long_date, translations
from digest.text import clean_line


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

    @lru_cache(maxsize=16)  # noqa: B019 - a process has one renderer
    def _environment(self, language: str, *, html: bool) -> jinja2.Environment:
        return make_environment(self._folders, language, autoescape=html)

    def envelope(self, notice: Notice, newsletter: Newsletter, now: datetime) -> Envelope:
        """The message, unsigned. Its Message-ID depends on the notice alone."""
        letter = replace(newsletter, language=notice.language or newsletter.language)
        heads = _heads(notice, letter, self._links.site)
        text, html = self.bodies(notice, letter)
        name = f"{notice.kind}-{notice.created_at:%Y%m%d}-{notice.id}"
        headers = [
            *_constant_headers(heads.subject, letter),
            to_header(Subscriber(0, notice.email, self._name(notice))) + b"\r\n",
            f"Date: {format_datetime(now)}\r\n".encode(),
            f"Message-ID: <{name}@{letter.sender_domain}>\r\n".encode(),
            *self._leave_headers(notice, letter),
        ]
        return Envelope(
            # What comes back of it is for whoever reads the bounces; nothing follows from it.
            sender=self._links.bounce_mailbox or parseaddr(newsletter.sender)[1],
            recipient=notice.email,
            message=b"".join(headers) + _alternative(f"=_{name}".encode(), text, html),
            name=name,
        )

    def bodies(self, notice: Notice, newsletter: Newsletter) -> tuple[str, str]:
        """The text and the HTML."""
        values = self._values(notice, newsletter)
        html_template = f"notices/{notice.kind}.mjml.j2"
        text_template = f"notices/{notice.kind}.txt.j2"
        mjml = render_template(
            self._environment(newsletter.language, html=True), html_template, **values
        )
        text = render_template(
            self._environment(newsletter.language, html=False), text_template, **values
        )
        html = merge_conditionals(to_html(mjml, html_template)).strip() + "\n"
        return text.strip() + "\n", html

    def _values(self, notice: Notice, newsletter: Newsletter) -> dict[str, Any]:
        """What a template may use."""
        heads = _heads(notice, newsletter, self._links.site)
        details = notice.details
        return {
            "newsletter": newsletter,
            "subject": heads.subject,
            "heading": heads.heading,
            "why": heads.why,
            "url": self._url(notice),
            "unsubscribe": self._unsubscribe(notice),
            "days": self._days,
            "topics": self._titles(details.get("topics")),
            "first": _first(details, newsletter.language),
            "at_once": bool(details.get("at_once")),
            "masked": str(details.get("masked", "")),
        }

    def _url(self, notice: Notice) -> str:
        """Where the button leads; empty where there is none."""
        number = _number(notice)
        made: dict[NoticeKind, Callable[[], str]] = {
            NoticeKind.CONFIRM: lambda: self._links.confirm(number),
            NoticeKind.ADDRESS: lambda: self._links.confirm_address(number),
            NoticeKind.KNOWN: lambda: self._links.preferences(notice.newsletter, number),
            NoticeKind.WELCOME: lambda: self._links.preferences(notice.newsletter, number),
        }
        make = made.get(notice.kind)
        return make() if make else ""

    def _unsubscribe(self, notice: Notice) -> str:
        """The link to leave, for those who get something."""
        if notice.kind not in _SUBSCRIBED:
            return ""
        return self._links.unsubscribe(notice.newsletter, _number(notice))

    def _leave_headers(self, notice: Notice, newsletter: Newsletter) -> list[bytes]:
        """RFC 2369 and RFC 8058, where there is something to leave."""
        link = self._unsubscribe(notice)
        if not link:
            return []
        by_mail = self._links.unsubscribe_mail(notice.newsletter, _number(notice))
        ways = f"<{link}>" + (f", <{by_mail}>" if by_mail else "")
        return [
            folded("List-Id", list_id(newsletter), RULES),
            f"List-Unsubscribe: {ways}\r\n".encode(),
            b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        ]

    def _name(self, notice: Notice) -> str:
        """A name only where its owner confirmed that the address is theirs."""
        return notice.name if notice.kind in _SUBSCRIBED else ""

    def _titles(self, chosen: object) -> list[str]:
        ids = chosen if isinstance(chosen, list) else []
        return [self._topics.by_id[one].title for one in ids if one in self._topics.by_id]


_SUBSCRIBED = (NoticeKind.KNOWN, NoticeKind.WELCOME)
# Under which name each kind keeps the number that its links are made from.
_NUMBERS = {
    NoticeKind.CONFIRM: "signup",
    NoticeKind.ADDRESS: "change",
    NoticeKind.KNOWN: "subscriber",
    NoticeKind.WELCOME: "subscriber",
}


def _number(notice: Notice) -> int:
    number = notice.details.get(_NUMBERS.get(notice.kind, ""), 0)
    assert isinstance(number, int)
    return number


def _heads(notice: Notice, newsletter: Newsletter, site: str) -> _Heads:
    words = translations(newsletter.language)
    name = {"newsletter": newsletter.name}
    entered = words.gettext("You get this one mail because this address was entered on %(site)s.")
    subscribed = words.gettext(
        "You get %(newsletter)s at %(address)s because you signed up for it."
    ) % {**name, "address": notice.email}
    return {
        NoticeKind.CONFIRM: lambda: _Heads(
            words.gettext("Confirm: %(newsletter)s") % name,
            words.gettext("Is this your address?"),
            entered % {"site": site},
        ),
        NoticeKind.KNOWN: lambda: _Heads(
            words.gettext("You already get %(newsletter)s") % name,
            words.gettext("You get it already"),
            subscribed,
        ),
        NoticeKind.WELCOME: lambda: _Heads(
            words.gettext("Welcome to %(newsletter)s") % name,
            words.gettext("You are in"),
            subscribed,
        ),
        NoticeKind.ADDRESS: lambda: _Heads(
            words.gettext("Confirm your new address for %(newsletter)s") % name,
            words.gettext("Is this your new address?"),
            entered % {"site": site},
        ),
        NoticeKind.ADDRESS_CHANGED: lambda: _Heads(
            words.gettext("Your address for %(newsletter)s was changed") % name,
            words.gettext("Your address was changed"),
            _until_now(words, newsletter),
        ),
    }[notice.kind]()


def _until_now(words: NullTranslations, newsletter: Newsletter) -> str:
    told = words.gettext("You get this mail because %(newsletter)s came here until now.")
    return told % {"newsletter": newsletter.name}


def first_words(first: datetime, zone: str, language: str) -> str:
    """When the first mail comes, by the reader's clock."""
    told = translations(language).gettext(
        "Your next mail comes on %(date)s at %(time)s, by the clock of %(zone)s."
    )
    wall = first.astimezone(ZoneInfo(zone))
    return told % {
        "date": long_date(wall.date(), language),
        "time": clock_time(wall, language),
        "zone": zone,
    }


def _first(details: "Any", language: str) -> str:
    """The same from a notice's details, empty where no mail is in sight."""
    first, zone = details.get("first"), details.get("timezone")
    return first_words(datetime.fromisoformat(first), zone, language) if first and zone else ""


def _constant_headers(subject: str, newsletter: Newsletter) -> list[bytes]:
    sender_name, sender = parseaddr(newsletter.sender)
    reply_to = [folded("Reply-To", newsletter.reply_to, RULES)] if newsletter.reply_to else []
    return [
        folded("From", mailbox(sender_name, sender), RULES),
        *reply_to,
        folded("Subject", clean_line(subject), RULES),
        b"Auto-Submitted: auto-generated\r\n",
    ]


def _alternative(boundary: bytes, text: str, html: str) -> bytes:
    """The rest of the message: text before HTML, both in quoted-printable."""
    return b"".join(
        [
            b"MIME-Version: 1.0\r\n"
            b'Content-Type: multipart/alternative; boundary="%s"\r\n\r\n' % boundary,
            PART % (boundary, b"plain"),
            encode(text),
            b"\r\n" + PART % (boundary, b"html"),
            encode(html),
            b"\r\n--%s--\r\n" % boundary,
        ]
    )
