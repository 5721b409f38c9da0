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
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import digest
from tests.dear_texts import pieces
from tests.sampling import sample

ROOT = Path(digest.__file__).parent
SIZES = (16, 24, 32, 64, 256, 1024, 4096)
# Seconds in which a short text is done, and most long ones; what takes more is measured twice.
QUICK = 0.004
SHORT = 256
ENDINGS = ("", "\x00", "\n!")
# What reads the operator's own templates: nobody else writes them.
TEMPLATES = ("digest.render.mjml.", "digest.render.mjml_rules.")
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


def uses(nodes: Iterable[ast.AST]) -> dict[str, set[str]]:
    """The methods of a pattern that are asked for by each name: `_X.match` anywhere."""
    found = defaultdict(set)
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found[node.value.id].add(node.attr)
    return found


def in_calls(nodes: Iterable[ast.AST], place: str) -> Iterator[Found]:
    """`re.sub("...", ...)`: the patterns that no name is given to."""
    for node in nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=method),
                args=[ast.Constant(value=str() | bytes() as written), *_],
            ) if method in ANYWHERE | AT_THE_BEGINNING:
                pattern: re.Pattern[Any] = re.compile(written)
                yield Found(f"{place}:{node.lineno}", pattern, method in ANYWHERE)


@cache
def all_patterns() -> list[Found]:
    found: list[Found] = []
    by_name = {}
    for path in sorted(ROOT.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        found += in_calls(nodes, path.stem)
        by_name[path] = uses(nodes)
    for module in modules():
        own = by_name[Path(str(module.__file__))]
        for name, value in vars(module).items():
            if not (patterns := list(patterns_in(value))):
                continue
            users = [own] if name.startswith("_") else by_name.values()
            asked = set().union(*(each[name] for each in users))
            anywhere = bool(asked & ANYWHERE) or not asked & AT_THE_BEGINNING
            place = f"{module.__name__}.{name}"
            found += [Found(place, pattern, anywhere) for pattern in patterns]
    return [each for each in found if not each.place.startswith(TEMPLATES)]


def seconds(run: Callable[[Any], object], text: str | bytes) -> float:
    begin = time.thread_time()
    run(text)
    return time.thread_time() - begin


def least(run: Callable[[Any], object], text: str | bytes) -> float:
    return min(seconds(run, text) for _ in range(3))


def grows_too_fast(run: Callable[[Any], object], make: Callable[[int], str | bytes]) -> bool:
    """Whether twice the text takes more than 2.5 times the time, where it takes any.

    And that once more: a machine that is busy with something else may slow one of two.
    """

    def is_dear(size: int) -> bool:
        return least(run, make(2 * size)) > 2.5 * least(run, make(size))

    for size in SIZES:
        if seconds(run, make(size)) > QUICK and least(run, make(size)) > QUICK:
            return size <= SHORT or (is_dear(size) and is_dear(2 * size))
    return False


def dear(found: Found) -> str | None:
    """How to make a text at which the time grows too fast, or None."""
    run = found.pattern.findall if found.anywhere else found.pattern.match
    for (begin, piece), ending in product(sorted(pieces(found.pattern)), ENDINGS):

        def make(
            size: int, begin: str = begin, piece: str = piece, end: str = ending
        ) -> str | bytes:
            text = begin + piece * (size // len(piece) + 1) + end
            is_text = isinstance(found.pattern.pattern, str)
            return text if is_text else text.encode("latin-1", "replace")

        if grows_too_fast(run, make):
            return f"{begin!r} + {piece!r} * n + {ending!r}"
    return None


def test_twice_the_text_takes_no_pattern_more_than_twice_the_time():
    patterns = all_patterns()
    assert len(patterns) > 150
    chosen = sample(patterns, len(patterns) // 10)
    assert {each.place: text for each in chosen if (text := dear(each))} == {}


def test_patterns_that_are_dear_are_told():
    for written in (
        r"(a+)+$",
        r"\s+$",
        r"<style.*?</style",
        r"^\s*-{2,}.*copy",
        r'"(?:[^"\\]|\\.)*"@',
    ):
        pattern = re.compile(written, re.DOTALL | re.MULTILINE)
        assert dear(Found("", pattern, anywhere=True)), written
