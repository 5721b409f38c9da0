"""What an error says on the editors' pages."""

import re
from pathlib import Path

import pytest

from digest.errors import UsageError
from digest.web.admin.error_words import by_pages, sentence_of
from tests.paths import ROOT

# What only whoever runs the machine does; a page can but name the command.
OPERATORS = {
    "adopt",
    "backup",
    "collect",
    "migrate",
    "run",
    "serve",
    "workers",
}
COMMAND = re.compile(r"`digest ([a-z-]+)[^`]*`")


def named_commands() -> list[str]:
    """Every command that the services and the gate name where they say what to do."""
    files = [*(ROOT / "digest" / "services").rglob("*.py"), *(ROOT / "digest").glob("render/gate*")]
    lines = [line for file in files for line in Path(file).read_text().splitlines()]
    said = (line for line in lines if '"""' not in line and not line.lstrip().startswith("#"))
    return sorted({m.group() for line in said if '"' in line for m in COMMAND.finditer(line)})


def test_an_error_is_a_sentence_and_so_is_what_to_do():
    error = UsageError("edit 3 was not undone", remedy="`digest issue edits` lists all")
    assert sentence_of(error) == "Edit 3 was not undone. “What was decided” under Edit lists all."
    assert sentence_of(UsageError("ada@example.org gets nothing")).startswith("ada@")
    error = UsageError("it was sealed", remedy="name a later date with --date")
    assert sentence_of(error) == "It was sealed. Choose a later date."


@pytest.mark.parametrize("command", named_commands())
def test_a_page_names_its_own_buttons_unless_only_an_operator_can(command):
    is_operators = COMMAND.fullmatch(command).group(1) in OPERATORS  # type: ignore[union-attr]
    assert (by_pages(command) == command) == is_operators
