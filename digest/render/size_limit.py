"""How large a mail gets: Gmail clips the HTML of a message at 102 KB, and the footer with it."""

from digest.model import RenderedIssue
from digest.render.layout import FEATURES, TOP
from digest.render.skeleton import encode

BUDGET = 102_000
# For an address and two signed links, as long as they get.
_PERSONAL = 1_200


def largest(rendered: RenderedIssue, places: int) -> int:
    """No variant's encoded HTML is longer than this, in bytes, whoever gets it.

    `places` is how many stories a variant has at most in full.
    """
    sizes = {name: len(encode(html)) for name, html in rendered.html.items()}
    leads = [size for name, size in sizes.items() if name.startswith("lead.")]
    # A story stands there as a feature or in short, not as both.
    features = [size for name, size in sizes.items() if name.startswith("feature.")]
    stories = sorted(size for name, size in sizes.items() if name.startswith("story."))
    tops = sorted(size for name, size in sizes.items() if name.startswith("top."))
    left_out = sum(leads) - max(leads, default=0) + sum(stories[:-places]) + sum(tops[:-TOP])
    left_out += sum(sorted(features)[:-FEATURES])
    gaps = sizes.get("contents-gap", 0) * len(leads)
    return sum(sizes.values()) - left_out + gaps + _PERSONAL


def heaviest(rendered: RenderedIssue) -> tuple[int, int]:
    """The story that takes most of the HTML, by number, and its encoded bytes."""
    names = (
        name for name in rendered.html if name.startswith(("lead.", "feature.", "story.", "more."))
    )
    sizes = [(len(encode(rendered.html[name])), int(name.partition(".")[2])) for name in names]
    size, number = max(sizes)
    return number, size
