"""A daemon ends when it is told to, and says where its settings are no more those of the files."""

import os
import subprocess
import sys

from structlog.testing import capture_logs

from digest.scheduler import SettingsWatch

# The system may give a signal to any thread, and the handler is the main thread's to run.
TOLD_IN_ANOTHER_THREAD = """
import signal, threading
from digest.scheduler import StopSign
sign = StopSign()
signal.signal(signal.SIGTERM, lambda number, _: sign.put_up(number))
tell = lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
threading.Timer(0.5, tell).start()
sign.wait()
"""


def test_a_signal_that_does_not_wake_the_main_thread_ends_the_wait():
    subprocess.run([sys.executable, "-c", TOLD_IN_ANOTHER_THREAD], check=True, timeout=30)


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
