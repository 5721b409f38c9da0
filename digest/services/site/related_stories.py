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
    own = Featured(
        id=story.id,
        headline=story.headline,
        topic=story.topic,
        event=story.event_id or story.id,
        dropped=story.dropped,
        collected_at=story.collected_at,
        features=make_features(story.headline, " ".join(story.bullets)).to_bytes(),
    )
    pool = published.newest(connection, letters, POOL)
    found = related(_candidate(own), map(_candidate, pool))
    return published.of_numbers(connection, [one.id for one in found], letters)


def _candidate(one: Featured) -> Candidate:
    day = one.dropped or one.collected_at.date()
    return Candidate(one.id, _features(one), day, one.topic, one.event)


def _features(one: Featured) -> Features:
    """What is kept; of another version's, only what the headline says."""
    try:
        if one.features is not None:
            return Features.from_bytes(one.features)
    except StaleFeaturesError:
        pass
    return make_features(one.headline)
