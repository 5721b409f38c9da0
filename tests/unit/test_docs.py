"""The documents name everything there is, and nothing that there is not."""

import re
from dataclasses import fields

import pytest
import typer
from pydantic import BaseModel

from digest.cli.commands import COMMANDS, app
from digest.cli.lazy import Command, Group
from digest.model import Newsletter, Topic
from digest.settings import BackendSettings, FeedSource, FolderSource, Settings, SmtpSettings
from tests.paths import ROOT


def commands() -> list[str]:
    found = []
    for word, entry in COMMANDS.items():
        found += (
            [f"{word} {each}" for each in entry.commands] if isinstance(entry, Group) else [word]
        )
    return found


def entry_of(command: str) -> Command:
    first, *rest = command.split()
    entry = COMMANDS[first]
    found = entry.commands[rest[0]] if isinstance(entry, Group) else entry
    assert isinstance(found, Command)
    return found


def keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += keys(inner, f"{prefix}{name}.")
        else:
            found.append(prefix + name)
    return found


@pytest.mark.parametrize("key", keys(Settings))
def test_every_setting_is_documented_with_its_variable(key):
    text = (ROOT / "docs" / "config.md").read_text()
    assert f"`{key}`" in text
    assert f"`DIGEST_{key.replace('.', '_').upper()}`" in text


@pytest.mark.parametrize(
    "key",
    [f"newsletters.{f.name}" for f in fields(Newsletter)]
    + [f"topics.{f.name}" for f in fields(Topic)]
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
    known = {f"DIGEST_{key.replace('.', '_').upper()}" for key in keys(Settings)}
    assert set(re.findall(r"`(DIGEST_[A-Z0-9_]+)`", text)) == known


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme_and_has_an_example(command):
    assert f"digest {command}" in (ROOT / "README.md").read_text()
    group = typer.main.get_command(app)
    found = group
    for word in command.split():
        found = found.commands[word]  # type: ignore[attr-defined]
    # `digest --help` prints the table, `digest COMMAND --help` the docstring.
    sentence = re.split(r"(?<=\.)\s", " ".join(str(found.help).split()))[0]
    assert entry_of(command).summary == sentence
    assert str(found.epilog).startswith(f"Example: digest {command}")


def test_every_file_that_a_document_links_to_exists():
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
