"""The issue of a date, in an open transaction: composed, rendered, inspected, sealed."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.config import Config
from digest.edits import EditKind, Edits
from digest.errors import DigestError
from digest.log import get_logger
from digest.model import Finding, Issue, IssueCause, Newsletter, RenderedIssue, Story
from digest.pictures.folder import PictureFolder
from digest.project import Project
from digest.services.delivery import schedule
from digest.services.issues.held import tried_until
from digest.store import deliveries, edits, issues, pictures, stories
from digest.store.issues import IssueRecord, Neighbour
from digest.store.pictures import PictureRow

if TYPE_CHECKING:
    from digest.render.mail import Renderer
    from digest.services.issues.messages import IssueContent, IssueMessages, MakeSigner

log = get_logger(__name__)


def compose_issue(
    connection: sa.Connection,
    config: Config,
    newsletter: Newsletter,
    day: date,
    decided: Edits | None = None,
) -> Issue | None:
    """The issue of a date from the stories that are new for it; None where there are none.

    `decided` are its edits, where somebody has read them already.
    """
    from digest.compose.issue import compose

    if decided is None:
        decided = edits.in_force(connection, newsletter.id, day)
    fresh = stories.unsealed(
        connection,
        newsletter.id,
        day - timedelta(days=newsletter.window_days),
        newsletter.zone,
        older=decided.dated_stories,
        # A story by hand is in the issue that it was written for, and in no other.
        withdrawn=decided.own_stories,
    )
    return compose(newsletter, day, fresh, config.topics, decided)


class IssueBuilder:
    """Makes issues of one project; the caller owns the transaction, and may roll it back."""

    def __init__(
        self,
        project: Project,
        make_renderer: "Callable[[], Renderer]",
        make_signer: "MakeSigner",
    ) -> None:
        # For whoever measures: the seconds that it took to render an issue.
        self.on_rendered: Callable[[float], None] = lambda _seconds: None
        self._config = project.config
        self._clock = project.clock
        self._links = project.links
        self._make_renderer = make_renderer
        self._make_signer = make_signer

    @cached_property
    def _renderer(self) -> "Renderer":
        return self._make_renderer()

    def compose(self, connection: sa.Connection, newsletter: Newsletter, day: date) -> Issue | None:
        """The issue as it would be sealed now; nothing is written."""
        return compose_issue(connection, self._config, newsletter, day)

    def render(self, issue: Issue, newsletter: Newsletter) -> tuple[Issue, RenderedIssue]:
        """The issue rendered, with as much of it as the budget of bytes allows."""
        from digest.services.issues.fit import fit_to_size

        began = time.perf_counter()
        fitted = fit_to_size(self._renderer, issue, newsletter)
        self.on_rendered(time.perf_counter() - began)
        return fitted

    def find_sealed(
        self, connection: sa.Connection, newsletter: Newsletter, day: date
    ) -> tuple[Issue, RenderedIssue] | None:
        """The sealed issue of a date, as it was rendered where that is kept."""
        record = issues.find(connection, newsletter.id, day)
        if record is None or not record.sealed:
            return None
        assert record.issue is not None
        if record.rendered is None:
            return self.render(record.issue, newsletter)
        return record.issue, record.rendered

    def messages_of(
        self, issue: Issue, rendered: RenderedIssue, newsletter: Newsletter
    ) -> "IssueMessages":
        """Makes the messages of an issue, as they are sent."""
        from digest.services.issues.messages import IssueMessages

        signer = self._make_signer(newsletter)
        return IssueMessages(
            issue,
            rendered,
            newsletter,
            self._links,
            self._clock,
            signer,
            read_picture=PictureFolder(self._config.picture_folder).read,
        )

    def catch_up(
        self, connection: sa.Connection, record: IssueRecord, newsletter: Newsletter, since: date
    ) -> "IssueContent":
        """What a subscriber gets with an issue who had none of those from a date on."""
        from digest.compose.catch_up import catch_up, is_absence
        from digest.services.issues.messages import IssueContent

        missed = issues.told_since(connection, record, since)
        issue = catch_up(missed, newsletter, self._config.topics)
        return IssueContent(*self.render(issue, newsletter), is_absence(missed))

    def inspect(
        self,
        connection: sa.Connection,
        issue: Issue,
        rendered: RenderedIssue,
        newsletter: Newsletter,
    ) -> list[Finding]:
        """What the gate finds of the whole issue, and of the mail for each of its topics."""
        from digest.render.gate import inspect_issue, inspect_mail

        before = issues.subject_before(connection, newsletter.id, issue.date)
        findings = list(inspect_issue(rendered, issue, before))
        messages = self.messages_of(issue, rendered, newsletter)
        for topics in ((), *((topic.id,) for topic in issue.topics)):
            variant = messages.variant(frozenset(topics))
            if variant is not None:
                findings += inspect_mail(variant.mail, variant.issue, newsletter, self._links)
        return list(dict.fromkeys(findings))

    def save_draft(
        self, connection: sa.Connection, newsletter: Newsletter, day: date
    ) -> IssueRecord | None:
        """Keep a draft for looking at; None where there is nothing new.

        It takes no story, and the seal composes anew. A sealed issue is returned as it is.
        """
        record = issues.find(connection, newsletter.id, day)
        if record is None or not record.sealed:
            issue = self.compose(connection, newsletter, day)
            if issue is None:
                return record
            issues.save_draft(connection, issue, self._clock())
        return issues.find(connection, newsletter.id, day)

    def seal(
        self, connection: sa.Connection, newsletter: Newsletter, day: date, *, at_once: bool
    ) -> IssueRecord:
        """Freeze the issue of a date, take its stories and lay out its deliveries.

        With nothing new, or where an editor skips it, it is recorded as skipped; with an error of
        the gate, or where an editor holds it, as held. One that is sealed already is returned.
        `at_once`: nobody has to wait for their hour.
        """
        record = issues.find(connection, newsletter.id, day)
        if record is None or not record.sealed:
            self._seal_anew(connection, newsletter, day, at_once=at_once)
            record = issues.find(connection, newsletter.id, day)
        elif at_once:
            deliveries.hurry(connection, record.id, self._clock())
        assert record is not None
        return record

    def _seal_anew(
        self, connection: sa.Connection, newsletter: Newsletter, day: date, *, at_once: bool
    ) -> None:
        decided = edits.in_force(connection, newsletter.id, day)
        if decided.find(EditKind.SKIP):
            reason = decided.line(EditKind.SKIP)
            issues.skip(connection, newsletter.id, day, reason, self._clock(), IssueCause.EDITOR)
            return
        issue = compose_issue(connection, self._config, newsletter, day, decided)
        if issue is None:
            issues.skip(connection, newsletter.id, day, "nothing new", self._clock())
            return
        # A template that cannot be rendered must fail here, where nothing is taken yet.
        issue, rendered = self.render(issue, newsletter)
        findings = self.inspect(connection, issue, rendered, newsletter)
        errors = [str(finding) for finding in findings if finding.level == "error"]
        if decided.find(EditKind.HOLD):
            reason = "; ".join([decided.line(EditKind.HOLD), *errors])
            issues.hold(connection, issue, reason, self._clock(), IssueCause.EDITOR)
            return
        if errors:
            issues.hold(connection, issue, "; ".join(errors), self._clock())
            until = tried_until(self._config, newsletter.id, day)
            log.error("held", issue=issue.key, errors=errors, until=until.isoformat())
            return
        now = self._clock()
        issue_id = issues.seal(connection, issue, now, rendered)
        assert issue_id is not None
        for story in issue.all_stories:
            if decided.is_reworded(story.id):
                _keep_words(connection, story, now)
            if decided.has_picture(story.id):
                _keep_picture(connection, story, now)
        sealed = Neighbour(issue_id, newsletter.id, day)
        settings = self._config.settings.delivery
        schedule.lay_out(connection, sealed, newsletter, settings, now, at_once=at_once)
        log.info("sealed", issue=issue.key, stories=len(issue.stories))

    def reopen(self, connection: sa.Connection, newsletter: Newsletter, day: date) -> IssueRecord:
        """A sealed issue with a delivery to attempt for everyone subscribed who misses it."""
        record = issues.find(connection, newsletter.id, day)
        if record is None or not record.sealed:
            raise DigestError(
                f"there is no sealed issue of {newsletter.id} on {day}: nobody was to get it yet",
                remedy=f"see `digest status`; `digest send --date {day}` would make it",
            )
        now, settings = self._clock(), self._config.settings.delivery
        schedule.lay_out(
            connection, record.neighbour, newsletter, settings, now, at_once=True, missing=True
        )
        deliveries.take_up(
            connection, record.id, newsletter.id, now, resend_in_doubt=settings.resends
        )
        if deliveries.is_open(connection, record.id, resend_in_doubt=settings.resends):
            issues.reopen(connection, record.id)
        return issues.get(connection, record.id)


def _keep_picture(connection: sa.Connection, story: Story, now: datetime) -> None:
    """So is the picture that an editor chose, and what it says where it is not seen."""
    tried = pictures.of_stories(connection, [story.id]).get(story.id)
    row = PictureRow(story.id, tried.origin if tried else "", None, "", now)
    pictures.keep(connection, row, story.picture)


def _keep_words(connection: sa.Connection, story: Story, now: datetime) -> None:
    """What an editor wrote is told on the story's page too, and by a later newsletter."""
    kept = stories.get(connection, story.id)
    if kept is not None:
        words = ("headline", "bullets", "origins", "bullets_reason", "machine_written")
        changed = replace(kept, **{name: getattr(story, name) for name in words})
        stories.update(connection, changed, now)
