"""Whether a changed file still tells the same story; pure."""

import re

from digest.model import Report

SAME_STORY = 0.2
GROWN_STORY = 0.6


def is_same_story(old: Report, new: Report) -> bool:
    """False where a file was overwritten with another story, as `today.txt` is every morning.

    An edited story keeps most of its words, and one that grew from a first flash holds those of
    the flash; two stories share hardly more than `the` and `of`.
    """
    if old.headline.casefold() == new.headline.casefold():
        return True
    first, second = _words(old), _words(new)
    shared = len(first & second)
    grown = shared > GROWN_STORY * min(len(first), len(second))
    return grown or shared > SAME_STORY * len(first | second)


def _words(report: Report) -> frozenset[str]:
    return frozenset(
        word
        for word in re.findall(r"\w{4,}", " ".join((report.headline, *report.bullets)).casefold())
    )
