"""How the front page lays an issue out: a lead, features with pictures, a river by topic; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.model import Group, Issue, Story, Topic, group_by_topic

FEATURES = 3


@dataclass(frozen=True, slots=True)
class FrontPage:
    """Each story that the issue tells in full, once; `topics` are those of the issue by id."""

    lead: Story
    features: tuple[Story, ...]
    groups: tuple[Group, ...]
    topics: Mapping[str, Topic]


def front_page(issue: Issue) -> FrontPage:
    """The best stories with a picture after the lead are features, of different topics first."""
    pictured = [story for story in issue.stories[1:] if story.picture]
    best_of_topic = {story.topic: story for story in reversed(pictured)}.values()
    in_order = sorted(pictured, key=lambda story: story not in best_of_topic)
    features = tuple(in_order[:FEATURES])
    if len(features) == 1:  # alone in its row it would be a second lead
        features = ()
    river = tuple(story for story in issue.stories[1:] if story not in features)
    topics = {topic.id: topic for topic in issue.topics}
    return FrontPage(issue.lead, features, group_by_topic(river, issue.topics), topics)
