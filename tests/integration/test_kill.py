"""The real command, told to stop, before a real server that remembers what it accepted.

How it is killed amid an issue: tests/chaos. Here, amid an alert.
"""

import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product

import pytest

from digest.faulty_smtp import FaultServer, SmtpFault, Talk, serving, silence
from digest.model import Subscription
from digest.store import subscribers
from tests.breaking_stories import CONFIG, break_story
from tests.builders import NOON
from tests.integration.conftest import DAY, Project, story_text
from tests.pipelines import open_pipeline
from tests.sampling import sample

BATCH = 50
CONNECTIONS = 3
# What may be on the wire: a crash puts no more in doubt, whatever was claimed.
WINDOW = 4 * CONNECTIONS


@dataclass
class Scene:
    """A project with an issue to send, its server, and what the database knows."""

    project: Project
    server: FaultServer
    subscribers: list[str]

    def count(self, condition: str) -> int:
        """How many deliveries meet a condition; none where there is no table of them yet."""
        connection = sqlite3.connect(self.project.root / "var" / "digest.db")
        try:
            query = f"SELECT count(*) FROM deliveries WHERE {condition}"
            (found,) = connection.execute(query).fetchone()
        except sqlite3.OperationalError:
            return 0
        finally:
            connection.close()
        return int(found)

    def doubted(self) -> set[str]:
        """Those whose delivery has a record of doubt."""
        connection = sqlite3.connect(self.project.root / "var" / "digest.db")
        try:
            query = (
                "SELECT email FROM deliveries JOIN subscribers ON subscribers.id = subscriber_id"
                " WHERE doubted_at IS NOT NULL"
            )
            return {email for (email,) in connection.execute(query)}
        finally:
            connection.close()

    def hold_that_nobody_is_forgotten_or_mailed_twice(self) -> None:
        """At the end: everyone has it, and whoever has it twice has a record of doubt."""
        copies = Counter(self.server.recipients)
        assert set(copies) == set(self.subscribers)
        assert self.count("state = 'sent'") == len(self.subscribers)
        assert {subscriber for subscriber, count in copies.items() if count > 1} <= self.doubted()
        assert len(set(self.server.accepted)) == len(copies), "one Message-ID a subscriber"


def a_scene(project: Project, server: FaultServer, port: int, subscribers: int) -> Scene:
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.use_smtp(
        port, DIGEST_DELIVERY_BATCH=str(BATCH), DIGEST_SMTP_CONNECTIONS=str(CONNECTIONS)
    )
    return Scene(project, server, project.add_subscribers(subscribers))


@pytest.fixture
def server() -> FaultServer:
    return FaultServer()


@pytest.fixture
def port(server: FaultServer) -> Iterator[int]:
    with serving(server) as port:
        yield port


def test_told_to_stop_it_finishes_what_is_in_flight_and_leaves_the_rest(
    project: Project, server: FaultServer, port: int
):
    it = a_scene(project, server, port, subscribers=1500)
    reached = threading.Event()
    server.on_accept = lambda: reached.set() if len(server.accepted) >= 200 else None
    process = project.popen("run")
    assert reached.wait(timeout=60)
    process.terminate()
    began = time.monotonic()
    _, told = process.communicate(timeout=60)
    assert time.monotonic() - began < 10
    assert (process.returncode, "asked to stop" in told) == (0, True)
    assert len(server.accepted) < 1500
    assert it.count("state = 'sent'") == len(server.accepted)
    assert it.count("state = 'pending'") == 1500 - len(server.accepted)
    project.run("run", "--quiet")
    it.hold_that_nobody_is_forgotten_or_mailed_twice()
    assert it.doubted() == set()


