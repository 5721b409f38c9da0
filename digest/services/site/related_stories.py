"""More Stories of a public story: its nearest, by what merging kept of each."""

from collections.abc import Sequence

import sqlalchemy as sa

from digest.merge.related import Candidate, related
from digest.merge.same_event.features import Features, StaleFeaturesError, make_features
from digest.model import Story
from digest.store import published
from digest.store.published import Featured, PublishedStory

# Among so many of the newest: whoever comes by an old story is told what is new.
POOL = 400


def more_like(
    connection: sa.Connection, story: Story, letters: Sequence[str]
) -> list[PublishedStory]:
    """At most five stories of other events that these newsletters told, the nearest first."""
    story_features = Featured(
        id=story.id,
        headline=story.headline,
        topic=story.topic,
        event=story.event_id or story.id,
        dropped=story.dropped,
        collected_at=story.collected_at,
        features=make_features(story.headline, " ".join(story.bullets)).to_bytes(),
    )
    pool = published.newest(connection, letters, POOL)
    nearest = related(_candidate(story_features), map(_candidate, pool))
    return published.of_numbers(connection, [candidate.id for candidate in nearest], letters)


def _candidate(story: Featured) -> Candidate:
    day = story.dropped or story.collected_at.date()
    return Candidate(story.id, _features(story), day, story.topic, story.event)


def _features(story: Featured) -> Features:
    """What is kept; of another version's, only what the headline says."""
    try:
        if story.features is not None:
            return Features.from_bytes(story.features)
    except StaleFeaturesError:
        pass
    return make_features(story.headline)
