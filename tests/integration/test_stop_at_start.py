"""SIGTERM amid the start of what stays: it ends by itself, whatever it was about to do."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from digest.new_project import create_project

# As long as it may take to end on a busy machine; without an end it would stay for ever.
PATIENCE = 60


@pytest.mark.parametrize("command", ["serve", "mcp"])
def test_a_signal_after_the_handlers_and_before_the_server_turns_ends_it(tmp_path, command):
    create_project(tmp_path / "project")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    # What it says before its server turns finds no room: so it waits there, and nowhere else.
    read_end, write_end = os.pipe()
    fill(write_end)
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", command, "--port", str(port)],
        cwd=tmp_path / "project",
        stdout=write_end,
    )
    os.close(write_end)
    try:
        wait_until_it_listens(process, port)
        wait_until_it_waits(process)
        process.send_signal(signal.SIGTERM)
        os.read(read_end, 1 << 20)  # there is room now
        assert process.wait(timeout=PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        os.close(read_end)


def fill(pipe: int) -> None:
    os.set_blocking(pipe, False)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, bytes(4096))
    os.set_blocking(pipe, True)


def wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail(f"it ended with {process.returncode}")


def wait_until_it_waits(process: "subprocess.Popen[bytes]") -> None:
    """Until its main thread sleeps in a write to a pipe: state S, and no more processor time."""
    stat = Path(f"/proc/{process.pid}/task/{process.pid}/stat")
    if not stat.exists():
        pytest.skip("no /proc here")
    before: list[str] = []
    while True:
        fields = stat.read_text().rpartition(")")[2].split()
        now = [fields[0], *fields[11:13]]
        if now[0] == "S" and now == before:
            return
        before = now
        time.sleep(0.5)
