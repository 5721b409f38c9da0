"""Placeholders in a rendered mail: where a part begins, and where a value is filled in later.

Every one holds a nonce that no story text can know, so none can make one (promise 7). MJML passes
them through, in text and in attributes: they are ASCII.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from markupsafe import Markup

# Filled for each subscriber; all others are filled when a variant is put together.
PERSONAL = ("address", "unsubscribe", "preferences", "likes")


def nonce_of(content_hash: str, key: str) -> str:
    """Sixteen hexadecimal digits that only who has the key can know; the same for the same content.

    So what a preview showed is what is mailed, to the byte.
    """
    return hmac.digest(key.encode(), b"digest.nonce " + content_hash.encode(), "sha256").hex()[:16]


class Placeholders:
    """The placeholders of one rendering."""

    def __init__(self, nonce: str) -> None:
        self.nonce = nonce

    def part(self, name: str) -> Markup:
        """What begins a part; it reaches to the next one."""
        return Markup(f"<!--part-{self.nonce}-{name}-->")  # noqa: S704 - names are ours

    def slot(self, name: str) -> Markup:
        """What stands for a value."""
        return Markup(f"slot-{self.nonce}-{name}-end")  # noqa: S704 - names are ours

    def reference(self, url: str) -> Markup:
        """What stands for the number of a link in the text part; a URL has no blank and no >."""
        return Markup(f"<!--ref-{self.nonce}-{url}-->")  # noqa: S704 - for the text part alone

    def replace_references(self, text: str, number: Callable[[re.Match[str]], str]) -> str:
        """The text with each reference replaced; the match's first group is the URL."""
        return _patterns(self.nonce)[2].sub(number, text)

    def split(self, text: str) -> dict[str, str]:
        """The parts by name, in their order; what stands before the first is `head`."""
        head, *pieces = _patterns(self.nonce)[0].split(text)
        return {"head": head, **dict(zip(pieces[0::2], pieces[1::2], strict=True))}

    def fill(self, text: str, values: Mapping[str, str]) -> str:
        """The text with the named slots filled; others stay."""
        return _patterns(self.nonce)[1].sub(lambda m: values.get(m[1], m[0]), text)

    def find(self, text: str) -> list[str]:
        """Literal text and slot names in turn, beginning and ending with text."""
        return _patterns(self.nonce)[1].split(text)


@lru_cache(maxsize=64)
def _patterns(nonce: str) -> tuple[re.Pattern[str], ...]:
    return (
        re.compile(rf"<!--part-{nonce}-([\w.-]+)-->"),
        re.compile(rf"slot-{nonce}-([\w.-]+?)-end"),
        re.compile(rf"<!--ref-{nonce}-([^\s>]+)-->"),
    )
