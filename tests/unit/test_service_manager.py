"""What systemd is told, and when: against a socket such as its own."""

import os
import socket

from digest.new_project import create_project
from digest.scheduler import Pulse, StopSign, ticking
from digest.service_manager import notify
from digest.web.server import Turning
from tests.pipelines import open_pipeline


def manager(address: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(address)
    listener.settimeout(10)
    return listener


def test_it_is_told_by_a_path_or_by_an_abstract_name(tmp_path):
    path, name = str(tmp_path / "notify"), f"digest-test-{os.getpid()}"
    for address, told_as in ((path, path), (f"\0{name}", f"@{name}")):
        with manager(address) as listener:
            notify("READY=1", {"NOTIFY_SOCKET": told_as})
            assert listener.recv(100) == b"READY=1"


def test_where_nobody_listens_nothing_happens(tmp_path):
    notify("READY=1", {})
    notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    notify("READY=1", {"NOTIFY_SOCKET": "vsock:2:1234"})


def test_a_scheduler_says_that_it_is_ready_that_it_turns_and_that_it_stops(tmp_path, monkeypatch):
    create_project(tmp_path / "project")
    with manager(str(tmp_path / "notify")) as listener:
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with open_pipeline(tmp_path / "project") as pipeline:
            pulse = Pulse()
            with ticking(pipeline, StopSign(), pulse=pulse, doing_due=False):
                assert listener.recv(100) == b"READY=1"
                pulse()
                assert listener.recv(100) == b"WATCHDOG=1"
            assert listener.recv(100) == b"STOPPING=1"


def test_a_process_whose_other_half_hangs_does_not_beat(tmp_path, monkeypatch):
    with manager(str(tmp_path / "notify")) as listener:
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        Pulse(lambda: False)()
        Pulse(lambda: True)()
        assert listener.recv(100) == b"WATCHDOG=1"
        listener.setblocking(False)
        assert not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def test_a_site_turns_until_its_loop_stands_still():
    turning = Turning()
    assert turning.is_turning(), "it has not begun yet"
    turning.note()
    assert turning.is_turning()
    turning.LONGEST = 0.0
    assert not turning.is_turning()
