"""A subscriber's name, as strangers and subscribers type it; pure."""

import re

from digest.text import clean_line

LONGEST_NAME = 60
MOST_NAME_WORDS = 4

# What makes a name a message: a link, an address, lines, the marks of a sentence, a long number.
_NO_NAME = re.compile(
    r"[\r\n\t@/\\<>:;!?#$%&*=+|~^\[\]{}()\"“”«»]|\d{3}|\w\.\w{2}|www", re.IGNORECASE
)


def harmless_name(text: str) -> str:
    """A name that can be nothing but a name, or none.

    Robots write their message and its link here, for our mail to carry to somebody else.
    """
    name = clean_line(text)
    short = len(name) <= LONGEST_NAME and len(name.split()) <= MOST_NAME_WORDS
    return name if short and not _NO_NAME.search(text.strip()) else ""
