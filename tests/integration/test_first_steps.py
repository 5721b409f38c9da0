"""What somebody meets who is new to it, or who lost something: each told, with what to do."""

import shlex
import subprocess
import sys
from pathlib import Path

from tests.integration.conftest import DAY, Project, serve, story_text
from tests.integration.website import website

HERE = Path(sys.executable).parent


def told(project: Project) -> dict[str, str]:
    """What a check warns of, by place."""
    found = project.json("check", status=0)["findings"]
    return {each["detail"]: each["place"] for each in found if each["level"] == "warning"}


def test_a_lost_env_file_stops_everything_before_a_mail_goes_anywhere(project):
    project.add_subscribers(2)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    assert project.json("run")["issues"][0]["deliveries"] == {"sent": 2}
    written = project.outbox
    project.drop("2026-11-22/b.txt", story_text("Another galaxy"))
    (project.root / ".env").rename(project.root / "env.lost")
    tomorrow = {"DIGEST_NOW": "2026-11-22T12:00:00Z"}
    for command in (("run",), ("send",), ("serve", "--port", "0"), ("scheduler",)):
        refused = project.run(*command, status=1, **tomorrow).stderr
        assert "the secret key that this project's links were signed with is missing" in refused
        assert "Remedy: put .env back" in refused
    checked = project.run("check", status=1, **tomorrow).stdout
    assert "error    secret_key: the secret key" in checked
    assert project.outbox == written
    assert not (project.root / "var" / "secret_key").exists()
    (project.root / "env.lost").rename(project.root / ".env")
    (issue,) = project.json("run", **tomorrow)["issues"]
    assert (issue["date"], issue["deliveries"]) == ("2026-11-22", {"sent": 2})


def test_a_folder_with_an_empty_config_is_no_project_and_nothing_is_written_there(tmp_path):
    (tmp_path / "config").mkdir()
    for command in ("status", "check", "run"):
        refused = Project(tmp_path).run(command, status=2).stderr
        assert f"config/digest.toml is missing in {tmp_path}" in refused
        assert "digest init" in refused
    assert [path.name for path in tmp_path.iterdir()] == ["config"]


def test_templates_are_copied_into_a_project_that_is_there_once(project):
    settings = (project.root / "config" / "digest.toml").read_text()
    assert "edit what you like" in project.run("init", ".", "--templates").stdout
    assert (project.root / "templates" / "email" / "issue.mjml.j2").is_file()
    assert (project.root / "config" / "digest.toml").read_text() == settings
    assert "is there already" in project.run("init", ".", "--templates", status=2).stderr
    assert "holds a project already" in project.run("init", ".", status=2).stderr


def test_what_init_prints_can_be_pasted(tmp_path):
    command = str(HERE / "digest")
    made = subprocess.run(
        [command, "init", "my newsletter"],
        cwd=tmp_path, env={"PATH": str(HERE)}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    lines = [line.strip() for line in made.splitlines()][-2:]
    assert lines == ["cd 'my newsletter'", "digest preview"]
    (tmp_path / "my newsletter" / "seeds" / "a.txt").write_text(story_text("A galaxy far away"))
    shown = subprocess.run(
        ["/bin/sh", "-ec", "\n".join(lines)],
        cwd=tmp_path, env={"PATH": f"{HERE}:/bin:/usr/bin"}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert (tmp_path / "my newsletter" / "preview" / "issue.html").exists(), shown.stderr


def test_a_command_that_the_shell_does_not_find_is_printed_with_its_path(tmp_path):
    command = tmp_path / "venv" / "digest"
    command.parent.mkdir()
    command.symlink_to(HERE / "digest")
    made = subprocess.run(
        ["venv/digest", "init", "own"],
        cwd=tmp_path, env={"PATH": "/bin:/usr/bin"}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    last = shlex.split(made.splitlines()[-1])
    assert last == ["../venv/digest", "preview"]


def test_without_a_mail_server_it_says_where_the_mails_are(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    assert "1 story; 1 written to outbox/." in project.run("send").stdout
    with website(project, "--no-scheduler") as site:
        site.stop()
        assert site.process.communicate()[0] == "Mails are written to outbox/; nothing is sent.\n"
    with website(project, "--no-scheduler", DIGEST_BACKEND="smtp") as site:
        site.stop()
        assert site.process.communicate()[0] == ""


def test_what_was_sent_already_is_told_as_such_and_what_waits_for_the_next_issue(project):
    project.env["DIGEST_NOW"] = f"{DAY}T04:30:00Z"
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    first = project.run("send").stdout
    assert "already" not in first
    already = "was sent already, on 21 Nov 04:30 UTC; nothing is left to do"
    for command in (("send",), ("send", "--dry-run"), ("run",), ("send", "--only-missing")):
        shown = project.run(*command).stdout
        assert f"science-daily-{DAY}: {already}; no new story waits." in shown
        assert "written" not in shown
    for name in ("b", "c"):
        project.drop(f"{DAY}/{name}.txt", story_text(f"Another galaxy, called {name}"))
    # Today's went out before its hour: what is new waits for tomorrow's.
    coming = "2 new stories wait for 22 Nov 06:00 UTC"
    assert f"{already}; {coming}." in project.run("send").stdout
    shown = project.run("preview").stdout
    assert f"It was sealed on 21 Nov 04:30 UTC and does not change any more; {coming}." in shown
    assert project.json("preview")["sealed_at"].startswith(f"{DAY} 04:30")
    assert "sealed" not in project.run("preview", "--date", "2026-11-22").stdout
    assert len(project.outbox) == 1


def test_a_check_warns_of_what_is_left_of_the_sample_settings(project, inbox):
    with serve(inbox) as port:
        project.use_smtp(port)
        warned = told(project)
        (address,) = [detail for detail in warned if "postal address" in detail]
        assert "1 Example Street" in address
        assert warned[address] == "newsletter science-daily"
        own = project.root / "config" / "digest.toml"
        lines = own.read_text().splitlines()
        own.write_text(
            "\n".join(
                'postal_address = "1 High Street, Sometown"' if "postal" in line else line
                for line in lines
            )
        )
        assert not any("postal address" in detail for detail in told(project))


def test_a_check_names_the_files_that_cannot_be_read(project):
    project.drop(f"{DAY}/good.txt", story_text("A galaxy far away"))
    project.run("collect")
    for number in range(12):
        project.drop(f"{DAY}/bad{number:02}.txt", "Only a headline\n")
    project.drop("2026-12-24/later.txt", story_text("A story of the future"))
    warned = [detail for detail, place in told(project).items() if place == "source seeds"]
    assert len(warned) == 11
    assert "bad00.txt" in warned[0]
    assert warned[-1] == "2 more files cannot be read"
    for path in (project.root / "seeds" / DAY).glob("bad*"):
        path.unlink()
    assert "source seeds" not in told(project).values()
