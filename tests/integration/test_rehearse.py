"""`digest rehearse`: days of a project in seconds, and what breaks a promise is said."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from digest.config import load_config
from digest.new_project import create_project
from digest.simulation.report import TakenMessage, judge
from digest.simulation.run import Plan, Simulation, begun
from tests.integration.conftest import Project
from tests.integration.website import wait_until


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    """A day with one kill, which is over."""
    root = tmp_path_factory.mktemp("rehearsed") / "project"
    create_project(root)
    plan = Plan(days=1, subscribers=24, kills=1, seed=3)
    with begun(load_config(root), plan) as rehearsal:
        rehearsal.run()
        yield rehearsal


def broken(
    rehearsal: Simulation, mails: list[TakenMessage], left: dict[int, datetime]
) -> list[str]:
    return judge(
        rehearsal.project,
        mails,
        left,
        since=rehearsal.started_at,
        broken=[],
    ).broken


def test_a_day_with_a_kill_keeps_every_promise(rehearsal):
    result = judge(
        rehearsal.project,
        rehearsal.mails,
        rehearsal.left,
        since=rehearsal.started_at,
        broken=rehearsal.broken,
    )
    assert result.broken == []
    assert result.issues == 1
    assert result.mails >= 20
    assert sum(result.states.values()) == 24
    assert result.accounts[0].startswith("science-daily-")
    assert result.late(0.5) == 0


def test_each_promise_that_is_broken_is_said(rehearsal):
    # On what the server took with something added, or with something missing.
    mails = list(rehearsal.mails)
    once = next(mail for mail in mails if [m.message_id for m in mails].count(mail.message_id) == 1)
    number = int(once.message_id.partition("@")[0].rpartition("-")[2])
    for changed, left, words in (
        ([*mails, once], {}, "mailed twice, off the record: 1"),
        ([mail for mail in mails if mail != once], {}, "whom the server has nothing for"),
        (mails, {number: rehearsal.started_at}, "mails to people who had left: 1"),
        (
            [*mails, replace(once, message_id="<science-daily-2031-01-01-1@example.org>")],
            {},
            "mailed for no issue",
        ),
    ):
        assert any(words in said for said in broken(rehearsal, changed, left)), words


def test_the_command_prints_a_table_and_leaves_the_project_as_it_was(project: Project):
    project.add_subscribers(3)

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}

    before = files()
    done = project.run("rehearse", "--days", "1", "--kills", "0", "--no-faults")
    assert "Every promise held" in done.stdout
    assert "science-daily-" in done.stdout
    after = files()
    for path in [path for path in before if path.name.endswith(("-wal", "-shm"))]:
        del before[path]
        after.pop(path, None)
    assert {path: data for path, data in after.items() if path in before} == before
    assert project.outbox == []


def test_ended_by_a_signal_it_leaves_no_copy_behind(project: Project, tmp_path: Path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", "rehearse", "--subscribers", "20", "--kills", "0"],
        cwd=project.root,
        env=project.environment(TMPDIR=str(folder)),
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: list(folder.glob("*/stories/*/*.txt")))
    process.terminate()
    assert process.wait(timeout=60) not in (0, 1)
    assert list(folder.iterdir()) == []


def test_with_nobody_to_mail_it_says_what_to_do(project: Project):
    told = project.run("rehearse", status=1).stderr
    assert "nobody is subscribed" in told
    assert "--subscribers 500" in told
