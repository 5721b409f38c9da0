"""Where settings come from: told for each of them, and secrets from files of their own."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr
from typer.testing import CliRunner

from digest.cli.commands import app
from digest.config import load_config
from digest.errors import SettingsError
from digest.new_project import create_project
from digest.setting_origins import lines_of
from digest.settings import Settings

TOML = '''\
# A comment
timezone = "Europe/Paris"

[collect]
allow = [
  "home.lan",
]
contact = """
"""
[backends.relay-two]
host = "two.test"

[[newsletters]]
id = "daily"
name = "Daily"
sender = "Daily <news@example.org>"
postal_address = """1 Street
[not a table]
x = 1"""
max_stories = 9
[[newsletters]]
id = "weekly"
name = "Weekly"
sender = "Weekly <news@example.org>"
postal_address = "1 Street"
'''
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    create_project(tmp_path)
    (tmp_path / ".env").write_text("")
    (tmp_path / "config" / "digest.toml").write_text(TOML.replace('"""\n"""', '""'))
    return tmp_path


def origins(root: Path) -> dict[str, tuple[object, str]]:
    done = CliRunner().invoke(app, ["config", "--project", str(root), "--json"])
    assert done.exit_code == 0, done.output
    return {
        each["key"]: (each["value"], each["from"]) for each in json.loads(done.output)["settings"]
    }


def test_each_value_of_a_file_has_the_line_at_which_it_begins():
    lines = lines_of(TOML)
    assert lines["timezone",] == 2
    assert lines["collect", "allow"] == 5
    assert lines["collect", "contact"] == 8
    assert lines["backends", "relay-two", "host"] == 11
    assert lines["newsletters", 0, "postal_address"] == 17
    assert lines["newsletters", 0, "max_stories"] == 20
    assert lines["newsletters", 1, "id"] == 22
    assert ("newsletters", 0, "x") not in lines


def test_a_table_in_one_line_and_dotted_keys_have_their_lines():
    lines = lines_of('smtp = { host = "a", port = 1 }\nweb.port = 2\n[a.b]\nc.d = 1\n')
    assert (lines["smtp", "port"], lines["web", "port"], lines["a", "b", "c", "d"]) == (1, 2, 4)


def test_each_setting_is_shown_with_where_it_comes_from(root, monkeypatch):
    (root / ".env").write_text("DIGEST_SMTP_HOST=dotenv.test\nDIGEST_WEB_PORT=1\n")
    monkeypatch.setenv("DIGEST_WEB_PORT", "8080")
    found = origins(root)
    assert found["timezone"] == ("Europe/Paris", "config/digest.toml, line 2")
    assert found["smtp.host"] == ("dotenv.test", f"DIGEST_SMTP_HOST in {root / '.env'}")
    assert found["web.port"] == (8080, "environment variable DIGEST_WEB_PORT")
    assert found["web.host"] == ("127.0.0.1", "default")
    assert found["backends.relay-two.host"][0] == "two.test"
    assert found["newsletters.daily.max_stories"][0] == 9
    assert found["newsletters.weekly.id"] == ("weekly", "config/digest.toml, line 21")


def test_no_secret_is_shown(root):
    (root / ".env").write_text(
        f"DIGEST_SMTP_PASSWORD=hunter2\nDIGEST_SECRET_KEY={KEY}\n"
        f'DIGEST_OLD_SECRET_KEYS=["{KEY}x"]\n'
        "DIGEST_DATABASE_URL=postgresql://ada:hunter2@host/name?sslpassword=hunter2\n"
    )
    found = origins(root)
    assert found["smtp.password"][0] == "********"
    assert found["old_secret_keys"][0] == ["********"]
    assert found["database_url"][0] == "postgresql://ada:***@host/name"
    assert "hunter2" not in repr(found)
    assert KEY not in repr(found)


SECRETS = {
    "SECRET_KEY": (KEY, lambda s: s.secret_key.get_secret_value()),
    "OLD_SECRET_KEYS": (f'["{KEY}"]', lambda s: f'["{s.old_secret_keys[0].get_secret_value()}"]'),
    "DATABASE_URL": ("postgresql://a:b@c/d", lambda s: s.database_url),
    "SMTP_PASSWORD": ("hunter2", lambda s: s.smtp.password.get_secret_value()),
    "BACKENDS_RELAY_TWO_PASSWORD": (
        "hunter2",
        lambda s: s.backends["relay-two"].password.get_secret_value(),
    ),
    "BOUNCES_IMAP_PASSWORD": ("hunter2", lambda s: s.bounces.imap_password.get_secret_value()),
    "PICTURES_SECRET_KEY": ("hunter2", lambda s: s.pictures.secret_key.get_secret_value()),
    "SUMMARISER_API_KEY": ("hunter2", lambda s: s.summariser.api_key.get_secret_value()),
}


@pytest.mark.parametrize("name", SECRETS)
def test_each_secret_can_be_in_a_file_of_its_own(root, monkeypatch, name):
    value, read = SECRETS[name]
    (root / "kept").write_text(f"{value}\n")
    (root / ".env").write_text(f"DIGEST_{name}_FILE=kept\n")
    assert read(load_config(root).settings) == value
    (root / ".env").write_text(f"DIGEST_{name}={value.replace('e', 'f')}\n")
    monkeypatch.setenv(f"DIGEST_{name}_FILE", str(root / "kept"))
    assert read(load_config(root).settings) == value


def test_no_secret_is_left_out():
    found = {name for name, field in Settings.model_fields.items() if "Secret" in str(field)}
    names = {"SECRET_KEY", "OLD_SECRET_KEYS"}
    assert {name.upper() for name in found} & names == names
    for section, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and section != "dkim":
            names |= {
                f"{section}_{name}".upper()
                for name, inner in kind.model_fields.items()
                if inner.annotation is SecretStr
            }
    assert SECRETS.keys() - {"DATABASE_URL", "BACKENDS_RELAY_TWO_PASSWORD"} == names


def test_all_files_that_cannot_be_read_are_told_at_once(root):
    (root / ".env").write_text(
        "DIGEST_SMTP_PASSWORD_FILE=nowhere\nDIGEST_SUMMARISER_API_KEY_FILE=config\n"
        "DIGEST_DATABASE_URL=sqlite:///a.db\nDIGEST_DATABASE_URL_FILE=config/digest.toml\n"
    )
    with pytest.raises(SettingsError) as caught:
        load_config(root)
    told = {problem.key: problem.reason for problem in caught.value.problems}
    assert told == {
        "DIGEST_SMTP_PASSWORD": f"{root / 'nowhere'} cannot be read: No such file or directory",
        "DIGEST_SUMMARISER_API_KEY": f"{root / 'config'} cannot be read: Is a directory",
        "DIGEST_DATABASE_URL": "is set twice: as DIGEST_DATABASE_URL_FILE too",
    }


def test_each_list_that_is_no_json_is_told_with_its_variable_and_without_what_it_holds(
    root, monkeypatch
):
    monkeypatch.setenv("DIGEST_WEB_HOSTS", "a.test")
    (root / ".env").write_text(f"DIGEST_OLD_SECRET_KEYS={KEY}x\nDIGEST_SMTP=host\n")
    with pytest.raises(SettingsError) as caught:
        load_config(root)
    told = {problem.key: (problem.origin, problem.reason) for problem in caught.value.problems}
    reason = 'is no JSON; a list is written as ["one", "two"]'
    assert told == {
        "web.hosts": ("environment variable DIGEST_WEB_HOSTS", reason),
        "old_secret_keys": (f"DIGEST_OLD_SECRET_KEYS in {root / '.env'}", reason),
        "smtp": (f"DIGEST_SMTP in {root / '.env'}", 'is no JSON, such as {"name": "value"}'),
    }
    assert KEY not in str(caught.value)


def test_a_section_may_be_one_variable_whose_parts_others_change(root, monkeypatch):
    monkeypatch.setenv("DIGEST_SMTP", '{"host": "all.test", "port": 25}')
    monkeypatch.setenv("digest_smtp_port", "2525")
    smtp = load_config(root).settings.smtp
    assert (smtp.host, smtp.port) == ("all.test", 2525)


def test_a_variable_that_is_no_setting_is_refused_in_env_and_left_in_the_environment(
    root, monkeypatch
):
    monkeypatch.setenv("DIGEST_COLOUR", "red")
    load_config(root)
    (root / ".env").write_text("DIGEST_COLOUR=red\nOTHER=1\n")
    with pytest.raises(SettingsError, match="colour: unknown setting"):
        load_config(root)
