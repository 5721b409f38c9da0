"""Each fault of a mail server, through the whole pipeline: what becomes of everyone.

The rows below are the table of docs/outcomes.md; of each, or of a sample, there is a test.
"""

import random
import shutil
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
import trustme
import typer

from digest.app import open_project
from digest.cli.run import run
from digest.faulty_smtp import (
    OFFERS,
    Act,
    FaultServer,
    SmtpFault,
    close,
    endlessly,
    reset,
    reset_in_the_body,
    says,
    sends,
    serving,
    silence,
    swallow,
)
from digest.new_project import create_project
from digest.pipeline import Pipeline
from digest.services.installation.adopt import adopt
from digest.store.schema import deliveries, subscribers
from tests.integration.conftest import DAY, NOON, Project, story_text
from tests.paths import ROOT
from tests.pipelines import open_pipeline
from tests.sampling import sample

DOCUMENT = ROOT / "docs" / "outcomes.md"
SUBSCRIBERS = [f"subscriber{n}@example.org" for n in range(5)]
HIT = SUBSCRIBERS[2]
TWO_HOURS_LATER = f"{DAY}T14:00:00Z"
IMPATIENT = {"DIGEST_SMTP_TIMEOUT": "0.4"}
LOGIN = {"DIGEST_SMTP_USERNAME": "daily", "DIGEST_SMTP_PASSWORD": "secret"}
TLS = {"DIGEST_SMTP_SECURITY": "starttls", "DIGEST_SMTP_HOST": "localhost"}
# The waits before another connection are short with it; they are random by half.
SHORT_WAITS = 570
OTHER_NAME = {"DIGEST_SMTP_HOST": "127.0.0.1"}
SMALL = ("PIPELINING", "SIZE 1000")
BEFORE_HIT: dict[str, Any] = {"step": "kept", "whom": SUBSCRIBERS[1]}


@dataclass(frozen=True)
class Row:
    """A fault, and the states after the run that met it.

    `others` are the states of the other four, each said once, in their order. `end` is the state of
    whoever was hit after another run two hours later, when the server is well again; by then all
    others are `sent`. `says` is a part of what a run that stops tells.
    """

    stage: str
    fault: str
    script: tuple[SmtpFault, ...]
    hit: str
    others: str = "sent"
    stops: bool = False
    end: str = "sent"
    says: str = ""
    env: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    offers: tuple[str, ...] = OFFERS
    tls: bool = True
    trusting: bool = True

    @property
    def cells(self) -> list[str]:
        """As the document has it."""
        run = "stops" if self.stops else "goes on"
        return [self.stage, self.fault, self.hit, self.others, run, self.end]


# The server's words for the stages, where they differ.
STEPS = {"TLS": "handshake", "log-in": "AUTH", "final dot": "message"}
PERSONAL = ("RCPT", "DATA", "body", "final dot")  # steps that strike one subscriber


def row(
    stage: str,
    fault: str,
    act: Act,
    hit: str = "sent",
    *,
    step: str = "",
    whom: str = "",
    once: bool = False,
    skip: int = 0,
    instead: bool = True,
    **more: Any,
) -> Row:
    """A row of a run that goes on."""
    whom = whom or (HIT if stage in PERSONAL else "")
    step = step or STEPS.get(stage, stage)
    script = (SmtpFault(step, act, whom, 1 if once else 1_000_000, skip, instead),)
    more.setdefault("end", "failed" if hit == "failed" else "sent")
    return Row(stage, fault, script, hit, **more)


def stops(stage: str, fault: str, says: str, act: Act | None = None, **more: Any) -> Row:
    """A row of a run that stops before anybody got anything."""
    script = (SmtpFault(STEPS.get(stage, stage), act),) if act else ()
    more = {"hit": "pending", "others": "pending"} | more
    return Row(stage, fault, script, stops=True, says=says, **more)


def refused(stage: str, fault: str, reply: str, **more: Any) -> Row:
    """A row of a run that a reply stops, and that tells the reply."""
    # Five are too few for the breaker: all are tried before the words of the replies decide.
    state = "deferred" if stage in ("MAIL", "RCPT", "final dot") else "pending"
    return stops(stage, fault, reply, says(reply), hit=state, others=state, **more)


def goes(reply: str) -> Act:
    """A reply, after which the server closes."""
    return says(reply, then=close)


