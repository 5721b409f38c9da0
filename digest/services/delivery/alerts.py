"""Between issues: a story that many sources tell at once goes to those who asked for alerts.

Its mail passes the gate as an issue does. Then it is a notice for each of them, queued in one
transaction with the note that the story is told: so nobody gets it twice, and what holds for
notices holds for it (digest.store.notices).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from digest.clock import local_date
from digest.compose.alerts import AlertWishes, is_alert, told_until, why_not_told
from digest.compose.hours import clock_of
from digest.compose.keywords import removed_from
from digest.compose.select import in_scope, is_new
from digest.jobs.job import send_notices
from digest.log import get_logger
from digest.merge.language.publishers import publisher_key, publisher_of
from digest.model import Finding, Mail, Newsletter, Notice, NoticeKind, Story
from digest.project import Project
from digest.services.issues.edit import next_date
from digest.services.issues.waive import waive
from digest.services.subscribers.notify import queue_notice
from digest.store import alerts, edits, reports, stories, waivers
from digest.store.alerts import AlertMail, SharedWishes
from digest.store.database import exclusively

if TYPE_CHECKING:
    from digest.render.notice import NoticeRenderer

log = get_logger(__name__)

# Of a story's sources so many are named in a mail that is to be short.
_NAMED = 5
_BULLETS = 3


@dataclass(frozen=True, slots=True)
class DueAlert:
    """A story that is to be told now, as editors have it; `by_hand` where they gave it words."""

    story: Story
    by_hand: bool


def queue_alerts(project: Project, renderer: "Callable[[], NoticeRenderer]") -> int:
    """Queue the alerts that are due now, one story a newsletter at most; how many mails.

    None of a newsletter whose issues a person approves: nothing of it goes out unseen.
    """
    count = 0
    for newsletter in project.config.settings.newsletters:
        if newsletter.has_alerts:
            count += _queue_alert(project, newsletter, renderer)
    return count


def _queue_alert(
    project: Project, newsletter: Newsletter, renderer: "Callable[[], NoticeRenderer]"
) -> int:
    with project.database.read() as connection:
        if next(_due(connection, project, newsletter), None) is None:
            return 0  # most rounds: nobody is kept waiting for a look
    with project.database.write() as connection:
        exclusively(connection)
        for due in _due(connection, project, newsletter):
            mail = _pass_gate(connection, project, newsletter, due, renderer())
            if mail.held is None:
                return _queue_mails(connection, project, newsletter, due.story, mail)
        return 0


def _due(connection: sa.Connection, project: Project, newsletter: Newsletter) -> Iterator[DueAlert]:
    """The stories that are to be told between issues, the one with the most sources first."""
    now, today, tree = project.clock(), project.today(newsletter), project.config.topics
    decided = edits.in_force(connection, newsletter.id, next_date(project, newsletter))
    fresh = [
        story
        for story in decided.apply(
            stories.unsealed(connection, newsletter.id, today, newsletter.zone)
        )
        if story.source_count >= newsletter.alert_sources
        and is_new(story, newsletter, today)
        and in_scope(story, newsletter, tree)
    ]
    removed = removed_from(newsletter, fresh, tree)
    candidates = [story for story in fresh if story.id not in removed]
    events = [story.event_id or story.id for story in candidates]
    told = alerts.told_at(connection, newsletter.id, [*events, *(s.id for s in candidates)])
    for story in sorted(candidates, key=lambda story: (-story.source_count, story.id)):
        is_told = story.id in told or story.event_id in told
        times = _first_told(connection, story).values()
        if not is_told and is_alert(times, newsletter.alert_sources, now):
            yield DueAlert(story, decided.is_reworded(story.id))


def _first_told(connection: sa.Connection, story: Story) -> Mapping[str, datetime]:
    """When each publisher told a story first, as far as that is known; else when we read it."""
    times: dict[str, datetime] = {}
    for report, collected_at in reports.timed_of(connection, story.id):
        at = min(report.published or collected_at, collected_at)
        key = publisher_key(publisher_of(report))
        times[key] = min(at, times.get(key, at))
    return times


# The gate


def _pass_gate(
    connection: sa.Connection,
    project: Project,
    newsletter: Newsletter,
    due: DueAlert,
    renderer: "NoticeRenderer",
) -> AlertMail:
    """Keep what the alert says; with an error of the gate it is held, and its editors told why."""
    content, now = content_of(due), project.clock()
    before = alerts.find_mail(connection, newsletter.id, due.story.id)
    made_at = before.made_at if before else now
    _, findings = inspect(connection, project, newsletter, content, made_at, renderer)
    errors = "; ".join(str(finding) for finding in findings if finding.level == "error")
    kept = alerts.keep_mail(connection, newsletter.id, due.story.id, content, now, errors or None)
    if errors and (before is None or before.held != errors):
        log.error("alert held", newsletter=newsletter.id, story=due.story.id, errors=errors)
        for address in newsletter.editors:
            queue_notice(
                connection,
                project,
                NoticeKind.ALERT_HELD,
                newsletter.id,
                address,
                language="en",
                details={"headline": due.story.headline, "alert": kept.id, "reason": errors},
            )
    return kept


def inspect(
    connection: sa.Connection,
    project: Project,
    newsletter: Newsletter,
    content: Mapping[str, Any],
    made_at: datetime,
    renderer: "NoticeRenderer",
) -> tuple[Mail, Sequence[Finding]]:
    """The mail of an alert, and what the gate finds in it: what somebody let pass, as waived.

    The gate looks at it in each language in which somebody would get it.
    """
    from digest.render.gate_alert import inspect_alert

    notice = Notice(
        0, NoticeKind.ALERT, newsletter.id, "", "", None, {**content, "subscriber": 0}, made_at
    )
    # Alerts of earlier versions did not keep whose words they have.
    by_hand = content.get("by_hand", False)
    languages = alerts.languages(connection, newsletter.id) | {newsletter.language}
    spoken = [replace(newsletter, language=language) for language in sorted(languages)]
    mails = {letter.language: renderer.alert_mail(notice, letter) for letter in spoken}
    findings = [
        finding
        for letter in spoken
        for finding in inspect_alert(
            mails[letter.language], notice, letter, project.links, by_hand=by_hand
        )
    ]
    waived = waivers.of_issue(connection, newsletter.id, local_date(made_at, newsletter.zone))
    return mails[newsletter.language], [
        waive(finding, waived) for finding in dict.fromkeys(findings)
    ]


def content_of(due: DueAlert) -> dict[str, Any]:
    """What the alert about a story says."""
    story = due.story
    return {
        "story": story.id,
        "headline": story.headline,
        "bullets": list(story.bullets[:_BULLETS]),
        "machine_written": story.machine_written,
        "count": story.source_count,
        "sources": [{"name": source.name, "url": source.url} for source in story.sources[:_NAMED]],
        "by_hand": due.by_hand,
    }


# To whom


def _queue_mails(
    connection: sa.Connection,
    project: Project,
    newsletter: Newsletter,
    story: Story,
    mail: AlertMail,
) -> int:
    now, tree = project.clock(), project.config.topics

    def told() -> Iterator[tuple[SharedWishes, datetime]]:
        for choice in alerts.choices(connection, newsletter.id, now):
            wishes = _wishes(choice, newsletter)
            if why_not_told(story, tree, wishes, now) is None:
                yield choice, told_until(wishes, now)

    count = alerts.queue_mails(connection, mail, told(), now)
    alerts.add(connection, newsletter.id, story.id, count, now)
    if count:
        workers = project.config.settings.workers.per_issue
        project.jobs.defer(connection, map(send_notices, range(workers)))
    return count


def _wishes(choice: SharedWishes, newsletter: Newsletter) -> AlertWishes:
    return AlertWishes(
        topics=choice.chosen_topics,
        keywords=choice.keywords,
        zone=clock_of(None, choice.timezone, newsletter).zone,
        hours=range(*newsletter.alert_hours),
        paused_until=choice.paused_until,
        alerted_at=choice.alerted_at,
    )
