"""What the day would bring: previews, inspections and dry runs.

They take the path of digest.pipeline in a transaction that is rolled back. No feed is asked,
but the web for pictures that the issue would show.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.model import (
    Finding,
    IssueState,
    MailLayout,
    Newsletter,
)
from digest.project import Project
from digest.services.delivery.recipients import PlannedIssue, plan
from digest.services.delivery.report import RunReport, report, sent_issues
from digest.services.issues.build import IssueBuilder
from digest.services.issues.compose import compose_issue
from digest.services.issues.next_time import date_of_next
from digest.services.issues.preview import IssueMail, Preview, Previewer, Viewpoint
from digest.services.pictures.due import due_pictures, stories_to_show
from digest.services.pictures.keep import with_pictures
from digest.services.stories import topic_file
from digest.services.stories.files import CollectResult, collect_files
from digest.services.stories.merge import merge_waiting
from digest.store import edits
from digest.store.database import exclusively
from digest.store.issues import IssueRecord

if TYPE_CHECKING:
    from digest.collect.net.fetch import Fetcher


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
        self._previewer = Previewer(project, builder)
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
        mail = self.find(newsletter, day)
        if mail is None:
            return None
        viewpoint = Viewpoint(topics=topics)
        if email is not None:
            viewpoint = self._previewer.viewpoint(newsletter, email)
        viewpoint = replace(viewpoint, layout=layout or viewpoint.layout)
        return self._previewer.show(mail, viewpoint)

    def inspect(self, newsletter: Newsletter, day: date) -> list[Finding] | None:
        """What the gate finds of a date's issue, None where there is none."""
        mail = self.find(newsletter, day)
        return None if mail is None else self._previewer.inspect(mail)

    def waiting(self, newsletter: Newsletter) -> int:
        """How many stories the next issue would hold now, with what was not collected yet."""
        with self._project.database.rehearsal() as connection:
            self._collect(connection, None)
            day = date_of_next(connection, self._project, newsletter)
            issue = self._builder.compose(connection, newsletter, day)
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

    def find(self, newsletter: Newsletter, day: date) -> IssueMail | None:
        """The issue of a date as it was sealed or approved, or as the folders make it now.

        None where nothing is new.
        """
        project = self._project
        with project.database.rehearsal() as connection:
            fixed = self._builder.find_fixed(connection, newsletter, day)
            if fixed is not None:
                return IssueMail(newsletter, *fixed)
            self._collect(connection, max(day, project.today(newsletter)))
            decided = edits.in_force(connection, newsletter.id, day)
            issue = compose_issue(connection, project.config, newsletter, day, decided)
            if issue is None:
                return None
            shown = stories_to_show(issue, newsletter)
            due = due_pictures(connection, project.config, shown, project.clock())
        # Nothing is held while pictures are made.
        issue = with_pictures(project, issue, due, self._picture_fetcher, decided)
        return IssueMail(newsletter, *self._builder.render(issue, newsletter))

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
