"""Servers that refuse: some us, some an address; who is marked, and when a run stops."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import typer

from digest.cli.run import run
from digest.cli.status import status
from digest.deliver.queue.engine import Engine, RunResult
from digest.deliver.queue.refusal_breaker import ALIKE
from digest.deliver.smtp.backend import SmtpBackend
from digest.deliver.smtp.server import SmtpServer
from digest.faulty_smtp import FaultServer, SmtpFault, says, serving
from digest.model import Claim, DeliveryState, Envelope, NoticeKind
from digest.new_project import create_project
from digest.rate_limits import RateLimits
from digest.store import notices, suppressions
from digest.store.schema import bounces, deliveries, subscribers
from tests.builders import NOON as AT_NOON
from tests.fakes import FakeLedger
from tests.integration.conftest import DAY, NOON, Project, story_text
from tests.pipelines import open_pipeline

CONNECTIONS = 4
SUBSCRIBERS = 120


@dataclass(frozen=True)
class Refusal:
    """What a server says, at which step, and whether its words give the right one away."""

    step: str
    reply: str
    ours: bool


# Words that blame us, words that blame the address, and words that say nothing or the wrong thing.
REFUSALS = [
    Refusal("RCPT", "550 5.1.1 You may not send as this sender, please log in", ours=True),
    Refusal(
        "RCPT", "554 5.7.1 Your IP address is on a block list, see https://bl.example/?7", True
    ),
    Refusal("RCPT", "550 5.4.6 Your account has reached its hourly limit of 300", ours=True),
    Refusal("message", "554 5.2.0 The sender is not permitted here; id 8F21C", ours=True),
    Refusal("message", "550 5.7.1 Message refused", ours=True),
    Refusal("RCPT", "550 5.1.1 <{recipient}>: No such user", ours=False),
    Refusal("RCPT", "550 Mailbox of {recipient} is disabled; it was blacklisted", ours=False),
    Refusal("message", "554 {recipient} is not a valid recipient", ours=False),
    Refusal("RCPT", "571 Computer says no", ours=False),
    Refusal("RCPT", "550 5.1.0 Address rejected", ours=False),
]


def refuses(refusal: Refusal, whom: str = "", skip: int = 0) -> SmtpFault:
    """A reply that names its recipient where it has a place for it."""

    async def act(talk: Any) -> None:
        await says(refusal.reply.replace("{recipient}", talk.recipient))(talk)

    return SmtpFault(refusal.step, act, whom, skip=skip)


def send(server: FaultServer, count: int) -> tuple[FakeLedger, RunResult]:
    """Send by the real engine, over real sockets; the records are in memory."""
    ledger = FakeLedger(count, batch=50)
    with serving(server) as port:
        limits = RateLimits(connections=CONNECTIONS)
        backend = SmtpBackend(SmtpServer("127.0.0.1", port, security="none", limits=limits))
        tally = Engine([backend], lambda: AT_NOON, jitter=lambda: 0.0).deliver(ledger, envelope)
    assert ledger.end() == set()
    return ledger, tally


def envelope(claim: Claim) -> Envelope:
    message = b"Message-ID: <%d@example.org>\r\n\r\nx\r\n" % claim.subscriber.id
    return Envelope("n@example.org", claim.subscriber.email, message, str(claim.subscriber.id))


def states(ledger: FakeLedger, state: DeliveryState) -> set[int]:
    return {number for number, result in ledger.results.items() if result.state is state}


everything = pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.reply[:40])


@everything
def test_a_server_that_refuses_everybody_is_soon_left_and_nobody_is_marked(refusal: Refusal):
    ledger, tally = send(FaultServer([refuses(refusal)]), SUBSCRIBERS)
    assert tally.stopped is not None
    assert tally.results[DeliveryState.FAILED] == 0
    assert ALIKE <= len(states(ledger, DeliveryState.DEFERRED)) <= ALIKE + CONNECTIONS
    assert refusal.reply.partition(" {")[0][:20].split("<")[0] in tally.stopped.reason


@everything
def test_the_same_where_it_begins_in_the_middle(refusal: Refusal):
    ledger, tally = send(FaultServer([refuses(refusal, skip=50)]), SUBSCRIBERS)
    assert tally.stopped is not None
    assert tally.results[DeliveryState.SENT] == 50
    assert tally.results[DeliveryState.FAILED] == 0
    assert ALIKE <= len(states(ledger, DeliveryState.DEFERRED)) <= ALIKE + CONNECTIONS


@everything
def test_one_of_ten_stops_nobody_whatever_is_said_of_it(refusal: Refusal):
    dead = set(range(4, SUBSCRIBERS - 10, 10))
    faults = [refuses(refusal, f"{number}@example.org") for number in dead]
    ledger, tally = send(FaultServer(faults), SUBSCRIBERS)
    assert tally.stopped is None
    assert states(ledger, DeliveryState.FAILED) == dead
    assert len(states(ledger, DeliveryState.SENT)) == SUBSCRIBERS - len(dead)


@everything
def test_of_one_alone_the_words_decide(refusal: Refusal):
    _, tally = send(FaultServer([refuses(refusal)]), 1)
    assert (tally.stopped is not None) == refusal.ours
    state = DeliveryState.DEFERRED if refusal.ours else DeliveryState.FAILED
    assert tally.results == {state: 1}


@everything
def test_one_alone_at_the_end_of_many_does_not_stop_the_run(refusal: Refusal):
    ledger, tally = send(FaultServer([refuses(refusal, "29@example.org")]), 30)
    assert tally.stopped is None
    assert len(states(ledger, DeliveryState.SENT)) == 29
    assert ledger.results[29].state in (DeliveryState.DEFERRED, DeliveryState.FAILED)


# Through the whole pipeline.


@dataclass
class Town:
    """A project with subscribers, whose issue waits, and the server that it is sent to."""

    root: Path
    server: FaultServer
    patch: pytest.MonkeyPatch

    def run(self, now: str = NOON) -> int:
        """`digest run --quiet`; its exit status."""
        self.patch.setenv("DIGEST_NOW", now)
        try:
            run(quiet=True, folder=self.root)
        except typer.Exit as end:
            return end.exit_code
        return 0

    def states(self) -> dict[str, int]:
        query = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
        with open_pipeline(self.root) as pipeline, pipeline.project.database.read() as connection:
            return {row.state: row[1] for row in connection.execute(query)}

    def marked(self) -> tuple[list[str], int]:
        """Who is suppressed, and how many refusals count against somebody."""
        with open_pipeline(self.root) as pipeline, pipeline.project.database.read() as connection:
            emails = connection.scalars(sa.select(subscribers.c.email)).all()
            gone = [each for each in emails if suppressions.reason_for(connection, each)]
            return gone, connection.scalar(sa.select(sa.func.count()).select_from(bounces)) or 0


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    root = tmp_path / "project"
    create_project(root)

    @contextmanager
    def make(subscribers: int, *faults: SmtpFault) -> Iterator[Town]:
        made = Project(root)
        made.add_subscribers(subscribers)
        made.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
        server = FaultServer(list(faults))
        with serving(server) as port:
            settings = {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none"}
            for name, value in {**settings, "CONNECTIONS": "2"}.items():
                monkeypatch.setenv(f"DIGEST_SMTP_{name}", value)
            monkeypatch.setenv("DIGEST_BACKEND", "smtp")
            yield Town(root, server, monkeypatch)

    return make


SEND_AS = Refusal("message", "554 5.2.0 You may not send as this sender", ours=True)
DEAD = Refusal("RCPT", "550 5.1.1 <{recipient}>: No such user", ours=False)


@pytest.mark.parametrize("refusal", [SEND_AS, DEAD], ids=lambda refusal: refusal.step)
def test_a_run_that_everybody_is_refused_in_is_told_of_and_marks_nobody(town, capsys, refusal):
    with town(30, refuses(refusal)) as it:
        for hour in range(12, 17):
            assert it.run(f"{DAY}T{hour}:00:00Z") == 1
            told = capsys.readouterr().err
            assert "Sending stopped" in told
            assert refusal.reply[:9] in told
        assert "failed" not in it.states()
        assert it.marked() == ([], 0)
        it.server.faults = []
        assert it.run(f"{DAY}T18:00:00Z") == 0
        assert it.states() == {"sent": 30}


def test_an_issue_that_nobody_got_is_told_of_and_counts_against_nobody(town, capsys):
    with town(4, refuses(DEAD)) as it:
        assert it.run() == 1
        told = capsys.readouterr().err
        assert (
            f"Nobody got science-daily-{DAY}: 4 messages were refused, the last with: 550 5.1.1"
            in told
        )
        assert "Remedy:" in told
        assert "subscriber" not in told
        assert (it.states(), it.marked()) == ({"failed": 4}, ([], 0))
        status(folder=it.root)
        assert "nobody got it: 550 5.1.1" in capsys.readouterr().out
        status(folder=it.root, as_json=True)
        (issue,) = json.loads(capsys.readouterr().out)["issues"]
        assert issue["refusal"].startswith("550 5.1.1")
        assert it.run() == 0, "it is told once"


def test_an_address_that_is_dead_among_others_is_suppressed_at_once(town):
    with town(12, refuses(DEAD, "subscriber4@example.org")) as it:
        assert it.run() == 0
        assert it.states() == {"failed": 1, "sent": 11}
        assert it.marked() == (["subscriber4@example.org"], 1)


@pytest.mark.parametrize("whom", [(4,), (11,), (8, 11)])
def test_addresses_that_are_refused_in_words_that_blame_us_stop_no_round(town, capsys, whom):
    faults = [refuses(SEND_AS, f"subscriber{number}@example.org") for number in whom]
    with town(12, *faults) as it:
        for hour in range(12, 18):
            assert it.run(f"{DAY}T{hour}:00:00Z") == 0
        assert capsys.readouterr().err == ""
        assert it.states()["sent"] == 12 - len(whom)
        assert it.marked()[0] == []


def test_a_confirmation_that_is_refused_in_words_that_blame_us_stops_no_round(town, capsys):
    with town(1, refuses(SEND_AS, "bea@example.org")) as it:
        for hour, email in enumerate(["ann@example.org", "bea@example.org"], start=12):
            with (
                open_pipeline(it.root) as pipeline,
                pipeline.project.database.write() as connection,
            ):
                details = {"signup": hour, "topics": []}
                now = datetime.fromisoformat(f"{DAY}T{hour}:00:00Z")
                notices.queue(
                    connection, NoticeKind.CONFIRM, "science-daily", email, "", None, details, now
                )
            assert it.run(f"{DAY}T{hour}:00:00Z") == 0, capsys.readouterr().err
        assert "ann@example.org" in it.server.recipients
        with open_pipeline(it.root) as pipeline, pipeline.project.database.read() as connection:
            assert notices.counts(connection) == {"sent": 1, "deferred": 1}
