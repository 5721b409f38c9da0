"""Links that are counted: an issue's parts as they are mailed where its newsletter counts clicks.

The address of a link says newsletter, story and which of its links it is, to everybody the same;
where it leads stands in the sealed issue alone. Of a newsletter each story is in one issue.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape, unescape

from digest.model import Issue, RenderedIssue, Story
from digest.render.links import Links

# What a part that tells a story is named, before the story's number (digest.render.layout).
_OF_A_STORY = re.compile(r"(?:lead|lead-picture|lead-body|feature|story|more)\.([0-9]+)")
_HREF = re.compile(r'(<a\s(?:[^<>]*\s)?href=")([^"]*)')


def targets_of(story: Story, links: Links) -> Iterator[tuple[int, str]]:
    """The links of a story that are counted, by number: 0 is its page, n its nth source."""
    yield 0, links.story(story)
    for number, source in enumerate(story.sources, start=1):
        if source.url:
            yield number, source.url


def as_mailed(rendered: RenderedIssue, issue: Issue, links: Links) -> RenderedIssue:
    """The parts of an issue as its mails have them: where clicks are counted, with such links.

    They are those of a story in the HTML of the parts that tell it. All else is as it was: the
    text, in which a person reads where a link leads, the newsletter's links, and a subscriber's.
    """
    if not rendered.counts_clicks:
        return rendered
    counted = {
        story.id: {
            target: escape(links.counted(issue.newsletter, story.id, number))
            for number, target in reversed(list(targets_of(story, links)))
        }
        for story in issue.all_stories
    }
    html = {}
    for name, part in rendered.html.items():
        of_story = _OF_A_STORY.fullmatch(name)
        addresses = counted.get(int(of_story[1])) if of_story else None
        html[name] = _with_addresses(part, addresses) if addresses else part
    return replace(rendered, html=html)


def _with_addresses(html: str, addresses: dict[str, str]) -> str:
    def with_address(link: re.Match[str]) -> str:
        return f"{link[1]}{addresses.get(unescape(link[2]), link[2])}"

    return _HREF.sub(with_address, html)
