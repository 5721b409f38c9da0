"""What an operator keeps, loses and erases: backups, a lost database, a person who asks for it."""

import shutil
import stat

from tests.integration.conftest import Project, serve, story_text
from tests.integration.website import wait_until

SUBSCRIBERS = 60


def test_a_backup_made_amid_sending_restores_to_a_whole_database(project: Project, inbox):
    project.add_subscribers(SUBSCRIBERS)
    project.drop("2026-11-21/a.txt", story_text("A galaxy"))
    copy = project.root / "copies" / "digest.db"
    copy.parent.mkdir()
    with serve(inbox) as port:
        project.use_smtp(port)
        run = project.popen("run")
        wait_until(lambda: inbox.messages)
        project.run("backup", str(copy))
        run.communicate(timeout=60)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert list(copy.parent.iterdir()) == [copy]
    refused = project.run("backup", str(copy), status=2)
    assert "is there already" in refused.stderr
    project.run("backup", str(copy), "--force")

    for left in (project.root / "var").glob("digest.db*"):
        left.unlink()
    lost = project.run("run", "--quiet", status=1, DIGEST_NOW="2026-11-22T12:00:00Z")
    assert "the database is empty or not there, but mails went out from it" in lost.stderr
    assert not (project.root / "var" / "digest.db").exists()
    shutil.rmtree(project.root / "var")
    lost = project.run("run", "--quiet", DIGEST_NOW="2026-11-22T12:00:00Z")
    assert "Made a new database" in lost.stderr
    for left in (project.root / "var").glob("digest.db*"):
        left.unlink()
    copy.rename(project.root / "var" / "digest.db")
    asked = project.run("run", "--quiet", status=1, DIGEST_NOW="2026-11-22T12:00:00Z")
    assert "digest adopt" in asked.stderr
    project.run("adopt", "--as-is", DIGEST_NOW="2026-11-22T12:00:00Z")
    again = project.run("run", "--quiet", DIGEST_NOW="2026-11-22T12:00:00Z")
    assert again.stderr.startswith("It is over, after it began at ")
    assert len(project.json("subscribers", "list")["subscribers"]) == SUBSCRIBERS
    assert len(inbox.messages) == SUBSCRIBERS


def test_a_backup_that_cannot_be_written_says_why_and_leaves_nothing(project: Project):
    refused = project.run("backup", "nowhere/digest.db", status=1)
    assert "nowhere/digest.db cannot be written: No such file or directory" in refused.stderr
    assert not (project.root / "nowhere").exists()


def test_a_database_in_a_folder_that_is_not_there_is_not_made(project: Project, tmp_path):
    elsewhere = tmp_path / "not-mounted" / "digest.db"
    refused = project.run("status", status=1, DIGEST_DATABASE_URL=f"sqlite:///{elsewhere}")
    assert f"the database's folder {elsewhere.parent} is not there" in refused.stderr
    assert not elsewhere.parent.exists()


def test_a_person_is_erased_on_request(project: Project):
    project.run("subscribers", "add", "ada@example.org", "--name", "Ada Lovelace")
    asked = project.run("subscribers", "erase", "ada@example.org", status=1)
    assert "Erase all that is stored of ada@example.org?" in asked.stdout + asked.stderr
    project.run("subscribers", "erase", "Ada@example.org", "--yes")
    assert project.json("subscribers", "list")["subscribers"] == []
    again = project.run("subscribers", "erase", "ada@example.org", "--yes", status=1)
    assert "nothing is stored of ada@example.org" in again.stderr
    (project.root / "old.csv").write_text("email\nada@example.org\n")
    assert project.json("subscribers", "import", "old.csv")["suppressed"] == 1


def test_a_check_says_whom_a_changed_id_has_lost(project: Project):
    def subscribers() -> list[str]:
        found = project.json("check")["findings"]
        return [each["detail"] for each in found if each["place"] == "subscribers"]

    assert subscribers() == ["nobody is subscribed"]
    (project.root / "subscribers.csv").write_text(
        "email,topics\nada@example.org,space;medicine\nben@example.org,space\ncy@example.org,\n"
    )
    project.run("subscribers", "import", "subscribers.csv")
    assert subscribers() == ["3 subscriptions"]
    topics = project.root / "config" / "topics.toml"
    topics.write_text(topics.read_text().replace('id = "space"', 'id = "cosmos"'))
    assert subscribers() == [
        "2 subscriptions chose 'space', which is no topic of config/topics.toml"
    ]
    settings = project.root / "config" / "digest.toml"
    settings.write_text(settings.read_text().replace('id = "science-daily"', 'id = "daily"'))
    gone = "3 subscriptions are to 'science-daily', which is no newsletter of config/digest.toml"
    assert gone in subscribers()
