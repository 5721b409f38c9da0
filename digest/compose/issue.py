"""An issue from the stories that are new: groups, limits, subject and preheader; pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from digest.compose.keywords import removed_from
from digest.compose.select import in_scope, in_time, is_new, ranked
from digest.compose.story_places import allot
from digest.issue_edits import NO_EDITS, EditKind, Edits
from digest.model import Issue, Newsletter, Story, Topic, TopicTree
from digest.text import shorten

SUBJECT_LIMIT = 90
PREHEADER_LIMIT = 140
# More Stories is not cut below this while a story could be named instead of told.
MORE_KEPT = 20


def compose(
    newsletter: Newsletter,
    day: date,
    stories: Iterable[Story],
    tree: TopicTree,
    edits: Edits = NO_EDITS,
) -> Issue | None:
    """The issue of `day` from stories that stood in no sealed issue, or None if nothing is new.

    Best first, as far as there are places; the next `max_more` are named by headline, and what is
    left after those stays new for tomorrow. So does what an editor hid.
    """

    def is_news(story: Story) -> bool:
        decided = edits.is_news(story.id, day)
        return is_new(story, newsletter, day) if decided is None else decided

    news = edits.apply(filter(is_news, stories))
    fresh = [story for story in news if in_scope(story, newsletter, tree)]
    removed = removed_from(newsletter, fresh, tree)
    if newsletter.images == "none":
        fresh = [replace(story, picture=None) for story in fresh]
    # What an editor wrote, dated or put first (which is pinned) enters at any time, whatever words
    # it has.
    by_hand = edits.own_stories | edits.dated_stories
    fresh = [
        story
        for story in fresh
        if story.pinned
        or story.id in by_hand
        or (story.id not in removed and in_time(story, newsletter, day, edits.hour))
    ]
    if not fresh:
        return None
    order = edits.arrange(ranked(fresh, newsletter, tree, day))
    full, more = allot(order, newsletter)
    subject, preheader = headings((*full, *more), newsletter.tagline)
    written = edits.line(EditKind.SUBJECT), edits.line(EditKind.PREHEADER)
    note = edits.find(EditKind.NOTE)
    return Issue(
        newsletter=newsletter.id,
        date=day,
        subject=written[0] or subject,
        preheader=written[1] or preheader,
        topics=topics_of(order, newsletter, tree),
        stories=tuple(full),
        more=tuple(more[: newsletter.max_more]),
        written=written,
        note=note.lines if note else (),
    )


def on_topics(issue: Issue, chosen: frozenset[str]) -> frozenset[int]:
    """The numbers of its stories on the chosen topics (empty: all); a parent means its leaves."""
    if not chosen:
        return frozenset(story.id for story in issue.all_stories)
    tree = TopicTree(issue.topics)
    wanted = {topic.id for topic in issue.topics if chosen & set(tree.lineage(topic.id))}
    return frozenset(story.id for story in issue.all_stories if story.topic in wanted)


def variant(
    issue: Issue,
    chosen: frozenset[str],
    newsletter: Newsletter,
    removed: Collection[int] = (),
    leads: Collection[int] = (),
) -> Issue | None:
    """The issue with the chosen topics alone (empty: all), or None where nothing of it is left.

    It has no story whose number is in `removed`; the first of `leads` that is left then leads it.
    The places that the others leave go to what else there is of the chosen topics. Subject and
    preheader are those of the subscriber's own lead.
    """
    if not chosen and not removed:
        return issue
    wanted = on_topics(issue, chosen).difference(removed)
    placed = [story for story in issue.stories if story.id in wanted]
    more = [story for story in issue.more if story.id in wanted]
    if not placed and not more:
        return None
    reserves = [s for s in issue.reserves(newsletter.stories_per_topic) if s.id in wanted]
    full, _ = allot(reserves, newsletter, placed=placed, places=len(issue.stories))
    if removed:
        # Where they leave what was named alone, as much of it as an issue tells takes the places.
        full = led(full or more[: len(issue.stories)], leads)
    named = [story for story in more if story not in full]
    subject, preheader = headings((*full, *named))
    if full[:1] == list(issue.stories[:1]):
        subject, preheader = issue.written[0] or subject, issue.written[1] or preheader
    return replace(
        issue, subject=subject, preheader=preheader, stories=tuple(full), more=tuple(named)
    )


def led(stories: Sequence[Story], leads: Collection[int]) -> list[Story]:
    """The stories with the first of `leads` before the others, as far as there is one."""
    lead = next((story for story in stories if story.id in leads), stories[0])
    return [lead, *(story for story in stories if story is not lead)]


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


def headings(stories: Sequence[Story], tagline: str = "") -> tuple[str, str]:
    """Subject and preheader, made from the lead story, which is the first.

    Where it is a headline alone, the preheader is the next one, or the tagline, or who reported it:
    an empty one would be filled by mail programs with whatever comes first in the mail.
    """
    lead, *following = stories
    # It has no room to say that a machine wrote it.
    first = () if lead.machine_written else lead.bullets[:1]
    below = [*first, *(story.headline for story in following[:1])]
    names = ", ".join(source.name for source in lead.sources)
    preheader = next(filter(None, [*below, tagline, names]), lead.headline)
    return shorten(lead.headline, SUBJECT_LIMIT), shorten(preheader, PREHEADER_LIMIT)


def topics_of(
    stories: Iterable[Story], newsletter: Newsletter, tree: TopicTree
) -> tuple[Topic, ...]:
    """The topics that the stories have, with ancestors: the newsletter's order, then the tree's."""
    used = {ancestor for story in stories for ancestor in tree.lineage(story.topic)}

    def place(topic: Topic) -> int:
        wished = [
            newsletter.topics.index(a) for a in tree.lineage(topic.id) if a in newsletter.topics
        ]
        return min(wished, default=len(newsletter.topics))

    # Frozen with the issue, so that it can be told without the settings of the day it was made.
    from_tree = [
        replace(topic, keywords=(), hints=(), not_with=(), weight=1.0)
        for topic in tree.topics
        if topic.id in used
    ]
    unknown = [Topic(id=name, title=name.title()) for name in sorted(used - set(tree.by_id))]
    return tuple(sorted(from_tree, key=place)) + tuple(unknown)
