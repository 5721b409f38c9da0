"""The documents name everything there is, and nothing that there is not."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from digest.cli.commands import COMMANDS, app
from digest.cli.lazy import Command, CommandGroup
from digest.settings import (
    BackendSettings,
    FeedSource,
    FolderSource,
    NewsletterSettings,
    Settings,
    SmtpSettings,
    TopicSettings,
)
from tests.paths import ROOT

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
# These tell of times when things had other names.
HISTORY = [ROOT / "CHANGELOG.md", *ROOT.glob("docs/decisions/0*.md")]
OF_TODAY = [document for document in DOCUMENTS if document not in HISTORY]


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def commands() -> list[str]:
    names = []
    for word, entry in COMMANDS.items():
        names += (
            [f"{word} {name}" for name in entry.commands]
            if isinstance(entry, CommandGroup)
            else [word]
        )
    return names


def entry_of(command: str) -> Command:
    first, *rest = command.split()
    entry = COMMANDS[first]
    if isinstance(entry, CommandGroup):
        entry = entry.commands[rest[0]]
    assert isinstance(entry, Command)
    return entry


def keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    names = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names += keys(inner, f"{prefix}{name}.")
        else:
            names.append(prefix + name)
    return names


@pytest.mark.parametrize("key", keys(Settings))
def test_every_setting_is_documented_with_its_variable(key):
    text = (ROOT / "docs" / "config.md").read_text()
    assert f"`{key}`" in text
    assert f"`DIGEST_{key.replace('.', '_').upper()}`" in text


@pytest.mark.parametrize(
    "key",
    [f"newsletters.{name}" for name in NewsletterSettings.model_fields]
    + [f"topics.{name}" for name in TopicSettings.model_fields]
    + [
        f"backends.{name}"
        for name in BackendSettings.model_fields
        if name not in SmtpSettings.model_fields
    ]
    + [f"sources.{name}" for name in {**FolderSource.model_fields, **FeedSource.model_fields}],
)
def test_every_key_of_a_table_is_documented(key):
    assert f"`{key}`" in (ROOT / "docs" / "config.md").read_text()


def test_no_setting_is_documented_that_does_not_exist():
    text = (ROOT / "docs" / "config.md").read_text()
    variables = {f"DIGEST_{key.replace('.', '_').upper()}" for key in keys(Settings)}
    assert set(re.findall(r"`(DIGEST_[A-Z0-9_]+)`", text)) == variables


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme_and_has_an_example(command):
    assert f"digest {command}" in (ROOT / "README.md").read_text()
    typed = typer.main.get_command(app)
    for word in command.split():
        typed = typed.commands[word]  # type: ignore[attr-defined]
    # `digest --help` prints the table, `digest COMMAND --help` the docstring.
    sentence = re.split(r"(?<=\.)\s", " ".join(str(typed.help).split()))[0]
    assert entry_of(command).summary == sentence
    assert str(typed.epilog).startswith(f"Example: digest {command}")


def typed_in(document: Path) -> Iterator[list[str]]:
    """The words of each command `digest ...` in the code of a document."""
    text = document.read_text()
    blocks = re.findall(r"```(?:sh)?\n(.+?)```", text, re.DOTALL)
    lines = "\n".join([*blocks, *re.findall(r"^ {4}.+$", text, re.MULTILINE)])
    inline = "\n".join(re.findall(r"`([^`\n]+)`", text))
    pattern = r"(?:^|[\s\"$/])digest ([a-z][a-z-]*(?: [^\n#|;&`]*)?)"
    for match in re.finditer(pattern, f"{lines}\n{inline}", re.MULTILINE):
        words = match[1].replace("'", " ").replace('"', " ").replace(",", " ")
        yield shlex.split(words)


@pytest.mark.parametrize("document", OF_TODAY, ids=name_of)
def test_every_command_and_option_that_a_document_types_exists(document):
    for words in typed_in(document):
        typed = typer.main.get_command(app)
        while words and words[0] in getattr(typed, "commands", {}):
            typed = typed.commands[words.pop(0)]  # type: ignore[attr-defined]
        assert not getattr(typed, "commands", {}) or not words, f"digest has no {words}"
        options = {option for parameter in typed.params for option in parameter.opts}
        options |= {option for parameter in typed.params for option in parameter.secondary_opts}
        named = {word for word in words if word.startswith("--")}
        assert named <= options | {"--help"}, f"{typed.name} has no {named - options}"


def anchors_of(document: Path) -> set[str]:
    """What headings are called in addresses, as GitHub makes it of them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_within_the_documents_leads_somewhere(document):
    for link in re.findall(r"\]\(([^)\s:]+)\)", document.read_text()):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), f"{name_of(document)} links to {link}"
        if anchor:
            assert anchor in anchors_of(target), f"{name_of(document)} links to {link}"


def test_every_document_is_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text()
    for document in [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/howto/*.md")]:
        path = document.relative_to(ROOT / "docs").as_posix()
        assert f"]({path}" in index or path == "README.md", f"{path} is not in docs/README.md"


def test_every_decision_is_in_the_index_of_decisions():
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    assert [d.name for d in folder.glob("0*.md") if f"]({d.name})" not in index] == []


FILES = [
    f"/{path.relative_to(ROOT).as_posix()}"
    for folder in ("digest", "tests", "templates", ".ci")
    for path in (ROOT / folder).rglob("*")
    if "node_modules" not in path.parts
]


@pytest.mark.parametrize("document", OF_TODAY, ids=name_of)
def test_every_module_that_a_document_names_exists(document):
    text = re.sub(r"```.+?```", "", document.read_text(), flags=re.DOTALL)
    paths = set(re.findall(r"`([\w/.]+\.py)`", text))
    paths |= {p.rstrip("/") for p in re.findall(r"`((?:digest|tests|templates)/[a-z_/.-]+)`", text)}
    paths -= {"move.py"}  # which a how-to lets one write
    assert [p for p in paths if not any(file.endswith(f"/{p}") for file in FILES)] == []
    for module in re.findall(r"(?:-m |`)((?:digest|tests)\.\w+(?:\.\w+)*)", text):
        path = f"/{module.replace('.', '/')}"
        assert path in FILES or f"{path}.py" in FILES, f"{name_of(document)} names {module}"


def test_each_promise_that_is_kept_is_named_by_the_tests_that_hold_it():
    text = (ROOT / "docs" / "promises.md").read_text().partition("## Promises")[2]
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, 17))
    aims = {int(n) for n in re.findall(r"^(\d+)\. .*?\*Not kept yet\*", text, re.MULTILINE)}
    named = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for first, last in re.findall(
            r"[Pp]romises? (\d+)(?: (?:to|and) (\d+))?", path.read_text()
        ):
            named |= set(range(int(first), int(last or first) + 1))
    assert set(numbers) - aims <= named
