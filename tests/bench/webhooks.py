"""What webhooks cost a send: processor time of the process that sends, beside that without any.

The process does what `digest serve` does: it sends an issue in one thread, and tells webhooks in
another, here every second, as the send would be over before the scheduler's next minute. A day's
events wait for a receiver that is away (it lets nobody in), answers 500, or takes five seconds for
each; or that takes all at once, which is work that has to be done at some time.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from digest.app import make_webhook_poster
from digest.model import Subscription
from digest.new_project import create_project
from digest.services.webhooks import manage
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import subscribers
from tests.bench import tools
from tests.bench.machine import facts
from tests.bench.sink import sink
from tests.pipelines import open_pipeline
from tests.webhook_receiver import Receiver, webhook_receiver

RECEIVERS = {
    "no webhook": None,
    "away": Receiver(is_away=True),
    "answers 500": Receiver(status=500),
    "five seconds each": Receiver(seconds=5),
    "takes all": Receiver(),
}
MOST = 1.05
STORY = """A galaxy far away

November 20, 2026
A galaxy far away
  • It was seen in May.
  • Nobody knows why.

Summary based on 3 sources
"""


def make(root: Path, count: int) -> None:
    """A project with a story and so many subscribers."""
    create_project(root)
    (root / "seeds" / "story.txt").write_text(STORY, "utf-8")
    with open_pipeline(root) as pipeline:
        project = pipeline.project
        (newsletter,) = project.config.settings.newsletters
        people = [Subscription(f"subscriber{n}@example.org") for n in range(count)]
        with project.database.write() as connection:
            subscribers.put_all(connection, newsletter.id, people, project.clock())


def send(root: Path, events: int) -> float:
    """Send the issue, and tell a webhook of events meanwhile; seconds of processor time."""
    with open_pipeline(root) as pipeline:
        project, over = pipeline.project, threading.Event()
        url = os.environ["WEBHOOK"]
        if url:
            poster = make_webhook_poster(project.config)
            manage.add(project, poster, url, [], "bench", with_addresses=False)
            told = [of_subscriber(n, newsletter="science-daily") for n in range(events)]
            with project.database.write() as connection:
                queue_events(connection, EventKind.SUBSCRIBER_SUBSCRIBED, told, project.clock())

        def tell() -> None:
            while not over.wait(1):
                pipeline.send_events(seconds=40)

        beside = threading.Thread(target=tell)
        beside.start()
        try:
            began = resource.getrusage(resource.RUSAGE_SELF)
            outcome = pipeline.send(project.config.settings.newsletters, None)
            ended = resource.getrusage(resource.RUSAGE_SELF)
        finally:
            over.set()
            pipeline.stop_when(over.is_set)
            beside.join()
    assert [set(issue.deliveries) for issue in outcome.issues] == [{"sent"}], outcome
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


@contextmanager
def answering(like: Receiver | None) -> Iterator[str]:
    """A receiver that answers like this one; its address, or nothing."""
    if like is None:
        yield ""
        return
    with webhook_receiver() as receiver:
        receiver.is_away, receiver.status = like.is_away, like.status
        receiver.seconds = like.seconds
        yield receiver.url


def one_round(messages: int, port: int, like: Receiver | None, events: int) -> float:
    """Send from a new project, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, answering(like) as url:
        root = Path(folder) / "project"
        make(root, messages)
        settings = {
            "WEBHOOK": url,
            "DIGEST_BACKEND": "smtp",
            "DIGEST_SMTP_HOST": "127.0.0.1",
            "DIGEST_SMTP_PORT": str(port),
            "DIGEST_SMTP_SECURITY": "none",
            "DIGEST_COLLECT_ALLOW": json.dumps(["127.0.0.1"]),
        }
        words = [sys.executable, "-m", "tests.bench.webhooks", "--send", str(root)]
        done = subprocess.run(
            [*words, "--events", str(events)],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return float(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure in turn and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.webhooks", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=500, help="that wait for the receiver")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--send", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send:
        print(send(options.send, options.events))
        return
    lacking = tools.postfix()
    if lacking:
        print(f"Webhooks: skipped, {lacking}")
        return
    print(f"## Webhooks beside a send of {options.messages:,}\n\n{facts()}\n")
    took: dict[str, list[float]] = {name: [] for name in RECEIVERS}
    with sink() as port:
        for turn in range(options.rounds):
            in_turn = list(RECEIVERS.items())
            for name, like in in_turn[turn % len(in_turn) :] + in_turn[: turn % len(in_turn)]:
                took[name].append(one_round(options.messages, port, like, options.events))
    print(f"{options.events:,} events wait; {options.rounds} rounds in turn\n")
    print("| receiver | processor s (median) | ratio, least to most |\n|---|---|---|")
    base = took["no webhook"]
    for name, seconds in took.items():
        ratios = sorted(mine / without for mine, without in zip(seconds, base, strict=True))
        verdict = "" if name in ("no webhook", "takes all") else _verdict(median(ratios))
        spread = f"{median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})"
        print(f"| {name} | {median(seconds):.2f} | {spread}{verdict} |")


def _verdict(ratio: float) -> str:
    return f"; at most {MOST}: {'reached' if ratio <= MOST else 'NOT reached'}"


if __name__ == "__main__":
    main()