ROWS = [
    stops("greeting", "421, each time", "421 4.3.2 busy", goes("421 4.3.2 busy")),
    row("greeting", "421, once", goes("421 4.3.2 busy"), once=True),
    refused("greeting", "554", "554 5.7.1 you are blocked"),
    row("greeting", "garbage, once", sends(b"\0\xffHTTP/1.1 200\r\n"), once=True),
    row(
        "greeting", "half a reply, once", sends(b"220 fau", then=silence), once=True, env=IMPATIENT
    ),
    row("greeting", "silence, once", silence, once=True, env=IMPATIENT),
    stops("greeting", "silence, each time", "gave no answer to the greet", silence, env=IMPATIENT),
    row("greeting", "reset, once", reset, once=True),
    row("EHLO", "silence, once", silence, once=True, env=IMPATIENT),
    row("EHLO", "a line without end, once", endlessly(b"250-" + b"x" * 4000), once=True),
    row("EHLO", "a reply without end, once", endlessly(b"250-more\r\n"), once=True),
    stops("EHLO", "STARTTLS is not offered", "offers no STARTTLS", env=TLS, tls=False),
    stops(
        "EHLO",
        "SIZE is less than the message",
        "over the server's limit 1000",
        offers=SMALL,
        hit="deferred",
        others="deferred",
    ),
    refused("STARTTLS", "454, each time", "454 4.7.0 TLS not available", env=TLS),
    row("STARTTLS", "454, once", says("454 4.7.0 TLS not available"), once=True, env=TLS),
    row("TLS", "silence, once", silence, once=True, env=TLS | {"DIGEST_SMTP_TIMEOUT": "0.5"}),
    stops("TLS", "a certificate that does not verify", "not verify", env=TLS, trusting=False),
    stops("TLS", "a certificate for another name", "not verify", env=TLS | OTHER_NAME),
    refused("log-in", "535", "535 5.7.8 bad credentials", env=LOGIN),
    refused("log-in", "454, each time", "454 4.7.0 temporary failure", env=LOGIN),
    row("log-in", "454, once", says("454 4.7.0 temporary failure"), once=True, env=LOGIN),
    row("log-in", "silence, once", silence, once=True, env=LOGIN | IMPATIENT),
    refused("MAIL", "530, TLS or a log-in is missing", "530 5.7.0 Must issue STARTTLS first"),
    refused("MAIL", "550, the sender is refused", "550 5.7.1 sender refused"),
    refused("MAIL", "552, the size", "552 5.3.4 message too big"),
    Row(
        "MAIL",
        "553 after two were taken",
        (SmtpFault("MAIL", says("553 5.7.1 not yours"), skip=2),),
        "deferred",
        others="sent, deferred",
        stops=True,
        says="553 5.7.1 not yours",
    ),
    row("MAIL", "421, once", goes("421 4.7.0 enough for now"), once=True, skip=2),
    row("MAIL", "450, each time", says("450 4.7.1 slow down"), "deferred", others="deferred"),
    row("MAIL", "452, the disk is full", says("452 4.3.1 no space"), "deferred", others="deferred"),
    row("MAIL", "silence, once", silence, once=True, skip=2, env=IMPATIENT),
    row(
        "MAIL", "PIPELINING is not honoured any more", swallow, skip=2, instead=False, env=IMPATIENT
    ),
    row("RCPT", "421", goes("421 4.3.2 closing"), "deferred"),
    row("RCPT", "450", says("450 4.2.1 mailbox busy"), "deferred"),
    row("RCPT", "451, greylisted", says("451 4.7.1 try again in 1800 seconds"), "deferred"),
    row("RCPT", "452, the mailbox is full", says("452 4.2.2 over quota"), "deferred"),
    row("RCPT", "452, too many recipients", says("452 4.5.3 too many recipients"), "deferred"),
    row("RCPT", "552, the mailbox is full", says("552 5.2.2 mailbox full"), "deferred"),
    row("RCPT", "550, no such mailbox", says("550 5.1.1 no such user"), "failed"),
    row("RCPT", "550, not for this recipient", says("550 5.7.1 not authorized"), "failed"),
    row("RCPT", "553, no such address", says("553 5.1.3 bad address"), "failed"),
    refused("RCPT", "550, the sender is refused", "550 5.1.8 Sender address rejected"),
    refused("RCPT", "554, relaying is denied", "554 5.7.1 Relay access denied"),
    row("RCPT", "garbage", sends(b"what?\r\n"), "deferred"),
    row("RCPT", "silence", silence, "deferred", env=IMPATIENT),
    row("RCPT", "half a reply", sends(b"250 2.1", then=silence), "deferred", env=IMPATIENT),
    row("RCPT", "half a reply of many lines", sends(b"250-2.1.5 o\r\n", then=close), "deferred"),
    row("RCPT", "a reply without end", endlessly(b"250-more\r\n"), "deferred"),
    row("RCPT", "a line without end", endlessly(b"250 " + b"x" * 4000), "deferred"),
    row("DATA", "451", says("451 4.3.0 queue file"), "deferred"),
    row("DATA", "silence", silence, "deferred", env=IMPATIENT),
    row("body", "reset", reset_in_the_body, "in doubt"),
    row("final dot", "421", goes("421 4.3.2 closing"), "deferred"),
    row("final dot", "451", says("451 4.3.0 local error"), "deferred"),
    row("final dot", "452, the disk is full", says("452 4.3.1 no space"), "deferred"),
    row("final dot", "552, the mailbox is full", says("552 5.2.2 over quota"), "deferred"),
    row("final dot", "550, the mailbox is disabled", says("550 5.2.1 disabled"), "failed"),
    refused("final dot", "550, policy", "550 5.7.1 looks like spam"),
    refused("final dot", "552, the size", "552 5.3.4 message too big"),
    refused("final dot", "554", "554 transaction failed"),
    row("final dot", "silence", silence, "in doubt", env={"DIGEST_SMTP_TIMEOUT": "0.2"}),
    row("final dot", "garbage", sends(b"OK\r\n"), "in doubt", step="kept"),
    row("final dot", "half a reply", sends(b"250-2.0\r\n", then=close), "in doubt", step="kept"),
    row("final dot", "reset before the message was taken", reset, "in doubt"),
    row("final dot", "reset after the message was taken", reset, "in doubt", step="kept"),
    row(
        "final dot",
        'the same, with `delivery.in_doubt = "skip"`',
        reset,
        "in doubt",
        step="kept",
        end="in doubt",
        env={"DIGEST_DELIVERY_IN_DOUBT": "skip"},
    ),
    row("after 250", "the connection is closed", goes("250 2.0.0 kept"), **BEFORE_HIT),
    row("after 250", "421 unasked", goes("250 2.0.0 kept\n421 4.4.2 idle"), **BEFORE_HIT),
    row("after 250", "250 once more", says("250 2.0.0 kept"), **BEFORE_HIT, instead=False),
    row("QUIT", "silence", silence, env=IMPATIENT),
    Row("all", "replies come byte by byte", (), "sent", cut=True),
]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose issue is sealed, with five deliveries laid out."""
    root = tmp_path_factory.mktemp("faults") / "project"
    create_project(root)
    project = Project(root)
    project.add_subscribers(len(SUBSCRIBERS))
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with pytest.MonkeyPatch.context() as patch, open_pipeline_at(NOON, root, patch) as pipeline:
        pipeline.collect(date.fromisoformat(DAY))
        (newsletter,) = pipeline.project.config.newsletters()
        assert pipeline.seal(newsletter, date.fromisoformat(DAY)).sealed
    return root


def open_pipeline_at(
    now: str, root: Path, patch: pytest.MonkeyPatch
) -> AbstractContextManager[Pipeline]:
    patch.setenv("DIGEST_NOW", now)
    return open_pipeline(root)


class Record(NamedTuple):
    state: str
    doubted_at: datetime | None
    next_attempt_at: datetime | None


@dataclass
class Scene:
    """The project of one test, and the server that it sends to."""

    root: Path
    server: FaultServer
    patch: pytest.MonkeyPatch

    def run(self, now: str, env: dict[str, str]) -> int:
        """`digest run --quiet` in this process; its exit status."""
        with self.patch.context() as patch:
            for name, value in ({"DIGEST_NOW": now} | env).items():
                patch.setenv(name, value)
            random.seed(SHORT_WAITS)
            try:
                run(quiet=True, folder=self.root)
            except typer.Exit as end:
                return end.exit_code
            return 0

    def records(self) -> dict[str, Record]:
        """Where everyone stands, by address."""
        query = (
            sa.select(
                subscribers.c.email,
                deliveries.c.state,
                deliveries.c.doubted_at,
                deliveries.c.next_attempt_at,
            )
            .join_from(deliveries, subscribers, deliveries.c.subscriber_id == subscribers.c.id)
            .order_by(deliveries.c.subscriber_id)
        )
        with open_pipeline(self.root) as pipeline, pipeline.project.database.read() as connection:
            return {row.email: Record(*row[1:]) for row in connection.execute(query)}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """An authority's file, and a server's certificate of it for localhost."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    trusted = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    return trusted, context


