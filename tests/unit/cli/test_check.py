"""`digest check` tells all that it finds, whatever that is, and always as one document."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.cli.commands import app
from digest.new_project import create_project
from digest.store.schema_revision import HEAD


@pytest.fixture
def root(tmp_path: Path) -> Path:
    create_project(tmp_path / "project")
    return tmp_path / "project"


def check(root: Path, status: int) -> dict[str, tuple[str, str]]:
    done = CliRunner().invoke(app, ["check", "--project", str(root), "--json"])
    assert done.exit_code == status, done.output
    findings = json.loads(done.stdout)["findings"]
    return {each["place"]: (each["level"], each["detail"]) for each in findings}


def test_wrong_settings_are_findings_each_and_the_exit_status_is_2(root):
    (root / "config" / "digest.toml").write_text(
        'unsubscribe_mailbox = "nonsense"\n[collect]\nallow = ["not a network!!"]\n'
        '[dkim]\nrsa_selector = "a"\nrsa_key_file = "/nonexistent.pem"\n'
    )
    found = check(root, status=2)
    assert found.keys() == {"unsubscribe_mailbox", "collect.allow.1"}
    (root / "config" / "digest.toml").write_text(
        '[dkim]\nrsa_selector = "a"\nrsa_key_file = "/nonexistent.pem"\n'
    )
    assert check(root, status=2) == {
        "dkim.rsa_key_file": (
            "error",
            "/nonexistent.pem cannot be read: No such file or directory",
        )
    }


def test_a_setting_that_does_nothing_beside_another_and_an_unknown_keyword_are_told(root):
    settings = root / "config" / "digest.toml"
    letter = 'alert_sources = 3\napproval = "required"\nblock = ["titel:cup", "title:cup"]\n'
    settings.write_text(
        settings.read_text().replace("[[newsletters]]\n", f"[[newsletters]]\n{letter}")
    )
    done = CliRunner().invoke(app, ["check", "--project", str(root), "--json"])
    findings = json.loads(done.stdout)["findings"]
    told = [each["detail"] for each in findings if each["place"] == "newsletter science-daily"]
    assert "the keyword titel:cup begins with titel:, which names no place" in told
    assert sum("begins with" in detail for detail in told) == 1
    assert [detail for detail in told if "does nothing beside" in detail] == [
        'alert_sources does nothing beside approval = "required": nothing goes out unseen'
    ]


def test_a_folder_that_is_no_project_is_a_finding_in_a_document(tmp_path):
    assert check(tmp_path, status=2)["project"][0] == "error"


def test_a_broken_database_keeps_nothing_else_from_being_looked_at(root):
    (root / "var").mkdir()
    (root / "var" / "digest.db").write_bytes(b"this is no database, whatever its name is" * 200)
    (root / "templates" / "email").mkdir(parents=True)
    (root / "templates" / "email" / "issue.mjml.j2").write_text("{{ broken")
    found = check(root, status=1)
    assert found["database"][0] == found["templates for science-daily"][0] == "error"
    assert found["source seeds"][0] == found["backend"][0] == "ok"


def test_keywords_that_are_words_of_every_day_are_told_in_one_finding(root):
    assert "topics" not in check(root, status=0)
    (root / "config" / "topics.toml").write_text(
        '[[topics]]\nid = "space"\ntitle = "Space"\nkeywords = ["galaxy", "probe", "star"]\n'
        '[[topics]]\nid = "medicine"\ntitle = "Medicine"\nkeywords = ["drug"]\n'
    )
    detail = "words of every day decide alone for space (probe, star); medicine (drug)"
    assert check(root, status=0)["topics"] == ("warning", detail)


def test_a_keyword_of_a_topic_that_is_not_there_is_told(root):
    settings = root / "config" / "digest.toml"
    settings.write_text(settings.read_text() + '\nblock = ["topic:Space", "topic:gossip"]\n')
    found = check(root, status=0)
    assert found["newsletter science-daily"] == (
        "warning",
        "the keyword topic:gossip names no topic",
    )


def test_a_key_that_can_be_guessed_is_refused(root):
    (root / ".env").write_text('DIGEST_SECRET_KEY=changeme\nDIGEST_OLD_SECRET_KEYS=[""]\n')
    assert check(root, status=2).keys() == {"secret_key", "old_secret_keys.1"}
    (root / ".env").write_text("")
    (root / "var").mkdir()
    (root / "var" / "secret_key").write_text("")
    assert "no key that is hard to guess" in check(root, status=1)["secret_key"][1]


def test_what_is_open_to_others_is_mended_or_told(root):
    (root / "var").mkdir(mode=0o755)
    (root / "var" / "digest.db").touch(0o644)
    (root / ".env").chmod(0o644)
    assert check(root, status=0)["permissions"] == ("warning", f"{root / '.env'} is open to others")
    assert (root / "var").stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in (root / "var").iterdir()}
    assert modes.pop("digest.db") == 0o600
    assert set(modes.values()) <= {0o600}


def test_a_schema_that_is_not_whole_is_an_error_that_names_what_is_missing(root):
    assert check(root, status=0)["database"][0] == "ok"
    with closing(sqlite3.connect(root / "var" / "digest.db")) as database:
        database.execute("DROP TABLE robots")
        database.execute("ALTER TABLE stories DROP COLUMN withdrawn_at")
        database.execute("DROP INDEX ix_deliveries_turn")
        database.commit()
    level, detail = check(root, status=1)["database"]
    assert level == "error"
    assert detail == (
        f"schema {HEAD} is not whole: there is no table robots, no column stories.withdrawn_at, "
        "no index ix_deliveries_turn"
    )
