"""The issue of a date, in an open transaction: composed, rendered, inspected, sealed."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.compose.approval import is_approval_needed
from digest.errors import DigestError
from digest.issue_edits import EditKind, Edits
from digest.log import get_logger
from digest.model import Finding, Issue, IssueCause, IssueState, Newsletter, RenderedIssue, Story
from digest.pictures.folder import PictureFolder
from digest.project import Project
from digest.services.delivery import schedule
from digest.services.delivery.deleted_deliveries import refuse_where_deliveries_ended
from digest.services.issues.approval import approval_status, valid_approval, why_unapproved
from digest.services.issues.compose import compose_issue
from digest.services.issues.held_issue import tried_until
from digest.services.issues.waive import waive
from digest.store import alerts, approvals, deliveries, edits, issues, pictures, stories, waivers
from digest.store.approvals import ApprovalRecord
from digest.store.issues import IssueRecord, Neighbour
from digest.store.pictures import PictureRow

if TYPE_CHECKING:
    from digest.render.mail import Renderer
    from digest.services.issues.messages import IssueContent, IssueMessages, MakeSigner

log = get_logger(__name__)


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
        self._database = project.database
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
        from digest.services.issues.fit_size import fit_to_size
        from digest.services.pictures.own import own_pictures

        began = time.perf_counter()
        own = own_pictures(self._config, newsletter)
        fitted = fit_to_size(self._renderer, issue, newsletter, own, self._alerted(issue))
        self.on_rendered(time.perf_counter() - began)
        return fitted

    def _alerted(self, issue: Issue) -> dict[int, datetime]:
        """When alerts told its stories, by number."""
        numbers = [story.id for story in issue.all_stories]
        with self._database.read() as connection:
            return alerts.told_at(connection, issue.newsletter, numbers)

    def find_fixed(
        self, connection: sa.Connection, newsletter: Newsletter, day: date
    ) -> tuple[Issue, RenderedIssue] | None:
        """The issue of a date as it was sealed or approved; None where it may still change."""
        record = issues.find(connection, newsletter.id, day)
        if record is None or not record.sealed:
            if newsletter.approval == "none":
                return None
            approved = approval_status(connection, newsletter, day).valid
            return (approved.issue, approved.rendered) if approved else None
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
        """What the gate finds of the whole issue, and of the mail for each of its topics.

        What somebody let pass is among it, as waived.
        """
        from digest.render.counted_links import as_mailed
        from digest.render.gate import inspect_issue, inspect_mail
        from digest.render.gate_content import inspect_content

        before = issues.subject_before(connection, newsletter.id, issue.date)
        findings = list(inspect_issue(as_mailed(rendered, issue, self._links), issue, before))
        findings += inspect_content(
            rendered,
            issue,
            newsletter,
            by_hand=edits.in_force(connection, newsletter.id, issue.date).retold,
            has_picture=lambda name: (
                PictureFolder(self._config.picture_folder).path(name) is not None
            ),
            dead_links=issues.dead_links(connection, newsletter.id, issue.date),
        )
        messages = self.messages_of(issue, rendered, newsletter)
        for topics in ((), *((topic.id,) for topic in issue.topics)):
            variant = messages.variant(frozenset(topics))
            if variant is not None:
                findings += inspect_mail(variant.mail, variant.issue, newsletter, self._links)
        waived = waivers.of_issue(connection, newsletter.id, issue.date)
        return [waive(finding, waived) for finding in dict.fromkeys(findings)]

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

        With too little new, or where an editor skips it, it is recorded as skipped; with an error
        of the gate, where an editor holds it or approval is missing, as held. What was approved is
        sealed as it was. One that is sealed already is returned. `at_once`: nobody has to wait for
        their hour.
        """
        record = issues.find(connection, newsletter.id, day)
        if record is None or not record.sealed:
            before = record
            self._seal_anew(connection, newsletter, day, at_once=at_once)
            record = issues.find(connection, newsletter.id, day)
            assert record is not None  # whatever became of it
            from digest.services.webhooks.issue_events import tell_of_seal

            tell_of_seal(connection, before, record, self._clock())
        elif at_once:
            deliveries.hurry(connection, record.id, self._clock())
        return record

    def _seal_anew(
        self, connection: sa.Connection, newsletter: Newsletter, day: date, *, at_once: bool
    ) -> None:
        decided, now = edits.in_force(connection, newsletter.id, day), self._clock()
        if decided.find(EditKind.SKIP):
            reason = decided.line(EditKind.SKIP)
            issues.skip(connection, newsletter.id, day, reason, now, IssueCause.EDITOR)
            return
        approval = None
        if newsletter.approval == "required":
            approval = valid_approval(connection, newsletter, day, now)
        mail = (approval.issue, approval.rendered) if approval else None
        if mail is None:
            composed = compose_issue(connection, self._config, newsletter, day, decided)
            if composed is None:
                issues.skip(connection, newsletter.id, day, "nothing new", now)
                return
            # A template that cannot be rendered must fail here, where nothing is taken yet.
            mail = self.render(composed, newsletter)
        issue, rendered = mail
        count = len(issue.all_stories)
        if count < newsletter.min_stories:
            reason = f"{count} new, fewer than min_stories = {newsletter.min_stories}"
            issues.skip(connection, newsletter.id, day, reason, now, IssueCause.TOO_FEW)
            return
        held = self._why_held(connection, newsletter, mail, decided, approval)
        if held is not None:
            reason, cause = held
            issues.hold(connection, issue, reason, now, cause)
            return
        if approval is not None and now < approval.final_at:
            until = f"{approval.final_at.astimezone(newsletter.zone):%H:%M}"
            reason = f"approved by {approval.approved_by}; it waits until {until} to be pulled back"
            issues.save_draft(connection, issue, now, reason, IssueCause.COOLING_OFF)
            return
        issue_id = issues.seal(connection, issue, now, rendered)
        assert issue_id is not None
        _keep_decided(connection, issue, decided, now)
        sealed = Neighbour(issue_id, newsletter.id, day)
        settings = self._config.settings.delivery
        schedule.lay_out(connection, sealed, newsletter, settings, now, at_once=at_once)
        log.info("sealed", issue=issue.key, stories=len(issue.stories))

    def _why_held(
        self,
        connection: sa.Connection,
        newsletter: Newsletter,
        mail: tuple[Issue, RenderedIssue],
        decided: Edits,
        approval: ApprovalRecord | None,
    ) -> tuple[str, IssueCause | None] | None:
        """Why an issue must not go out as it is, None where it may."""
        issue, rendered = mail
        findings = self.inspect(connection, issue, rendered, newsletter)
        errors = [str(finding) for finding in findings if finding.level == "error"]
        if decided.find(EditKind.HOLD):
            return "; ".join([decided.line(EditKind.HOLD), *errors]), IssueCause.EDITOR
        if errors:
            until = tried_until(connection, self._config, newsletter.id, issue.date)
            log.error("held", issue=issue.key, errors=errors, until=until.isoformat())
            return "; ".join(errors), None
        needs_approval = is_approval_needed(newsletter, issue.date, decided.hour, self._clock())
        if approval is None and needs_approval:
            ended = approvals.last_ended(connection, newsletter.id, issue.date)
            return why_unapproved(ended), IssueCause.UNAPPROVED
        return None

    def reopen(self, connection: sa.Connection, newsletter: Newsletter, day: date) -> IssueRecord:
        """A sealed issue with a delivery to attempt for everyone subscribed who misses it."""
        record = issues.find(connection, newsletter.id, day)
        if record is None or not record.sealed:
            raise DigestError(
                f"there is no sealed issue of {newsletter.id} on {day}: nobody was to get it yet",
                remedy=f"see `digest status`; `digest send --date {day}` would make it",
            )
        if record.state in (IssueState.PAUSED, IssueState.STOPPED):
            raise DigestError(
                f"the issue {record.key} is {record.reason or record.state}",
                remedy="`digest issue resume` lets a paused one go on; what was stopped is over",
            )
        refuse_where_deliveries_ended(record)
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


def _keep_decided(connection: sa.Connection, issue: Issue, decided: Edits, now: datetime) -> None:
    """What editors gave the stories of a sealed issue is told elsewhere, too."""
    for story in issue.all_stories:
        if decided.is_reworded(story.id):
            _keep_words(connection, story, now)
        if decided.has_picture(story.id):
            _keep_picture(connection, story, now)


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
