"""How large a mail gets: Gmail clips the HTML of a message at 102 KB, and the footer with it."""

from collections import Counter
from collections.abc import Mapping

from digest.model import RenderedIssue
from digest.render.layout import FEATURES
from digest.render.mail_opening import LONGEST_SENTENCE, TOP
from digest.render.placeholders import Placeholders
from digest.render.skeleton import encode

BUDGET = 102_000
# For an address and two signed links, as long as they get.
_PERSONAL = 1_200
# For a link by which a subscriber asks for more or less like a story: a site's address and a token.
_LIKES = 300
# For the two sentences at the top, in a script of three bytes a character, each encoded by three.
_TODAY = 2 * 9 * LONGEST_SENTENCE


def largest(rendered: RenderedIssue, places: int) -> int:
    """No variant's encoded HTML is longer than this, in bytes, whoever gets it.

    `places` is how many stories a variant has at most in full.
    """
    sizes = {name: len(encode(html)) for name, html in rendered.html.items()}
    leads, stories, features, named, tops = (
        _by_story(sizes, kind) for kind in ("lead", "story", "feature", "more", "top")
    )
    left_out = sum(leads.values()) - max(leads.values(), default=0)
    left_out += sum(sorted(stories.values())[:-places]) + sum(sorted(tops.values())[:-TOP])
    # A story stands there as a feature or in short, not as both; and is not named as well.
    left_out += sum(sorted(features.values())[:-FEATURES])
    both = sorted(named[number] for number in stories if number in named)
    left_out += sum(both[: max(0, min(places, len(stories)) - (len(stories) - len(both)))])
    gaps = sizes.get("contents-gap", 0) * len(leads)
    personal = _PERSONAL + 2 * places * _LIKES * _has_likes(rendered)
    return sum(sizes.values()) - left_out + gaps + personal + _TODAY * ("today" in sizes)


def _has_likes(rendered: RenderedIssue) -> bool:
    mark = str(Placeholders(rendered.nonce).slot("likes"))
    return any(mark in html for html in rendered.html.values())


def heaviest(rendered: RenderedIssue) -> tuple[int, int]:
    """The story that takes most of the HTML, by number, and its encoded bytes."""
    sizes = {name: len(encode(html)) for name, html in rendered.html.items()}
    by_kind = (_by_story(sizes, kind) for kind in ("lead", "feature", "story", "more"))
    size, number = max((size, number) for kind in by_kind for number, size in kind.items())
    return number, size


def _by_story(sizes: Mapping[str, int], kind: str) -> dict[int, int]:
    """What the parts of a kind take, by the story's number; those of a lead are several."""
    by_story: Counter[int] = Counter()
    for name, size in sizes.items():
        whose, _, number = name.partition(".")
        is_lead = kind == "lead" and whose in ("lead-picture", "lead-body")
        if number and (whose == kind or is_lead):
            by_story[int(number)] += size
    return dict(by_story)
