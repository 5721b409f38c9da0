"""Why a story is as it is, and where it stands in issues: read from the records."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.compose.keywords import removed_from
from digest.compose.rank import Score, score
from digest.compose.select import in_scope, is_new
from digest.model import Newsletter, Story
from digest.project import Project
from digest.services.issues.edit import next_date
from digest.services.keywords.saved_keywords import with_saved_keywords
from digest.services.stories.own_words import OwnWords
from digest.store import edits, pictures, reports, stories
from digest.store.edits import EditRecord
from digest.store.pictures import PictureRow


@dataclass(frozen=True, slots=True)
class StoryReport:
    """A report of a story: why it is in there, and the paragraphs that are left out of it."""

    id: int
    source: str
    headline: str
    url: str | None
    reason: str
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplainedBullet:
    """A bullet, with the report and the sentence in it that it was taken from, where known.

    `sentence` counts from 1, 0 is the headline; `source_number` is the place of its publisher among
    the story's sources.
    """

    text: str
    report: int | None = None
    sentence: int | None = None
    source_number: int | None = None


@dataclass(frozen=True, slots=True)
class StoryRank:
    """What puts a story where it is in an issue, which was sealed with it or is to be made.

    `blocked` says which keyword of the newsletter keeps it out; empty where none does.
    """

    issue: str
    is_sealed: bool
    is_new: bool
    score: Score
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class ExplainedStory:
    """All of it. `tried` is what was tried last for its picture.

    One that an editor wrote has the edit in `written_for`; nobody tells it from `withdrawn_at` on.
    """

    story: Story
    tried: PictureRow | None
    written_for: EditRecord | None
    withdrawn_at: datetime | None
    reports: tuple[StoryReport, ...]
    bullets: tuple[ExplainedBullet, ...]
    edits: tuple[EditRecord, ...]
    ranks: tuple[StoryRank, ...]


def explain_story(
    connection: sa.Connection,
    project: Project,
    story: Story,
    newsletters: tuple[Newsletter, ...],
    day: date | None = None,
) -> ExplainedStory:
    """Why a story is as it is; its rank in the issues of `day`.

    Without a day, in the sealed issue that told it, or else in the next one to be made.
    """
    withdrawn_at = stories.withdrawn_at(connection, story.id)
    ranks = () if withdrawn_at else tuple(_ranks(connection, project, story, newsletters, day))
    return ExplainedStory(
        story=story,
        tried=pictures.of_stories(connection, [story.id]).get(story.id),
        written_for=edits.written_for(connection, story.id),
        withdrawn_at=withdrawn_at,
        reports=tuple(_reports(connection, project, story)),
        bullets=tuple(_bullets(connection, story)),
        edits=tuple(edits.of_story(connection, story.id)),
        ranks=ranks,
    )


def _reports(connection: sa.Connection, project: Project, story: Story) -> Iterator[StoryReport]:
    own_words = OwnWords(connection, project.clock())
    for number, (report, reason) in reports.of_story(connection, story.id).items():
        yield StoryReport(
            number,
            report.source,
            report.headline,
            report.sources[0].url if report.sources else None,
            reason or "",
            tuple(own_words.left_out(report)),
        )


def _bullets(connection: sa.Connection, story: Story) -> Iterator[ExplainedBullet]:
    members = reports.of_story(connection, story.id).items()
    numbers = {(report.source, report.key): number for number, (report, _) in members}
    origins = story.origins or (None,) * len(story.bullets)
    for bullet, origin in zip(story.bullets, origins, strict=True):
        if origin is None:
            yield ExplainedBullet(bullet)
        else:
            report = numbers.get((origin.source, origin.key))
            yield ExplainedBullet(bullet, report, origin.sentence, origin.number)


def _ranks(
    connection: sa.Connection,
    project: Project,
    story: Story,
    newsletters: tuple[Newsletter, ...],
    day: date | None,
) -> Iterator[StoryRank]:
    tree, told_on = project.config.topics, stories.told_on(connection, story.id)
    for newsletter in newsletters:
        if in_scope(story, newsletter, tree):
            sealed_day = told_on.get(newsletter.id)
            issue_day = day or sealed_day or next_date(project, newsletter)
            counting = with_saved_keywords(connection, newsletter)
            removal = removed_from(counting, [story], tree).get(story.id)
            yield StoryRank(
                f"{newsletter.id}-{issue_day}",
                issue_day == sealed_day,
                is_new(story, newsletter, issue_day),
                score(story, newsletter, tree, issue_day),
                str(removal) if removal else "",
            )
