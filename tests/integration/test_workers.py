"""Who sends, shown by the command and ended by hand, while the real command sends."""

import signal
import time

import pytest

from digest.faulty_smtp import FaultServer, SmtpFault, Talk, serving, silence
from tests.integration.conftest import DAY, Project, story_text

CONNECTIONS = 2
SUBSCRIBERS = 30


@pytest.fixture
def server():
    return FaultServer()


@pytest.fixture
def port(server):
    with serving(server) as port:
        yield port


def test_nobody_sends(project: Project):
    assert project.json("workers") == {"workers": []}
    assert "Nobody sends now" in project.run("workers").stdout
    told = project.run("workers", "release", "beef", status=1).stderr
    assert "no worker has the id beef" in told


def test_a_run_is_shown_and_can_be_ended_by_hand(project: Project, server: FaultServer, port: int):
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.use_smtp(port, DIGEST_SMTP_CONNECTIONS=str(CONNECTIONS))
    project.add_subscribers(SUBSCRIBERS)
    asked: list[Talk] = []

    async def think_long(talk: Talk) -> None:
        asked.append(talk)
        await silence(talk)

    server.faults = [SmtpFault("message", think_long)]
    process = project.popen("run")
    patience = time.monotonic() + 60
    while len(asked) < CONNECTIONS and time.monotonic() < patience:
        time.sleep(0.05)
    (worker,) = project.json("workers")["workers"]
    assert (worker["pid"], worker["alive"]) == (process.pid, True)
    assert worker["issue"] == f"science-daily-{DAY}"
    assert worker["claimed"] == SUBSCRIBERS
    assert CONNECTIONS <= worker["handed_out"] <= 4 * CONNECTIONS
    assert worker["connections"] == {"smtp": CONNECTIONS}
    (_, row) = project.run("workers").stdout.splitlines()
    assert row.split()[:2] == [worker["id"][:8], str(process.pid)]

    told = project.run("workers", "release", worker["id"][:8]).stdout
    assert told == f"Released; {worker['handed_out']} messages are in doubt.\n"
    assert worker["id"] not in {each["id"] for each in project.json("workers")["workers"]}

    server.faults = []
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)  # it would wait for the answers
    process.communicate(timeout=60)
    assert project.json("workers") == {"workers": []}
    project.run("run", "--quiet", DIGEST_NOW=f"{DAY}T13:00:00Z")
    assert set(server.recipients) == {f"subscriber{n}@example.org" for n in range(SUBSCRIBERS)}
