"""Which stories get one of the issue's places, and which are named by headline alone; pure."""

from collections import Counter
from collections.abc import Sequence

from digest.model import Newsletter, Story


def allot(
    order: Sequence[Story],
    newsletter: Newsletter,
    *,
    placed: Sequence[Story] = (),
    places: int | None = None,
) -> tuple[list[Story], list[Story]]:
    """The stories that stand in full, and those that are named: both as they come, best first.

    At most `places` in all (None: `max_stories`) and `stories_per_topic` a topic; of one source at
    most `max_source_share` of those that would stand in full without that limit, unless there is
    no other source. What is pinned heeds `places` alone. `placed` have their places already, and
    come first.
    """
    places = newsletter.max_stories if places is None else places
    full, named = _fill(order, newsletter, placed, places, places)
    if len({source_of(story) for story in (*placed, *order)}) < 2:
        return full, named
    per_source = max(1, int(newsletter.max_source_share * len(full)))
    return _fill(order, newsletter, placed, places, per_source)


def source_of(story: Story) -> str | None:
    """Whose story it is: that of the first source it names, None where it names none."""
    return story.sources[0].name.strip().casefold() if story.sources else None


def _fill(
    order: Sequence[Story],
    newsletter: Newsletter,
    placed: Sequence[Story],
    places: int,
    per_source: int,
) -> tuple[list[Story], list[Story]]:
    full = list(placed)
    named: list[Story] = []
    topics = Counter(story.topic for story in placed)
    sources = Counter(map(source_of, placed))
    for story in order:
        source = source_of(story)
        is_within = topics[story.topic] < newsletter.stories_per_topic and (
            source is None or sources[source] < per_source
        )
        if len(full) < places and (is_within or story.pinned):
            full.append(story)
            topics[story.topic] += 1
            sources[source] += 1
        else:
            named.append(story)
    return full, named