@pytest.fixture
def scene(
    sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Scene]]:
    """Sets a server up, with the settings that lead to it."""
    shutil.copytree(sealed, tmp_path / "project")
    with open_project(tmp_path / "project") as project:
        adopt(project, None)  # the copy is the project of this test
    with ExitStack() as stack:

        def make(**server: Any) -> Scene:
            found = FaultServer(**server)
            settings = {
                "BACKEND": "smtp",
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": str(stack.enter_context(serving(found))),
                "SMTP_SECURITY": "none",
                "SMTP_CONNECTIONS": "1",
                "SMTP_TIMEOUT": "5",
            }
            for name, value in settings.items():
                monkeypatch.setenv(f"DIGEST_{name}", value)
            return Scene(tmp_path / "project", found, monkeypatch)

        yield make


@pytest.mark.parametrize("row", sample(ROWS, 15), ids=lambda row: f"{row.stage}: {row.fault}")
def test_everyone_ends_in_the_right_state(row: Row, scene, certificate, capsys):
    trusted, context = certificate
    it = scene(
        faults=[replace(fault) for fault in row.script],
        offers=row.offers,
        cut=row.cut,
        tls=context if row.env.get("DIGEST_SMTP_SECURITY") == "starttls" and row.tls else None,
    )
    trust = {"DIGEST_SMTP_CA_FILE": str(trusted)} if row.trusting else {}
    status = it.run(NOON, row.env | trust)
    told = capsys.readouterr().err
    records = it.records()
    states = {email: record.state for email, record in records.items()}
    others = ", ".join(dict.fromkeys(state for email, state in states.items() if email != HIT))
    assert (states[HIT], others, status) == (row.hit, row.others, int(row.stops)), told
    assert row.says in told
    hold_what_always_holds(it, records)

    it.server.faults, it.server.offers = [], OFFERS
    mended = {key: value for key, value in row.env.items() if key not in (*TLS, *LOGIN)}
    assert it.run(TWO_HOURS_LATER, mended) == 0
    records = it.records()
    assert records.pop(HIT).state == row.end
    assert {record.state for record in records.values()} == {"sent"}
    hold_what_always_holds(it, it.records())


