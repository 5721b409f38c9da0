"""The tools that read: nothing they do changes anything."""

from datetime import date, timedelta
from typing import Annotated

import sqlalchemy as sa
from pydantic import BeforeValidator, Field

from digest.errors import UsageError
from digest.mcp.answers import (
    BulletAnswer,
    ConcernAnswer,
    EditAnswer,
    HealthAnswer,
    IssueAnswer,
    IssueInShort,
    IssuesAnswer,
    NewsletterAnswer,
    ProjectAnswer,
    Publisher,
    RankAnswer,
    ReportAnswer,
    SourceAnswer,
    StoriesAnswer,
    StoryAnswer,
    StoryInIssue,
    StoryInShort,
    SubscribersAnswer,
    TopicAnswer,
)
from digest.merge.bullet_origins import all_sentences
from digest.model import Issue, Newsletter
from digest.parsing import MOST_NUMBER, read_issue_date
from digest.project import Project
from digest.search_terms import SearchQuery
from digest.services.explain.story import explain_story
from digest.services.issues.agent_edits import needs_a_person
from digest.services.issues.edit import edited_issue, next_date
from digest.services.issues.story_material import read_material
from digest.services.overview.concerns import read_concerns
from digest.services.overview.figures import read_figures
from digest.services.sources.status import source_statuses
from digest.store import deliveries, issue_days, published, reports, search, story_list, subscribers
from digest.store.edits import EditRecord

# Of a list: an agent that wants more asks for other days or words.
MOST = 100

NewsletterName = Annotated[
    str, Field(description="A newsletter's id; may be left out where there is only one.")
]
IssueDate = Annotated[
    date | None,
    BeforeValidator(lambda value: read_issue_date(value) if isinstance(value, str) else value),
    Field(description="The issue's date, YYYY-MM-DD; left out: the next issue."),
]
Days = Annotated[int, Field(ge=1, le=60, description="How many days back.")]
StoryNumber = Annotated[int, Field(ge=1, le=MOST_NUMBER, description="A story's number.")]


