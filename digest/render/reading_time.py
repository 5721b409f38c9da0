"""How long an issue takes to read; pure."""

import math

from digest.model import Issue, Newsletter, Story
from digest.render.layout import IN_SHORT, features

# Silent reading of English non-fiction (Brysbaert 2019: 238 words a minute).
WORDS_A_MINUTE = 238


def minutes(issue: Issue, newsletter: Newsletter) -> int:
    """Whole minutes for what the mail shows, at least one."""
    words, featured = 0, features(issue, newsletter.layout)
    with_bullets = issue.stories if newsletter.layout != "headlines" else ()
    for number, story in enumerate(with_bullets):
        in_full = newsletter.bullets if story in featured else IN_SHORT
        shown = story.bullets[: newsletter.bullets + 1 if number == 0 else in_full]
        differing = (version.phrase for fact in story.differing for version in fact.versions)
        words += sum(len(text.split()) for text in (story.headline, *differing, *shown))
    named = (story for story in issue.all_stories if story not in with_bullets)
    words += sum(len(story.headline.split()) for story in named)
    return max(1, math.ceil(words / WORDS_A_MINUTE))


def story_minutes(story: Story) -> int:
    """Whole minutes for a story's page, at least one."""
    words = sum(len(text.split()) for text in (story.headline, *story.bullets))
    return max(1, math.ceil(words / WORDS_A_MINUTE))
