"""How large a mail gets: Gmail clips the HTML of a message at 102 KB, and the footer with it."""

from digest.model import RenderedIssue
from digest.render.skeleton import encode

BUDGET = 102_000
# Room for an address and two signed links, as long as they get.
_PERSONAL = 1_200


def largest(rendered: RenderedIssue) -> int:
    """No variant's encoded HTML is longer than this, in bytes, whoever gets it."""
    sizes = {name: len(encode(html)) for name, html in rendered.html.items()}
    leads = [size for name, size in sizes.items() if name.startswith("lead.")]
    gaps = sizes.get("contents-gap", 0) * len(leads)
    return sum(sizes.values()) - sum(leads) + max(leads, default=0) + gaps + _PERSONAL