def hold_what_always_holds(it: Scene, records: dict[str, Record]) -> None:
    """Sent is taken once; what was not sent was not taken, but where there is doubt."""
    copies = Counter(it.server.recipients)
    for email, record in records.items():
        if record.doubted_at is None:
            assert copies[email] == (record.state == "sent"), email
        else:
            assert copies[email] <= 2
            assert copies[email] or record.state != "sent"
    ids = {(taken.recipient, taken.message_id) for taken in it.server.accepted}
    assert len(ids) == len(copies), "whoever gets two copies gets them under one Message-ID"


def test_the_table_in_the_documents_is_the_one_that_is_tested():
    _, _, table = DOCUMENT.read_text().partition("| stage | fault |")
    lines = [line for line in table.partition("\n\n")[0].splitlines()[2:] if line]
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert found == [row.cells for row in ROWS]


def test_a_greylisting_server_is_not_asked_before_the_time_that_it_names(scene):
    greylisted = says("450 4.2.0 Greylisted for 1800 seconds")
    it = scene(faults=[SmtpFault("RCPT", greylisted, HIT)])
    it.run(NOON, {})
    again = it.records()[HIT].next_attempt_at
    assert again is not None
    assert again >= datetime.fromisoformat(NOON) + timedelta(minutes=30)
    it.server.faults = []
    it.run(f"{DAY}T12:29:00Z", {})
    assert HIT not in it.server.recipients
    it.run(f"{DAY}T12:40:00Z", {})
    assert it.server.recipients.count(HIT) == 1
