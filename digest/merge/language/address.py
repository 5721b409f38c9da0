"""The words of an article's address, which many sites make of its first headline; pure.

`/2026/09/ferry-runs-aground-off-lomar-harbour-1226851.html`
"""

import re
from urllib.parse import unquote

# With fewer words it is a section's name, or a person's.
FEWEST, MOST = 3, 20
_ENDING = re.compile(r"\.[a-z]{2,5}$")
_BETWEEN = re.compile(r"[\W_]+")


def address_words(address: str) -> str:
    """The words of that part of an address's path which has the most; numbers are none."""
    path = re.split(r"[?#]", address.partition("://")[2], maxsplit=1)[0].partition("/")[2]
    parts = (
        [word for word in _BETWEEN.split(_ENDING.sub("", part)) if word.isalpha()]
        for part in unquote(path).lower().split("/")
    )
    longest = max(parts, key=len)
    return " ".join(longest[:MOST]) if len(longest) >= FEWEST else ""
