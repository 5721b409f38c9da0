"""Which stories get one of the issue's places, and which are named by headline alone; pure."""

from collections import Counter
from collections.abc import Sequence

from digest.model import Newsletter, Story


def allot(order: Sequence[Story], newsletter: Newsletter) -> tuple[list[Story], list[Story]]:
    """The stories that are told, and those that are named: both as they come, best first.

    At most `max_stories` in all and `stories_per_topic` a topic; of one source at most
    `max_source_share` of those that would be told without that limit, unless there is no other
    source. What is pinned heeds `max_stories` alone.
    """
    told, named = _fill(order, newsletter, len(order))
    if len({source_of(story) for story in order}) < 2:
        return told, named
    return _fill(order, newsletter, max(1, int(newsletter.max_source_share * len(told))))


def source_of(story: Story) -> str | None:
    """Whose story it is: that of the first source it names, None where it names none."""
    return story.sources[0].name.strip().casefold() if story.sources else None


def _fill(
    order: Sequence[Story], newsletter: Newsletter, per_source: int
) -> tuple[list[Story], list[Story]]:
    told: list[Story] = []
    named: list[Story] = []
    topics: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    for story in order:
        source = source_of(story)
        has_room = topics[story.topic] < newsletter.stories_per_topic and (
            source is None or sources[source] < per_source
        )
        if len(told) < newsletter.max_stories and (has_room or story.pinned):
            told.append(story)
            topics[story.topic] += 1
            if source is not None:
                sources[source] += 1
        else:
            named.append(story)
    return told, named
