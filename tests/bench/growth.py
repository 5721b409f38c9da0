"""How a database grows: a million mails a day for 30 days, at one to a hundred; then as many more.

Each day an issue is sealed for all, and its messages are claimed and answered in batches, by the
ledger alone: what grows with the tables shows there. In processor time, own and that of
PostgreSQL's sessions, since the machine may be shared. In the second half what was kept for as
long as the first is deleted each day, as `keep.deliveries` has it, so that the size is to stay.

The goals: a message of the last days costs at most 1.1 x one of the first, and at the end the
database is at most 1.2 x as large as when nothing had been deleted yet.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from digest.model import DeliveryState, Result
from digest.services.delivery.ledger import StoreLedger
from digest.services.delivery.worker_run import WorkerRun
from digest.services.old_records import ROWS
from digest.store import issues, old_records
from digest.store.database import Database
from digest.store.figures import database_size
from digest.store.schema import deliveries
from tests.bench import filling, mail
from tests.bench.machine import facts
from tests.bench.preferences import postgres
from tests.bench.scale import Server, Spent
from tests.builders import NOON, keep, report, story

SMALLER = 100
BATCH = 200
# Days of which the time a message is the median.
COMPARED = 5
SENT = Result(DeliveryState.SENT, "250 2.0.0 Ok: queued as 4F2A61C0D3", 250, None, "smtp (mx:25)")


@dataclass(frozen=True, slots=True)
class Day:
    """What one day came to; the time is that of a message, in microseconds."""

    rows: int
    bytes: int
    time: float


@dataclass(frozen=True, slots=True)
class Grown:
    """A database and the days of it."""

    name: str
    database: Database
    subscribers: int
    server: Server | None = None

    def live(self, days: int, *, keeping: int) -> list[Day]:
        """Each day in turn, of which so many are kept."""
        return [self._day(NOON + timedelta(days=number), keeping) for number in range(days)]

    def _day(self, now: datetime, keeping: int) -> Day:
        issue_id = self._seal(now)
        spent, began = self._spent(), time.process_time()
        self._send(issue_id, now)
        own, sessions = time.process_time() - began, self._spent().sessions - spent.sessions
        with self.database.write() as connection:
            issues.finish(connection, issue_id, now)
        self._delete_before(now - timedelta(days=keeping, hours=-12))
        self._vacuum()
        with self.database.read() as connection:
            rows = connection.scalar(sa.select(sa.func.count()).select_from(deliveries)) or 0
            size = database_size(connection)
        return Day(rows, size, (own + sessions) / self.subscribers * 1e6)

    def _seal(self, now: datetime) -> int:
        with self.database.write() as connection:
            name = now.date().isoformat()
            told = story(0, headline=f"Of {name}", topic=mail.today().topics[0].id)
            number = keep(connection, report(key=name), told, name)
        of_today = replace(told, id=number)
        issue = replace(mail.today(), date=now.date(), stories=(of_today,), more=())
        issue_id = filling.seal(self.database, issue, at=now)
        filling.lay_out(self.database, issue_id, now)
        return issue_id

    def _send(self, issue_id: int, now: datetime) -> None:
        with WorkerRun(self.database, lambda: now, issue_id) as run:
            ledger = StoreLedger(run, issue_id, lambda: now, BATCH, resend_in_doubt=True)
            claims = ledger.exchange([], BATCH)
            while claims:
                claims = ledger.exchange([(claim, SENT) for claim in claims], BATCH)

    def _delete_before(self, moment: datetime) -> None:
        with self.database.read() as connection:
            old = old_records.issues_with_deliveries(connection, moment)
        for issue_id in old:
            count = ROWS
            while count:
                with self.database.write() as connection:
                    count = old_records.delete_deliveries(connection, issue_id, ROWS, moment)

    def _vacuum(self) -> None:
        """What autovacuum does in the course of a day."""
        if not self.database.is_sqlite:
            with self.database.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            ) as connection:
                connection.execute(sa.text("VACUUM ANALYZE"))

    def _spent(self) -> Spent:
        return self.server.spent() if self.server else Spent(0, 0)


def show(name: str, days: Sequence[Day], kept: int) -> None:
    """A line for some of the days, and one for each goal."""
    print(f"\n### {name}\n\n| day | deliveries | MB | bytes a delivery | µs a message |")
    print("| --: | --: | --: | --: | --: |")
    for number, day in enumerate(days, 1):
        if number in (1, len(days)) or number % 10 == 0:
            figures = f"{day.bytes / 1e6:.1f} | {day.bytes / day.rows:.0f} | {day.time:.1f}"
            print(f"| {number} | {day.rows:,} | {figures} |")
    first, last = (
        statistics.median(day.time for day in some)
        for some in (days[:COMPARED], days[kept - COMPARED : kept])
    )
    print()
    reached(f"time a message, day {kept} / day 1", last / first, 1.1)
    largest = max(day.bytes for day in days[kept:])
    reached("size with retention / of what is kept", largest / days[kept - 1].bytes, 1.2)


def reached(what: str, ratio: float, most: float) -> None:
    """Say whether a goal was reached."""
    verdict = "reached" if ratio <= most else "NOT reached"
    print(f"- {what}: {ratio:.2f}, at most {most:g}: {verdict}", flush=True)


def main() -> None:
    """Let both databases grow, and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("--mails", type=int, default=1_000_000, help="a day, before 1:100")
    parser.add_argument("--days", type=int, default=30, help="that are kept; twice as many pass")
    options = parser.parse_args()
    subscribers = options.mails // SMALLER
    print(f"## {options.mails:,} a day, at 1:{SMALLER}\n\n{facts()}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        small = filling.open_database(folder / "small")
        large = filling.open_database(
            folder / "large", stack.enter_context(postgres(folder / "server"))
        )
        for grown in (
            Grown("SQLite", small, subscribers),
            Grown("PostgreSQL", large, subscribers, Server(folder / "server")),
        ):
            stack.callback(grown.database.close)
            filling.fill(grown.database, subscribers)
            show(grown.name, grown.live(2 * options.days, keeping=options.days), options.days)


if __name__ == "__main__":
    main()
