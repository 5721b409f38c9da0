"""The copy of a project for a rehearsal: nobody outside is reached from it."""

import os
from pathlib import Path

import pytest

from digest.config import load_config
from digest.new_project import create_project
from digest.simulation.workspace import copy_project, environment, settings_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    create_project(tmp_path / "project")
    return tmp_path / "project"


def test_mail_goes_to_the_rehearsal_whatever_servers_there_are_and_nobody_is_told(root, tmp_path):
    with (root / "config" / "digest.toml").open("a") as settings:
        settings.write(
            '\n[backends.one-relay]\nhost = "smtp.one.example"\nper_day = 10\nusername = "u"\n'
            '[backends.two]\nhost = "smtp.two.example"\ntoken_command = "/bin/true"\n'
            'username = "v"\n'
        )
    text = (root / "config" / "digest.toml").read_text()
    (root / "config" / "digest.toml").write_text(
        text.replace("[[newsletters]]", '[[newsletters]]\napproval = "required"', 1)
    )
    (root / ".env").write_text(
        "DIGEST_HEARTBEAT_URL=https://hc.example.org/1\nDIGEST_LOG_FORMAT=json\n"
        f"DIGEST_DATABASE_URL_FILE={tmp_path}/url\n"
    )
    (tmp_path / "url").write_text("sqlite:///var/digest.db")
    config = load_config(root)
    assert config.settings.newsletters[0].approval == "required"
    variables = settings_of(config, 2525)
    (tmp_path / "copy").mkdir()
    copy_project(config, tmp_path / "copy", variables)
    before = dict(os.environ)
    with environment(variables):
        copy = load_config(tmp_path / "copy")
    assert dict(os.environ) == before
    settings = copy.settings
    for backend in settings.backends.values():
        assert (backend.host, backend.port, backend.username) == ("127.0.0.1", 2525, "")
        assert backend.per_day == 0
    assert settings.backend == "smtp"
    assert settings.heartbeat_url == ""
    assert settings.log.format == "json"
    assert settings.newsletters[0].approval == "none"
    assert [source.id for source in copy.folders] == ["rehearsal"]
    assert not copy.configured_feeds
    assert settings.secret_key != config.settings.secret_key
