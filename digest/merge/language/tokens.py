"""Text to words and terms, in any language: the first step towards events; pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from digest.merge.language.lexicon import classes
from digest.merge.language.stopwords import STOPWORDS

# A word is known by its beginning: that joins `retract` with `retraction` and `elecciones` with
# `elección` without a stemmer for each language.
STEM_LENGTH = 5
# A headline In Title Case says of no word that it is a name.
TITLE_CASE = 0.84

_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a0-\u30ff"
_HANGUL = "\uac00-\ud7af"
_THAI_TO_KHMER = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = _HAN + _HIRAGANA + _KATAKANA + _HANGUL + _THAI_TO_KHMER
# Accents, and the vowel signs of Arabic and of the scripts of India.
_MARKS = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f]")
_TOKEN = re.compile(
    rf"\d{{1,3}}(?:[,.'\u2019\u00a0\u202f ]\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
    rf"|[{_HAN}]+|[{_KATAKANA}]+|[{_HANGUL}]+|[{_THAI_TO_KHMER}]+"
    rf"|[^\W\d_{_UNSPACED}]+(?:['\u2019.&][^\W\d_{_UNSPACED}]+)*(?:\d+(?![.,]?\d))?"
)
# The same for text that is all ASCII, in a third of the time.
_ASCII_TOKEN = re.compile(
    r"\d{1,3}(?:[,.' ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
    r"|[A-Za-z]+(?:['.&][A-Za-z]+)*(?:\d+(?![.,]?\d))?"
)
_RUN = re.compile(f"[{_UNSPACED}]+")
_KATAKANA_WORD = re.compile(f"[{_KATAKANA}]")
_THOUSANDS = re.compile(r"\d{1,3}(?:[,.'\u2019\u00a0\u202f ]\d{3})+")
_NOTHING: frozenset[str] = frozenset()
_ELISION = re.compile(r"^\w{1,4}'(?=\w{3})")
_ARTICLE = re.compile("^(?:[وبفك]?ال|لل)(?=\\w{3})")


# Met after `fold`, hence in its form.
_STOP = frozenset(_MARKS.sub("", unicodedata.normalize("NFKD", word)) for word in STOPWORDS)


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of text: as written, its term (empty for a stopword), and how it is written.

    `classes` are the lexicon's: `denial`, `negation`, `verdict+`.
    """

    text: str
    term: str
    folded: str
    classes: frozenset[str]
    capital: bool
    small: bool
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A headline or summary as words, where each begins, and the classes of them all."""

    text: str
    words: tuple[Word, ...]
    begins: tuple[int, ...]
    classes: frozenset[str]
    title_case: bool


def plain(text: str) -> str:
    """Text in compatibility form without accents, so that `Krakow` finds `Kraków`."""
    if text.isascii():
        return text
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", text)


def read_line(text: str) -> Line:
    """The words of a text that `plain` made.

    Scripts without spaces come as pairs of characters, except katakana, which spells whole words;
    hiragana, which spells endings and particles, is left out.
    """
    pattern = _ASCII_TOKEN if text.isascii() else _TOKEN
    tokens = [(token.group(), token.start()) for token in pattern.finditer(text)]
    if pattern is _TOKEN:
        pieces: list[tuple[str, int]] = []
        for written, begin in tokens:
            if len(written) == 1 or _KATAKANA_WORD.match(written) or not _RUN.match(written):
                pieces.append((written, begin))
            else:
                pieces += [(written[at : at + 2], begin + at) for at in range(len(written) - 1)]
        tokens = pieces
    words = tuple([read_word(written) for written, _ in tokens])
    begins = tuple([begin for _, begin in tokens])
    classes_found = _NOTHING.union(*[word.classes for word in words if word.classes])
    return Line(text, words, begins, classes_found, _is_title_case(words))


def _is_title_case(words: tuple[Word, ...]) -> bool:
    """Whether capitals say nothing: nearly all words that count, but the first, have one."""
    capitals = smalls = 0
    for word in words[1:]:
        if word.term and len(word.text) > 2:
            capitals += word.capital
            smalls += word.small
    return capitals > TITLE_CASE * (capitals + smalls)


@lru_cache(maxsize=1 << 17)
def read_word(written: str) -> Word:
    """What there is to know of a word, whatever stands round it."""
    if written[0].isdecimal():
        term = number_term(written)
        return Word(written, term, term, _NOTHING, capital=False, small=False, is_number=True)
    folded = fold(written)
    return Word(
        written,
        written if _RUN.match(written) else stem(written),
        folded,
        classes_of(folded),
        capital=written[0].isupper(),
        small=written[0].islower(),
    )


def classes_of(folded: str) -> frozenset[str]:
    """The lexicon's classes of a folded word."""
    whole, begins, lengths = _lexicon()
    names = set(whole.get(folded, ()))
    for length in lengths:
        names.update(begins.get(folded[:length], ()))
    return frozenset(names) if names else _NOTHING


@lru_cache(maxsize=1)
def _lexicon() -> tuple[dict[str, set[str]], dict[str, set[str]], tuple[int, ...]]:
    """The lexicon by whole words and by beginnings, and the lengths of these."""
    whole: dict[str, set[str]] = {}
    begins: dict[str, set[str]] = {}
    for name, listed in classes().items():
        for word in listed.split():
            table = begins if word.endswith("*") else whole
            table.setdefault(fold(word.removesuffix("*")), set()).add(name)
    return whole, begins, tuple({len(beginning) for beginning in begins})


def fold(word: str) -> str:
    """A word in one case, without an elided article, a possessive or an Arabic article."""
    word = _MARKS.sub("", word.casefold()).replace("\u2019", "'")
    word = _ELISION.sub("", word.removesuffix("'s").removesuffix("s'"))
    return _ARTICLE.sub("", word.replace("'", "").replace(".", ""))


def stem(word: str) -> str:
    """The term of a word; empty for a stopword and for a single letter."""
    folded = fold(word)
    if len(folded) < 2 or folded in _STOP:
        return ""
    if len(folded) <= STEM_LENGTH:
        return folded.removesuffix("s") if len(folded) > 3 else folded
    return folded[:STEM_LENGTH]


def number_term(written: str) -> str:
    """A number in one form: `1,200`, `1.200` and `1 200` are 1200; `6,3` is 6.3."""
    if _THOUSANDS.fullmatch(written):
        return re.sub(r"\D", "", written)
    return written.replace(",", ".")
