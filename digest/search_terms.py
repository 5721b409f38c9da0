"""What somebody looks for in the archive, and where a text has it; pure.

Words are compared without case and accents, whole or by their beginning: that finds `whales` for
`whale` in any language, without a stemmer for each. Scripts that put no spaces between words are
taken letter by letter, and a word of theirs is a phrase.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

LONGEST = 200
MOST_TERMS = 12
# An unquoted word of so many letters is found at the beginning of longer ones.
_SHORTEST_BEGINNING = 3
# PostgreSQL takes no longer ones; nobody looks for them.
_LONGEST_WORD = 60
_EXCERPT = 240
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_CHUNK = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')

# A piece of a text, and whether it was looked for.
Piece = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one after the other; of the last, with `is_beginning`, the beginning."""

    words: tuple[str, ...]
    is_beginning: bool


@dataclass(frozen=True)
class SearchQuery:
    """What is looked for: text as it was typed, and what a story must be beside that.

    `topic` is an id, `source` words of a publisher's name; the dates are those of issues.
    """

    text: str = ""
    topic: str = ""
    source: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for more than words."""
        return bool(self.topic or self.source or self.since or self.until)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is looked for."""
        return not (self.wanted or self.is_narrowed)

    @cached_property
    def wanted(self) -> tuple[Term, ...]:
        """What a story must have in its headline or its points."""
        return tuple(term for term, is_unwanted in self._terms if not is_unwanted)

    @cached_property
    def unwanted(self) -> tuple[Term, ...]:
        """What it must not have: `-word`."""
        return tuple(term for term, is_unwanted in self._terms if is_unwanted)

    @cached_property
    def publisher(self) -> Term | None:
        """What the name of one of its sources must have."""
        words = tuple(words_of(self.source[:LONGEST]))
        return Term(words, is_beginning=True) if words else None

    @cached_property
    def _terms(self) -> tuple[tuple[Term, bool], ...]:
        return tuple(_read_terms(self.text[:LONGEST]))[:MOST_TERMS]


def words_of(text: str) -> list[str]:
    """The words of a text, as they are compared."""
    return [word for word, _, _ in _words_with_places(text)]


def marked(text: str, terms: Sequence[Term]) -> list[Piece]:
    """The text in pieces that joined give it again."""
    pieces: list[Piece] = []
    end = 0
    for begin, finish in _matches(text, terms):
        if begin > end:
            pieces.append((text[end:begin], False))
        if finish > end:
            pieces.append((text[max(begin, end) : finish], True))
            end = finish
    if end < len(text):
        pieces.append((text[end:], False))
    return pieces


def excerpt(texts: Sequence[str], terms: Sequence[Term]) -> list[Piece]:
    """The text that has most of the terms, around the first of them where it is long."""
    if not texts:
        return []
    best = max(texts, key=lambda text: sum(bool(_matches(text, [term])) for term in terms))
    places = _matches(best, terms)
    begin = places[0][0] - _EXCERPT // 3 if places else 0
    if begin <= 0 or len(best) <= _EXCERPT:
        begin, before = 0, ""
    else:
        begin, before = best.find(" ", begin) + 1, "… "
    shown = best[begin : begin + _EXCERPT]
    if begin + _EXCERPT < len(best):
        shown = (shown.rpartition(" ")[0] or shown) + " …"
    return marked(before + shown, terms)


def _read_terms(text: str) -> Iterator[tuple[Term, bool]]:
    for sign, quoted, word in _CHUNK.findall(text):
        words = tuple(words_of(quoted or word))
        if words:
            beginning = not quoted and len(words[-1]) >= _SHORTEST_BEGINNING
            yield Term(words, beginning and not words[-1].isdecimal()), bool(sign)


def _words_with_places(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            word = word.lower()
        else:
            folded = unicodedata.normalize("NFKD", word).casefold()
            word = "".join(sign for sign in folded if sign.isalnum())
        if word:
            yield word[:_LONGEST_WORD], match.start(), match.end()


def _matches(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where terms begin and end in a text, in their order."""
    placed_words = list(_words_with_places(text))
    places = []
    for term in terms:
        count = len(term.words)
        for at in range(len(placed_words) - count + 1):
            *firsts, last = (word for word, _, _ in placed_words[at : at + count])
            fits = last.startswith(term.words[-1]) if term.is_beginning else last == term.words[-1]
            if fits and tuple(firsts) == term.words[:-1]:
                places.append((placed_words[at][1], placed_words[at + count - 1][2]))
    return sorted(places)
