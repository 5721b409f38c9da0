"""What the day would bring: previews, inspections and dry runs.

They take the path of digest.pipeline in a transaction that is rolled back. No feed is asked,
but the web for pictures that the issue would show.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.errors import DigestError
from digest.model import (
    Envelope,
    Finding,
    Issue,
    IssueState,
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
from digest.services.delivery.recipients import PlannedIssue, plan
from digest.services.delivery.report import Preview, RunReport, report, sent_issues
from digest.services.issues.build import IssueBuilder
from digest.services.pictures.due import due_pictures, stories_to_show
from digest.services.pictures.keep import with_pictures
from digest.services.stories import topic_file
from digest.services.stories.files import CollectResult, collect_files
from digest.services.stories.merge import merge_waiting
from digest.store import subscribers
from digest.store.database import exclusively
from digest.store.issues import IssueRecord

if TYPE_CHECKING:
    from digest.collect.net.fetch import Fetcher
    from digest.services.issues.messages import IssueMessages, Variant

# Whom a preview is addressed to where no subscriber is named; 0 is nobody's number.
PREVIEW_SUBSCRIBER = Subscriber(0, "reader@example.org", "")


class Rehearsal:
    """The steps of the day over one project, with nothing kept."""

    def __init__(
        self,
        project: Project,
        builder: IssueBuilder,
        picture_fetcher: "Callable[[], Fetcher]",
    ) -> None:
        self._project = project
        self._builder = builder
        self._picture_fetcher = picture_fetcher

    def preview(
        self,
        newsletter: Newsletter,
        day: date,
        *,
        email: str | None = None,
        topics: frozenset[str] = frozenset(),
        layout: MailLayout | None = None,
    ) -> Preview | None:
        """The issue of a date as one subscriber would see it; None where it holds nothing for them.

        Files that were not collected yet are in it. A `layout` is shown whatever they chose.
        """
        subscriber = PREVIEW_SUBSCRIBER
        if email is not None:
            subscriber, topics, chosen = self._subscriber(email, newsletter)
            layout = layout or chosen
        mail = self._mail_for(newsletter, day, topics, layout)
        if mail is None:
            return None
        messages, variant = mail
        placeholders = Placeholders(variant.mail.nonce)
        values = slot_values(newsletter, subscriber, self._project.links)
        escaped = {name: escape(value) for name, value in values.items()}
        html = placeholders.fill(variant.mail.html, escaped)
        shown = with_pictures_at(html, "pictures/")
        files = PictureFolder(self._project.config.picture_folder)
        return Preview(
            issue=variant.issue,
            subject=variant.mail.subject,
            preheader=variant.mail.preheader,
            html=shown,
            text=placeholders.fill(variant.mail.text, values),
            envelope=messages.envelope_of(variant, subscriber),
            pictures={
                name: data
                for name in picture_names(shown, "pictures/")
                if (data := files.read(name)) is not None
            },
        )

    def test_envelope(
        self, newsletter: Newsletter, day: date, address: str, *, email: str | None = None
    ) -> Envelope | None:
        """The issue of a date as a test for an address, as the subscriber `email` would get it.

        None where it holds nothing for them.
        """
        topics, layout = frozenset[str](), None
        if email is not None:
            _, topics, layout = self._subscriber(email, newsletter)
        mail = self._mail_for(newsletter, day, topics, layout)
        if mail is None:
            return None
        messages, variant = mail
        return messages.test_envelope(variant, address)

    def inspect(self, newsletter: Newsletter, day: date) -> list[Finding] | None:
        """What the gate finds of a date's issue, None where there is none."""
        mail = self._find_or_compose(newsletter, day)
        if mail is None:
            return None
        with self._project.database.read() as connection:
            return self._builder.inspect(connection, *mail, newsletter)

    def waiting(self, newsletter: Newsletter) -> int:
        """How many stories an issue would hold now, with what was not collected yet."""
        with self._project.database.rehearsal() as connection:
            self._collect(connection, None)
            issue = self._builder.compose(connection, newsletter, self._project.today(newsletter))
            return len(issue.stories) + len(issue.more) if issue else 0

    def send(self, newsletters: Sequence[Newsletter], day: date | None) -> RunReport:
        """What `Pipeline.send` would do; nobody is mailed."""
        with self._project.database.rehearsal() as connection:
            collected = self._collect(connection, day)
            records = [
                self._builder.seal(
                    connection, newsletter, day or self._project.today(newsletter), at_once=True
                )
                for newsletter in newsletters
            ]
            return self._report(connection, newsletters, records, collected)

    def send_missing(self, newsletters: Sequence[Newsletter], day: date | None) -> RunReport:
        """What `Pipeline.send_missing` would do; nobody is mailed."""
        with self._project.database.rehearsal() as connection:
            records = [
                self._builder.reopen(connection, newsletter, day or self._project.today(newsletter))
                for newsletter in newsletters
            ]
            return self._report(connection, newsletters, records)

    def _find_or_compose(
        self, newsletter: Newsletter, day: date
    ) -> tuple[Issue, RenderedIssue] | None:
        """The sealed issue of a date, or what would be sealed now with what lies in the folders."""
        project = self._project
        with project.database.rehearsal() as connection:
            sealed = self._builder.find_sealed(connection, newsletter, day)
            if sealed is not None:
                return sealed
            self._collect(connection, max(day, project.today(newsletter)))
            issue = self._builder.compose(connection, newsletter, day)
            if issue is None:
                return None
            shown = stories_to_show(issue, newsletter)
            due = due_pictures(connection, project.config, shown, project.clock())
        # Nothing is held while pictures are made.
        return self._builder.render(
            with_pictures(project, issue, due, self._picture_fetcher), newsletter
        )

    def _mail_for(
        self,
        newsletter: Newsletter,
        day: date,
        topics: frozenset[str],
        layout: MailLayout | None,
    ) -> "tuple[IssueMessages, Variant] | None":
        """What makes the messages of a date's issue, and its variant for these topics."""
        mail = self._find_or_compose(newsletter, day)
        if mail is None:
            return None
        messages = self._builder.messages_of(*mail, newsletter)
        variant = messages.variant(topics, layout=layout)
        return None if variant is None else (messages, variant)

    def _subscriber(
        self, email: str, newsletter: Newsletter
    ) -> tuple[Subscriber, frozenset[str], MailLayout | None]:
        """A subscriber of the newsletter, and the topics and the layout that they chose."""
        with self._project.database.read() as connection:
            chosen = subscribers.choices_of(connection, email, newsletter.id)
            number = subscribers.find_id(connection, email)
        if chosen is None or number is None:
            raise DigestError(f"{email} does not get {newsletter.id}")
        return Subscriber(number, email), *chosen

    def _collect(self, connection: sa.Connection, day: date | None) -> CollectResult:
        exclusively(connection)
        project = self._project
        model = topic_file.load(project.config)
        collected = collect_files(connection, project, day, model)
        collected.merged += merge_waiting(connection, project.config, project.clock(), model=model)
        return collected

    def _report(
        self,
        connection: sa.Connection,
        newsletters: Sequence[Newsletter],
        records: Sequence[IssueRecord],
        collected: CollectResult | None = None,
    ) -> RunReport:
        now = self._project.clock()
        return RunReport(
            collect=collected,
            issues=[report(connection, record, now) for record in records],
            sent_before=sent_issues(records),
            planned=[
                self._plan(connection, newsletter, record)
                for newsletter, record in zip(newsletters, records, strict=True)
                if record.state is IssueState.SENDING
            ],
        )

    def _plan(
        self, connection: sa.Connection, newsletter: Newsletter, record: IssueRecord
    ) -> PlannedIssue:
        assert record.issue is not None  # it is sealed
        assert record.rendered is not None
        messages = self._builder.messages_of(record.issue, record.rendered, newsletter)
        messages.catch_up = partial(self._builder.catch_up, connection, record, newsletter)
        resends = self._project.config.settings.delivery.resends
        now = self._project.clock()
        return plan(connection, record, newsletter, messages, now=now, resends=resends)
