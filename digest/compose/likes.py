"""What a subscriber wants more or less of, and what that does to an issue; pure.

Of each topic and of each source (a story's first) they have a weight. In an issue the heaviest wish
of each way counts: what is wanted most is told in full before the rest, what is wanted least is
named by headline. So few mails differ: not as many as there are subscribers, but as there are
topics and sources in an issue, squared.
"""

from dataclasses import replace

from digest.compose.issue import headings, led
from digest.model import Issue, Likes, Newsletter, Story

# The weights are from -MOST to MOST; a press moves by 1.
MOST = 3
# So many are kept of one subscription: of more, those pressed first are forgotten.
KEPT = 40
_TOPIC, _SOURCE = "topic:", "source:"


def moved(likes: Likes, story: Story, by: int) -> Likes:
    """The weights after a press: those of the story's topic and source are `by` higher.

    The latest come first, a topic before a source; a weight of 0 is none.
    """
    before = dict(likes)
    clicked = {key: max(-MOST, min(MOST, before.get(key, 0) + by)) for key in keys_of(story)}
    weights = clicked | {key: weight for key, weight in likes if key not in clicked}
    return tuple((key, weight) for key, weight in weights.items() if weight)[:KEPT]


def keys_of(story: Story) -> tuple[str, ...]:
    """What a press on a story moves: `topic:space`, `source:Example Times`."""
    return (_TOPIC + story.topic, *(_SOURCE + source.name.strip() for source in story.sources[:1]))


def named(key: str) -> tuple[str, str]:
    """Of a key what it is, `topic` or `source`, and which: a topic's id, or a publisher's name."""
    kind, _, name = key.partition(":")
    return kind, name


class LikedStories:
    """Of one issue the stories that weights choose to be told in full; each choice is made once.

    `issue` is what the topics of some subscribers leave of the `whole`: what that tells in full, or
    would in places that are left, is all that can be told so. One of `leads`, as far as there is
    one, is among those that are chosen.
    """

    def __init__(
        self, issue: Issue, whole: Issue, newsletter: Newsletter, leads: frozenset[int]
    ) -> None:
        reserves = whole.reserves(newsletter.stories_per_topic)
        possible = {story.id for story in (*whole.stories, *reserves)}
        self._stories = tuple(story for story in issue.all_stories if story.id in possible)
        self._leads = leads
        self._unchanged = frozenset(story.id for story in issue.stories)
        self._present = frozenset(key for story in self._stories for key in keys_of(story))
        self._chosen: dict[tuple[str | None, str | None], frozenset[int]] = {}

    def in_full(self, likes: Likes) -> frozenset[int]:
        """The numbers of the stories that are told in full for whoever has these weights.

        What is pinned stays; where nothing else is left, what is wanted least is told all the same.
        """
        wish = self._heaviest(likes)
        if wish not in self._chosen:
            self._chosen[wish] = self._choose(*wish)
        return self._chosen[wish]

    def _heaviest(self, likes: Likes) -> tuple[str | None, str | None]:
        """What is wanted most and least of all that is here; the later of two as heavy."""
        most: tuple[int, str | None] = (0, None)
        least: tuple[int, str | None] = (0, None)
        for key, weight in likes:
            if key in self._present:
                most = (weight, key) if weight > most[0] else most
                least = (weight, key) if weight < least[0] else least
        return most[1], least[1]

    def _choose(self, most: str | None, least: str | None) -> frozenset[int]:
        def wanted(story: Story) -> int:
            keys = keys_of(story)
            return 0 if story.pinned else (most in keys) - (least in keys)

        left = [story for story in self._stories if wanted(story) >= 0] or self._stories
        # A stable sort: among those wanted alike the better places first, as in the issue.
        chosen = sorted(left, key=lambda story: (not story.pinned, -wanted(story)))
        in_full = frozenset(story.id for story in chosen[: len(self._unchanged)])
        return in_full if in_full & self._leads else self._unchanged


def with_full(issue: Issue, in_full: frozenset[int], leads: frozenset[int]) -> Issue:
    """The issue with these of its stories in full and the others named, each in its order.

    The first of `leads` opens it.
    """
    full = tuple(led([story for story in issue.all_stories if story.id in in_full], leads))
    named_alone = tuple(story for story in issue.all_stories if story.id not in in_full)
    if full[:1] == issue.stories[:1]:
        return replace(issue, stories=full, more=named_alone)
    subject, preheader = headings((*full, *named_alone))
    return replace(issue, subject=subject, preheader=preheader, stories=full, more=named_alone)
