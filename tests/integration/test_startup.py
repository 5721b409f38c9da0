"""A command loads what it uses, and nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from digest.store.schema_revision import HEAD
from digest.version import commit, software_version
from tests.integration.conftest import NOON, story_text
from tests.paths import ROOT

# Each is slow to load.
HEAVY = {
    "alembic", "apscheduler", "babel", "cryptography", "email_validator", "httpcore2", "jinja2",
    "lxml", "markdown_it", "mjml", "numpy", "PIL", "psutil", "pydantic", "rich", "scipy",
    "sqlalchemy", "structlog", "yaml",
}  # fmt: skip
# What only a run needs that has something to do.
AT_WORK = {
    "digest.collect.feeds", "digest.collect.files.story_file", "digest.compose.issue",
    "digest.deliver.queue.engine", "digest.deliver.smtp", "digest.merge.language",
    "digest.merge.topic_model", "digest.rehearsal", "digest.render.gate", "digest.render.mail",
    "digest.render.message", "digest.services.delivery.ledger", "digest.services.explain",
    "digest.services.old_records", "digest.services.sources.fetch_round", "digest.store.search",
    "sqlalchemy.dialects.postgresql",
}  # fmt: skip
SCRIPT = """
import json, sys
from digest.cli.commands import app
for words in json.loads(sys.argv[1]):
    try:
        app(words, prog_name="digest")
    except SystemExit:
        pass
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded_by(*args: str, cwd) -> set[str]:
    return HEAVY & modules_of(args, cwd=cwd)


def modules_of(*commands: Sequence[str], cwd) -> set[str]:
    """What a process has loaded that runs these commands, one after the other."""
    command = [sys.executable, "-c", SCRIPT, json.dumps(commands)]
    env = {**os.environ, "DIGEST_NOW": NOON}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd, env=env)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_what_only_shows_words_loads_none_of_the_libraries(option, tmp_path):
    assert loaded_by(option, cwd=tmp_path) == set()


def test_the_version_says_from_which_commit_it_is_and_which_schema_it_works_with(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "digest", "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ).stdout
    known = f"commit {commit()}, " if (ROOT / ".git").exists() else ""
    assert told == f"newsletter-digest {software_version()} ({known}schema {HEAD})\n"


@pytest.mark.parametrize("args", [["sources", "--help"], ["bogus"], ["sources", "bogus"]])
def test_a_group_loads_none_of_its_commands(args, tmp_path):
    assert loaded_by(*args, cwd=tmp_path) <= {"pydantic"}  # with which Typer reads options


def test_a_new_project_needs_no_database(tmp_path):
    assert loaded_by("init", "new", cwd=tmp_path) <= {"pydantic"}


def test_a_run_with_nothing_due_loads_the_settings_and_the_database_alone(project):
    project.run("run")  # makes the database, and looks for what is too old
    modules = modules_of(["run"], cwd=project.root)
    assert (HEAVY & modules, AT_WORK & modules) == ({"pydantic", "sqlalchemy"}, set())


def test_nor_does_it_where_all_was_sent_and_no_file_is_new(project):
    project.run("subscribers", "add", "ada@example.org")
    project.drop("story.txt", story_text("A headline"))
    project.run("send")
    project.run("run")
    modules = modules_of(["run", "--quiet"], cwd=project.root)
    assert (HEAVY & modules, AT_WORK & modules) == ({"pydantic", "sqlalchemy"}, set())


def test_pillow_is_loaded_where_a_picture_is_due_alone(project):
    project.run("subscribers", "add", "ada@example.org")
    project.drop("story.txt", story_text("A headline"))
    assert "PIL" not in modules_of(["collect"], ["preview"], ["send"], ["status"], cwd=project.root)
