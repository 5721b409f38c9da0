"""The real `digest serve` on a free port of loopback, asked as a browser or a scanner would."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from tests.commands import Command, start
from tests.integration.conftest import Project

PATIENCE = 30


@dataclass
class Website:
    """A running site; `log` is what it wrote to standard error."""

    url: str
    process: Command
    log_file: Path
    client: httpx2.Client

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.client.get(self.url + path, headers=headers)

    def connect(self) -> socket.socket:
        """A bare connection, for what no client would send."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def stop(self) -> str:
        """Ask it to end, which it has to do with status 0; what it logged."""
        self.process.terminate()
        assert self.process.wait(timeout=PATIENCE) == 0, self.log
        return self.log


def settle(project: Project) -> str:
    """Give the project an address on this machine, to which its mails lead; that address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    project.env |= {"DIGEST_SITE_URL": address}
    return address


@contextmanager
def website(project: Project, *args: str, **env: str) -> Iterator[Website]:
    """A site of the project: at its address where it was settled, else on any free port."""
    home = urlsplit(project.env.get("DIGEST_SITE_URL", ""))
    log_file = project.root / "serve.log"
    with log_file.open("w") as log:
        port = ("--port", str(home.port or 0))
        process = start(("serve", *port, *args), project.root, project.environment(**env), log)
    try:
        line = process.readline()
        assert line.startswith("Serving http://"), log_file.read_text()
        with httpx2.Client(timeout=PATIENCE) as client:
            yield Website(line.split()[1].rstrip("/"), process, log_file, client)
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


def wait_until(reached: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)
