"""A story that an editor writes by hand: in the issue of one date, and in no other."""

from dataclasses import dataclass
from datetime import date, datetime

from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.model import Newsletter, SourceRef, Story, TopicTree
from digest.project import Project
from digest.services.issues.edit import keep_edits
from digest.services.issues.edit_rules import clean, clean_bullets
from digest.store import stories
from digest.store.database import exclusively
from digest.store.edits import EditRecord
from digest.text import is_web_address

BY_HAND = "an editor wrote the story"


@dataclass(frozen=True, slots=True)
class OwnStory:
    """What an editor writes. Without a source it is the newsletter's own."""

    headline: str
    bullets: tuple[str, ...]
    topic: str
    source: str = ""
    link: str = ""


def add_own_story(
    project: Project, newsletter: Newsletter, day: date, written: OwnStory, who: str
) -> EditRecord:
    """Keep a story by hand, and the edit that puts it into the issue; undone, it is in none.

    It is kept as one that was dropped (`digest stories drop`): no other issue takes it by itself.
    """
    now = project.clock()
    story = _story(newsletter, project.config.topics, day, written, now)
    with project.database.write() as connection:
        exclusively(connection)
        number = stories.add(connection, story, now)
        stories.set_withdrawn(connection, number, now)
        edit = Edit(EditKind.STORY, (story.headline,), number)
        (record,) = keep_edits(connection, project, newsletter, day, [edit], who)
        return record


def _story(
    newsletter: Newsletter, topics: TopicTree, day: date, written: OwnStory, now: datetime
) -> Story:
    topic = topics.find(written.topic)
    if topic is None:
        raise UsageError(
            f"there is no topic {written.topic!r}", remedy="`digest topics list` names them"
        )
    link = written.link.strip()
    if link and not is_web_address(link):
        raise UsageError(
            f"{link!r} is not a web address", remedy="write it whole, https://example.org/..."
        )
    name = clean(written.source) if written.source.strip() else newsletter.name
    return Story(
        id=0,
        headline=clean(written.headline),
        bullets=clean_bullets(written.bullets),
        bullets_reason=BY_HAND,
        topic=topic.id,
        topic_reason=BY_HAND,
        source_count=1,
        sources=(SourceRef(name, link or None),),
        collected_at=now,
        dropped=day,
    )
