"""Which stories are new for an issue, and which come first; pure."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from digest.compose.due_issues import cut_off_time
from digest.compose.rank import score
from digest.model import Newsletter, Story, TopicTree


def is_new(story: Story, newsletter: Newsletter, day: date) -> bool:
    """Whether a story is news on `day`: dropped by then, and not older than the window.

    Whether it stood in a sealed issue already is the store's to say. The date in its text
    plays no part.
    """
    dropped = story.day(newsletter.zone)
    return day - timedelta(days=newsletter.window_days) < dropped <= day


def in_time(story: Story, newsletter: Newsletter, day: date, hour: time | None) -> bool:
    """Whether a story was there before the cut-off of `day`; `hour` where an editor changed it."""
    cut_off = cut_off_time(newsletter, day, hour)
    return cut_off is None or story.collected_at < cut_off


def in_scope(story: Story, newsletter: Newsletter, tree: TopicTree) -> bool:
    """Whether a story's topic, or an ancestor of it, is one of the newsletter's."""
    return not newsletter.topics or bool(set(newsletter.topics) & set(tree.lineage(story.topic)))


def ranked(
    stories: Iterable[Story], newsletter: Newsletter, tree: TopicTree, day: date
) -> list[Story]:
    """Best first: what is pinned, in its order; then by score, date in the text, and age."""

    def key(story: Story) -> tuple[bool, int, float, int, datetime, int]:
        return (
            not story.pinned,
            story.pin_place if story.pinned else 0,
            -score(story, newsletter, tree, day).total,
            -(story.dated.toordinal() if story.dated else 0),
            story.collected_at,
            story.id,
        )

    return sorted(stories, key=key)
