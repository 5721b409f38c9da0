"""A million subscribers, each at their hour: the lay-out, and what every minute of the day asks.

They are spread over every hour of many zones. Yesterday's issue was sent; today's is laid
out, and the clock goes from minute to minute over the busiest hour. What is asked each minute is
what services/delivery/issues asks: is anything late, is anything due; and, where something is, how
many, and the first batch of them.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from digest.clock import local_date
from digest.services.delivery import schedule
from digest.settings import DeliverySettings
from digest.store import claims, deliveries, issues
from digest.store.database import Database
from tests.bench import filling, mail
from tests.bench.machine import facts
from tests.bench.preferences import postgres

ZONES = [
    "Europe/Paris", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Tokyo",
    "Asia/Kolkata", "Australia/Sydney", "America/Sao_Paulo", "Africa/Lagos", "Pacific/Auckland",
]  # fmt: skip
BATCH = 200
LIMIT = 50
SETTINGS = DeliverySettings()


def lay_out_both(database: Database) -> tuple[int, datetime, float]:
    """Yesterday's issue, sent, and today's, laid out: its id, its time, and the seconds."""
    day = mail.today().date
    seals = [
        datetime(*(day - timedelta(days=ago)).timetuple()[:3], 6, tzinfo=UTC) for ago in (1, 0)
    ]
    earlier = filling.seal(database, mail.yesterday(), at=seals[0])
    filling.lay_out(database, earlier, seals[0], at_once=False)
    filling.mark_sent(database, earlier, seals[1])
    issue_id = filling.seal(database, mail.today(), mail.rendered(), at=seals[1])
    return issue_id, seals[1], filling.lay_out(database, issue_id, seals[1], at_once=False)


def minutes(database: Database, issue_id: int, sealed_at: datetime) -> Iterator[dict[str, float]]:
    """Milliseconds of each question, from minute to minute; on the hour some thousands are due."""
    with database.read() as connection:
        record = issues.get(connection, issue_id)
    for minute in range(59, 59 + 60, 4):
        now = sealed_at + timedelta(minutes=minute)
        due: dict[str, Any] = {"issue_id": issue_id, "now": now, "resend_in_doubt": True}
        asked: dict[str, Callable[[sa.Connection], object]] = {
            "late?": partial(schedule.needs_settling, record=record, settings=SETTINGS, now=now),
            "due?": partial(deliveries.is_due, **due),
            "how many": partial(deliveries.waiting, **due),
            "a batch": partial(claims.claim, worker="bench", limit=BATCH, **due),
        }
        yield {name: timed(database, question) for name, question in asked.items()}


def timed(database: Database, question: Callable[[sa.Connection], object]) -> float:
    """Milliseconds; nothing is changed."""
    with database.rehearsal() as connection:
        begin = time.perf_counter()
        question(connection)
        return (time.perf_counter() - begin) * 1000


def show(name: str, database: Database, count: int) -> None:
    """Fill the database, and a line of the table."""
    filling.fill(database, count)
    filling.spread(database, ZONES)
    issue_id, sealed_at, seconds = lay_out_both(database)
    if not database.is_sqlite:  # autovacuum would come a minute later
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
            own.execute(sa.text("VACUUM ANALYZE deliveries"))
    found = list(minutes(database, issue_id, sealed_at))
    columns = [median(one[question] for one in found[1:]) for question in found[0]]
    together = [sum(one.values()) for one in found[1:]]
    figures = " | ".join(f"{each:.1f}" for each in [*columns, median(together), max(together)])
    print(f"| {name} | {seconds:.1f} | {figures} |", flush=True)
    assert local_date(sealed_at, mail.LETTER.zone) == mail.today().date


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.due", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    options = parser.parse_args()
    print(
        f"## {options.subscribers:,} subscribers at their hours\n\n{facts()}\n\n"
        "Laid out in seconds, at most 5; then milliseconds of what is asked in a minute, the "
        f"median of 15 minutes, at most {LIMIT} together\n\n"
        "| database | laid out | late? | due? | how many | a batch | together | at most |\n"
        "| --- | --: | --: | --: | --: | --: | --: | --: |"
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = {"SQLite": "sqlite:///bench.db"}
        urls["PostgreSQL"] = stack.enter_context(postgres(folder / "server"))
        for name, url in urls.items():
            (folder / name).mkdir()
            database = Database(url, folder / name)
            stack.callback(database.close)
            show(name, database, options.subscribers)


if __name__ == "__main__":
    main()
