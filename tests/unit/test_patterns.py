"""No regular expression of the package takes a time that grows faster than what it is given.

Every pattern is found: those that a module keeps, and those that stand in a call. Each is given
texts made from its own parts, repeated: whoever wrote a letter, a feed or a page can do the same.
"""

import ast
import importlib
import pkgutil
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from re import _constants as constants  # ty: no public way to see the parts of a pattern
from re import _parser as parser
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import digest

ROOT = Path(digest.__file__).parent
SIZES = (16, 24, 32, 64, 256, 1024, 4096)
# Seconds in which a short text is done, and most long ones; what takes more is measured twice.
QUICK = 0.004
SHORT = 256
# What a class or a gap may stand for, the likeliest first; a second order finds other overlaps.
SIGNS = ("a0 .-_/@\"'<>()[]{}=:;,\\\n\tA%é", " \n\t.0-_\"'>/=a", "\"\\'<([a ")
ENDINGS = ("", "\x00", "\n!")
REPEATS = (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT)
ANYWHERE = {"search", "sub", "subn", "findall", "finditer", "split"}
AT_THE_BEGINNING = {"match", "fullmatch"}


class Found(NamedTuple):
    """A pattern, where it stands, and the methods by which it is used."""

    place: str
    pattern: re.Pattern[Any]
    anywhere: bool


def modules() -> Iterator[ModuleType]:
    yield digest
    for info in pkgutil.walk_packages(digest.__path__, "digest."):
        if info.name != "digest.__main__" and ".migrations." not in info.name:
            yield importlib.import_module(info.name)


def patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for each in value.items():
            yield from patterns_in(each)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for each in value:
            yield from patterns_in(each)


def uses(tree: ast.AST) -> dict[str, set[str]]:
    """The methods of a pattern that are asked for by each name: `_X.match` anywhere."""
    found = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found[node.value.id].add(node.attr)
    return found


def in_calls(tree: ast.AST, place: str) -> Iterator[Found]:
    """`re.sub("...", ...)`: the patterns that no name is given to."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        called, first = node.func, node.args[0]
        if isinstance(called.value, ast.Name) and called.value.id == "re":
            if isinstance(first, ast.Constant) and called.attr in ANYWHERE | AT_THE_BEGINNING:
                pattern = re.compile(first.value)
                yield Found(f"{place}:{node.lineno}", pattern, called.attr in ANYWHERE)


@cache
def all_patterns() -> dict[tuple[Any, bool], Found]:
    found = []
    trees = {path: ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")}
    everywhere = defaultdict(set)
    for tree in trees.values():
        for name, methods in uses(tree).items():
            everywhere[name] |= methods
    for path, tree in trees.items():
        found += in_calls(tree, str(path.relative_to(ROOT)))
    for module in modules():
        for name, value in vars(module).items():
            asked = everywhere[name] & (ANYWHERE | AT_THE_BEGINNING)
            for pattern in patterns_in(value):
                found.append(
                    Found(
                        f"{module.__name__}.{name}",
                        pattern,
                        asked - AT_THE_BEGINNING != set() or not asked,
                    )
                )
    return {(each.pattern, each.anywhere): each for each in found}


def samples(parts: Iterable[Any], signs: str) -> str:
    """A text that these parts of a pattern match, with the first sign that each leaves open."""
    return "".join(sample(part, signs) for part in parts)


def sample(part: Any, signs: str) -> str:
    kind, value = part
    if kind is constants.LITERAL:
        return chr(value)
    if kind in (constants.ANY, constants.NOT_LITERAL):
        return next(sign for sign in signs if ord(sign) != value)
    if kind is constants.IN:
        inside = re.compile(f"[{''}]" if not value else pattern_of_class(value))
        return next(
            (sign for sign in signs + "".join(map(chr, range(33, 1200))) if inside.match(sign)), ""
        )
    if kind in REPEATS:
        least, _, inner = value
        return samples(inner, signs) * max(1, min(least, 40))
    if kind is constants.SUBPATTERN:
        return samples(value[-1], signs)
    if kind is constants.ATOMIC_GROUP:
        return samples(value, signs)
    if kind is constants.BRANCH:
        return samples(value[1][0], signs)
    return ""


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
            if most > 200:
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


def seconds(run: Any, text: Any) -> float:
    begin = time.thread_time()
    run(text)
    return time.thread_time() - begin


def grows_too_fast(run: Any, make: Any) -> bool:
    """Whether twice the text takes more than 2.5 times the time, where it takes any."""
    for size in SIZES:
        if seconds(run, make(size)) > QUICK and least(run, make(size)) > QUICK:
            return size <= SHORT or least(run, make(2 * size)) > 2.5 * least(run, make(size))
    return False


def least(run: Any, text: Any) -> float:
    return min(seconds(run, text) for _ in range(3))


def dear(found: Found) -> str | None:
    """How to make a text at which the time grows too fast, or None."""
    run = found.pattern.findall if found.anywhere else found.pattern.match
    for (begin, piece), ending in product(sorted(pieces(found.pattern)), ENDINGS):

        def make(size: int, begin: str = begin, piece: str = piece, ending: str = ending) -> Any:
            text = begin + piece * (size // len(piece) + 1) + ending
            return (
                text
                if isinstance(found.pattern.pattern, str)
                else text.encode("latin-1", "replace")
            )

        if grows_too_fast(run, make):
            return f"{begin!r} + {piece!r} * n + {ending!r}"
    return None


def test_every_pattern_of_the_package_is_found():
    assert len(all_patterns()) > 150


@pytest.mark.parametrize("found", all_patterns().values(), ids=lambda found: found.place)
def test_twice_the_text_takes_no_more_than_twice_the_time(found):
    assert dear(found) is None


def test_patterns_that_are_dear_are_told():
    for pattern in (
        r"(a+)+$",
        r"\s+$",
        r"<style.*?</style",
        r"^\s*-{2,}.*copy",
        r'"(?:[^"\\]|\\.)*"@',
    ):
        assert dear(Found("", re.compile(pattern, re.DOTALL | re.MULTILINE), anywhere=True)), (
            pattern
        )
