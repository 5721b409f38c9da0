"""What webhooks cost a send: processor time and wall time, in paired rounds of one run.

The process does what `digest serve` does: it sends an issue in one thread, and tells webhooks in
another, here every second, as the send would be over before the scheduler's next minute. A day's
events wait for a receiver that is away (it lets nobody in), answers 500, or takes five seconds for
each; or that takes all at once, which is work that has to be done at some time.

A machine that does other work moves both times by more than what is looked for. So each round has
two sends without a webhook, and how far these differ is printed as well: what is not more than that
was not seen. And the telling is measured alone, for as long as the send of its round took, in a
process that sends nothing: that is a part of the processor time, and needs no difference of two.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from digest.app import make_webhook_poster, make_webhook_sender
from digest.model import Subscription
from digest.new_project import create_project
from digest.pipeline import Pipeline
from digest.services.webhooks import manage
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import subscribers
from tests.bench import tools
from tests.bench.machine import facts
from tests.bench.sink import sink
from tests.pipelines import open_pipeline
from tests.webhook_receiver import Receiver, webhook_receiver

BASE, AGAIN = "no webhook", "no webhook, again"
RECEIVERS = {
    BASE: None,
    "away": Receiver(is_away=True),
    "answers 500": Receiver(status=500),
    "five seconds each": Receiver(seconds=5),
    "takes all": Receiver(),
}
MOST = 0.05
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


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the processor, and on the wall."""

    processor: float
    wall: float


@contextmanager
def measured() -> Iterator[list[Took]]:
    """What this process takes within; it stands in the list afterwards."""
    took: list[Took] = []
    began, processor = time.perf_counter(), time.process_time()
    yield took
    took.append(Took(time.process_time() - processor, time.perf_counter() - began))


def send(root: Path, events: int) -> Took:
    """Send the issue, and tell a webhook of events meanwhile."""
    with waiting_events(root, events) as pipeline, telling(pipeline), measured() as took:
        outcome = pipeline.send(pipeline.project.config.settings.newsletters, None)
    assert [set(issue.deliveries) for issue in outcome.issues] == [{"sent"}], outcome
    return took[0]


def tell(root: Path, events: int, seconds: float) -> Took:
    """Send nothing, and tell the webhook for so long."""
    with waiting_events(root, events) as pipeline, telling(pipeline), measured() as took:
        time.sleep(seconds)
    return took[0]


@contextmanager
def waiting_events(root: Path, events: int) -> Iterator[Pipeline]:
    """A pipeline with a webhook, if any, that a day's events wait for; what it needs is loaded."""
    with open_pipeline(root) as pipeline:
        project, url = pipeline.project, os.environ["WEBHOOK"]
        if url:
            poster = make_webhook_poster(project.config)
            manage.add(project, poster, url, [], "bench", with_addresses=False)
            told = [of_subscriber(n, newsletter="science-daily") for n in range(events)]
            with project.database.write() as connection:
                queue_events(connection, EventKind.SUBSCRIBER_SUBSCRIBED, told, project.clock())
        # A process loads once what tells events: that is no part of a send.
        make_webhook_sender(project).send_waiting(0)
        yield pipeline


@contextmanager
def telling(pipeline: Pipeline) -> Iterator[None]:
    """Tells webhooks in a thread beside what is done within, every second."""
    over = threading.Event()

    def rounds() -> None:
        while not over.wait(1):
            pipeline.send_events(seconds=40)

    beside = threading.Thread(target=rounds)
    beside.start()
    try:
        yield
    finally:
        over.set()
        pipeline.stop_when(over.is_set)
        beside.join()


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


def in_a_process(port: int, like: Receiver | None, messages: int, *words: str) -> Took:
    """Send, or tell, from a new project, in a process of its own."""
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
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.webhooks", "--project", str(root), *words],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return Took(*json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure in turn and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.webhooks", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=500, help="that wait for the receiver")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--project", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--tell", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.project:
        if options.tell is None:
            took = send(options.project, options.events)
        else:
            took = tell(options.project, options.events, options.tell)
        print(json.dumps([took.processor, took.wall]))
        return
    lacking = tools.postfix()
    if lacking:
        print(f"Webhooks: skipped, {lacking}")
        return
    print(f"## Webhooks beside a send of {options.messages:,}\n\n{facts()}\n")
    with sink() as port:
        rounds = [
            one_round(port, options.messages, options.events, turn)
            for turn in range(options.rounds)
        ]
    print(f"{options.events:,} events wait; {options.rounds} rounds in turn; medians\n")
    print("| receiver | processor s | ratio, least to most | wall s | ratio, least to most |")
    print("|---|---|---|---|---|")
    for name in rounds[0].sends:
        print(
            f"| {name} | {columns(rounds, name, 'processor')} | {columns(rounds, name, 'wall')} |"
        )
    print("\n| receiver | telling alone, processor s | of what the send takes |\n|---|---|---|")
    for name in rounds[0].tells:
        spent = [one.tells[name].processor - one.idle.processor for one in rounds]
        shares = sorted(
            mine / one.sends[BASE].processor for mine, one in zip(spent, rounds, strict=True)
        )
        verdict = "" if name == "takes all" else _verdict(median(shares))
        spread = f"{median(shares):.1%} ({shares[0]:.1%} to {shares[-1]:.1%})"
        print(f"| {name} | {median(spent):.2f} | {spread}{verdict} |")


@dataclass(frozen=True, slots=True)
class Round:
    """What each send of a round took, what the telling took alone, and to wait as long."""

    sends: dict[str, Took]
    tells: dict[str, Took]
    idle: Took


def one_round(port: int, messages: int, events: int, turn: int) -> Round:
    """One after the other, in another order each time; `AGAIN` is a second send without any."""
    in_turn = [*RECEIVERS.items(), (AGAIN, None)]
    begin = turn % len(in_turn)
    many = ("--events", str(events))
    sends = {
        name: in_a_process(port, like, messages, *many)
        for name, like in in_turn[begin:] + in_turn[:begin]
    }
    words = (*many, "--tell", str(sends[BASE].wall))
    with ThreadPoolExecutor() as at_once:  # the processor time of one is not the others'
        told = at_once.map(lambda like: in_a_process(port, like, 0, *words), RECEIVERS.values())
        tells = dict(zip(RECEIVERS, told, strict=True))
    idle = tells.pop(BASE)
    return Round({name: sends[name] for name, _ in in_turn}, tells, idle)


def columns(rounds: Sequence[Round], name: str, what: str) -> str:
    """The median of a time, and its ratio to that without a webhook in the same round."""
    times = [getattr(one.sends[name], what) for one in rounds]
    without = [getattr(one.sends[BASE], what) for one in rounds]
    ratios = sorted(mine / base for mine, base in zip(times, without, strict=True))
    return f"{median(times):.2f} | {median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})"


def _verdict(share: float) -> str:
    return f"; at most {MOST:.0%}: {'reached' if share <= MOST else 'NOT reached'}"


if __name__ == "__main__":
    main()
