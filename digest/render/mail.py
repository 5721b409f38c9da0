"""An issue as mail: rendered once, in parts; put together for each set of topics.

Issue --Jinja2--> MJML --> HTML --> parts ──┬── assemble ──> Mail (a variant)
  └─────Jinja2──> text ───────────> parts ──┘
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.errors import DigestError
from digest.model import (
    NO_PICTURES,
    Issue,
    Mail,
    Newsletter,
    NewsletterPictures,
    RenderedIssue,
    Story,
    Topic,
)
from digest.render.editor_note import note_pieces
from digest.render.layout import IN_SHORT, Layout, anchors, layout_of_all, needed_names, order
from digest.render.links import Links
from digest.render.mail_opening import today
from digest.render.mso import merge_conditionals
from digest.render.pictures import fitted_size, picture_address
from digest.render.placeholders import Placeholders, nonce_of
from digest.render.reading_time import minutes
from digest.render.textpart import number_links, wrap

if TYPE_CHECKING:
    from digest.render.environment import Templates

HTML_TEMPLATE = "email/issue.mjml.j2"
TEXT_TEMPLATE = "email/issue.txt.j2"

NO_ALERTS: Mapping[int, datetime] = {}
_BLANKS = re.compile(r"\n{4,}")


class Renderer:
    """Renders issues with a project's templates; `folders` win over those of this version."""

    def __init__(self, folders: tuple[Path, ...], links: Links) -> None:
        self._folders = folders
        self.links = links

    @cached_property
    def _templates(self) -> "Templates":
        # With it come Jinja2 and Babel, which a run that renders nothing does not wait for.
        from digest.render.environment import Templates

        return Templates(self._folders)

    def render(
        self,
        issue: Issue,
        newsletter: Newsletter,
        nonce: str | None = None,
        own: NewsletterPictures = NO_PICTURES,
        alerted: Mapping[int, datetime] = NO_ALERTS,
    ) -> RenderedIssue:
        """The issue in parts: one render, whatever the number of variants.

        `own` are the newsletter's pictures, which it shows where it shows any; `alerted` says when
        an alert told a story, by its number.
        """
        nonce = nonce or self.nonce_of(issue)
        html = self.render_html(issue, newsletter, nonce, own, alerted)
        return self.with_text(html, issue, newsletter, alerted)

    def nonce_of(self, issue: Issue) -> str:
        """What the marks of an issue have in them, which nobody who writes a story can guess."""
        return nonce_of(issue.content_hash, self.links.key)

    def render_html(
        self,
        issue: Issue,
        newsletter: Newsletter,
        nonce: str,
        own: NewsletterPictures = NO_PICTURES,
        alerted: Mapping[int, datetime] = NO_ALERTS,
    ) -> RenderedIssue:
        """The HTML parts alone, as `render` has them: enough to say how large a mail gets."""
        from digest.render.mjml import to_html

        placeholders = Placeholders(nonce)
        layout = layout_of_all(issue, newsletter)
        own = own if newsletter.images != "none" else NO_PICTURES
        mjml = self.mjml(issue, newsletter, layout, placeholders, own, alerted)
        html = placeholders.split(to_html(mjml, HTML_TEMPLATE))
        names = needed_names(issue, layout)
        parts = _checked(HTML_TEMPLATE, html, names)
        return RenderedIssue(nonce, parts, text={}, counts_clicks=newsletter.count_clicks)

    def with_text(
        self,
        rendered: RenderedIssue,
        issue: Issue,
        newsletter: Newsletter,
        alerted: Mapping[int, datetime] = NO_ALERTS,
    ) -> RenderedIssue:
        """What `render_html` gave, with the text parts of the same issue."""
        placeholders = Placeholders(rendered.nonce)
        layout = layout_of_all(issue, newsletter)
        text = placeholders.split(self.text(issue, newsletter, layout, placeholders, alerted))
        names = needed_names(issue, layout)
        return replace(rendered, text=_checked(TEXT_TEMPLATE, text, names))

    def mjml(
        self,
        issue: Issue,
        newsletter: Newsletter,
        layout: Layout,
        placeholders: Placeholders,
        own: NewsletterPictures = NO_PICTURES,
        alerted: Mapping[int, datetime] = NO_ALERTS,
    ) -> str:
        """The MJML of a layout, with all marks in it."""
        values = {**self._values(issue, newsletter, layout, placeholders, alerted), "own": own}
        return self._templates.render(HTML_TEMPLATE, newsletter.language, values)

    def text(
        self,
        issue: Issue,
        newsletter: Newsletter,
        layout: Layout,
        placeholders: Placeholders,
        alerted: Mapping[int, datetime] = NO_ALERTS,
    ) -> str:
        """The text part of a layout, with all marks in it."""
        values = self._values(issue, newsletter, layout, placeholders, alerted)
        return self._templates.render(TEXT_TEMPLATE, newsletter.language, values)

    def _values(
        self,
        issue: Issue,
        newsletter: Newsletter,
        layout: Layout,
        placeholders: Placeholders,
        alerted: Mapping[int, datetime],
    ) -> dict[str, Any]:
        """What a template may use; docs/templates.md explains each."""
        from digest.render.translations import alert_label

        topics = {topic.id: topic for topic in issue.topics}

        def topic_of(story: Story) -> Topic:
            return topics[story.topic]

        return {
            "issue": issue,
            "note": note_pieces(issue.note),
            "layout": layout,
            "sheet": layout,  # its name in the templates of 0.1
            "newsletter": newsletter,
            "topic_of": topic_of,
            "link": self.links,
            "in_short": IN_SHORT,
            "alert_label": lambda story: alert_label(alerted.get(story.id), newsletter),
            "fitted_size": fitted_size,
            "picture_address": lambda file: picture_address(file, newsletter, self.links),
            "part": placeholders.part,
            "slot": placeholders.slot,
            "ref": placeholders.reference,
        }


def _checked(template: str, parts: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    """The parts of a template, which must have all that a variant may need."""
    missing = [name for name in names if name not in parts]
    if missing:
        raise DigestError(
            f"template {template} has no part {missing[0]!r}",
            remedy="keep each {{ part(...) }} of the template that came with this version",
        )
    return parts


def assemble(rendered: RenderedIssue, issue: Issue, newsletter: Newsletter) -> Mail:
    """The mail of a variant in the newsletter's layout, from the parts of the whole issue."""
    placeholders = Placeholders(rendered.nonce)
    html = "".join([rendered.html[name] for name in order(issue, newsletter.layout, rendered.html)])
    text = "".join([rendered.text[name] for name in order(issue, newsletter.layout, rendered.text)])
    return finish(html, text, issue, newsletter, placeholders)


def finish(
    html: str, text: str, issue: Issue, newsletter: Newsletter, placeholders: Placeholders
) -> Mail:
    """Fill in what differs from variant to variant; a subscriber's own slots stay open."""
    from digest.render.translations import reading_time

    values = {
        "subject": issue.subject,
        "preheader": issue.preheader,
        "today": today(issue),
        "minutes": reading_time(minutes(issue, newsletter), newsletter.language),
        **anchors(issue),
    }
    escaped = {name: escape(value) for name, value in values.items()}
    values["today"] = wrap(values["today"])
    return Mail(
        subject=issue.subject,
        preheader=issue.preheader,
        html=merge_conditionals(placeholders.fill(html, escaped)).strip() + "\n",
        text=_BLANKS.sub(
            "\n\n\n", number_links(placeholders.fill(text, values), placeholders)
        ).strip()
        + "\n",
        nonce=placeholders.nonce,
    )
