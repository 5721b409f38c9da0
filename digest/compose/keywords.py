"""What keywords see of a story, and what a list lets through of an issue; pure."""

from collections.abc import Iterable, Mapping

from digest.keywords import KeywordFilter, KeywordText, Removal, keyword_filter, keyword_text
from digest.model import Issue, Newsletter, Story, TopicTree


def text_of_story(story: Story, tree: TopicTree) -> KeywordText:
    """A story's words; its topics are its own and those above it, each by id and by title."""
    return keyword_text(
        story.headline,
        story.bullets,
        (source.name for source in story.sources),
        topic_names(tree, story.topic),
    )


def topic_names(tree: TopicTree, topic_id: str) -> tuple[str, ...]:
    """By what a topic and those above it are called in a list."""
    names: dict[str, None] = {}
    for name in tree.lineage(topic_id):
        topic = tree.by_id.get(name)
        names[name] = None
        if topic is not None:
            names[topic.title] = None
    return tuple(names)


def removed_from(
    newsletter: Newsletter, stories: Iterable[Story], tree: TopicTree
) -> dict[int, Removal]:
    """The stories that the newsletter's own list does not let through, by number, and why."""
    if not newsletter.block and not newsletter.keep:
        return {}
    own = keyword_filter(newsletter.block, newsletter.keep)
    return removals({story.id: text_of_story(story, tree) for story in stories}, own)


def texts_of_issue(issue: Issue) -> dict[int, KeywordText]:
    """The words of each story of an issue, by number: read once for all lists."""
    tree = TopicTree(issue.topics)
    return {story.id: text_of_story(story, tree) for story in issue.all_stories}


def removals(texts: Mapping[int, KeywordText], by: KeywordFilter) -> dict[int, Removal]:
    """What a list does not let through, by number, and why."""
    why = ((number, by.removal(text)) for number, text in texts.items())
    return {number: removal for number, removal in why if removal is not None}
