"""What a list of keywords keeps and blocks of what is told; pure.

A keyword is a word, or words that stand one after the other; `foot*` is how a word begins, and
after `title:`, `source:` or `topic:` it is looked for there alone. Words are whole words by the
default rules of Unicode (UAX 29), but for the apostrophe, which parts them: `trump` is in `Trump's`
and `europe` in `l'Europe`. They are compared without case (Unicode 3.13, compatibility caseless
matching), and with their accents. What is written without spaces is taken letter by letter, and a
word of it is a phrase.

A list is compiled once and reads a text once, from its beginning to its end: no list makes that
take longer than its keywords at a word times the words.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache

# Of one list.
MOST_KEYWORDS = 200
# Of one list of a subscriber.
MOST_OF_SUBSCRIBER = 50
LONGEST_KEYWORD = 80
_MOST_WORDS = 8
# Before one of a subscriber's: what is told has it. Others are of what is not.
ONLY = "+"

Words = tuple[str, ...]

# What stands between two keywords of a list, and in none.
SEPARATORS = r";,\n\r،、，；"  # noqa: RUF001 - commas of other scripts
_SEPARATOR = re.compile(f"[{SEPARATORS}]")
_ASCII_WORD = re.compile(r"[a-z0-9_](?:[a-z0-9_]|(?<=[a-z])\.(?=[a-z])|(?<=[0-9])[.,](?=[0-9]))*")
# The same of a text's classes: c a letter that is a word, k katakana, h Hebrew, a another letter,
# n a number, m a mark on c, l what may stand between two letters.
_WORD = re.compile(r"cm*|k+|[ahn_](?:[ahn_]|(?<=[ah])[.l](?=[ah])|(?<=n)[.,](?=n)|(?<=h)\"(?=h))*")
_BETWEEN_LETTERS = "\u00b7\u2027\u05f4"
_GERESH = "\u05f3"
_ZERO_WIDTH_SPACE = "\u200b"
# What would be a place where a keyword is looked for: a word without a digit, a colon, and more.
_PREFIX = re.compile(r"([^\W\d_]+):(?=\S)")


class KeywordPlace(StrEnum):
    """Where a keyword is looked for."""

    ANYWHERE = ""
    TITLE = "title"
    SOURCE = "source"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Keyword:
    """One entry of a list: as it was written, and its words; of the last perhaps the beginning."""

    text: str
    place: KeywordPlace
    words: Words
    is_beginning: bool

    def stands_at(self, at: int, words: Words) -> bool:
        """Whether its words stand at a place among others."""
        end = at + len(self.words)
        if end > len(words) or words[at : end - 1] != self.words[:-1]:
            return False
        if self.place is KeywordPlace.TOPIC and (at, end) != (0, len(words)):
            return False
        last = words[end - 1]
        return last.startswith(self.words[-1]) if self.is_beginning else last == self.words[-1]


@dataclass(frozen=True)
class KeywordText:
    """What is told as words: its title, its lines, the names of its sources and of its topics."""

    title: Words
    lines: tuple[Words, ...]
    sources: tuple[Words, ...]
    topics: tuple[Words, ...]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words that stand anywhere in it."""
        return frozenset(word for _, words in self.places() for word in words)

    def places(self) -> Iterator[tuple[KeywordPlace, Words]]:
        """Each line of it, and where that is."""
        yield KeywordPlace.TITLE, self.title
        for place, lines in (
            (KeywordPlace.ANYWHERE, self.lines),
            (KeywordPlace.SOURCE, self.sources),
            (KeywordPlace.TOPIC, self.topics),
        ):
            for line in lines:
                yield place, line


def keyword_text(
    title: str, lines: Iterable[str], sources: Iterable[str], topics: Iterable[str]
) -> KeywordText:
    """The words of what is told."""
    return KeywordText(
        words_of(title),
        tuple(map(words_of, lines)),
        tuple(map(words_of, sources)),
        tuple(map(words_of, topics)),
    )


@dataclass(frozen=True, slots=True)
class Removal:
    """Why a list does not let something through: by its keyword, or for want of any (empty)."""

    keyword: str = ""

    def __str__(self) -> str:
        if not self.keyword:
            return "it has none of the keywords that are kept"
        return f"blocked by the keyword {self.keyword}"


