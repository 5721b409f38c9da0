"""Postfix's smtp-sink, which takes every message and throws it away."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.tools import program


@contextmanager
def sink() -> Iterator[int]:
    """smtp-sink on a free port of loopback, which is given."""
    path = program("smtp-sink")
    assert path is not None, "smtp-sink is not installed"
    port = _free_port()
    # Postfix refuses to run a test server with root's rights, and to change them without.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([path, *user, f"127.0.0.1:{port}", "1024"])
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until it answers, or is gone."""
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.025)
    raise RuntimeError(f"smtp-sink does not listen on port {port}")
