"""One million subscribers on SQLite: laying out, time a message, and memory.

An issue is sent to a million and to a hundred thousand in stretches, in turn: five of the small
one, and five of as many messages at the beginning, the end and between of the million, which is
sent whole. The messages go nowhere (a backend that takes them at once), so that the time is that
of the engine and the database alone: what grows with a table shows there, and not in the wire.
Both databases hold the deliveries of an earlier issue as well. With --whole the million is then
sent once more, to Postfix's smtp-sink.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from digest.store import claims, deliveries, workers
from digest.store.database import Database
from tests.bench import clients, filling, mail, tools
from tests.bench.clients import Child
from tests.bench.machine import facts
from tests.bench.memory import watched
from tests.bench.outgoing import now
from tests.bench.rounds import spread
from tests.bench.sink import sink

STRETCHES = 5
BATCH = 200
NOWHERE = {"port": None, "connections": 8, "batch": BATCH, "key": None, "afresh": False}


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue that waits for so many, and the process that is to send it."""

    database: Database
    id: int
    count: int
    sender: Child

    def send(self, messages: int) -> float:
        """Microseconds a message of a stretch."""
        answer = self.sender.order({**NOWHERE, "messages": messages})
        return answer["seconds"] / answer["messages"] * 1e6

    def waiting(self) -> int:
        """How many it still waits for."""
        with self.database.read() as connection:
            return deliveries.counts(connection, self.id).get("pending", 0)

    def claim(self, times: int = 20) -> float:
        """Microseconds a claim, a batch at a time; the median. Nothing is changed."""
        worker = workers.new_worker()
        found = []
        for _ in range(times):
            with self.database.rehearsal() as connection:
                begin = time.perf_counter()
                taken = claims.claim(
                    connection,
                    self.id,
                    worker=worker.id,
                    now=now(),
                    limit=BATCH,
                    resend_in_doubt=True,
                )
                found.append((time.perf_counter() - begin) / len(taken) * 1e6)
        return statistics.median(found)


def prepare(folder: Path, count: int, stack: ExitStack) -> Issue:
    """A database of so many subscribers, an issue sent to all yesterday, and one for today."""
    database = filling.open_database(folder)
    stack.callback(database.close)
    begin = time.perf_counter()
    filling.fill(database, count)
    filled = time.perf_counter() - begin
    before = filling.seal(database, mail.yesterday())
    first = filling.lay_out(database, before)
    filling.mark_sent(database, before, now())
    issue_id = filling.seal(database, mail.today(), mail.rendered())
    second = filling.lay_out(database, issue_id)
    print(
        f"- {count:,} subscribers: filled in {filled:.1f} s; deliveries laid out in "
        f"{first:.1f} s, of a second issue in {second:.1f} s; at most 5 for a million",
        flush=True,
    )
    sender = stack.enter_context(clients.engine(folder, issue_id))
    sender.order({**NOWHERE, "messages": 0})  # it is loaded now, which counts as memory
    return Issue(database, issue_id, count, sender)


def stretches(small: Issue, large: Issue) -> Iterator[tuple[str, float]]:
    """A line of the table for each stretch, and its ratio of the large issue to the small one."""
    size = small.count // STRETCHES
    for number in range(STRETCHES):
        start = (large.count - size) * number // (STRETCHES - 1)
        ahead = large.waiting() - (large.count - start)
        if ahead > 0:
            large.send(ahead)
        claiming = [small.claim(), large.claim()]
        times = [issue.send(min(size, issue.waiting())) for issue in (small, large)]
        ratio = times[1] / times[0]
        figures = [f"{value:.1f}" for value in (*times, *claiming)]
        yield f"| from {start:,} | {' | '.join(figures)} | {ratio:.2f} |", ratio


def show_stretches(small: Issue, large: Issue) -> None:
    """The table, with the memory of the process that sent to the many."""
    few, many = f"{small.count:,}", f"{large.count:,}"
    print(
        f"\nMicroseconds a message, in batches of {BATCH}; of these, a claim\n\n"
        f"| stretch | of {few} | of {many} | claim of {few} | claim of {many} | ratio |\n"
        "| --- | --: | --: | --: | --: | --: |"
    )
    ratios = []
    with watched(large.sender.pid) as memory:
        for line, ratio in stretches(small, large):
            print(line, flush=True)
            ratios.append(ratio)
    print(f"\n- time a message at {many} / at {few}: {spread(ratios).show('.2f')}, at most 1.15")
    print_memory(memory)
    assert large.waiting() == 0


def print_memory(memory: list[float]) -> None:
    """From first to last."""
    first, last, most = memory[0], memory[-1], max(memory)
    print(
        f"- memory of the sending process: {first:.0f} MB before, {last:.0f} MB after, "
        f"at most {most:.0f} MB; to be under 200"
    )


def send_whole(issue: Issue) -> None:
    """All of it through smtp-sink."""
    lacking = tools.postfix()
    if lacking:
        print(f"- the whole through smtp-sink: skipped, {lacking}")
        return
    with sink() as port, watched(issue.sender.pid) as memory:
        order = {**NOWHERE, "port": port, "afresh": True, "messages": issue.count}
        answer = issue.sender.order(order)
    rate = answer["messages"] / answer["seconds"]
    print(f"- {issue.count:,} through smtp-sink: {answer['seconds']:.0f} s, {rate:,.0f} a second")
    print_memory(memory)


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.million", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    parser.add_argument("--beside", type=int, default=100_000, help="the smaller issue")
    parser.add_argument("--whole", action="store_true", help="and all through smtp-sink")
    options = parser.parse_args()
    print(f"## {options.subscribers:,} subscribers\n\n{facts()}\n")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        small = prepare(folder / "small", options.beside, stack)
        large = prepare(folder / "large", options.subscribers, stack)
        show_stretches(small, large)
        if options.whole:
            send_whole(large)


if __name__ == "__main__":
    main()
