"""An issue rendered, with as much of it as a mail may hold."""

from collections.abc import Mapping
from datetime import datetime

from digest.compose.issue import shrink
from digest.model import Issue, Newsletter, NewsletterPictures, RenderedIssue
from digest.render.counted_links import as_mailed
from digest.render.mail import NO_ALERTS, Renderer
from digest.render.size_limit import BUDGET, largest


def fit_to_size(
    renderer: Renderer,
    issue: Issue,
    newsletter: Newsletter,
    own: NewsletterPictures,
    alerted: Mapping[int, datetime] = NO_ALERTS,
) -> tuple[Issue, RenderedIssue]:
    """The issue within the budget of bytes, if it can be made so, and its parts.

    Of all that `shrink` makes of it, step by step, the first that fits. Each step is smaller than
    the one before by about as much, so that few have to be rendered to find it.
    """
    # One nonce for all steps: it is made of what the issue holds, which takes as long as its text.
    nonce = renderer.nonce_of(issue)
    html = renderer.render_html(issue, newsletter, nonce, own, alerted)
    if _largest(renderer, issue, html) > BUDGET:
        issue, html = _first_that_fits(renderer, issue, newsletter, html, own, alerted)
    return issue, renderer.with_text(html, issue, newsletter, alerted)


def _first_that_fits(
    renderer: Renderer,
    issue: Issue,
    newsletter: Newsletter,
    html: RenderedIssue,
    own: NewsletterPictures,
    alerted: Mapping[int, datetime],
) -> tuple[Issue, RenderedIssue]:
    """The largest step within the budget, else the smallest; `html` is that of the whole issue."""
    steps = [issue]
    while (smaller := shrink(steps[-1])) is not None:
        steps.append(smaller)
    size = _largest(renderer, issue, html)
    too_large, fits = 0, len(steps)  # behind the last: it may be that none fits
    a_step = size / len(steps)
    best = html
    while fits - too_large > 1:
        guess = too_large + round((size - BUDGET) / a_step + 0.5)
        step = min(max(guess, too_large + 1), fits - 1)
        html = renderer.render_html(steps[step], newsletter, html.nonce, own, alerted)
        its_size = _largest(renderer, steps[step], html)
        if its_size <= BUDGET:
            fits, best = step, html
            a_step = max(1.0, (size - its_size) / (fits - too_large))
        else:
            a_step = max(1.0, (size - its_size) / (step - too_large))
            too_large, size = step, its_size
    if fits == len(steps):  # the gate says so
        return steps[-1], html
    return steps[fits], best


def _largest(renderer: Renderer, issue: Issue, html: RenderedIssue) -> int:
    return largest(as_mailed(html, issue, renderer.links), len(issue.stories))