class _Matcher:
    """Some keywords, by how each begins."""

    def __init__(self, keywords: Iterable[Keyword]) -> None:
        self._whole: dict[str, list[Keyword]] = defaultdict(list)
        self._begins: dict[str, list[Keyword]] = defaultdict(list)
        for keyword in keywords:
            is_begin = keyword.is_beginning and len(keyword.words) == 1
            (self._begins if is_begin else self._whole)[keyword.words[0]].append(keyword)
        self._lengths = sorted({len(beginning) for beginning in self._begins})

    def find(self, text: KeywordText) -> str | None:
        """The first of the keywords that a text has, as it was written."""
        if not self._may_be_in(text.vocabulary):
            return None  # nearly all texts: only the rest is read
        for place, words in text.places():
            for at, word in enumerate(words):
                for keyword in self._candidates(word):
                    if _is_read(keyword.place, place) and keyword.stands_at(at, words):
                        return keyword.text
        return None

    def _may_be_in(self, vocabulary: frozenset[str]) -> bool:
        """Whether the first word of some keyword is there."""
        if not vocabulary.isdisjoint(self._whole):
            return True
        return any(word[:length] in self._begins for length in self._lengths for word in vocabulary)

    def _candidates(self, word: str) -> Iterator[Keyword]:
        yield from self._whole.get(word, ())
        for length in self._lengths:
            if length > len(word):
                break
            yield from self._begins.get(word[:length], ())


def _is_read(wanted: KeywordPlace, place: KeywordPlace) -> bool:
    """Whether a keyword of one place is looked for in another: one of none in title and lines."""
    if wanted is KeywordPlace.ANYWHERE:
        return place in (KeywordPlace.ANYWHERE, KeywordPlace.TITLE)
    return wanted is place


class KeywordFilter:
    """A list, compiled: what has a blocked keyword goes, and what has none of the kept ones."""

    def __init__(self, block: Sequence[str], keep: Sequence[str]) -> None:
        self._block = _Matcher(map(read_keyword, block)) if block else None
        self._keep = _Matcher(map(read_keyword, keep)) if keep else None

    def removal(self, text: KeywordText) -> Removal | None:
        """Why the list does not let a text through, None where it does."""
        blocked = self._block.find(text) if self._block else None
        if blocked is not None:
            return Removal(blocked)
        if self._keep is not None and self._keep.find(text) is None:
            return Removal()
        return None


@lru_cache(maxsize=4096)
def keyword_filter(block: tuple[str, ...], keep: tuple[str, ...] = ()) -> KeywordFilter:
    """The filter of a list that was checked when it was read; one that is used again is kept."""
    return KeywordFilter(block, keep)


def subscriber_filter(keywords: tuple[str, ...]) -> KeywordFilter:
    """The filter of a subscriber's list, in which those that are kept begin with `+`."""
    return keyword_filter(not_about(keywords), only_about(keywords))


def not_about(keywords: Iterable[str]) -> tuple[str, ...]:
    """Those of a subscriber's list that block."""
    return tuple(keyword for keyword in keywords if not keyword.startswith(ONLY))


def only_about(keywords: Iterable[str]) -> tuple[str, ...]:
    """Those of a subscriber's list one of which a story must have, without their sign."""
    return tuple(keyword[len(ONLY) :] for keyword in keywords if keyword.startswith(ONLY))


def read_keyword(text: str) -> Keyword:
    """A keyword as somebody wrote it; ValueError says what is wrong with it."""
    written = " ".join(text.split())
    if len(written) > LONGEST_KEYWORD:
        raise ValueError(f"{written[:20]!r}... is longer than {LONGEST_KEYWORD} characters")
    head, colon, rest = written.partition(":")
    place = next((place for place in KeywordPlace if colon and place == head.lower()), None)
    sought = written if place is None else rest.strip()
    is_beginning = sought.endswith("*")
    bare = sought.removesuffix("*")
    words = words_of(bare)
    if "*" in bare:
        raise ValueError(f"{written!r} has a * that is not at its end")
    if not words:
        raise ValueError(f"{written!r} has no word" if written else "a keyword is empty")
    if len(words) > _MOST_WORDS and not _is_unspaced(bare):
        raise ValueError(f"{written!r} has more than {_MOST_WORDS} words")
    if is_beginning and sum(map(len, words)) < 2:
        raise ValueError(f"{written!r} is too short: it would be how most words begin")
    return Keyword(written, place or KeywordPlace.ANYWHERE, words, is_beginning)


