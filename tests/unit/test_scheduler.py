"""A daemon whose settings are no more those of the files says so, once a change."""

import os

from structlog.testing import capture_logs

from digest.scheduler import SettingsWatch


def test_each_change_of_a_file_is_told_once(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    (config / "digest.toml").write_text("")
    watch = SettingsWatch(tmp_path)

    def told() -> int:
        with capture_logs() as logs:
            watch()
            watch()
        return [each["event"] for each in logs].count("settings changed")

    assert told() == 0
    os.utime(config / "digest.toml", (1, 1))
    assert told() == 1
    (tmp_path / ".env").write_text("DIGEST_BACKEND=outbox")
    assert told() == 1
    (config / "digest.toml").unlink()
    assert told() == 1
    (config / "notes.txt").write_text("no settings")
    assert told() == 0
