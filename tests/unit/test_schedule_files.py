"""`digest schedule`: the files of deploy/ with a project's own paths, and nothing else changed."""

import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.commands import app
from digest.errors import UsageError
from digest.new_project import create_project
from digest.schedule_files import FOLDER, PROGRAM, USER, ScheduledProject, schedule_file
from tests.paths import ROOT

AS_DEPLOYED = ScheduledProject((PROGRAM,), Path(FOLDER), USER)
ELSEWHERE = ScheduledProject(("/opt/d/bin/digest",), Path("/home/ada/news"), "ada")
FILES = [
    (folder.name, file.name)
    for folder in (ROOT / "deploy" / kind for kind in ("cron", "systemd", "launchd"))
    for file in sorted(folder.iterdir())
]


@pytest.mark.parametrize(("kind", "name"), FILES)
def test_each_file_is_that_of_deploy_with_other_paths(kind, name):
    deployed = (ROOT / "deploy" / kind / name).read_text()
    assert schedule_file(kind, AS_DEPLOYED, name) == deployed
    filled_in = schedule_file(kind, ELSEWHERE, name)
    assert "/srv/" not in filled_in
    assert "=newsletter" not in filled_in
    assert filled_in.count("/home/ada/news") == deployed.count(FOLDER)


def test_what_is_special_to_each_is_quoted():
    odd = ScheduledProject(("/opt/py thon", "-m", "digest"), Path("/home/a&b/50%"), "ada")
    assert "'/opt/py thon' -m digest run --quiet --project '/home/a&b/50\\%'" in schedule_file(
        "cron", odd
    )
    plist = plistlib.loads(schedule_file("launchd", odd).encode())
    assert plist["ProgramArguments"] == ["/opt/py thon", "-m", "digest", "serve"]
    assert plist["WorkingDirectory"] == "/home/a&b/50%"
    with pytest.raises(UsageError, match="cannot be written in a unit"):
        schedule_file("systemd", odd)
    with pytest.raises(UsageError, match="'x' is no file for cron"):
        schedule_file("cron", odd, "x")


def test_the_command_prints_it_for_the_project_in_hand(tmp_path):
    create_project(tmp_path / "project")
    words = ["schedule", "systemd", "--user", "ada", "--project", str(tmp_path / "project")]
    printed = CliRunner().invoke(app, words).stdout
    assert f"\nWorkingDirectory={tmp_path / 'project'}\n" in printed
    assert "\nUser=ada\n" in printed
    assert "bin/digest serve\n" in printed or " -m digest serve\n" in printed


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_systemd_takes_each_unit_and_finds_it_hardened(tmp_path):
    program = tmp_path / "digest"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    here = ScheduledProject((str(program),), tmp_path, "daemon")
    units = [name for kind, name in FILES if kind == "systemd"]
    for name in units:
        (tmp_path / name).write_text(schedule_file("systemd", here, name))
    paths = [str(tmp_path / name.replace("@", "@1")) for name in units]
    (tmp_path / "digest-worker@1.service").write_text(
        (tmp_path / "digest-worker@.service").read_text()
    )
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *paths],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert [line for line in verified.stderr.splitlines() if str(tmp_path) in line] == []
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager"]
        + [path for path in paths if path.endswith(".service")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout
