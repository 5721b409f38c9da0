"""One event's reports to the story that subscribers see; pure.

Other processes write, too: they load no more than this module needs, and get plain values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.merge.summarise.story import write_text
from digest.merge.topic_model import TopicModel
from digest.merge.topics import choose_topic
from digest.model import Report, Story, TopicTree


@dataclass(frozen=True, slots=True)
class SourcePreference:
    """What the settings say of a source: the topic of its stories, and their weight."""

    topic: str
    weight: float


@dataclass(frozen=True, slots=True)
class StoryPreferences:
    """What of the settings a story is written by; `feeds` are preferences by the source's id."""

    topics: TopicTree
    feeds: Mapping[str, SourcePreference]
    model: TopicModel | None = None


def write_story(members: Sequence[Report], preferences: StoryPreferences, now: datetime) -> Story:
    """The story of one event's reports, without a number yet."""
    text = write_text(members)
    sources = [
        preferences.feeds[report.source] for report in members if report.source in preferences.feeds
    ]
    summary = replace(
        members[0],
        headline=text.headline,
        bullets=text.bullets,
        summary="",
        topic=next((report.topic for report in members if report.topic), None),
    )
    default = next((source.topic for source in sources if source.topic), "")
    choice = choose_topic(summary, preferences.topics, model=preferences.model, default=default)
    dates = [report.published for report in members if report.published]
    return Story(
        id=0,
        headline=text.headline,
        bullets=text.bullets,
        origins=text.origins,
        topic=choice.topic,
        topic_reason=choice.reason,
        source_count=text.source_count,
        sources=text.sources,
        collected_at=now,
        dated=next((report.dated for report in members if report.dated), None)
        or (min(dates).date() if dates else None),
        dropped=next((report.dropped for report in members if report.dropped), None),
        image=text.image,
        differing=text.differing,
        weight=max((source.weight for source in sources), default=1.0),
    )


def rewrite_story(
    story: Story, members: Sequence[Report], preferences: StoryPreferences, now: datetime
) -> Story:
    """The story from the reports that it has now; its number and its event stay."""
    return replace(
        write_story(members, preferences, now),
        id=story.id,
        event_id=story.event_id,
        update_since=story.update_since,
    )
