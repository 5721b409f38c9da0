"""Several issues told in one mail, to a subscriber who had none of them; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from digest.compose.issue import SUBJECT_LIMIT, headings, topics_of
from digest.compose.select import ranked
from digest.compose.story_places import allot
from digest.model import Issue, Newsletter, Origin, Story, Topic, TopicTree
from digest.text import shorten


def catch_up(issues: Sequence[Issue], newsletter: Newsletter, tree: TopicTree) -> Issue:
    """The last of these issues, oldest first, with the stories of the earlier ones.

    Each story and each event stands in it once, ranked among all as of the last date, within the
    limits that the newsletter has for one issue.
    """
    last = issues[-1]
    stories = _one_of_each_event(story for issue in issues for story in issue.all_stories)
    full, more = allot(ranked(stories, newsletter, tree, last.date), newsletter)
    subject, preheader = headings((*full, *more), newsletter.tagline)
    return replace(
        last,
        subject=subject,
        preheader=preheader,
        topics=_topics(issues, [topic.id for topic in topics_of(stories, newsletter, tree)]),
        stories=tuple(full),
        more=tuple(more[: newsletter.max_more]),
        since=issues[0].date,
    )


def is_absence(issues: Sequence[Issue]) -> bool:
    """Whether so many issues tell of a subscriber who was away; two may be two days made one."""
    return len(issues) > 2


def away(issue: Issue, words: str) -> Issue:
    """The issue under a subject that says that it is of more than a day: `words` before the lead's.

    `words` has a place for the headline, `While you were away: %(headline)s`.
    """
    subject = words % {"headline": issue.lead.headline}
    return replace(issue, subject=shorten(subject, SUBJECT_LIMIT))


def _one_of_each_event(stories: Iterable[Story]) -> list[Story]:
    """An event's stories as one: the last, with the bullets of the earlier ones after its own."""
    events: dict[int, Story] = {}
    for story in stories:
        event = story.event_id or story.id
        earlier = events.get(event)
        if earlier is not None:
            events[event] = _with_older(story, earlier)
        else:
            events[event] = story
    return list(events.values())


def _with_older(story: Story, earlier: Story) -> Story:
    older = {
        bullet: origin
        for bullet, origin in zip(earlier.bullets, _origins(earlier), strict=True)
        if bullet not in story.bullets
    }
    # The sources that are listed are the last story's: numbers of another list say nothing.
    unnumbered = (origin and replace(origin, number=None) for origin in older.values())
    return replace(
        story,
        bullets=(*story.bullets, *older),
        origins=(*_origins(story), *unnumbered),
        machine_written=story.machine_written or (earlier.machine_written and bool(older)),
        # An update of what the subscriber never had is none.
        update_since=earlier.update_since,
    )


def _origins(story: Story) -> tuple[Origin | None, ...]:
    return story.origins or (None,) * len(story.bullets)


def _topics(issues: Sequence[Issue], order: list[str]) -> tuple[Topic, ...]:
    """The topics of all, as the last issue that has it froze each; those of `order` come first."""
    topics: dict[str, Topic] = {}
    for issue in reversed(issues):
        for topic in issue.topics:
            topics.setdefault(topic.id, topic)
    places = {topic: place for place, topic in enumerate(order)}
    return tuple(sorted(topics.values(), key=lambda topic: places.get(topic.id, len(order))))
