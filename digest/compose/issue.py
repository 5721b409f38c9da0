"""An issue from the stories that are new: groups, limits, subject and preheader; pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from digest.compose.select import in_scope, is_new, ranked
from digest.model import Issue, Newsletter, Story, Topic, TopicTree
from digest.text import shorten

SUBJECT_LIMIT = 90
PREHEADER_LIMIT = 140
# More Stories is not cut below this while a story could be named instead of told.
MORE_KEPT = 20


def compose(
    newsletter: Newsletter, day: date, stories: Iterable[Story], tree: TopicTree
) -> Issue | None:
    """The issue of `day` from stories that stood in no sealed issue, or None if nothing is new.

    At most `stories_per_topic` a topic and `max_stories` in all; the next `max_more` are named
    by headline, and what is left after those stays new for tomorrow.
    """
    fresh = [s for s in stories if is_new(s, newsletter, day) and in_scope(s, newsletter, tree)]
    if not fresh:
        return None
    order = ranked(fresh, newsletter)
    full, more = _limit(order, newsletter)
    subject, preheader = headings(full[0])
    return Issue(
        newsletter=newsletter.id,
        date=day,
        subject=subject,
        preheader=preheader,
        topics=_topics_of(order, newsletter, tree),
        stories=tuple(full),
        more=tuple(more[: newsletter.max_more]),
    )


def variant(issue: Issue, chosen: frozenset[str]) -> Issue | None:
    """The issue with the chosen topics alone (empty: all), or None where nothing of it is left.

    A parent stands for its leaves. Subject and preheader are those of the reader's own lead; where
    only headlines are left, the first of them becomes a story.
    """
    if not chosen:
        return issue
    wanted = {topic.id for topic in issue.topics if _reaches(topic, chosen, issue.topics)}
    stories = tuple(story for story in issue.stories if story.topic in wanted)
    more = tuple(story for story in issue.more if story.topic in wanted)
    if not stories:
        stories, more = more[:1], more[1:]
    if not stories:
        return None
    subject, preheader = headings(stories[0])
    return replace(issue, subject=subject, preheader=preheader, stories=stories, more=more)


def shrink(issue: Issue) -> Issue | None:
    """The issue made a little smaller, for the sake of its size in bytes; None where it cannot be.

    A long More Stories gives first (what it loses stays new for tomorrow), then the stories
    that are told: the last of them is named instead.
    """
    if len(issue.more) > MORE_KEPT:
        return replace(issue, more=issue.more[: max(MORE_KEPT, len(issue.more) - 10)])
    if len(issue.stories) > 1:
        return replace(
            issue, stories=issue.stories[:-1], more=(issue.stories[-1], *issue.more)[:MORE_KEPT]
        )
    return replace(issue, more=issue.more[:-1]) if issue.more else None


def headings(lead: Story) -> tuple[str, str]:
    """Subject and preheader, made from the lead story."""
    return shorten(lead.headline, SUBJECT_LIMIT), shorten(lead.bullets[0], PREHEADER_LIMIT)


def _limit(order: list[Story], newsletter: Newsletter) -> tuple[list[Story], list[Story]]:
    """The stories that are told, and those that are named: both best first."""
    full: list[Story] = []
    more: list[Story] = []
    told: Counter[str] = Counter()
    for story in order:
        room = len(full) < newsletter.max_stories
        if room and told[story.topic] < newsletter.stories_per_topic:
            told[story.topic] += 1
            full.append(story)
        else:
            more.append(story)
    return full, more


def _topics_of(stories: list[Story], newsletter: Newsletter, tree: TopicTree) -> tuple[Topic, ...]:
    """The topics that the stories have, with ancestors: the newsletter's order, then the tree's."""
    used = {ancestor for story in stories for ancestor in tree.lineage(story.topic)}

    def place(topic: Topic) -> int:
        wished = [
            newsletter.topics.index(a) for a in tree.lineage(topic.id) if a in newsletter.topics
        ]
        return min(wished, default=len(newsletter.topics))

    # Frozen with the issue, so that it can be told without the settings of the day it was made.
    known = [replace(topic, keywords=()) for topic in tree.topics if topic.id in used]
    unknown = [Topic(id=name, title=name.title()) for name in sorted(used - set(tree.by_id))]
    return tuple(sorted(known, key=place)) + tuple(unknown)


def _reaches(topic: Topic, chosen: frozenset[str], topics: tuple[Topic, ...]) -> bool:
    return bool(chosen & set(TopicTree(topics).lineage(topic.id)))
