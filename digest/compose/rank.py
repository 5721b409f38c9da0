"""How far up a story belongs in an issue, in points that add up, each with its sentence; pure.

A point is a doubling: of sources, of a source's weight, or of a topic's.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta

from digest.clock import instant_of
from digest.model import Newsletter, Story, TopicTree
from digest.text import plural

# The points a day costs: yesterday's story needs eight times as many sources as today's.
PER_DAY = 3.0
# A source of weight 0 counts this much: its stories come last, and are not lost.
LEAST_WEIGHT = 1 / 64


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What one thing adds to a score or takes from it."""

    name: str
    value: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Score:
    """The parts of a story's score. One that is `pinned` comes before all others that are not."""

    pinned: bool
    parts: tuple[ScorePart, ...]

    @property
    def total(self) -> float:
        """The points together."""
        return math.fsum(part.value for part in self.parts)

    def __str__(self) -> str:
        pin = "pinned, before all others; " if self.pinned else ""
        parts = ", ".join(f"{part.value:+.2f} {part.sentence}" for part in self.parts)
        return f"{pin}{self.total:.2f}: {parts}"


def score(story: Story, newsletter: Newsletter, tree: TopicTree, day: date) -> Score:
    """The score of a story in the issue of `day`; a part that says nothing is left out."""
    count, weight = story.source_count, tree.weight(story.topic)
    age, since = _age(story, newsletter, day)
    parts = (
        ScorePart("sources", math.log2(1 + count), plural(count, "source")),
        ScorePart("recency", -PER_DAY * age / timedelta(days=1), since),
        ScorePart("source weight", _points(story.weight), f"its source's weight {story.weight:g}"),
        ScorePart("topic weight", _points(weight), f"the weight {weight:g} of {story.topic}"),
    )
    return Score(story.pinned, (parts[0], *(part for part in parts[1:] if part.value)))


def _points(weight: float) -> float:
    return math.log2(max(weight, LEAST_WEIGHT))


def _age(story: Story, newsletter: Newsletter, day: date) -> tuple[timedelta, str]:
    """How old a story is, and in words: by its folder's day, else at the issue's time."""
    if story.dropped is not None:
        age = max(day - story.dropped, timedelta())
        return age, f"dropped for {story.dropped}"
    at = instant_of(day, newsletter.time, newsletter.zone)
    if at is None:  # a date that its zone never had
        return timedelta(), ""
    # To the minute: the few seconds that one round of collecting takes are no difference.
    minutes = max(at - story.collected_at, timedelta()) // timedelta(minutes=1)
    return timedelta(minutes=minutes), f"collected {minutes / 60:.1f} hours before"
