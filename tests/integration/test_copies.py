"""A copy of an installation mails nobody until a person says what it is (promise 13).

Each test has an original that mails its subscribers, and a copy that knows nothing of it: real
commands, and a real SMTP server.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.new_project import create_project
from tests.integration.conftest import DAY, Inbox, Project, serve, story_text
from tests.integration.website import wait_until, website

SUBSCRIBERS = 30
MORNING, NEXT_DAY = f"{DAY}T06:12:00Z", "2026-11-22T06:00:00Z"
KEY = f"science-daily-{DAY}"


@pytest.fixture
def port(inbox: Inbox) -> Iterator[int]:
    with serve(inbox) as port:
        yield port


@pytest.fixture
def original(project: Project, port: int) -> Project:
    """A project at 05:40, with subscribers, a story and a mail server, and nothing sent yet."""
    project.use_smtp(port, DIGEST_NOW=f"{DAY}T05:40:00Z")
    project.add_subscribers(SUBSCRIBERS)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.run("collect")
    return project


def send(project: Project, inbox: Inbox) -> None:
    """The original mails everybody at 06:12."""
    project.run("run", "--quiet", DIGEST_NOW=MORNING)
    assert len(inbox.messages) == SUBSCRIBERS


def refused(project: Project, inbox: Inbox, words: str) -> None:
    """Each command that sends says why it does not, and mails nobody."""
    before = len(inbox.messages)
    for args in (["run", "--quiet"], ["send"], ["send", "--only-missing"]):
        ended = project.run(*args, status=1, DIGEST_NOW=f"{DAY}T06:30:00Z")
        assert words in ended.stderr
        assert "digest adopt --as sent" in ended.stderr
        assert "Traceback" not in ended.stderr
    assert len(inbox.messages) == before


def copy_of(project: Project, folder: Path) -> Project:
    copy = Project(shutil.copytree(project.root, folder, symlinks=True))
    copy.env = {**project.env}
    return copy


def backup(project: Project, tmp_path: Path) -> Path:
    file = tmp_path / "backup.db"
    project.run("backup", str(file))
    return file


def restore(project: Project, file: Path) -> None:
    for beside in ("-wal", "-shm"):
        (project.root / f"var/digest.db{beside}").unlink(missing_ok=True)
    shutil.copyfile(file, project.root / "var/digest.db")


@pytest.fixture
def restored(original: Project, inbox: Inbox, tmp_path: Path) -> Project:
    """The original after its database of 05:40 was restored, at 06:30."""
    file = backup(original, tmp_path)
    send(original, inbox)
    restore(original, file)
    return original


def test_a_copied_folder_sends_nothing_and_the_original_goes_on(original, inbox, tmp_path):
    copy = copy_of(original, tmp_path / "copy")
    send(original, inbox)
    refused(copy, inbox, f"this project is a copy from 21 Nov 05:40 UTC of {original.root}")
    original.drop("2026-11-22/b.txt", story_text("A river runs dry"))
    original.run("run", "--quiet", DIGEST_NOW=NEXT_DAY)
    assert len(inbox.messages) == 2 * SUBSCRIBERS


def test_a_folder_that_was_copied_before_anything_was_collected_sends_nothing(
    project, inbox, port, tmp_path
):
    project.use_smtp(port)
    project.add_subscribers(SUBSCRIBERS)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    copy = copy_of(project, tmp_path / "copy")
    send(project, inbox)
    refused(copy, inbox, f"this project is a copy of {project.root}")


def test_a_backup_restored_from_before_the_send_sends_nothing(restored, inbox):
    words = "is a copy from 21 Nov 05:40 UTC; mail went out from it until 21 Nov 06:12 UTC"
    refused(restored, inbox, words)
    findings = restored.json("check", status=1)["findings"]
    assert any(each["place"] == "installation" and words in each["detail"] for each in findings)


def test_a_backup_opened_on_a_standby_sends_nothing(original, inbox, tmp_path):
    standby = copy_of(original, tmp_path / "standby")
    file = backup(original, tmp_path)
    send(original, inbox)
    shutil.rmtree(standby.root / "var")
    (standby.root / "var").mkdir()
    shutil.copyfile(file, standby.root / "var/digest.db")
    refused(standby, inbox, "this database is a copy from 21 Nov 05:40 UTC from another folder")


def test_a_backup_made_amid_sending_sends_nothing_when_it_is_restored(original, inbox, tmp_path):
    original.env["DIGEST_DELIVERY_BATCH"] = "10"
    file = tmp_path / "backup.db"

    def copy_once(box: Inbox) -> None:
        if len(box.messages) == SUBSCRIBERS // 2:
            original.run("backup", str(file))

    inbox.at_data = copy_once
    send(original, inbox)
    restore(original, file)
    refused(original, inbox, "mail went out from it until 21 Nov 06:12 UTC")


def test_a_backup_from_after_the_send_is_no_earlier_copy(original, inbox, tmp_path):
    send(original, inbox)
    restore(original, backup(original, tmp_path))
    original.run("run", "--quiet", DIGEST_NOW=f"{DAY}T06:30:00Z")
    assert len(inbox.messages) == SUBSCRIBERS


def test_a_database_of_another_project_sends_nothing(original, inbox, tmp_path):
    send(original, inbox)
    create_project(tmp_path / "other")
    other = Project(tmp_path / "other")
    other.add_subscribers(2)
    shutil.copy(other.root / "var/digest.db", original.root / "var/digest.db")
    for beside in original.root.glob("var/digest.db-*"):
        beside.unlink()
    refused(original, inbox, "another database than this one was here")


def test_reading_previews_and_the_outbox_go_on_and_change_nothing_of_it(restored, inbox):
    for args in (["status"], ["preview"], ["send", "--dry-run"], ["collect"]):
        restored.run(*args, DIGEST_NOW=MORNING)
    restored.run("run", "--quiet", DIGEST_NOW=MORNING, DIGEST_BACKEND="outbox")
    assert len(restored.outbox) == SUBSCRIBERS
    refused(restored, inbox, "is a copy from")


def test_adopted_as_sent_it_sends_nobody_again_and_goes_on_the_next_day(restored, inbox):
    said = restored.run("adopt", "--as", "sent", DIGEST_NOW=f"{DAY}T06:30:00Z")
    assert f"{SUBSCRIBERS} deliveries are in doubt and not sent again" in said.stdout
    restored.run("run", "--quiet", DIGEST_NOW=f"{DAY}T06:31:00Z")
    assert len(inbox.messages) == SUBSCRIBERS
    (issue,) = restored.json("status", DIGEST_NOW=f"{DAY}T06:31:00Z")["issues"]
    assert (issue["state"], issue["deliveries"]) == ("sent", {"in doubt": SUBSCRIBERS})
    told = restored.run("explain", "subscriber3@example.org", DIGEST_NOW=f"{DAY}T06:31:00Z")
    assert "the original may have sent it" in told.stdout
    restored.drop("2026-11-22/b.txt", story_text("A river runs dry"))
    restored.run("run", "--quiet", DIGEST_NOW=NEXT_DAY)
    assert len(inbox.messages) == 2 * SUBSCRIBERS
    assert b"A galaxy far away" not in inbox.messages[-1][1]


def test_adopted_as_sent_whoever_was_due_later_gets_it_at_their_hour(original, inbox, tmp_path):
    (original.root / "late.csv").write_text("email,hour\nlate@example.org,9\n")
    original.run("subscribers", "import", "late.csv")
    file = backup(original, tmp_path)
    send(original, inbox)
    restore(original, file)
    original.run("adopt", "--as", "sent", DIGEST_NOW=f"{DAY}T06:30:00Z")
    original.run("run", "--quiet", DIGEST_NOW=f"{DAY}T09:00:00Z")
    assert inbox.recipients[SUBSCRIBERS:] == ["late@example.org"]


def test_adopted_as_it_is_it_sends_what_waits(original, inbox, tmp_path):
    copy = copy_of(original, tmp_path / "copy")
    refused(copy, inbox, "is a copy")
    copy.run("adopt", "--as-is", DIGEST_NOW=MORNING)
    send(copy, inbox)
    copy.run("run", "--quiet", DIGEST_NOW=f"{DAY}T06:30:00Z")
    assert len(inbox.messages) == SUBSCRIBERS


def test_what_was_adopted_elsewhere_is_not_taken_back_without_a_word(original, inbox, tmp_path):
    """Both have the mark of an adoption, of another one each."""
    standby = copy_of(original, tmp_path / "standby")
    standby.run("adopt", "--as-is")
    original.run("adopt", "--as-is")
    restore(standby, backup(original, tmp_path))
    refused(standby, inbox, "it may have gone on to send elsewhere")


def test_what_was_adopted_is_the_installation_and_an_earlier_backup_is_refused(restored, inbox):
    file = backup(restored, restored.root)
    restored.run("adopt", "--as", "sent", DIGEST_NOW=f"{DAY}T06:30:00Z")
    restore(restored, file)
    refused(restored, inbox, "is a copy from")


def test_a_folder_that_was_only_renamed_goes_on(original, inbox, tmp_path):
    moved = Project(original.root.rename(tmp_path / "moved"))
    moved.env = original.env
    send(moved, inbox)


def test_adopt_asks_what_became_of_the_mail(original):
    for args in ([], ["--as-is", "--as", "sent"]):
        assert "--as sent" in original.run("adopt", *args, status=2).stderr


def test_a_site_goes_on_and_is_not_ready_until_its_copy_is_adopted(restored, inbox):
    with website(restored, DIGEST_NOW=f"{DAY}T06:30:00Z") as site:
        wait_until(lambda: "tick failed" in site.log)
        ready = site.get("/ready")
        assert (ready.status_code, ready.json()["installation"]) == (503, "failed")
        assert site.get("/").status_code == 200
        restored.run("adopt", "--as", "sent", DIGEST_NOW=f"{DAY}T06:30:00Z")
        assert site.get("/ready").status_code == 200
        (line,) = [line for line in site.log.splitlines() if "tick failed" in line]
        assert "mail went out from it until 21 Nov 06:12 UTC" in line
        site.stop()
    assert len(inbox.messages) == SUBSCRIBERS
