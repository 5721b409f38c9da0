"""A whole `digest run`, from its start to its last line, beside Postfix's load generator.

It collects, builds, seals and sends the issue of the day to so many subscribers; smtp-source sends
as many messages of the same size. The stories come without pictures, which a run cuts when they
come, in most cases long before the hour of the issue. In turn, round after round, to one smtp-sink.
Rates are those of the clock, which on a busy machine says little of either; beside them stands the
processor time of each, without that of the sink.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from digest.demo import lay_sample_stories
from digest.new_project import create_project
from digest.store.database import Database
from tests.bench import clients, filling, tools
from tests.bench.machine import facts
from tests.bench.rounds import spread
from tests.bench.sink import sink

CONNECTIONS = 8
CONFIG = """
database_url = "sqlite:///var/digest.db"
backend = "{backend}"
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
connections = {connections}
[[newsletters]]
id = "daily"
name = "Daily"
sender = "Daily <daily@example.org>"
postal_address = "1 Example Street"
time = "00:00"
"""


@dataclass(slots=True)
class Rounds:
    """What each round of one who sends came to."""

    rates: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)  # microseconds a message

    def add(self, messages: int, work: Callable[[], object]) -> None:
        """Have so many messages sent by child processes."""
        before, begin = _spent(), time.perf_counter()
        work()
        self.rates.append(messages / (time.perf_counter() - begin))
        self.processor.append((_spent() - before) / messages * 1e6)


def _spent() -> float:
    """The processor's seconds of all child processes that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def project(subscribers: int, backend: str, port: int = 25) -> Iterator[Path]:
    """A project with its first stories and so many subscribers, before its first run."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        create_project(root)
        config = CONFIG.format(backend=backend, port=port, connections=CONNECTIONS)
        (root / "config" / "digest.toml").write_text(config)
        lay_sample_stories(root / "seeds", datetime.now(UTC).date())
        for picture in (root / "seeds").rglob("*.webp"):
            picture.unlink()
        database = Database("sqlite:///var/digest.db", root)
        with database.write() as connection:
            filling.subscribe(connection, subscribers, "daily")
        database.close()
        yield root


def run(root: Path) -> None:
    """`digest run` in a process of its own."""
    command = [sys.executable, "-m", "digest", "run", "--project", str(root)]
    subprocess.run(command, check=True, capture_output=True)


def message_size() -> int:
    """Bytes of the message that `digest run` sends."""
    with project(1, "outbox") as root:
        run(root)
        (message,) = root.glob("outbox/**/*.eml")
        return message.stat().st_size


def measure(messages: int, rounds: int) -> tuple[Rounds, Rounds]:
    """The load generator's rounds, and ours; the first of each does not count."""
    source, ours = Rounds(), Rounds()
    size = message_size()
    with sink() as port, project(messages, "smtp", port) as root:
        before = root.with_name("before")
        shutil.copytree(root, before)
        order = {
            "port": port, "connections": CONNECTIONS, "messages": messages, "bytes": size
        }  # fmt: skip
        for _ in range(rounds):
            source.add(messages, lambda: clients.Source().order(order))
            shutil.rmtree(root)
            shutil.copytree(before, root)
            ours.add(messages, lambda: run(root))
            assert sent(root) == messages
    return source, ours


def sent(root: Path) -> int:
    """How many deliveries the database says were sent."""
    database = Database("sqlite:///var/digest.db", root)
    with database.read() as connection:
        query = "SELECT count(*) FROM deliveries WHERE state = 'sent'"
        count: int = connection.exec_driver_sql(query).scalar_one()
    database.close()
    return count


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.whole", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    lacking = tools.postfix()
    if lacking:
        print(f"A whole run: skipped, {lacking}")
        return
    print(f"## A whole `digest run` of {options.messages:,}\n\n{facts()}\n")
    source, ours = measure(options.messages, options.rounds)
    print("| who | messages/s | processor, µs a message |\n| --- | --: | --: |")
    for name, rounds in ((f"smtp-source -d -s {CONNECTIONS}", source), ("digest run", ours)):
        rates, processor = spread(rounds.rates), spread(rounds.processor)
        print(f"| {name} | {rates.show(',.0f')} | {processor.show(',.0f')} |")
    ratio = spread([a / b for a, b in zip(ours.rates, source.rates, strict=True)])
    print(f"\n- digest run / smtp-source: {ratio.show('.2f')}")


if __name__ == "__main__":
    main()
