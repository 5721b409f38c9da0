"""Texts that a pattern may need long for, made from its own parts.

Each part of a pattern that may be repeated without end is repeated, after what leads to it and
without that, and what leads to it is repeated too.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from re import _constants as constants  # nothing public shows the parts
from re import _parser as parser
from typing import Any

# What a class or a gap may stand for, the likeliest first; other orders find other overlaps.
SIGNS = ("a0 .-_/@\"'<>()[]{}=:;,\\\n\tA%é", " \n\t.0-_\"'>/=a", "\"\\'<([a ")
REPEATS = (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT)
# What is repeated so often is repeated without end.
ENDLESS = 200


def samples(parts: Iterable[Any], signs: str) -> str:
    """A text that these parts of a pattern match, with the first sign that each leaves open."""
    return "".join(sample(part, signs) for part in parts)


def sample(part: Any, signs: str) -> str:  # noqa: PLR0911 - one a kind of part
    kind, value = part
    if kind is constants.LITERAL:
        return chr(value)
    if kind in (constants.ANY, constants.NOT_LITERAL):
        return next(sign for sign in signs if sign != "\n" and ord(sign) != value)
    if kind is constants.IN:
        return first_of(pattern_of_class(value), signs)
    if kind in REPEATS:
        least, _, inner = value
        once: str = samples(inner, signs)
        return once * max(1, min(int(least), 40))
    if kind is constants.SUBPATTERN:
        return samples(value[-1], signs)
    if kind is constants.ATOMIC_GROUP:
        return samples(value, signs)
    if kind is constants.BRANCH:
        return samples(value[1][0], signs)
    return ""


@cache
def first_of(characters: str, signs: str) -> str:
    """The first sign that a class of characters holds, or else the first character."""
    inside = re.compile(characters)
    return next((sign for sign in (*signs, *map(chr, range(33, 40_000))) if inside.match(sign)), "")


CATEGORIES = {
    constants.CATEGORY_DIGIT: r"\d",
    constants.CATEGORY_NOT_DIGIT: r"\D",
    constants.CATEGORY_SPACE: r"\s",
    constants.CATEGORY_NOT_SPACE: r"\S",
    constants.CATEGORY_WORD: r"\w",
    constants.CATEGORY_NOT_WORD: r"\W",
}


def pattern_of_class(members: list[Any]) -> str:
    written = []
    for kind, value in members:
        if kind is constants.NEGATE:
            written.append("^")
        elif kind is constants.LITERAL:
            written.append(re.escape(chr(value)))
        elif kind is constants.RANGE:
            written.append("-".join(re.escape(chr(end)) for end in value))
        else:
            written.append(CATEGORIES[value])
    return f"[{''.join(written)}]"


def choices(parts: list[Any], signs: str) -> list[str]:
    """A text for each branch of what is repeated."""
    kind, value = parts[0]
    while kind is constants.SUBPATTERN and len(parts) == 1:
        parts = list(value[-1])
        kind, value = parts[0]
    if kind is constants.BRANCH:
        return [samples([*branch, *parts[1:]], signs) for branch in value[1]]
    return [samples(parts, signs)]


def repeats(parts: list[Any], signs: str, before: str = "") -> Iterator[tuple[str, str]]:
    """Each part that may be repeated without end: a text that comes to it, and what is repeated.

    A pattern without any takes no more than so many steps at each place.
    """
    for at, (kind, value) in enumerate(parts):
        begin = before + samples(parts[:at], signs)
        if kind in REPEATS:
            _, most, inner = value
            if most > ENDLESS:
                yield from ((begin, each) for each in choices(list(inner), signs))
            yield from repeats(list(inner), signs, begin)
        elif kind is constants.SUBPATTERN:
            yield from repeats(list(value[-1]), signs, begin)
        elif kind is constants.BRANCH:
            for branch in value[1]:
                yield from repeats(list(branch), signs, begin)
        elif kind in (constants.ASSERT, constants.ASSERT_NOT):
            yield from repeats(list(value[1]), signs, begin)


def pieces(pattern: re.Pattern[Any]) -> set[tuple[str, str]]:
    """Texts to begin with, and texts to repeat after them."""
    written = pattern.pattern
    text = written if isinstance(written, str) else written.decode("latin-1")
    flags = pattern.flags & (re.VERBOSE | re.IGNORECASE | re.DOTALL | re.MULTILINE)
    parts = list(parser.parse(text, flags))
    found = set()
    for signs in SIGNS:
        for begin, repeated in repeats(parts, signs):
            found |= {(begin, repeated), ("", begin + repeated), ("", repeated), ("", begin)}
    return {(begin, piece) for begin, piece in found if piece}
