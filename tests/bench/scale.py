"""What a message costs on SQLite and on PostgreSQL, and with several workers.

In processor time, own and PostgreSQL's, since the machine may be shared; all in turn, round after
round, so that the ratios are those of one time. The messages go nowhere (a backend that takes
them at once): what is left is the engine, the making of messages, and the database.
"""

import argparse
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psutil
import sqlalchemy as sa

from digest.store.database import Database
from digest.store.schema import deliveries
from tests.bench import clients, filling, mail
from tests.bench.clients import Child
from tests.bench.machine import facts
from tests.bench.preferences import postgres
from tests.bench.rounds import Spread, spread

WORKERS = (1, 2, 4)
ORDER = {
    "port": None,
    "connections": 8,
    "batch": 200,
    "key": None,
    "afresh": False,
    "messages": None,
}
# What PostgreSQL does beside its sessions.
_BACKGROUND = ("checkpointer", "writer", "walwriter", "autovacuum", "launcher", "archiver")


class Cost(NamedTuple):
    """Microseconds of processor time a message: ours, PostgreSQL's sessions, the rest of it."""

    own: float
    sessions: float = 0.0
    background: float = 0.0

    @property
    def both(self) -> float:
        """Ours and that of the sessions."""
        return self.own + self.sessions


class Spent(NamedTuple):
    """Seconds of processor time that a server has taken so far."""

    sessions: float
    all: float


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server, by the folder of its data."""

    folder: Path

    def spent(self) -> Spent:
        """What its processes have taken, those that are gone among them."""
        main = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
        times = main.cpu_times()
        sessions = background = times.user + times.system
        background += times.children_user + times.children_system
        sessions = 0.0
        for process in main.children():
            times = process.cpu_times()
            if any(word in " ".join(process.cmdline()) for word in _BACKGROUND):
                background += times.user + times.system
            else:
                sessions += times.user + times.system
        return Spent(sessions, sessions + background)


@dataclass(slots=True)
class Issue:
    """An issue in a database, and the processes that can send it."""

    name: str
    database: Database
    id: int
    senders: Sequence[Child]
    server: Server | None = None
    costs: dict[int, list[Cost]] = field(default_factory=dict)

    def lay_out(self) -> None:
        """It waits for everyone, as if it had just been sealed."""
        with self.database.write() as connection:
            connection.execute(sa.delete(deliveries).where(deliveries.c.issue_id == self.id))
        vacuum(self.database)
        filling.lay_out(self.database, self.id)
        vacuum(self.database)

    def send(self, workers: int) -> Cost:
        """Have so many send all of it at once; what each message cost."""
        before = self.server.spent() if self.server else Spent(0, 0)
        with ThreadPoolExecutor(workers) as threads:
            asked = [threads.submit(child.order, ORDER) for child in self.senders[:workers]]
            answers = [one.result() for one in asked]
        after = self.server.spent() if self.server else Spent(0, 0)
        messages = sum(answer["messages"] for answer in answers)
        own = sum(answer["processor"] for answer in answers)
        sessions, all_of_it = (now - then for now, then in zip(after, before, strict=True))
        return Cost(*(x / messages * 1e6 for x in (own, sessions, all_of_it - sessions)))


def vacuum(database: Database) -> None:
    """What autovacuum would do a minute later."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
            own.execute(sa.text("VACUUM ANALYZE deliveries"))


def prepare(
    name: str, folder: Path, url: str, messages: int, workers: int, stack: ExitStack
) -> Issue:
    """A sealed issue for so many subscribers, and processes that wait to send it."""
    database = filling.open_database(folder, url)
    stack.callback(database.close)
    filling.fill(database, messages)
    issue_id = filling.seal(database, mail.today(), mail.rendered())
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
            own.execute(sa.text("VACUUM ANALYZE"))
    senders = [stack.enter_context(clients.engine(folder, issue_id, url)) for _ in range(workers)]
    for sender in senders:
        sender.order({**ORDER, "messages": 0})
    return Issue(name, database, issue_id, senders)


def measure(issues: Sequence[Issue], rounds: int) -> None:
    """All in turn; the first round warms up and does not count."""
    for number in range(rounds + 1):
        for issue in issues:
            for workers in WORKERS:
                if workers <= len(issue.senders):
                    issue.lay_out()
                    cost = issue.send(workers)
                    if number:
                        issue.costs.setdefault(workers, []).append(cost)


def updates(issue: Issue) -> str:
    """How many updates of the deliveries were HOT: they wrote into no index."""
    query = sa.text(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'deliveries'"
    )
    with issue.database.read() as connection:
        every, hot = connection.execute(query).one()
    return f"{hot:,} of {every:,} updates of deliveries were HOT"


def ratios(above: Sequence[Cost], below: Sequence[Cost], attribute: str) -> Spread:
    """Of the costs of each round."""
    return spread(
        [getattr(a, attribute) / getattr(b, attribute) for a, b in zip(above, below, strict=True)]
    )


def table(issues: Sequence[Issue]) -> str:
    """In Markdown; medians, with the least and the most."""
    lines = [
        "| database | workers | own µs a message | PostgreSQL's sessions | its background |",
        "| --- | --: | --: | --: | --: |",
    ]
    for issue in issues:
        for workers, costs in issue.costs.items():
            columns = [spread(column).show(".1f") for column in zip(*costs, strict=True)]
            lines.append(f"| {issue.name} | {workers} | {' | '.join(columns)} |")
    return "\n".join(lines)


def reached(small: Issue, large: Issue) -> str:
    """A line a goal."""
    one = large.costs[1]
    own = ratios(one, small.costs[1], "own")
    sessions = spread([cost.sessions for cost in one])
    goals = [
        ("own processor time on PostgreSQL / on SQLite", own, 1.25),
        ("PostgreSQL's µs a message", sessions, 60.0),
        *(
            (f"cost a message of {n} workers / of 1", ratios(large.costs[n], one, "both"), most)
            for n, most in ((2, 1.25), (4, 1.25))
        ),
    ]
    return "\n".join(
        f"- {what}: {found.show('.2f')}, at most {most:g}: "
        f"{'reached' if found.median <= most else 'NOT reached'}"
        for what, found, most in goals
    )


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"## What a message costs\n\n{facts()}\n")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(postgres(folder / "server"))
        sizes = {"messages": options.messages, "stack": stack}
        small = prepare("SQLite", folder / "small", "sqlite:///bench.db", workers=1, **sizes)
        large = prepare("PostgreSQL", folder / "large", url, workers=max(WORKERS), **sizes)
        large.server = Server(folder / "server")
        measure([small, large], options.rounds)
        print(f"{options.rounds} rounds in turn; median (least to most)\n\n{table([small, large])}")
        print(f"\n{reached(small, large)}\n- {updates(large)}")


if __name__ == "__main__":
    main()
