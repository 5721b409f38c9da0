"""The mail of an issue as somebody would get it, by the path of a send; nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape

import sqlalchemy as sa

from digest.errors import DigestError, NotFoundError
from digest.model import (
    Envelope,
    Finding,
    Issue,
    Likes,
    MailLayout,
    Newsletter,
    RenderedIssue,
    Subscriber,
)
from digest.pictures.folder import PictureFolder
from digest.project import Project
from digest.render.message import slot_values
from digest.render.pictures import picture_names, with_pictures_at
from digest.render.placeholders import Placeholders
from digest.services.issues.build import IssueBuilder
from digest.services.issues.messages import IssueMessages, Variant
from digest.store import subscribers
from digest.store.subscriber_search import addresses_starting_with

# Whom a preview is addressed to where no subscriber is named; 0 is nobody's number.
NOBODY = Subscriber(0, "reader@example.org", "")


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """As whom a mail is shown: a subscriber, or nobody in particular, who chose these topics.

    Without a layout it has the newsletter's.
    """

    subscriber: Subscriber = NOBODY
    topics: frozenset[str] = frozenset()
    layout: MailLayout | None = None
    keywords: tuple[str, ...] = ()
    likes: Likes = ()


@dataclass(frozen=True, slots=True)
class IssueMail:
    """An issue and its parts: as it was sealed, or as it would be now."""

    newsletter: Newsletter
    issue: Issue
    rendered: RenderedIssue


@dataclass(frozen=True, slots=True)
class Preview:
    """An issue as its recipient would see it, with that subscriber's own links.

    Its pictures are `pictures/NAME`, from the files of `pictures` by those names. Links of `html`
    are not counted; `source` has them as the message has.
    """

    issue: Issue
    subject: str
    preheader: str
    html: str
    source: str
    text: str
    envelope: Envelope
    pictures: Mapping[str, bytes]


class Previewer:
    """Shows the issues of a project, from what was collected."""

    def __init__(self, project: Project, builder: IssueBuilder) -> None:
        self._project = project
        self._builder = builder

    def find(self, newsletter: Newsletter, day: date) -> IssueMail | None:
        """The issue of a date as it was sealed, was approved, or would be sealed now.

        None where nothing is new.
        """
        with self._project.database.read() as connection:
            mail = self._builder.find_fixed(connection, newsletter, day)
            issue = None if mail else self._builder.compose(connection, newsletter, day)
        if issue is not None:
            mail = self._builder.render(issue, newsletter)
        return IssueMail(newsletter, *mail) if mail else None

    def show(
        self, mail: IssueMail, viewpoint: Viewpoint, pictures_at: str = "pictures/"
    ) -> Preview | None:
        """The mail as its recipient would get it; None where it holds nothing for them."""
        messages = self._builder.messages_of(mail.issue, mail.rendered, mail.newsletter)
        variant = _variant_for(viewpoint, messages)
        if variant is None:
            return None
        placeholders = Placeholders(variant.mail.nonce)
        values = slot_values(mail.newsletter, viewpoint.subscriber, self._project.links)
        escaped = {name: escape(value) for name, value in values.items()}
        html, source = (
            with_pictures_at(placeholders.fill(part.html, escaped), pictures_at)
            for part in (variant.mail, variant.mailed)
        )
        files = PictureFolder(self._project.config.picture_folder)
        return Preview(
            issue=variant.issue,
            subject=variant.mail.subject,
            preheader=variant.mail.preheader,
            html=html,
            source=source,
            text=placeholders.fill(variant.mail.text, values),
            envelope=messages.envelope_of(variant, viewpoint.subscriber),
            pictures={
                name: data
                for name in picture_names(html, pictures_at)
                if (data := files.read(name)) is not None
            },
        )

    def test_envelope(self, mail: IssueMail, viewpoint: Viewpoint, address: str) -> Envelope | None:
        """The mail as a test for an address; None where it holds nothing for its viewpoint."""
        messages = self._builder.messages_of(mail.issue, mail.rendered, mail.newsletter)
        variant = _variant_for(viewpoint, messages)
        return messages.test_envelope(variant, address) if variant else None

    def inspect(self, mail: IssueMail) -> list[Finding]:
        """What the gate finds of it."""
        with self._project.database.read() as connection:
            return self._builder.inspect(connection, mail.issue, mail.rendered, mail.newsletter)

    def viewpoint(self, newsletter: Newsletter, email: str) -> Viewpoint:
        """A subscriber of the newsletter, with what they chose: see find_viewpoint."""
        with self._project.database.read() as connection:
            return find_viewpoint(connection, newsletter, email)


def _variant_for(viewpoint: Viewpoint, messages: IssueMessages) -> Variant | None:
    return messages.variant(
        viewpoint.topics,
        layout=viewpoint.layout,
        keywords=viewpoint.keywords,
        likes=viewpoint.likes,
    )


def find_viewpoint(connection: sa.Connection, newsletter: Newsletter, text: str) -> Viewpoint:
    """A subscriber of the newsletter, by address or by how theirs alone begins.

    A DigestError where there is none, or more than one.
    """
    email = text
    if subscribers.choices_of(connection, text, newsletter.id) is None:
        emails = addresses_starting_with(connection, newsletter.id, text, 2)
        if len(emails) > 1:
            raise DigestError(
                f"{text} is how several addresses begin",
                remedy="write more of the address",
            )
        email = emails[0] if emails else text
    chosen = subscribers.choices_of(connection, email, newsletter.id)
    subscriber = subscribers.find(connection, email)
    if chosen is None or subscriber is None:
        raise NotFoundError(
            f"{text} does not get {newsletter.name}",
            remedy="`digest subscribers list` names who does",
        )
    return Viewpoint(subscriber, *chosen)
