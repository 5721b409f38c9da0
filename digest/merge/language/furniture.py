"""Paragraphs that a source puts under most of what it sends: a signature, a licence; pure.

They say nothing of an event. A paragraph counts as one where it, or its near copy, stands in
several items: copies differ in a date, a number, a title that is filled in.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# In so many items of a source, and in so much of them.
SEVERAL, SHARE = 3, 0.1
# So much of all the words of two paragraphs must be in both.
NEAR = 0.75
# Of a source's paragraphs so many different ones are compared; the rest need an exact copy.
COMPARED = 300

Shape = frozenset[str]
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Furniture:
    """What is known of one source: the words of each repeated paragraph, without numbers."""

    shapes: frozenset[Shape] = frozenset()

    def has(self, paragraph: str) -> bool:
        """Whether a paragraph is a copy, or a near copy, of one that is repeated."""
        shape = shape_of(paragraph)
        return shape in self.shapes or any(_near(shape, other) for other in self.shapes)

    def without(self, text: str) -> str:
        """A text, a paragraph a line, without those that are repeated."""
        if not self.shapes:
            return text
        return "\n".join(line for line in text.split("\n") if not self.has(line))


def find_furniture(texts: Iterable[str]) -> Furniture:
    """What the items of one source repeat, each a text with a paragraph a line."""
    texts = list(texts)
    items: dict[Shape, set[int]] = {}
    for number, text in enumerate(texts):
        for shape in {shape_of(line) for line in text.split("\n")} - {frozenset()}:
            near = () if shape in items else list(items)[:COMPARED]
            copied = next((other for other in near if _near(shape, other)), shape)
            items.setdefault(copied, set()).add(number)
    enough = max(SEVERAL, SHARE * len(texts))
    return Furniture(frozenset(shape for shape, rows in items.items() if len(rows) >= enough))


def shape_of(paragraph: str) -> Shape:
    """The words of a paragraph that its copies have too: those that are no number."""
    return frozenset(_WORD.findall(paragraph.casefold()))


def _near(one: Shape, other: Shape) -> bool:
    if min(len(one), len(other)) < NEAR * max(len(one), len(other)):
        return False
    return len(one & other) >= NEAR * len(one | other)
