"""An alert as editors see it: what it says, what the gate finds, and whom it went to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.clock import local_date
from digest.errors import NotFoundError
from digest.model import Finding, Newsletter
from digest.project import Project
from digest.render.alert import alert_values
from digest.render.gate import SAMPLE_SUBSCRIBER
from digest.render.notice import NoticeRenderer
from digest.render.placeholders import Placeholders
from digest.services.delivery.alerts import DueAlert, content_of, inspect
from digest.services.issues.edit import next_date
from digest.services.issues.waive import let_pass
from digest.store import alerts, edits, stories


@dataclass(frozen=True, slots=True)
class AlertReview:
    """The alert about a story, or what it would say now; with what the gate found in it.

    `made_at` and `held` are set once it was due, `told_at` once it was queued.
    """

    newsletter: Newsletter
    story_id: int
    headline: str
    html: str
    text: str
    findings: Sequence[Finding]
    made_at: datetime | None
    held: str | None
    told_at: datetime | None


def review_alert(
    project: Project, newsletter: Newsletter, story_id: int, renderer: NoticeRenderer
) -> AlertReview:
    """The alert about a story; NotFoundError where there is no such story."""
    day = next_date(project, newsletter)
    with project.database.read() as connection:
        kept = alerts.find_mail(connection, newsletter.id, story_id)
        story = stories.get(connection, story_id)
        told_at = alerts.told_at(connection, newsletter.id, [story_id]).get(story_id)
        if kept is not None:
            content, made_at = kept.content, kept.made_at
        elif story is not None:
            decided = edits.in_force(connection, newsletter.id, day)
            edited = next(iter(decided.apply([story])), story)
            content = content_of(DueAlert(edited, decided.is_reworded(story_id)))
            made_at = project.clock()
        else:
            raise NotFoundError(
                f"there is no story {story_id}", remedy="look for it: digest stories list"
            )
        mail, findings = inspect(connection, project, newsletter, content, made_at, renderer)
    slots = Placeholders(mail.nonce)
    # Its links are nobody's: a look stops no one's alerts.
    sample = alert_values(newsletter.id, 0, SAMPLE_SUBSCRIBER.email, project.links)
    return AlertReview(
        newsletter,
        story_id,
        mail.subject,
        slots.fill(mail.html, sample),
        slots.fill(mail.text, sample),
        findings,
        kept.made_at if kept else None,
        kept.held if kept else None,
        told_at,
    )


def let_alert_pass(
    project: Project, review: AlertReview, finding_id: str, reason: str, who: str
) -> Finding:
    """Let a finding of an alert pass; where nothing else holds it, it goes out within a minute."""
    newsletter = review.newsletter
    day = local_date(review.made_at or project.clock(), newsletter.zone)
    subject = f"alert {newsletter.id}/{review.story_id}"
    return let_pass(project, newsletter, day, review.findings, finding_id, reason, who, subject)
