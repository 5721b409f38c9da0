"""The wheel, away from the checkout: what a user installs is what is tested."""

import json
import os
import subprocess
import sys
import zipfile
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from digest.version import commit
from tests.integration.conftest import Project
from tests.paths import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from this checkout and unpacked, as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def digest(installed: Path, cwd: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("DIGEST_")}
    code = "import sys; sys.argv[0] = 'digest'; from digest.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        cwd=cwd,
        env={**env, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def demo(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which its demo was run, and what that said."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, digest(installed, folder, "demo", "--json").stdout


def test_the_demo_of_the_installed_wheel_is_the_main_job(installed, demo, tmp_path):
    where = subprocess.run(
        [sys.executable, "-c", "import digest; print(digest.__file__)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(installed)), "the wheel is run, not the checkout"
    found = json.loads(demo[1])
    assert found["collected"] >= 40
    assert found["rejected"] == []
    assert found["stories"] > 10
    assert found["topics"] >= 8
    assert found["deliveries"] == {"sent": 3}
    assert found["issue"]["html_bytes"] < 102_000
    mails = sorted(Path(found["outbox"]).glob("*.eml"))
    assert len(mails) == 3
    subjects = {
        str(message_from_bytes(m.read_bytes(), policy=policy.SMTP)["Subject"]) for m in mails
    }
    assert len(subjects) == 3, "each of the three has other topics, and so another lead"
    assert found["issue"]["subject"] in subjects
    assert "<h1" in Path(found["preview"]).read_text()


def test_the_installed_wheel_says_from_which_commit_it_was_built(installed, tmp_path):
    assert (installed / "digest" / "COMMIT").is_file() is (ROOT / ".git").exists()
    told = digest(installed, tmp_path, "--version").stdout
    assert (f"commit {commit()}, " in told) is (ROOT / ".git").exists()


def test_the_demo_can_be_run_again_and_its_folder_is_an_ordinary_project(demo):
    project = Project(demo[0])
    table = project.run("demo").stdout
    assert "3 sent" in table
    assert "demo/preview/issue.html" in table
    assert "7 stories for tomorrow's issue wait there" in table
    status = json.loads(project.run("status", "--project", "demo", "--json").stdout)
    assert status["issues"][0]["state"] == "sent"
    findings = project.json("check", "--project", "demo")["findings"]
    assert [found for found in findings if found["level"] != "ok"] == []


def test_the_installed_wheel_has_the_units_by_which_it_is_run(installed, demo):
    folder, _ = demo
    printed = digest(installed, folder, "schedule", "systemd", "--project", "demo").stdout
    assert f"\nWorkingDirectory={folder / 'demo'}\n" in printed


def test_a_project_of_the_installed_wheel_uses_its_own_templates_where_it_has_any(
    installed, tmp_path
):
    digest(installed, tmp_path, "init", "own", "--templates")
    template = tmp_path / "own" / "templates" / "email" / "issue.txt.j2"
    template.write_text(template.read_text().replace('{{ "-" * 72 }}', "This is mine."))
    (tmp_path / "own" / "seeds" / "a.txt").write_text("A headline\n\n- A point.\n")
    digest(installed, tmp_path, "preview", "--project", "own", "--out", "look")
    assert "This is mine." in (tmp_path / "look" / "issue.txt").read_text()
    assert "A headline" in (tmp_path / "look" / "issue.html").read_text()
