"""A story from the report that it is made of; pure."""

from datetime import datetime

from digest.merge.bullet_origins import origins_of_bullets
from digest.merge.topic_model import TopicModel
from digest.merge.topics import choose_topic
from digest.model import Report, Story, TopicTree


def make_story(
    report: Report,
    tree: TopicTree,
    *,
    story_id: int,
    collected_at: datetime,
    model: TopicModel | None = None,
) -> Story:
    """What a subscriber sees of a report; a seed's number of sources counts as it says."""
    choice = choose_topic(report, tree, model=model)
    return Story(
        id=story_id,
        headline=report.headline,
        bullets=report.bullets,
        origins=origins_of_bullets(report, report.sources),
        topic=choice.topic,
        topic_reason=choice.reason,
        source_count=report.source_count,
        sources=report.sources,
        collected_at=collected_at,
        dated=report.dated,
        dropped=report.dropped,
        image=report.image,
    )
