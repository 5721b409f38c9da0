"""What is another in a text, word by word; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_PIECES = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """Some words: as they were and are (`same`), gone, or new."""

    kind: Literal["same", "gone", "new"]
    text: str


def word_diff(before: str, after: str) -> tuple[DiffPiece, ...]:
    """The two texts in one: without what is new it is the first, without what is gone the other."""
    return tuple(_pieces(_PIECES.findall(before), _PIECES.findall(after)))


def _pieces(before: list[str], after: list[str]) -> Iterator[DiffPiece]:
    for kind, start, end, new_start, new_end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            yield DiffPiece("same", "".join(before[start:end]))
            continue
        if end > start:
            yield DiffPiece("gone", "".join(before[start:end]))
        if new_end > new_start:
            yield DiffPiece("new", "".join(after[new_start:new_end]))
