"""`digest check-issue --links`: asks every address in a mail whether it answers."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape

from digest import __version__
from digest.model import Finding

_AT_ONCE = 8
_SECONDS = 10
_AGENT = f"newsletter-digest/{__version__} (link check)"
# The server is there, and refuses only a program, or only the method.
_GOOD_ENOUGH = (401, 403, 405, 406, 429)


def check_links(html: str) -> Iterator[Finding]:
    """A warning for each link of a page that does not answer within ten seconds."""
    found = (unescape(link) for link in re.findall(r'<a\s(?:[^<>]*\s)?href="([^"]*)"', html))
    links = list(dict.fromkeys(link for link in found if link.startswith(("http://", "https://"))))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for link, fault in zip(links, pool.map(_fault, links), strict=True):
            if fault is not None:
                remedy = "mend the address in the story, or remove it"
                yield Finding("link", "warning", f"{link} does not answer: {fault}", remedy)


def _fault(link: str) -> str | None:
    # HEAD: a check must not unsubscribe anybody, and need not fetch the page.
    request = urllib.request.Request(link, method="HEAD", headers={"User-Agent": _AGENT})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310 - http and https only
            return None
    except urllib.error.HTTPError as error:
        with error:
            return None if error.code in _GOOD_ENOUGH else f"{error.code} {error.reason}"
    except (OSError, ValueError) as error:
        return str(error)
