"""More like this, less like this: what the page behind a link in a mail shows, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from digest.compose.likes import moved, named
from digest.model import Likes, Newsletter, Story, TopicTree
from digest.project import Project
from digest.services.subscribers.preferences import Preferences, read_preferences
from digest.store import preferences, published


@dataclass(frozen=True, slots=True)
class LikeLine:
    """A topic or a source with its weight, above 0 for more; `key` names it in forms."""

    key: str
    name: str
    weight: int


@dataclass(frozen=True, slots=True)
class StoryLikes:
    """A public story, and what somebody whom it was mailed to wants more or less of.

    Where not `is_offered`, nothing of it counts: they left the newsletter, or it asks no more.
    """

    story: Story
    newsletter: Newsletter
    language: str
    lines: tuple[LikeLine, ...]
    is_offered: bool


def like_lines(likes: Likes, topics: TopicTree) -> tuple[LikeLine, ...]:
    """The weights as they are shown: a topic by its title, a source by its name."""
    lines = []
    for key, weight in likes:
        kind, name = named(key)
        topic = topics.by_id.get(name) if kind == "topic" else None
        lines.append(LikeLine(key, topic.title if topic else name, weight))
    return tuple(lines)


def read_story_likes(project: Project, named_by: tuple[str, int], number: int) -> StoryLikes | None:
    """What the page of a story shows a subscriber; None where the link shows nothing (any more)."""
    with project.database.read() as connection:
        return _read(connection, project, named_by, number)


def weigh(project: Project, named_by: tuple[str, int], number: int, by: int) -> StoryLikes | None:
    """Weigh a story's topic and source 1 higher (or, by -1, lower), for one subscriber."""

    def weighed(likes: Likes, story: Story) -> Likes:
        return moved(likes, story, by)

    return _change(project, named_by, number, weighed)


def forget(project: Project, named_by: tuple[str, int], number: int, key: str) -> StoryLikes | None:
    """Let a topic or a source weigh nothing again, on the page of a story."""

    def left(likes: Likes, _story: Story) -> Likes:
        return tuple(pair for pair in likes if pair[0] != key)

    return _change(project, named_by, number, left)


def forget_key(connection: sa.Connection, current: Preferences, key: str) -> None:
    """The same on the page of the preferences; without a key, of all."""
    if current.subscription is not None:
        left = tuple(pair for pair in current.subscription.likes if key and pair[0] != key)
        preferences.choose(connection, current.subscriber.id, current.newsletter.id, likes=left)


def _change(
    project: Project,
    named_by: tuple[str, int],
    number: int,
    change: Callable[[Likes, Story], Likes],
) -> StoryLikes | None:
    with project.database.write() as connection:
        shown = _read(connection, project, named_by, number)
        if shown is None or not shown.is_offered:
            return shown
        newsletter, subscriber = named_by
        current = read_preferences(
            connection, project.config, newsletter, subscriber, project.clock()
        )
        assert current is not None
        assert current.subscription is not None
        likes = change(current.subscription.likes, shown.story)
        preferences.choose(connection, subscriber, newsletter, likes=likes)
        return shown


def _read(
    connection: sa.Connection, project: Project, named_by: tuple[str, int], number: int
) -> StoryLikes | None:
    """Only of a story that the newsletter told: nothing unpublished is shown to whoever guesses."""
    newsletter, subscriber = named_by
    current = read_preferences(connection, project.config, newsletter, subscriber, project.clock())
    told = published.of_numbers(connection, [number], [newsletter])
    if current is None or not told:
        return None
    subscription = current.subscriptions.get(newsletter)
    is_offered = subscription is not None and current.newsletter.id == newsletter
    return StoryLikes(
        story=told[0].story,
        newsletter=current.newsletter,
        language=current.language,
        lines=like_lines(subscription.likes if subscription else (), project.config.topics),
        is_offered=is_offered and current.newsletter.more_like_this,
    )
