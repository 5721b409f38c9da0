"""A report's text to its sentences: the first step from reports to bullets; pure.

Nothing is added or changed, and no quotation or bracket is cut; what is no whole sentence is told
apart later (digest.merge.summarise.standalone).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from digest.merge.language import abbreviations
from digest.merge.language.datelines import dateline_end
from digest.merge.language.quotes import CLOSING, OPENING, quoted_spans

_UNSPACED_STOPS = "。！？｡؟۔।॥።"
_STOP = re.compile(f"[.!?…{_UNSPACED_STOPS}]+")
# A word begins behind one of these.
_LAST_WORD = re.compile("[^ \t\u00a0\u202f([/\"'\u2018\u2019\u201c\u201d\u201e«»\u2013\u2014]*$")
_BEFORE_A_LETTER = OPENING + CLOSING + "¿¡-\u2013\u2014• "
_NEXT_WORD = re.compile(r"[^\W_]+")
_MARKER = re.compile(r"\s*(?:[•◦▪‣●·*\u2013\u2014-]\s+|\d{1,2}\)\s+)")
_NUMBERED = re.compile(r"\s*\d{1,2}\.\s+")
_ELIDED_TITLE = re.compile(r"\b[ld]['\u2019](?:on|avv|ing|arch)$", re.IGNORECASE)
_LETTERS_AND_STOPS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")
_LOOK_AHEAD, _LONGEST = 80, 24
_SAYING = re.compile(
    r"[^.!?,;:]{0,40}\b(?:said|says|asked|asks|told|added|cried|shouted|wrote|sagte?|fragte?|rief"
    r"|schrieb|dit|demande|déclar\w+|lance|dijo|preguntó|dice|disse|chiede|perguntou)\b"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of a paragraph as it stands there; `place` counts from 0 through the text.

    `alone` is a text's only sentence.
    """

    text: str
    paragraph: int
    place: int
    alone: bool = False


def sentences_of(text: str, language: str | None = None) -> tuple[Sentence, ...]:
    """The sentences of a text of a paragraph a line, without dateline and list markers.

    `language` is the tag of two letters, if known: some write `3.` for the third.
    """
    pieces = [
        (number, piece)
        for number, paragraph in enumerate(_paragraphs(text))
        for piece in split_paragraph(paragraph, language)
    ]
    alone = len(pieces) == 1
    return tuple(Sentence(piece, number, at, alone) for at, (number, piece) in enumerate(pieces))


def _paragraphs(text: str) -> Iterator[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # One alone may be the name of a club: `1. FC Köln`.
    numbered = sum(bool(_NUMBERED.match(line)) for line in lines) > 1
    for at, line in enumerate(lines):
        line = line if at else line[dateline_end(line) :]  # noqa: PLW2901
        marker = _MARKER.match(line) or (_NUMBERED.match(line) if numbered else None)
        yield line[marker.end() :] if marker else line


def split_paragraph(paragraph: str, language: str | None = None) -> tuple[str, ...]:
    """The paragraph in pieces that leave out nothing but the space between them."""
    start, pieces = 0, []
    for end in (*_ends(paragraph, language), len(paragraph)):
        if piece := paragraph[start:end].strip():
            pieces.append(piece)
        start = end
    return tuple(pieces)


def _ends(text: str, language: str | None) -> Iterator[int]:
    """Where a sentence ends, with the marks that close behind its stop."""
    spans = quoted_spans(text)
    for stop in _STOP.finditer(text):
        span = next((span for span in spans if span.start <= stop.start() < span.end), None)
        end = stop.end()
        while end < len(text) and text[end] in CLOSING:
            end += 1
        if span and end < span.end:
            continue
        if spans and any(other.start < end < other.end for other in spans):
            end = stop.end()  # the mark behind the stop opens
        quoted = span is not None or end > stop.end()
        if _is_end(text, stop, end, language, quoted=quoted):
            yield end


def _is_end(
    text: str, stop: re.Match[str], end: int, language: str | None, *, quoted: bool
) -> bool:
    rest = text[end : end + _LOOK_AHEAD]
    after = rest.lstrip()
    if not after:
        return True
    unspaced = stop[0][-1] in _UNSPACED_STOPS
    if len(after) == len(rest):
        # Behind a quotation 「……。」と述べた goes on, as “……。”他说 does.
        return unspaced and not quoted
    first = after.lstrip(_BEFORE_A_LETTER)[:1]
    begins = first.isdigit() or (first.isalpha() and not first.islower())
    if not unspaced and not begins:
        return False
    if quoted and stop[0][-1] in "!?" and _SAYING.match(after):
        return False
    return stop[0] != "." or not _is_abbreviated(
        text[max(0, stop.start() - _LONGEST) : stop.start()], after, language
    )


def _is_abbreviated(before: str, after: str, language: str | None) -> bool:
    """Whether the full stop between them belongs to the word before it."""
    last_word = _LAST_WORD.search(before)
    word = last_word[0] if last_word else ""
    if word.isdigit():
        ordinal = language is None or language in abbreviations.ORDINAL_DOT
        return ordinal and len(word) <= 2 and not _opens(after)
    title = word in abbreviations.ALWAYS or word.casefold() in abbreviations.TITLES
    if title or (len(word) == 1 and word.isalpha()) or _ELIDED_TITLE.search(before):
        return True
    if after[0].isdigit() and word.casefold() in abbreviations.BEFORE_NUMBER:
        return True
    # What is spelt like a word, as `sat` and `miss`, needs its capital; `usw` does not.
    may_end = word.casefold() in abbreviations.MAY_END and (
        word[:1].isupper() or word.casefold() in abbreviations.NO_WORDS
    )
    return bool(may_end or _LETTERS_AND_STOPS.fullmatch(word)) and not _opens(after)


def _opens(after: str) -> bool:
    """Whether a sentence is likely to begin with this word."""
    following = _NEXT_WORD.search(after)
    return following is not None and following[0] in abbreviations.OPENERS
