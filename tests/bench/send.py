"""How fast an issue is sent, beside Postfix's own load generator; `make bench` prints it.

Everything runs on this machine: smtp-sink takes the mail, smtp-source -d and this engine send it
in turn, round after round. smtp-source sends one fixed message; the engine claims, personalises
and records each in SQLite. Without Debian's package postfix this is skipped.
"""

import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from digest.deliver.dkim import generate_key, load_key, make_signer
from digest.deliver.engine import Engine
from digest.deliver.server import SmtpServer
from digest.deliver.smtp import SmtpBackend
from digest.mailroom import Mailroom, Signer
from digest.model import Claim, DeliveryState, Subscriber, Subscription
from digest.render.links import Links
from digest.render.mail import Renderer
from digest.store import deliveries, issues, stories, subscribers, workers
from digest.store.database import Database
from digest.store.ledger import StoreLedger
from digest.store.schema import deliveries as table
from tests.bench.render import day
from tests.builders import NOON, newsletter, report, story

MESSAGES = 12_000
ROUNDS = 5
CONNECTIONS = 8
SIZE = 66_000
# An issue of so many stories makes a message of that size.
STORIES = 21


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "1024"])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


class Bench:
    """A database with an issue to send, again and again."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.database = Database("sqlite:///bench.db", folder)
        self.letter = newsletter()
        self.links = Links("https://news.example.org", "a key")
        now = datetime.now(UTC)
        with self.database.write() as connection:
            whole = day(STORIES)
            for one in whole.stories:
                made = report(key=str(one.id), headline=one.headline)
                stories.add(connection, made, story(one.id), "x")
            people = [
                Subscription(f"reader{n}@example.org", f"Reader {n}") for n in range(MESSAGES)
            ]
            for at in range(0, MESSAGES, 500):
                subscribers.put_all(connection, self.letter.id, people[at : at + 500], now)
            self.issue = whole
            self.rendered = Renderer((), self.links).render(whole, self.letter)
            issue_id = issues.seal(connection, whole, now, self.rendered)
            assert issue_id is not None
            self.issue_id = issue_id
            deliveries.lay_out(connection, issue_id, self.letter.id)

    def size(self) -> int:
        """Bytes of a message."""
        reader = Subscriber(1, "reader1@example.org", "Reader 1")
        room = Mailroom(self.issue, self.rendered, self.letter, self.links, lambda: NOON)
        envelope = room.envelope(Claim(self.issue_id, reader, frozenset(), 1))
        assert envelope is not None
        return len(envelope.message)

    def send(self, signer: Signer | None, batch: int) -> float:
        """Messages a second of one whole run."""
        with self.database.write() as connection:
            connection.execute(sa.update(table).values(state=DeliveryState.PENDING, attempts=0))

        def clock() -> datetime:
            return datetime.now(UTC)

        worker = workers.this_process()
        ledger = StoreLedger(
            self.database, self.issue_id, worker, clock, batch, resend_in_doubt=True
        )
        room = Mailroom(self.issue, self.rendered, self.letter, self.links, clock, signer)
        server = SmtpServer("127.0.0.1", self.port, security="none", connections=CONNECTIONS)
        begin = time.perf_counter()
        tally = Engine(SmtpBackend(server), clock).deliver(ledger, room.envelope)
        took = time.perf_counter() - begin
        ledger.close()
        assert tally.results[DeliveryState.SENT] == MESSAGES, tally
        return MESSAGES / took


def source(port: int) -> float:
    """Messages a second of Postfix's smtp-source, which keeps its connections (-d)."""
    command = ["smtp-source", "-d", "-s", str(CONNECTIONS), "-l", str(SIZE), "-m", str(MESSAGES)]
    begin = time.perf_counter()
    subprocess.run([*command, f"127.0.0.1:{port}"], check=True)
    return MESSAGES / (time.perf_counter() - begin)


def main() -> None:
    """Measure in turn and print the table."""
    if not (shutil.which("smtp-sink") and shutil.which("smtp-source")):
        print("Sending: skipped, Postfix's smtp-sink and smtp-source are not installed")
        return
    keys = {
        kind: make_signer(
            [load_key(generate_key(kind), domain="example.org", selector="x", origin="x")]
        )
        for kind in ("rsa", "ed25519")
    }
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        bench = Bench(Path(folder), port)
        ways = {
            "smtp-source -d -s 8": lambda: source(port),
            "engine, batch 200": lambda: bench.send(None, 200),
            "engine, batch 1000": lambda: bench.send(None, 1000),
            "engine, batch 200, Ed25519": lambda: bench.send(keys["ed25519"], 200),
            "engine, batch 200, RSA-2048": lambda: bench.send(keys["rsa"], 200),
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                rates[name].append(way())
        reference = rates["smtp-source -d -s 8"]
        print(f"{bench.size():,} bytes a message; smtp-source: {SIZE:,}")
        print(f"{MESSAGES} messages a round, {ROUNDS} rounds in turn, {CONNECTIONS} connections")
        for name, found in rates.items():
            ratio = statistics.median(a / b for a, b in zip(found, reference, strict=True))
            print(f"{name:32} {statistics.median(found):8.0f} messages/s   {ratio:5.2f}")


if __name__ == "__main__":
    main()
