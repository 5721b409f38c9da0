"""An issue is made as much smaller as its bytes ask for, and no more."""

from random import Random

import pytest

from digest.compose.issue import compose, shrink
from digest.model import NO_PICTURES, SourceRef
from digest.render.counted_links import as_mailed
from digest.render.links import Links
from digest.render.mail import Renderer
from digest.render.size_limit import BUDGET, largest
from digest.services.issues.fit_size import fit_to_size
from tests.builders import DAY, TREE, newsletter, story
from tests.sampling import SEED

RENDERER = Renderer((), Links("https://news.example.org", "key"))


@pytest.mark.parametrize("seed", range(3))
def test_what_fits_is_the_first_of_all_steps_that_does_and_few_are_rendered(seed):
    dice = Random(SEED + seed)
    letter = newsletter(max_stories=dice.choice([20, 60]), stories_per_topic=60, max_more=40)
    bullets = [tuple("word " * dice.randint(40, 200) for _ in range(4)) for _ in range(60)]
    stories = [story(number, bullets=points) for number, points in enumerate(bullets, 1)]
    issue = compose(letter, DAY, stories, TREE)
    assert issue is not None
    fitted, rendered = fit_to_size(RENDERER, issue, letter, NO_PICTURES)
    assert largest(rendered, len(fitted.stories)) <= BUDGET
    steps = [issue]
    while steps[-1] != fitted:
        smaller = shrink(steps[-1])
        assert smaller is not None
        steps.append(smaller)
    if len(steps) > 1:  # the one before it does not
        before = RENDERER.render(steps[-2], letter)
        assert largest(before, len(steps[-2].stories)) > BUDGET


def test_what_fits_does_so_with_the_links_that_are_counted():
    links = Links(f"https://{'news.' * 30}example.org", "key")
    letter = newsletter(max_stories=60, stories_per_topic=60, count_clicks=True)
    sources = (SourceRef("Times", "https://example.org/1"),)
    bullets = ("word " * 90, "word " * 90)
    stories = [story(number, bullets=bullets, sources=sources) for number in range(1, 61)]
    issue = compose(letter, DAY, stories, TREE)
    assert issue is not None
    renderer = Renderer((), links)
    whole = renderer.render(issue, letter)
    assert largest(whole, 60) < BUDGET < largest(as_mailed(whole, issue, links), 60)
    fitted, rendered = fit_to_size(renderer, issue, letter, NO_PICTURES)
    assert largest(as_mailed(rendered, fitted, links), len(fitted.stories)) <= BUDGET
