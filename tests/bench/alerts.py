"""An alert to many: python -m tests.bench.alerts [--subscribers 100000] [--url DATABASE]

Subscribers who chose alerts, in all zones, with 64 sets of topics that all have the story's,
every 20th with keywords of their own. Measured is the transaction that decides who gets it and
queues their mails, and how fast the first and the last thousand are claimed, made and answered for.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from itertools import combinations, islice
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from digest.app import make_notice_renderer
from digest.model import DeliveryState, Result, Subscription
from digest.project import Project
from digest.services.delivery.alerts import queue_alerts
from digest.store import notices, subscribers
from tests.breaking_stories import CONFIG, break_story
from tests.builders import NOON
from tests.pipelines import open_pipeline
from tests.zones import ZONES

TOPICS = ("medicine", "oceans", "climate", "physics", "biology", "history")


def main() -> None:
    """Measure it, and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.alerts", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--url", default="sqlite:///var/digest.db")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digest-alerts-") as folder:
        root = Path(folder) / "project"
        (root / "config").mkdir(parents=True)
        (root / "config" / "digest.toml").write_text(CONFIG.format(url=options.url, more=""))
        with open_pipeline(root) as pipeline:
            measure(pipeline.project, options.subscribers)


def measure(project: Project, count: int) -> None:
    """Fill it, queue an alert, and send the first and the last of it."""
    with project.database.write() as connection:
        people = some_people(count)
        while some := list(islice(people, 10_000)):
            subscribers.put_all(connection, "daily", some, NOON)
    break_story(project, "A comet breaks up")
    renderer = make_notice_renderer(project)
    began, spent, peak = time.perf_counter(), time.process_time(), peak_memory()
    queued = queue_alerts(project, lambda: renderer)
    wall, spent = time.perf_counter() - began, time.process_time() - spent
    print(f"queued {queued:,} of {count:,} in {wall:.2f} s, {spent:.2f} s of the processor")
    print(f"memory: {peak_memory() - peak:.1f} MB more than before")
    waiting, rates = queued, []
    while waiting:
        rates.append(a_thousand(project, renderer))
        waiting -= min(waiting, 1000)
    print(f"claimed, made, recorded: {rates[0]:,.0f} a second first, {rates[-2]:,.0f} last")


def a_thousand(project: Project, renderer) -> float:
    """Send a thousand mails to nowhere, a hundred at a time; how many a second."""
    (letter,) = project.config.settings.newsletters
    began, count = time.perf_counter(), 0
    for _ in range(10):
        with project.database.write() as connection:
            claims = notices.claim(
                connection, worker="bench", now=NOON, limit=100, resend_in_doubt=False
            )
        for claim in claims:
            renderer.envelope(claim.notice, letter, NOON)
        with project.database.write() as connection:
            sent = Result(DeliveryState.SENT, "250 ok", 250, server="relay")
            notices.record(connection, [(claim, sent) for claim in claims], NOON)
        count += len(claims)
    return count / (time.perf_counter() - began)


def some_people(count: int) -> Iterator[Subscription]:
    """Subscribers, each as different from the others as people are."""
    sets = [("space", *others) for size in range(7) for others in combinations(TOPICS, size)]
    for number in range(count):
        yield Subscription(
            f"s{number}@example.org",
            topics=sets[number % len(sets)],
            timezone=ZONES[number % len(ZONES)],
            keywords=(f"word{number}",) if number % 20 == 0 else (),
            alerts=True,
        )


def peak_memory() -> float:
    """The most that this process had so far, in MB."""
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
