"""Between issues: a story that many sources tell at once goes to those who asked for alerts.

An alert is a notice for each of them, queued in one transaction with the note that the story is
told: so nobody gets it twice, and what holds for notices holds for it (digest.store.notices).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import sqlalchemy as sa

from digest.compose.alerts import AlertWishes, is_alert, why_not_told
from digest.compose.hours import clock_of
from digest.compose.select import in_scope, is_new
from digest.edits import EditKind
from digest.merge.language.publishers import publisher_key, publisher_of
from digest.model import Newsletter, NoticeKind, Story
from digest.project import Project
from digest.services.issues.edit import next_date
from digest.services.subscribers.notify import queue_notice
from digest.store import alerts, edits, reports, stories
from digest.store.alerts import AlertSubscriber
from digest.store.database import exclusively

# Of a story's sources so many are named in a mail that is to be short.
_NAMED = 5
_BULLETS = 3


def queue_alerts(project: Project) -> int:
    """Queue the alerts that are due now, one story a newsletter at most; how many mails.

    None of a newsletter whose issues a person approves: nothing of it goes out unseen.
    """
    count = 0
    for newsletter in project.config.settings.newsletters:
        if newsletter.has_alerts:
            count += _queue_alert(project, newsletter)
    return count


def _queue_alert(project: Project, newsletter: Newsletter) -> int:
    with project.database.read() as connection:
        if next(_due(connection, project, newsletter), None) is None:
            return 0  # most rounds: nobody is kept waiting for a look
    with project.database.write() as connection:
        exclusively(connection)
        story = next(_due(connection, project, newsletter), None)
        if story is None:
            return 0
        now, tree = project.clock(), project.config.topics
        told = [
            person
            for person in alerts.wanting(connection, newsletter.id)
            if why_not_told(story, tree, _wishes(person, newsletter), now) is None
        ]
        for person in told:
            queue_notice(
                connection,
                project,
                NoticeKind.ALERT,
                newsletter.id,
                person.email,
                name=person.name,
                language=person.language,
                details={**_details(story), "subscriber": person.id},
            )
        alerts.note_told(connection, newsletter.id, [person.id for person in told], now)
        alerts.add(connection, newsletter.id, story.id, len(told), now)
        return len(told)


def _due(connection: sa.Connection, project: Project, newsletter: Newsletter) -> Iterator[Story]:
    """The stories that are to be told between issues, the one with the most sources first."""
    now, today = project.clock(), project.today(newsletter)
    hidden = edits.in_force(connection, newsletter.id, next_date(project, newsletter))
    candidates = [
        story
        for story in stories.unsealed(connection, newsletter.id, today, newsletter.zone)
        if story.source_count >= newsletter.alert_sources
        and is_new(story, newsletter, today)
        and in_scope(story, newsletter, project.config.topics)
        and not hidden.find(EditKind.HIDE, story.id)
    ]
    events = [story.event_id or story.id for story in candidates]
    told = alerts.told_at(connection, newsletter.id, [*events, *(s.id for s in candidates)])
    for story in sorted(candidates, key=lambda story: (-story.source_count, story.id)):
        is_told = story.id in told or story.event_id in told
        times = _first_told(connection, story).values()
        if not is_told and is_alert(times, newsletter.alert_sources, now):
            yield story


def _first_told(connection: sa.Connection, story: Story) -> Mapping[str, datetime]:
    """When each publisher told a story first, as far as that is known; else when we read it."""
    times: dict[str, datetime] = {}
    for report, collected_at in reports.timed_of(connection, story.id):
        at = min(report.published or collected_at, collected_at)
        key = publisher_key(publisher_of(report))
        times[key] = min(at, times.get(key, at))
    return times


def _wishes(person: AlertSubscriber, newsletter: Newsletter) -> AlertWishes:
    return AlertWishes(
        topics=person.topics,
        keywords=person.keywords,
        zone=clock_of(None, person.timezone, newsletter).zone,
        hours=range(*newsletter.alert_hours),
        paused_until=person.paused_until,
        alerted_at=person.alerted_at,
    )


def _details(story: Story) -> dict[str, object]:
    return {
        "story": story.id,
        "headline": story.headline,
        "bullets": list(story.bullets[:_BULLETS]),
        "machine_written": story.machine_written,
        "count": story.source_count,
        "sources": [{"name": source.name, "url": source.url} for source in story.sources[:_NAMED]],
    }
