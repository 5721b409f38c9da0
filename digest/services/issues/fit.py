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
    """The issue within the budget of bytes, if it can be made so, and its parts.

    Of all that `shrink` makes of it, step by step, the first that fits. Each step is smaller than
    the one before by about as much, so that few have to be rendered to find it.
    """
    rendered = renderer.render(issue, newsletter, own=own, alerted=alerted)
    size = largest(rendered, len(issue.stories))
    if size <= BUDGET:
        return issue, rendered
    steps = [issue]
    while (smaller := shrink(steps[-1])) is not None:
        steps.append(smaller)
    too_large, fits = 0, len(steps)  # behind the last: it may be that none fits
    a_step = size / len(steps)
    best = rendered
    while fits - too_large > 1:
        guess = too_large + round((size - BUDGET) / a_step + 0.5)
        step = min(max(guess, too_large + 1), fits - 1)
        rendered = renderer.render(steps[step], newsletter, own=own, alerted=alerted)
        its_size = largest(rendered, len(steps[step].stories))
        if its_size <= BUDGET:
            fits, best = step, rendered
            a_step = max(1.0, (size - its_size) / (fits - too_large))
        else:
            a_step = max(1.0, (size - its_size) / (step - too_large))
            too_large, size = step, its_size
    if fits == len(steps):  # the gate says so
        return steps[-1], rendered
    return steps[fits], best
