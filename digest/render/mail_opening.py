"""What stands at the top of a mail: the stories that are named, two sentences of them; pure."""

from digest.model import Issue, Story

TOP = 3
_SENTENCES = 2
# Characters of the two sentences, each of which is a bullet.
LONGEST_SENTENCE = 200
_ENDS = (".", "!", "?", "…", "。", "؟", "۔", "।")  # noqa: RUF001


def today(issue: Issue) -> str:
    """The first bullets of two of the stories at the top; empty where they are not to be had.

    The lead's is taken where one of the others is missing: it stands right below, beside its
    picture. What a machine wrote is none, since there is no room to say so.
    """
    first, *others = (_sentence(story) for story in issue.stories[:TOP])
    below = [sentence for sentence in others if sentence]
    if len(below) < _SENTENCES and first:
        below.insert(0, first)
    return " ".join(below) if len(below) == _SENTENCES else ""


def _sentence(story: Story) -> str:
    bullet = story.bullets[0] if story.bullets and not story.machine_written else ""
    return bullet if len(bullet) <= LONGEST_SENTENCE and bullet.endswith(_ENDS) else ""
