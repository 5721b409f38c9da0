"""What an approval names, and what makes it void; pure.

Approved is one content, which is kept, and goes out as it is kept. What comes in by itself after
that is for the next issue; what changes a story of this one, or is decided of it, voids the
approval: somebody has to look again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time

from digest.compose.due_issues import issue_time
from digest.model import Issue, Newsletter, RenderedIssue, Story
from digest.text import digest_of

# What a subscriber reads or sees of a story. That one more source told the same is none of it.
_TOLD = {
    "headline": "its headline changed",
    "bullets": "its bullets changed",
    "topic": "it is of another topic",
    "differing": "its sources differ otherwise",
    "update_since": "it brings news of another story",
}


def content_hash(issue: Issue, rendered: RenderedIssue, newsletter: Newsletter) -> str:
    """Names what is mailed: the sender, the issue and its parts, whatever mark stands in them."""
    parts = [
        {name: part.replace(rendered.nonce, "") for name, part in body.items()}
        for body in (rendered.html, rendered.text)
    ]
    return digest_of([newsletter.sender, newsletter.reply_to, asdict(issue), parts])


def what_changed(approved: Issue, now: Iterable[Story]) -> str:
    """Why the stories, as they would be told now, are not those that were approved; empty: none is.

    `now` may have more; what is gone of them cannot be told.
    """
    by_number: Mapping[int, Story] = {story.id: story for story in now}
    for story in approved.all_stories:
        current = by_number.get(story.id)
        if current is None:
            return f"story {story.id} is not to be told any more"
        for name, change in _TOLD.items():
            if getattr(story, name) != getattr(current, name):
                return f"story {story.id}: {change}"
        # One that came since is no change of what was approved.
        if story.picture is not None and story.picture != current.picture:
            return f"story {story.id}: its picture changed"
    return ""


def is_approval_needed(newsletter: Newsletter, day: date, hour: time | None, now: datetime) -> bool:
    """Whether the issue of a date goes out only with an approval, made by itself or by hand.

    Where the rule is to send what nobody approved, that is so until its hour.
    """
    if newsletter.approval == "none":
        return False
    at = issue_time(newsletter, day, hour)
    return newsletter.when_unapproved == "hold" or (at is not None and now < at)
