"""How long an issue takes to read; pure."""

import math

from digest.model import Issue, Newsletter

# Silent reading of English non-fiction (Brysbaert 2019: 238 words a minute).
WORDS_A_MINUTE = 238


def minutes(issue: Issue, newsletter: Newsletter) -> int:
    """Whole minutes for what the mail shows, at least one."""
    words = 0
    for number, story in enumerate(issue.stories):
        shown = story.bullets[: newsletter.bullets + (number == 0)]
        differing = (version.phrase for fact in story.differing for version in fact.versions)
        words += sum(len(text.split()) for text in (story.headline, *differing, *shown))
    words += sum(len(story.headline.split()) for story in issue.more)
    return max(1, math.ceil(words / WORDS_A_MINUTE))