# On each connection one message is out and, with PIPELINING, the next one announced. The daemon,
# which sends in another thread, has no time to give back the rest of its claims.
@pytest.mark.parametrize(
    ("command", "number", "most"),
    [
        ("run", signal.SIGTERM, 2 * CONNECTIONS),
        ("run", signal.SIGINT, 2 * CONNECTIONS),
        ("scheduler", signal.SIGTERM, WINDOW),
    ],
)
def test_told_twice_it_ends_at_once_and_what_was_in_flight_is_in_doubt(
    project: Project,
    server: FaultServer,
    port: int,
    command: str,
    number: signal.Signals,
    most: int,
):
    it = a_scene(project, server, port, subscribers=20)
    reached = threading.Event()

    async def think_long(talk: Talk) -> None:
        reached.set()
        await silence(talk)

    server.faults = [SmtpFault("message", think_long)]
    process = project.popen(command)
    assert reached.wait(timeout=60), process.communicate()
    process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=0.5)  # it waits for the answers
    process.send_signal(number)
    began = time.monotonic()
    process.communicate(timeout=60)
    assert time.monotonic() - began < 10, "it waits for answers no longer"
    assert process.returncode == 128 + number

    server.faults = []
    project.run("run", "--quiet", DIGEST_NOW=f"{DAY}T13:00:00Z")
    it.hold_that_nobody_is_forgotten_or_mailed_twice()
    assert 1 <= len(it.doubted()) <= most


@contextmanager
def never_accepting() -> Iterator[int]:
    """A port on which the kernel drops whoever comes: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        yield port
        for each in waiting:
            each.close()


@pytest.mark.parametrize(
    ("command", "step"),
    sample([*product(["run", "scheduler"], ["connect", "greeting", "RCPT", "message"])], 3),
)
def test_told_to_stop_it_ends_within_the_grace_wherever_the_server_hangs(
    project: Project, server: FaultServer, port: int, command: str, step: str
):
    grace = 1.0
    project.env["DIGEST_DELIVERY_GRACE"] = str(grace)
    asked = threading.Event()

    async def think_long(talk: Talk) -> None:
        asked.set()
        await silence(talk)

    server.faults = [SmtpFault(step, think_long)]
    with never_accepting() as full:
        it = a_scene(project, server, full if step == "connect" else port, subscribers=20)
        process = project.popen(command)
        if step == "connect":
            asked.wait(timeout=2)
        else:
            assert asked.wait(timeout=60), process.communicate()
        process.terminate()
        began = time.monotonic()
        process.communicate(timeout=60)
        took = time.monotonic() - began
    assert process.returncode == 0
    assert took < grace + 3, "a second for the books, and a busy machine"
    assert it.count("state = 'sending'") == 0

    server.faults = []
    project.use_smtp(port)
    project.run("run", "--quiet", DIGEST_NOW=f"{DAY}T13:00:00Z")
    it.hold_that_nobody_is_forgotten_or_mailed_twice()
    assert len(it.doubted()) <= (WINDOW if step == "message" else 0)


def test_killed_amid_an_alert_each_gets_it_once_or_with_a_doubt_on_record(
    project: Project, server: FaultServer, port: int
):
    settings = CONFIG.format(url="sqlite:///var/digest.db", more="")
    (project.root / "config" / "digest.toml").write_text(settings)
    project.use_smtp(port, DIGEST_SMTP_CONNECTIONS=str(CONNECTIONS), DIGEST_NOW=NOON.isoformat())
    people = [Subscription(f"s{number}@example.org", alerts=True) for number in range(60)]
    with open_pipeline(project.root) as pipeline:
        with pipeline.project.database.write() as connection:
            subscribers.put_all(connection, "daily", people, NOON)
        break_story(pipeline.project, "A comet breaks up")
    server.on_accept = lambda: process.kill() if len(server.accepted) == 25 else None
    process = project.popen("run")
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    server.on_accept = lambda: None
    project.run("run", "--quiet")
    copies = Counter(server.recipients)
    assert set(copies) == {person.email for person in people}
    database = sqlite3.connect(project.root / "var" / "digest.db")
    rows = database.execute("SELECT email, state, doubted_at FROM notices").fetchall()
    database.close()
    assert sorted((email, state) for email, state, _ in rows) == sorted(
        (email, "sent") for email in copies
    )
    doubted = {email for email, _, doubted_at in rows if doubted_at}
    assert {email for email, count in copies.items() if count > 1} <= doubted
    assert 0 < len(doubted) <= WINDOW
    assert len(set(server.accepted)) == len(copies), "one Message-ID a subscriber"
