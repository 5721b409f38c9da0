"""docs/troubleshooting.md has every error that the code can end a command with, and no other."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.paths import ROOT

# Which argument of these is the text.
TEXT = {
    "DigestError": 0,
    "UsageError": 0,
    "NotFoundError": 0,
    "NotWantedError": 0,
    "UnreadableError": 1,
    "Finding": 2,
    "Problem": 2,
    "Failed": 1,
    "Refused": 0,
}
# Here a ValueError is what is said of a setting.
SETTINGS = ("setting_rules.py", "settings.py", "private_keys.py", "own_pictures.py")
GAP = "..."


def template(node: ast.expr) -> str | None:
    """A text of the code, with `...` for what is filled in; None where it is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else GAP for p in node.values]
        return re.sub(r"(\.\.\.)+", GAP, "".join(map(str, parts)))
    return None


@cache
def trees() -> list[tuple[str, ast.Module]]:
    """The files of the package by their names."""
    return [
        (path.name, ast.parse(path.read_text()))
        for path in sorted((ROOT / "digest").rglob("*.py"))
        if "migrations" not in path.parts
    ]


def is_fine(call: ast.Call) -> bool:
    """Whether it is a finding that nothing is wrong."""
    words = [template(argument) for argument in call.args]
    return ast.unparse(call.func) == "Finding" and words[1] == "ok"


def texts_of(file: str, function: ast.FunctionDef) -> Iterator[str]:
    """What its errors, rejections and findings say; also where a variable is given its words."""
    places = TEXT | ({"ValueError": 0} if file in SETTINGS else {})
    variables = {
        node.targets[0].id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for call in ast.walk(function):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        place = places.get(call.func.id, len(call.args))
        if place >= len(call.args) or is_fine(call):
            continue
        argument = call.args[place]
        if isinstance(argument, ast.Name):
            argument = variables.get(argument.id, argument)
        text = template(argument)
        if text is not None and re.search("[a-z]", text):
            yield " ".join(text.split())


def documented() -> list[str]:
    """The first cell of each row of the page's tables."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    cells = re.findall(r"^\| (`+) ?(.+?) ?\1 \|", page, re.MULTILINE)
    return [text for _, text in cells]


def test_every_error_text_is_explained():
    reported = {
        text
        for file, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for text in texts_of(file, node)
    }
    assert len(reported) > 150
    assert reported - set(documented()) == set(), "add rows for them to docs/troubleshooting.md"


def test_no_text_is_explained_that_the_code_does_not_say():
    said = {
        " ".join(text.split())
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and (text := template(node)) is not None
    }
    assert [text for text in documented() if text not in said] == []
    assert len(documented()) == len(set(documented()))
