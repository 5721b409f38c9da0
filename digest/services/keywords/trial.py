"""What a list of keywords would have kept and blocked in the last days; nothing is changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.compose.keywords import text_of_story
from digest.compose.select import in_scope
from digest.errors import UsageError
from digest.keywords import (
    MOST_KEYWORDS,
    KeywordFilter,
    KeywordText,
    Removal,
    read_keywords,
)
from digest.model import Newsletter
from digest.project import Project
from digest.services.sources.all_feeds import feed_of
from digest.services.sources.keep import keywords_of
from digest.store import reports, stories

SPAN = timedelta(days=14)
_REMEDY = "docs/keywords.md says what a list may hold"


@dataclass(frozen=True, slots=True)
class TriedItem:
    """A story or a source's item, and why the list would not let it through, if so."""

    headline: str
    collected_at: datetime
    removal: Removal | None


@dataclass(frozen=True, slots=True)
class KeywordTrial:
    """What a list would have done to what came since a time, the newest first."""

    since: datetime
    items: tuple[TriedItem, ...]

    @property
    def blocked(self) -> tuple[TriedItem, ...]:
        """What it would have taken out."""
        return tuple(item for item in self.items if item.removal is not None)

    @property
    def kept(self) -> tuple[TriedItem, ...]:
        """What it would have let through."""
        return tuple(item for item in self.items if item.removal is None)


def read_list(text: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
    """A list as somebody wrote it, with a + before what is kept; UsageError where it is amiss."""
    try:
        keywords = read_keywords(text, MOST_KEYWORDS)
    except ValueError as error:
        raise UsageError(str(error), remedy=_REMEDY) from error
    if not keywords and not may_be_empty:
        raise UsageError("there is no keyword in the list", remedy=_REMEDY)
    return keywords


def try_on_stories(
    project: Project, newsletter: Newsletter, keywords: KeywordFilter
) -> KeywordTrial:
    """What a newsletter's or a subscriber's list would do to the newsletter's stories."""
    tree, since = project.config.topics, project.clock() - SPAN
    with project.database.read() as connection:
        texts = (
            (story.headline, story.collected_at, text_of_story(story, tree))
            for story in stories.collected_since(connection, since)
            if in_scope(story, newsletter, tree)
        )
        return _trial(since, texts, keywords)


def try_on_source(project: Project, source: str, keywords: KeywordFilter) -> KeywordTrial:
    """What a feed's list would do to what the feed told; UsageError where there is no such feed."""
    since = project.clock() - SPAN
    with project.database.read() as connection:
        feed = feed_of(connection, project.config, source)
        if feed is None:
            raise UsageError(f"there is no feed {source!r}", remedy="see `digest sources list`")
        own = keywords_of(feed, project.config.topics)
        texts = (
            (report.headline, collected_at, own.text_of(report))
            for collected_at, report in reports.of_source(connection, source, since)
        )
        return _trial(since, texts, keywords)


def _trial(
    since: datetime, texts: Iterator[tuple[str, datetime, KeywordText]], keywords: KeywordFilter
) -> KeywordTrial:
    items = (TriedItem(headline, at, keywords.removal(text)) for headline, at, text in texts)
    return KeywordTrial(since, tuple(items))
