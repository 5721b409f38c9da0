"""Paragraphs that a source puts under most of what it sends: a signature, a licence; pure.

They say nothing of an event. A paragraph counts as one where it, or its near copy, stands in
several items: copies differ in a date, a number, a title that is filled in.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil

from digest.merge.language.tokens import plain, read_line

# In so many items of a source, and in so much of them.
SEVERAL, SHARE = 3, 0.1
# Or in most of them, where there are but two or three: if their headlines share no word.
MOST = 0.5
# So much of all the words of two paragraphs must be in both.
NEAR = 0.75

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


def find_furniture(items: Iterable[tuple[str, str]]) -> Furniture:
    """What the items of one source repeat: each a headline and a text, a paragraph a line."""
    items = list(items)
    shapes = [
        (number, shape)
        for number, (_, text) in enumerate(items)
        for shape in filter(None, map(shape_of, text.split("\n")))
    ]
    copies = _NearCopies({shape for _, shape in shapes})
    holders: dict[Shape, set[int]] = {}
    for number, shape in shapes:
        holders.setdefault(copies.first_of(shape), set()).add(number)

    def is_repeated(numbers: set[int]) -> bool:
        if len(numbers) >= max(SEVERAL, SHARE * len(items)):
            return True
        most = len(numbers) > max(1, MOST * len(items))
        return most and _on_different_things([items[number][0] for number in numbers])

    return Furniture(frozenset(shape for shape, numbers in holders.items() if is_repeated(numbers)))


def shape_of(paragraph: str) -> Shape:
    """The words of a paragraph that its copies have too: those that are no number."""
    return frozenset(_WORD.findall(paragraph.casefold()))


class _NearCopies:
    """Finds of each paragraph the first that is nearly the same.

    Two near copies have one of their rarest words in common, if enough of these are looked at.
    """

    def __init__(self, shapes: Collection[Shape]) -> None:
        self._frequency = Counter(chain.from_iterable(shapes))
        self._by_word: dict[str, list[Shape]] = {}
        self._first: dict[Shape, Shape] = {}

    def first_of(self, shape: Shape) -> Shape:
        """The first near copy that was asked for, or the paragraph itself."""
        if shape not in self._first:
            if sum([self._frequency[word] > 1 for word in shape]) < NEAR * len(shape):
                return shape  # too many of its words stand nowhere else
            rarest_first = sorted(shape, key=lambda word: (self._frequency[word], word))
            words = rarest_first[: len(shape) - ceil(NEAR * len(shape)) + 1]
            others = (other for word in words for other in self._by_word.get(word, ()))
            copied = next((other for other in others if _near(shape, other)), None)
            self._first[shape] = copied or shape
            if copied is None:
                for word in words:
                    self._by_word.setdefault(word, []).append(shape)
        return self._first[shape]


def _near(one: Shape, other: Shape) -> bool:
    if min(len(one), len(other)) < NEAR * max(len(one), len(other)):
        return False
    both = len(one & other)
    return both >= NEAR * (len(one) + len(other) - both)


def _on_different_things(headlines: Sequence[str]) -> bool:
    """Whether no word stands in two of the headlines."""
    lines = [read_line(plain(headline)) for headline in headlines]
    words = [{word.term for word in line.words if not word.is_number} - {""} for line in lines]
    return len(set[str]().union(*words)) == sum(map(len, words))
