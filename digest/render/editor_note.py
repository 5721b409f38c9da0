"""An editor's note: paragraphs of plain text in which addresses are links; pure.

`See https://example.org/a` has a link under its own address, `See [our page](https://example.org/a)`
one under words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.text import is_web_address

_LINK = re.compile(r"\[([^\[\]]{1,200})\]\((https?://[^\s()<>]{1,500})\)|(https?://[^\s<>]{1,500})")
# What ends a sentence is not the end of an address.
_AFTER = ".,;:!?)]}'\"»”\u2019"


@dataclass(frozen=True, slots=True)
class NotePiece:
    """Some words of a paragraph, and the address that they lead to, if any."""

    text: str
    url: str = ""


def note_pieces(paragraphs: Sequence[str]) -> tuple[tuple[NotePiece, ...], ...]:
    """Each paragraph in pieces, whose texts together are what is read."""
    return tuple(tuple(_pieces(paragraph)) for paragraph in paragraphs)


def _pieces(paragraph: str) -> Iterator[NotePiece]:
    end = 0
    for match in _LINK.finditer(paragraph):
        words, named, bare = match.groups()
        url = named or bare.rstrip(_AFTER)
        if not is_web_address(url):
            continue
        if match.start() > end:
            yield NotePiece(paragraph[end : match.start()])
        yield NotePiece(words or url, url)
        end = match.end() if words else match.start() + len(url)
    if end < len(paragraph):
        yield NotePiece(paragraph[end:])
