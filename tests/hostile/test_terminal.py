"""Every command over a database in which strangers' words are hostile: a terminal obeys none."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from digest.cli.commands import app
from tests.integration.conftest import NOON, Project, story_text

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m \u202egnp.exe\u2066 a\rb [link=x]c[/link]"
OBEYED = set("\x1b\x07\x9b\r\u202e\u2066")
# What others wrote, or said of us, and is kept as it came.
FREE_TEXT = {
    "headline", "topic_reason", "guid", "title", "last_error", "quarantine", "reply", "server",
    "words", "name", "file", "host", "reason", "etag", "last_modified", "network",
}  # fmt: skip
WE_CHOOSE = {("suppressions", "reason"), ("unsubscribes", "reason")}
# They stay, make a project of their own, or write what is no text for people.
LEFT_OUT = {
    ("serve",),
    ("scheduler",),
    ("worker",),
    ("demo",),
    ("init",),
    ("subscribers", "export"),
}
# A day tells what a month of it would.
OPTIONS: dict[tuple[str, ...], list[str]] = {("rehearse",): ["--days", "1"]}
VALUES = {"email": "ada@example.org", "source": "gone", "what": "ada@example.org", "topic": "space"}


@pytest.fixture(name="hostile")
def hostile_project(project: Project) -> Path:
    """A project that collected, refused a file, sent and was refused, its words made hostile."""
    project.run("subscribers", "add", "ada@example.org")
    project.drop("a.txt", story_text("Rover finds ice"))
    project.drop("b.txt", "nothing that is a story")
    project.run("send")
    with (project.root / "config" / "sources.toml").open("a", encoding="utf-8") as sources:
        sources.write('\n[[sources]]\nid = "gone"\nkind = "feed"\nurl = "http://127.0.0.1:9/x"\n')
    project.run("collect")
    with closing(sqlite3.connect(project.root / "var" / "digest.db")) as database, database:
        tables = [name for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'")]  # fmt: skip
        for table in tables:
            for _, column, *_ in database.execute(f"PRAGMA table_info({table})").fetchall():
                if column in FREE_TEXT and (table, column) not in WE_CHOOSE:
                    database.execute(f"UPDATE {table} SET {column} = ?", [HOSTILE])
    return project.root


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def calls(root: Path) -> Iterator[list[str]]:
    """Each command with what it must be given, for a person and for a program."""
    for path, command in commands(typer.main.get_command(app)):
        if path in LEFT_OUT:
            continue
        needed = [each for each in command.params if each.param_type_name == "argument"]
        values = [
            VALUES.get(str(each.name), str(root / "none")) for each in needed if each.required
        ]
        values += OPTIONS.get(path, [])
        yield [*path, *values]
        if any(each.name == "as_json" for each in command.params):
            yield [*path, *values, "--json"]


def test_no_command_prints_what_a_terminal_obeys(hostile, monkeypatch):
    monkeypatch.chdir(hostile)  # `preview` writes into the folder it is called in
    env = {"DIGEST_NOW": NOON}
    printed = ""
    for call in calls(hostile):
        told = CliRunner().invoke(app, ["--project", str(hostile), *call], env=env).output
        assert not OBEYED & set(told), call
        printed += told
    assert printed.count("u001b]0;owned") > 10
