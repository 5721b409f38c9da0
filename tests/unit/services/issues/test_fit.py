"""An issue is made as much smaller as its bytes ask for, and no more."""

from random import Random

import pytest

from digest.compose.issue import compose, shrink
from digest.model import NO_PICTURES
from digest.render.links import Links
from digest.render.mail import Renderer
from digest.render.size_limit import BUDGET, largest
from digest.services.issues.fit import fit_to_size
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