class ReadingTools:
    """Each method is a tool; its first sentence is what an agent reads of it."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def read_project(self) -> ProjectAnswer:
        """The newsletters with their next dates and numbers of subscribers, and the topics."""
        project = self._project
        with project.database.read() as connection:
            counts = {
                newsletter.id: subscribers.count(connection, newsletter.id)
                for newsletter in project.config.settings.newsletters
            }
        return ProjectAnswer(
            project.clock(),
            [
                NewsletterAnswer(
                    newsletter=newsletter.id,
                    name=newsletter.name,
                    language=newsletter.language,
                    topics=newsletter.topics,
                    days=newsletter.days,
                    time=f"{newsletter.time:%H:%M}",
                    timezone=newsletter.timezone,
                    next_date=next_date(project, newsletter),
                    subscribers=counts[newsletter.id],
                    free_words=needs_a_person(newsletter),
                )
                for newsletter in project.config.settings.newsletters
            ],
            [
                TopicAnswer(topic.id, topic.title, topic.parent)
                for topic in project.config.topics.topics
            ],
        )

    def list_issues(self, days: Days = 14) -> IssuesAnswer:
        """The issues of the last days: how each stands, its subject, its deliveries by state."""
        today = self._project.latest_today()
        with self._project.database.read() as connection:
            made = issue_days.between(connection, today - timedelta(days=days), today)
            return IssuesAnswer(
                [
                    IssueInShort(
                        issue=f"{day.newsletter}-{day.date}",
                        newsletter=day.newsletter,
                        date=day.date,
                        state=str(day.state),
                        reason=day.reason,
                        subject=day.subject,
                        sealed_at=day.sealed_at,
                        deliveries=dict(deliveries.counts(connection, day.id)),
                    )
                    for day in reversed(made)
                ]
            )

    def read_issue(self, newsletter: NewsletterName = "", date: IssueDate = None) -> IssueAnswer:
        """An issue with its stories and what editors decided of it.

        One that was sealed is as it went out, another as it would be now.
        """
        chosen, day = issue_meant(self._project, newsletter, date)
        current = edited_issue(self._project, chosen, day)
        issue = current.issue
        with self._project.database.read() as connection:
            stories = _in_issue(connection, issue) if issue else []
        return IssueAnswer(
            issue=f"{chosen.id}-{day}",
            newsletter=chosen.id,
            date=day,
            sealed_at=current.sealed_at,
            subject=issue.subject if issue else "",
            preheader=issue.preheader if issue else "",
            note=issue.note if issue else (),
            stories=stories,
            edits=[edit_answer(record) for record in current.records],
        )

    def list_stories(self, days: Days = 3) -> StoriesAnswer:
        """The stories that were collected in the last days, with the issues that told them."""
        since = self._project.clock() - timedelta(days=days)
        with self._project.database.read() as connection:
            collected = list(story_list.collected_since(connection, since))
            sources = reports.sources_of(connection, [story.id for story in collected[:MOST]])
        stories = [
            StoryInShort(
                story.id,
                story.headline,
                story.topic,
                sources.get(story.id, ()),
                story.sources,
                story.issues,
            )
            for story in collected[:MOST]
        ]
        return StoriesAnswer(stories, len(collected) > MOST)

    def search_stories(
        self, words: Annotated[str, Field(max_length=200, description="All of them are wanted.")]
    ) -> StoriesAnswer:
        """The published stories that have some words, the newest first."""
        ids = [newsletter.id for newsletter in self._project.config.settings.newsletters]
        with self._project.database.read() as connection:
            numbers = search.find(connection, SearchQuery(words), ids, limit=MOST + 1)
            told = published.of_numbers(connection, numbers[:MOST], ids)
            sources = reports.sources_of(connection, numbers[:MOST])
        stories = [
            StoryInShort(
                entry.story.id,
                entry.story.headline,
                entry.story.topic,
                sources.get(entry.story.id, ()),
                entry.story.source_count,
            )
            for entry in told
        ]
        return StoriesAnswer(stories, len(numbers) > MOST)

    def explain_story(self, story: StoryNumber, date: IssueDate = None) -> StoryAnswer:
        """A story with its reports, and why: its topic, its bullets, its rank in each newsletter.

        `sentences` of a report are what `reword_story` may take as bullets.
        """
        project = self._project
        newsletters = project.config.settings.newsletters
        with project.database.read() as connection:
            material = read_material(connection, story, project.clock())
            explained = explain_story(connection, project, material.story, newsletters, date)
        return StoryAnswer(
            story=story,
            headline=material.story.headline,
            topic=material.story.topic,
            topic_reason=material.story.topic_reason,
            sources=sorted({report.source for report in explained.reports}),
            publishers=[
                Publisher(number, source.name, source.url)
                for number, source in enumerate(material.story.sources, start=1)
            ],
            bullets=[
                BulletAnswer(bullet.text, bullet.report, bullet.sentence, bullet.source_number)
                for bullet in explained.bullets
            ],
            bullets_reason=material.story.bullets_reason,
            machine_written=material.story.machine_written,
            reports=[
                ReportAnswer(
                    report.id,
                    report.source,
                    report.headline,
                    report.url,
                    report.reason,
                    all_sentences(material.reports[report.id]),
                )
                for report in explained.reports
            ],
            edits=[edit_answer(record) for record in explained.edits],
            ranks=[
                RankAnswer(
                    rank.issue, rank.is_sealed, rank.is_new, rank.score.total, str(rank.score)
                )
                for rank in explained.ranks
            ],
            is_dropped=explained.withdrawn_at is not None,
        )

    def count_subscribers(self, newsletter: NewsletterName = "") -> SubscribersAnswer:
        """How many get a newsletter, came and left, and chose each topic; nobody is named."""
        chosen = newsletter_of(self._project, newsletter)
        figures = read_figures(self._project, chosen)
        month = figures.subscribers[-30:]
        return SubscribersAnswer(
            newsletter=chosen.id,
            subscribers=month[-1].subscribers,
            joined_30_days=sum(day.joined for day in month),
            left_30_days=sum(day.left for day in month),
            all_topics=figures.all_topics,
            by_topic=dict(figures.topics),
        )

    def read_health(self) -> HealthAnswer:
        """What is wrong now, the gravest first, and how each source stands."""
        project = self._project
        with project.database.read() as connection:
            sources = source_statuses(connection, project.config, project.clock())
        return HealthAnswer(
            project.clock(),
            [
                ConcernAnswer(
                    str(concern.kind),
                    concern.is_grave,
                    concern.count,
                    concern.text,
                    concern.subject,
                    concern.newsletter,
                    concern.day,
                )
                for concern in read_concerns(project)
            ],
            [
                SourceAnswer(
                    source.id,
                    source.kind,
                    source.title,
                    str(source.state),
                    source.reason,
                    source.last_success,
                    source.stories,
                )
                for source in sources
            ],
        )


def newsletter_of(project: Project, name: str) -> Newsletter:
    """The named newsletter, or the only one there is; a usage error otherwise."""
    newsletters = project.config.newsletters(name or None)
    if len(newsletters) != 1:
        ids = ", ".join(newsletter.id for newsletter in newsletters)
        raise UsageError("there are several newsletters", remedy=f"name one of: {ids}")
    return newsletters[0]


def issue_meant(project: Project, name: str, day: date | None) -> tuple[Newsletter, date]:
    """The newsletter and the date of the issue that is named, the next one where no date is."""
    newsletter = newsletter_of(project, name)
    return newsletter, day or next_date(project, newsletter)


def edit_answer(record: EditRecord) -> EditAnswer:
    """An edit as tools answer it."""
    return EditAnswer(
        record.id,
        str(record.edit.kind),
        record.edit.story,
        record.edit.lines,
        record.before,
        record.made_by,
        record.undone_at is not None,
    )


def _in_issue(connection: sa.Connection, issue: Issue) -> list[StoryInIssue]:
    sources = reports.sources_of(connection, [story.id for story in issue.all_stories])
    return [
        StoryInIssue(
            story=story.id,
            headline=story.headline,
            topic=story.topic,
            bullets=() if place >= len(issue.stories) else story.bullets,
            sources=sources.get(story.id, ()),
            source_count=story.source_count,
            by_headline_alone=place >= len(issue.stories),
        )
        for place, story in enumerate(issue.all_stories)
    ]
