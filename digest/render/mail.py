"""An issue as mail: HTML and text from the same values, with slots for what is a person's own."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import jinja2

from digest.model import Issue, Mail, Newsletter, Story, Topic
from digest.render.environment import make_environment, render_template
from digest.render.links import Links
from digest.render.mjml import to_html
from digest.render.slots import Slots

HTML_TEMPLATE = "email/issue.mjml.j2"
TEXT_TEMPLATE = "email/issue.txt.j2"


class Renderer:
    """Renders issues with a project's templates; `folders` win over those of this version."""

    def __init__(self, folders: tuple[Path, ...], links: Links, slots: Slots | None = None) -> None:
        self._folders = folders
        self.links = links
        self.slots = slots or Slots()

    @cached_property
    def _html(self) -> jinja2.Environment:
        return make_environment(self._folders, autoescape=True)

    @cached_property
    def _text(self) -> jinja2.Environment:
        return make_environment(self._folders, autoescape=False)

    def render(self, issue: Issue, newsletter: Newsletter) -> Mail:
        """The mail of an issue, or of a variant of one."""
        topics = {topic.id: topic for topic in issue.topics}

        def topic_of(story: Story) -> Topic:
            return topics[story.topic]

        values = {
            "issue": issue,
            "newsletter": newsletter,
            "topic_of": topic_of,
            "link": self.links,
            "slot": self.slots.marks,
            "summary": summary_line,
        }
        mjml = render_template(self._html, HTML_TEMPLATE, **values)
        return Mail(
            subject=issue.subject,
            preheader=issue.preheader,
            html=to_html(mjml, HTML_TEMPLATE),
            text=render_template(self._text, TEXT_TEMPLATE, **values).strip() + "\n",
        )


def summary_line(story: Story) -> str:
    """`Summary based on 3 sources`."""
    return f"Summary based on {story.source_count} source{'' if story.source_count == 1 else 's'}"


Render = Callable[[Issue, Newsletter], Mail]