def unknown_prefix(text: str) -> str | None:
    """What stands before a keyword as if it named a place, and names none: `block` of `block:x`."""
    prefix = _PREFIX.match(text.lstrip().removeprefix(ONLY).lstrip())
    return prefix[1] if prefix and prefix[1].lower() not in set(KeywordPlace) else None


def without_unknown_prefix(text: str) -> str:
    """The same keyword as words alone, `block x` for `block:x`: what it stands for in a list."""
    return text.replace(":", " ", 1) if unknown_prefix(text) else text


def read_keywords(text: str, most: int = MOST_OF_SUBSCRIBER) -> tuple[str, ...]:
    """A list as somebody writes it: by commas, semicolons or lines; each keyword once.

    ValueError says what is wrong with it, or that it has more than `most`.
    """
    keywords: dict[str, None] = {}
    for entry in _SEPARATOR.split(text):
        if written := entry.strip():
            prefix = unknown_prefix(written)
            if prefix is not None:
                places = ", ".join(f"{place}:" for place in KeywordPlace if place)
                raise ValueError(
                    f"{written!r} begins with {prefix}:, where there are {places}; "
                    f"for the words alone write {without_unknown_prefix(written)!r}"
                )
            sign = ONLY if written.startswith(ONLY) else ""
            keywords[sign + read_keyword(written.removeprefix(ONLY)).text] = None
    if len(keywords) > most:
        raise ValueError(f"{len(keywords)} keywords, where at most {most} can be")
    return tuple(keywords)


def words_of(text: str) -> Words:
    """The words of a text, in the form in which they are compared."""
    if text.isascii():
        return tuple(w for w in _ASCII_WORD.findall(text.lower()) if w.strip("_"))
    folded = _fold(text)
    words = (folded[word.start() : word.end()] for word in _WORD.finditer(_classes(folded)))
    return tuple(word for word in words if word.strip("_"))


def _fold(text: str) -> str:
    """Without case, in one composition, and without what is not seen (NFKC_Casefold)."""
    folded = text
    for form in ("NFD", "NFKC"):
        folded = unicodedata.normalize(form, folded).casefold()
    folded = unicodedata.normalize("NFKC", folded).replace(_ZERO_WIDTH_SPACE, " ")
    return "".join(char for char in folded if char.isascii() or unicodedata.category(char) != "Cf")


def _classes(text: str) -> str:
    """A sign for each character, of those that _WORD knows; a mark has that of what it is on."""
    classes: list[str] = []
    for char in text:
        kind = _class_of(char)
        if kind == "m":
            before = classes[-1] if classes else " "
            kind = before if before in "ahknm" else "m" if before == "c" else " "
        classes.append(kind)
    return "".join(classes)


@cache
def _class_of(char: str) -> str:
    category = unicodedata.category(char)
    if char in '.,"':
        return char
    if char in _BETWEEN_LETTERS:
        return "l"
    if char == _GERESH:
        return "h"
    if category.startswith("L"):
        return _class_of_letter(ord(char))
    return {"M": "m", "N": "n"}.get(category[0], "_" if category == "Pc" else " ")


# Letters of scripts that put no spaces between words.
_UNSPACED: Mapping[str, tuple[tuple[int, int], ...]] = {
    "k": ((0x30A0, 0x30FF), (0x31F0, 0x31FF)),
    "h": ((0x05D0, 0x05F2),),
    "c": (
        (0x0E00, 0x0EFF),  # Thai, Lao
        (0x1000, 0x109F),  # Burmese
        (0x1780, 0x17FF),  # Khmer
        (0x3005, 0x3007),
        (0x3041, 0x309F),  # hiragana
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0x20000, 0x3FFFF),
    ),
}


def _class_of_letter(code: int) -> str:
    for kind, ranges in _UNSPACED.items():
        if any(first <= code <= last for first, last in ranges):
            return kind
    return "a"


def _is_unspaced(text: str) -> bool:
    return "c" in _classes(_fold(text))
