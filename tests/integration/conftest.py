"""A real project folder, the real command, and a real SMTP server to send to."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from digest.mail_catcher import catch
from digest.new_project import create_project
from tests.commands import Command, start
from tests.migrated import migrated_database

DAY = "2026-11-21"
NOON = f"{DAY}T12:00:00Z"


def story_text(headline: str, *, topic: str = "Space", sources: int = 3) -> str:
    return (
        f"{headline}\n\nNovember 20, 2026\n{headline}\n"
        f"  • The first point of {headline}.\n\n  • The second point of {headline}.\n\n"
        f"Summary based on {sources} sources\n\n"
        f"Get a daily email with more {topic} stories\n\nMore Stories\n"
    )


class Inbox:
    """An SMTP server's handler: keeps every message, and answers as it is told.

    `answer` maps a recipient to the reply to RCPT; `at_data` is called before each answer to
    a message.
    """

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.answer: dict[str, str] = {}
        self.at_data: Any = lambda _inbox: None

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.messages]

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        reply = self.answer.get(address, "250 ok")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.messages.append((envelope.rcpt_tos[0], envelope.content))
        self.at_data(self)
        return "250 2.0.0 kept"


class Project:
    """A project folder on which the real command is run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.env = {"DIGEST_NOW": NOON}

    def drop(self, name: str, text: str | bytes) -> Path:
        path = self.root / "seeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def environment(self, **env: str) -> dict[str, str]:
        """That of the tests, with the settings of this project alone."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("DIGEST_")}
        return {**clean, **self.env, **env}

    def popen(self, *args: str, **env: str) -> Command:
        return start(args, self.root, self.environment(**env))

    def run(
        self, *args: str, status: int | None = 0, **env: str
    ) -> subprocess.CompletedProcess[str]:
        process = self.popen(*args, **env)
        try:
            out, err = process.communicate(timeout=120)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{args} hangs:\n{self._state()}") from error
        ended = subprocess.CompletedProcess(args, process.wait(), out, err)
        assert status in (None, ended.returncode), f"{args}: {ended.returncode}\n{out}\n{err}"
        return ended

    def _state(self) -> str:
        """Who is at what, for whoever reads of a test that failed."""
        said = []
        for words in (["workers", "list"], ["status"]):
            process = self.popen(*words)
            said += [*process.communicate(timeout=30)]
        return "\n".join(said)

    def json(self, *args: str, status: int = 0, **env: str) -> Any:
        return json.loads(self.run(*args, "--json", status=status, **env).stdout)

    def add_subscribers(self, count: int) -> list[str]:
        subscribers = [f"subscriber{n}@example.org" for n in range(count)]
        (self.root / "subscribers.csv").write_text("\n".join(["email", *subscribers]) + "\n")
        self.run("subscribers", "import", "subscribers.csv")
        return subscribers

    @property
    def outbox(self) -> list[Path]:
        return sorted((self.root / "outbox").glob("*.eml"))

    def use_smtp(self, port: int, **more: str) -> None:
        self.env |= {
            "DIGEST_BACKEND": "smtp",
            "DIGEST_SMTP_HOST": "127.0.0.1",
            "DIGEST_SMTP_PORT": str(port),
            "DIGEST_SMTP_SECURITY": "none",
            **more,
        }


def new_project(root: Path) -> Project:
    """A project with a migrated database in a new folder."""
    create_project(root)
    (root / "var").mkdir()
    shutil.copy(migrated_database(), root / "var" / "digest.db")
    return Project(root)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return new_project(tmp_path / "project")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@contextmanager
def serve(inbox: Inbox, **options: Any) -> Iterator[int]:
    with catch(inbox, **options) as port:
        yield port
