"""An issue rendered, with as much of it as a mail may hold."""

from collections.abc import Mapping
from datetime import datetime

from digest.compose.issue import shrink
from digest.model import Issue, Newsletter, NewsletterPictures, RenderedIssue
from digest.render.mail import NO_ALERTS, Renderer
from digest.render.size_limit import BUDGET, largest


def fit_to_size(
    renderer: Renderer,
    issue: Issue,
    newsletter: Newsletter,
    own: NewsletterPictures,
    alerted: Mapping[int, datetime] = NO_ALERTS,
) -> tuple[Issue, RenderedIssue]:
    """The issue within the budget of bytes, if it can be made so, and its parts."""
    rendered = renderer.render(issue, newsletter, own=own, alerted=alerted)
    while largest(rendered, len(issue.stories)) > BUDGET:
        smaller = shrink(issue)
        if smaller is None:
            break  # the gate says so
        issue = smaller
        rendered = renderer.render(issue, newsletter, own=own, alerted=alerted)
    return issue, rendered
