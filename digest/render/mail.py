"""An issue as mail: rendered once, in parts; put together for each set of topics.

Issue --Jinja2--> MJML --> HTML --> parts ──┬── assemble ──> Mail (a variant)
  └─────Jinja2──> text ───────────> parts ──┘
"""

import re
from functools import lru_cache
from html import escape
from pathlib import Path

import jinja2

from digest.errors import DigestError
from digest.model import Issue, Mail, Newsletter, RenderedIssue, Story, Topic
from digest.render.environment import make_environment, render_template
from digest.render.links import Links
from digest.render.marks import Marks, new_nonce
from digest.render.mjml import to_html
from digest.render.mso import merge_conditionals
from digest.render.reading import minutes
from digest.render.sheet import Sheet, all_names, anchors, order, sheet_of_all
from digest.render.textpart import number_links
from digest.render.words import reading_time

HTML_TEMPLATE = "email/issue.mjml.j2"
TEXT_TEMPLATE = "email/issue.txt.j2"

_BLANKS = re.compile(r"\n{4,}")


class Renderer:
    """Renders issues with a project's templates; `folders` win over those of this version."""

    def __init__(self, folders: tuple[Path, ...], links: Links) -> None:
        self._folders = folders
        self.links = links

    @lru_cache(maxsize=16)  # noqa: B019 - a process has one renderer
    def _environments(self, language: str) -> tuple[jinja2.Environment, jinja2.Environment]:
        return (
            make_environment(self._folders, language, autoescape=True),
            make_environment(self._folders, language, autoescape=False),
        )

    def render(
        self, issue: Issue, newsletter: Newsletter, nonce: str | None = None
    ) -> RenderedIssue:
        """The issue in parts: one render, whatever the number of variants."""
        marks = Marks(nonce or new_nonce())
        html, text = self.lay_out(issue, newsletter, sheet_of_all(issue), marks)
        return RenderedIssue(
            marks.nonce,
            html=_parts(HTML_TEMPLATE, marks.split(html), issue),
            text=_parts(TEXT_TEMPLATE, marks.split(text), issue),
        )

    def lay_out(
        self, issue: Issue, newsletter: Newsletter, sheet: Sheet, marks: Marks
    ) -> tuple[str, str]:
        """HTML and text of a sheet, with all marks in them."""
        topics = {topic.id: topic for topic in issue.topics}

        def topic_of(story: Story) -> Topic:
            return topics[story.topic]

        values = {
            "issue": issue,
            "sheet": sheet,
            "newsletter": newsletter,
            "topic_of": topic_of,
            "link": self.links,
            "part": marks.part,
            "slot": marks.slot,
            "ref": marks.reference,
        }
        for_html, for_text = self._environments(newsletter.language)
        mjml = render_template(for_html, HTML_TEMPLATE, **values)
        text = render_template(for_text, TEXT_TEMPLATE, **values)
        return to_html(mjml, HTML_TEMPLATE), text


def _parts(template: str, parts: dict[str, str], issue: Issue) -> dict[str, str]:
    """The parts of a template, which must have all that a variant may need."""
    missing = [name for name in all_names(issue) if name not in parts]
    if missing:
        raise DigestError(
            f"template {template} has no part {missing[0]!r}",
            remedy="keep each {{ part(...) }} of the template that came with this version",
        )
    return parts


def assemble(rendered: RenderedIssue, issue: Issue, newsletter: Newsletter) -> Mail:
    """The mail of a variant, from the parts of the whole issue."""
    names = order(issue)
    marks = Marks(rendered.nonce)
    html = "".join([rendered.html[name] for name in names])
    text = "".join([rendered.text[name] for name in names])
    return finish(html, text, issue, newsletter, marks)


def finish(html: str, text: str, issue: Issue, newsletter: Newsletter, marks: Marks) -> Mail:
    """Fill in what differs from variant to variant; a person's own slots stay open."""
    values = {
        "subject": issue.subject,
        "preheader": issue.preheader,
        "minutes": reading_time(minutes(issue, newsletter), newsletter.language),
        **anchors(issue),
    }
    escaped = {name: escape(value) for name, value in values.items()}
    return Mail(
        subject=issue.subject,
        preheader=issue.preheader,
        html=merge_conditionals(marks.fill(html, escaped)).strip() + "\n",
        text=_BLANKS.sub("\n\n\n", number_links(marks.fill(text, values), marks)).strip() + "\n",
        nonce=marks.nonce,
    )
