"""What the editors' pages take, on SQLite and on PostgreSQL.

A page that looks for an address by any part of it, among a million   at most 100 ms at the median
An edit of an issue of 200 stories, and the mail beside it anew        at most 300 ms at the median

The time of the processors counts, of this process and of PostgreSQL's, which no other load changes.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

import psutil
import sqlalchemy as sa

from digest.roles import Role
from digest.store import address_lists
from digest.store.database import Database
from digest.store.schema import subscribers
from tests.admin_pages import AdminSite, admin_site
from tests.bench.machine import facts
from tests.builders import DAY, NOON
from tests.postgres import database_url, postgres_server
from tests.sites import DAILY, keep_story

# What no address begins with: else an index would find it.
PARTS = {
    "in none": "zzqqx",
    "in none, of frequent letters": "example.orgg",
    "in two": "n999991@",
    "in one of five": "@posteo.net",
    "in each": "a",
    "two letters, in one of fifty": "7@",
    "two letters, in none": "m@",
}
TOMORROW = DAY + timedelta(days=1)
LARGE = "max_stories = 100\nstories_per_topic = 100\nmax_more = 100\n"


def main() -> int:
    """Measure and print the table; 1 where a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.desk", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    parser.add_argument("--looks", type=int, default=20, help="at each")
    options = parser.parse_args()
    print(f"{facts()}\n\n| database | what | p50 ms | p95 ms |\n|---|---|---|---|")
    logging.disable(logging.INFO)
    met = True
    with tempfile.TemporaryDirectory(prefix="digest-desk-") as folder:
        for name, url, now in _databases():
            os.environ["DIGEST_DATABASE_URL"] = url
            with admin_site(Path(folder) / name, DAILY + LARGE) as site:
                _fill(site.project.database, options.subscribers)
                for what, goal, look in _looks(site):
                    met &= _tell(name, what, _timed(look, options.looks, now), goal)
    print(f"\nThe goals are {'met' if met else 'missed'}.")
    return 0 if met else 1


def _looks(site: AdminSite) -> Iterator[tuple[str, float, Callable[[], object]]]:
    """What is looked at, in how many seconds it is to be there, and how."""
    browser = site.browser(Role.PUBLISHER)
    for kind, part in PARTS.items():
        asked = partial(browser.get, "/admin/subscribers", params={"q": part})
        yield f"looked for `{part}`: {kind}", 0.1, asked
    with site.project.database.write() as connection:
        numbers = [
            keep_story(connection, headline=f"Story {number} is told", dropped=TOMORROW).id
            for number in range(200)
        ]
    issue = f"/admin/issues/daily/{TOMORROW}"
    leads = iter(numbers[1:])

    def edit() -> None:
        browser.submit(f"{issue}/edit/stories", {"do": f"lead {next(leads)}"})
        browser.get(f"{issue}/edit")
        browser.get(f"{issue}/mail")

    yield "another lead of 200", 0.3, edit


def _databases() -> Iterator[tuple[str, str, Callable[[], float]]]:
    """By name: its address, and the seconds of processor that were spent so far."""
    yield "SQLite", "sqlite:///var/digest.db", time.process_time
    with postgres_server() as server:
        with server.engine.connect() as connection:
            connection.execute(sa.text("CREATE DATABASE desk"))
            # What a process of its own did is counted no more once it has ended.
            connection.execute(sa.text("ALTER SYSTEM SET max_parallel_workers_per_gather = 0"))
            connection.execute(sa.text("SELECT pg_reload_conf()"))
        main = int((Path(server.server.pgdata) / "postmaster.pid").read_text().split()[0])

        def seconds() -> float:
            processes = psutil.Process(main).children()
            spent = (Path(f"/proc/{process.pid}/schedstat").read_text() for process in processes)
            return time.process_time() + sum(int(text.split()[0]) for text in spent) / 1e9

        yield "PostgreSQL", database_url(server.engine, "desk"), seconds


def _fill(database: Database, count: int) -> None:
    """Addresses as people have them, each in small letters but for one of a hundred."""
    domains = ("gmail.com", "example.org", "web.de", "posteo.net", "mail.example.com")
    names = ("ada", "byron", "cleo", "dora", "emil", "frida", "grace", "hedy", "ines", "jules")

    def rows(first: int) -> list[dict[str, object]]:
        return [
            {
                "email": email.capitalize() if n % 100 == 0 else email,
                "name": "",
                "address_hash": f"{n:064x}",
                "created_at": NOON,
            }
            for n in range(first, min(first + 10_000, count))
            if (email := f"{names[n % 10]}.{names[n // 10 % 10]}{n}@{domains[n % 5]}")
        ]

    with database.write() as connection:
        for first in range(0, count, 10_000):
            connection.execute(sa.insert(subscribers), rows(first))
        address_lists.renew(connection, range(1, count + 1))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))


def _timed(do: Callable[[], object], times: int, now: Callable[[], float]) -> list[float]:
    do()
    seconds = []
    for _ in range(times):
        began = now()
        do()
        seconds.append(now() - began)
    return seconds


def _tell(name: str, what: str, seconds: list[float], goal: float) -> bool:
    p50, p95 = median(seconds), sorted(seconds)[int(len(seconds) * 0.95)]
    print(f"| {name} | {what} | {p50 * 1000:.0f} | {p95 * 1000:.0f} |", flush=True)
    return p50 <= goal


if __name__ == "__main__":
    sys.exit(main())
