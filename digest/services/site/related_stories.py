"""More Stories of a public story: its nearest, by what merging kept of each."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from digest.merge.related import Candidate, RelatedPool, related
from digest.merge.same_event.features import Features, StaleFeaturesError, make_features
from digest.model import Story
from digest.store import published
from digest.store.published import Featured, PublishedStory

# Among so many of the newest: whoever comes by an old story is told what is new.
POOL = 400


@dataclass(frozen=True, slots=True)
class _KeptPool:
    """The newest stories until some moment of the clock; `entries` are those that were named."""

    until: float
    candidates: tuple[Candidate, ...]
    related: RelatedPool
    entries: dict[int, PublishedStory]


class RelatedStories:
    """Knows the newest stories for some seconds: to read and weigh them takes as long as ten pages.

    Threads may share it: at worst two of them read the same.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._pools: dict[tuple[str, ...], _KeptPool] = {}

    def more_like(
        self, connection: sa.Connection, story: Story, letters: Sequence[str]
    ) -> list[PublishedStory]:
        """At most five stories of other events that these newsletters told, the nearest first."""
        pool = self._pool(connection, tuple(letters))
        nearest = (
            pool.related.related_to(story.id)
            if story.id in pool.related
            else related(_old_candidate(story), pool.candidates)
        )
        numbers = [candidate.id for candidate in nearest]
        unread = [number for number in numbers if number not in pool.entries]
        if unread:
            entries = published.of_numbers(connection, unread, letters)
            pool.entries.update((entry.story.id, entry) for entry in entries)
        return [pool.entries[number] for number in numbers if number in pool.entries]

    def _pool(self, connection: sa.Connection, letters: tuple[str, ...]) -> _KeptPool:
        kept = self._pools.get(letters)
        if kept is None or self._clock() >= kept.until:
            newest = published.newest(connection, letters, POOL)
            candidates = tuple(map(_candidate, newest))
            until = self._clock() + self._seconds
            kept = self._pools[letters] = _KeptPool(until, candidates, RelatedPool(candidates), {})
        return kept


def _old_candidate(story: Story) -> Candidate:
    """A story that is none of the newest, by what stands on its page."""
    features = make_features(story.headline, " ".join(story.bullets))
    day = story.dropped or story.collected_at.date()
    return Candidate(story.id, features, day, story.topic, story.event_id or story.id)


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
