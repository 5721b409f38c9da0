"""What stands between quotation marks or brackets, which a sentence never ends in; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_CLOSES = {
    "\u201c": "\u201d", "\u201e": "\u201c\u201d", "«": "»", "»": "«", "\u2039": "\u203a",
    "\u300c": "\u300d", "\u300e": "\u300f", "\u300a": "\u300b", "\u201d": "\u201d", '"': '"',
    "\uff02": "\uff02",
}  # fmt: skip
_SINGLE = {"'": "'", "\u2018": "\u2019", "\u201a": "\u2018\u2019"}
_BRACKETS = {"(": ")", "[": "]", "\uff08": "\uff09", "\u3010": "\u3011"}
# These open in one language and close in another: here they open at the beginning of a word alone.
_EITHER = '"\uff02\u201d»'
_BEFORE_A_WORD = " \t\u00a0\u202f([{-\u2013\u2014/:¿¡\u201e\u201c«"
# Brackets and single marks that are left open are common, and no text shall take long for it.
_REACH = 1_000
_POINTS = ".,;:!?\u2026"

OPENING = "".join((*_CLOSES, *_SINGLE, *_BRACKETS))
CLOSING = "".join((*_CLOSES.values(), *_SINGLE.values(), *_BRACKETS.values()))


@dataclass(frozen=True, slots=True)
class Span:
    """From the opening mark to behind the closing one; where one is missing, to the text's end."""

    start: int
    end: int
    closed: bool = True


def quoted_spans(text: str) -> tuple[Span, ...]:
    """The outermost quotations and brackets of a paragraph, in their order.

    A quotation that begins or ends in another paragraph reaches to this one's edge.
    """
    spans: list[Span] = []
    at = 0
    while opening := _MARK.search(text, at):
        span = _span_at(text, opening.start())
        if span and span.start == 0 and not span.closed and span.end < len(text):
            spans.clear()  # it ends here and began in an earlier paragraph
        if span:
            spans.append(span)
        at = span.end if span else opening.start() + 1
    return tuple(spans)


_MARK = re.compile("[" + re.escape(OPENING) + "]")


def _span_at(text: str, at: int) -> Span | None:
    mark = text[at]
    if mark in _BRACKETS:
        end = _bracket_end(text, at)
        return Span(at, end) if end else None
    if mark in _SINGLE:
        end = _single_end(text, at)
        return Span(at, end) if end else None
    before = text[at - 1 : at]
    if mark in _EITHER and before and before not in _BEFORE_A_WORD:
        return Span(0, at + 1, closed=False) if before in _POINTS else None
    ends = [where for close in _CLOSES[mark] if (where := text.find(close, at + 1)) > 0]
    return Span(at, min(ends) + 1) if ends else Span(at, len(text), closed=False)


def _bracket_end(text: str, at: int) -> int | None:
    depth, opening, closing = 0, text[at], _BRACKETS[text[at]]
    if text.find(closing, at, at + _REACH) < 0:
        return None
    for where in range(at, min(len(text), at + _REACH)):
        depth += (text[where] == opening) - (text[where] == closing)
        if not depth:
            return where + 1
    return None


def _single_end(text: str, at: int) -> int | None:
    """Behind the closing one: an apostrophe looks the same, so one beside a point is believed."""
    if not _opens_single(text, at):
        return None
    candidates = list(_single_closers(text, at))
    beside = (w for w in candidates if text[w - 1] in _POINTS or text[w + 1 : w + 2] in [*_POINTS])
    best = next(beside, candidates[-1] if candidates else None)
    return None if best is None else best + 1


def _opens_single(text: str, at: int) -> bool:
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    return (not before or before in _BEFORE_A_WORD) and bool(after) and not after.isspace()


def _single_closers(text: str, at: int) -> Iterator[int]:
    """Where it may end before the next one opens."""
    closing = _SINGLE[text[at]]
    for where in range(at + 2, min(len(text), at + _REACH)):
        if text[where] == text[at] and _opens_single(text, where):
            return
        after = text[where + 1 : where + 2]
        if text[where] in closing and not text[where - 1].isspace() and not after.isalnum():
            yield where


def unquoted(text: str) -> str:
    """The text without its quotations and brackets."""
    spans = quoted_spans(text)
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    return " ".join(text[a:b] for a, b in list(pairwise(edges))[::2]).strip()
