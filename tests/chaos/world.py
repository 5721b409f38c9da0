"""What the chaos happens to: a project with two daemons on two hosts, its database, its server.

After each event it is asked whether everything moves again, and at any time whether everybody is
accounted for.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from digest.faulty_smtp import FaultServer, SmtpFault, Talk
from digest.model import Subscription
from digest.services.delivery.accounts import draw_accounts
from digest.store import issues, workers
from digest.store.database import Database
from digest.store.deliveries import waiting
from digest.store.schema import deliveries, subscribers
from digest.store.subscribers import put_all
from tests.chaos.host import TICK, Host, a_host
from tests.commands import Command
from tests.integration.conftest import DAY, NOON, Project, story_text

BATCH = 50
CONNECTIONS = 4
# The most that a run leaves in doubt when it dies, for each of its connections.
IN_DOUBT = 4
# Seconds after which a worker that says nothing is dead.
SILENCE = 3.0
# One host's clock is fast by so much; but hosts that share a file are on one machine.
APART = timedelta(minutes=11)
# A dead worker of another host is found by the tick after the silence, and a daemon that failed
# goes on with its next tick; the rest is the machine's.
PATIENCE = SILENCE + 2 * TICK.total_seconds()
SLACK = 3.0
# Beside it a worker notices that the database was away, and its job is found to be a dead one's.
AMONG_WORKERS = 10.0
# Jobs in which the issue is sent, which one worker may be doing both: `workers.per_issue`.
JOBS = 2
_SESSIONS = sa.text(
    "SELECT pid, pg_blocking_pids(pid), state, wait_event, now() - state_change, left(query, 200)"
    " FROM pg_stat_activity WHERE datname = current_database()"
)


_JOBS = sa.text(
    "SELECT jobs.id, task_name, status::text, lock, attempts, scheduled_at, worker_id,"
    " now() - last_heartbeat FROM procrastinate.procrastinate_jobs AS jobs"
    " LEFT JOIN procrastinate.procrastinate_workers AS workers ON workers.id = worker_id"
)


@dataclass
class Daemon:
    """`digest scheduler` or `digest serve` on a host."""

    host: Host
    args: tuple[str, ...]
    began_at: datetime
    log: Path
    process: Command | None = None

    def kill(self) -> None:
        """End its process, and what leads to it."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate(timeout=30)
            self.process = None


@dataclass
class Effect:
    """What an event came to: the seconds until all moved on, and how many are in doubt by it."""

    event: str
    seconds: float
    in_doubt: int


@dataclass
class World:
    """`pause` is how long the server thinks about each message, in seconds."""

    project: Project
    database: Database
    server: FaultServer
    subscribers: list[str]
    daemons: list[Daemon] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def start(self, daemon: Daemon) -> None:
        """Start a daemon, for the first time or again."""
        daemon.process = daemon.host.start(
            daemon.args,
            self.project.root,
            self.project.environment(DIGEST_NOW=self.now(daemon).isoformat()),
            daemon.log,
        )

    def now(self, daemon: Daemon) -> datetime:
        """What its host's clock says."""
        return daemon.began_at + timedelta(seconds=time.monotonic() - self.began)

    # How it stands.

    @property
    def has_workers(self) -> bool:
        """Whether workers do what the daemons would."""
        return "DIGEST_WORKERS_ENABLED" in self.project.env

    @property
    def slack(self) -> float:
        """Seconds that the machine may take beside what we wait for on purpose."""
        return SLACK + (AMONG_WORKERS if self.has_workers else 0)

    @property
    def accepted(self) -> int:
        return len(self.server.accepted)

    @property
    def is_done(self) -> bool:
        """Whether the issue is finished."""
        with self.database.read() as connection:
            (record,) = issues.latest(connection, 1)
        return record.finished_at is not None

    def waiting(self) -> int:
        """How many are to be sent now, or are in hand."""
        with self.database.read() as connection:
            (record,) = issues.latest(connection, 1)
            now = self.now(self.daemons[0])
            return waiting(connection, record.id, now, resend_in_doubt=True)

    def no_ghosts(self) -> bool:
        """Whether no more runs are registered than there can be: what the dead held is free.

        A worker has one for each job of the issue, also where a job was given to another meanwhile.
        """
        most = JOBS * (len(self.daemons) - 1) if self.has_workers else len(self.daemons)
        with self.database.read() as connection:
            return len(workers.everyone(connection)) <= most

    def doubted(self) -> set[str]:
        """Those of whom it is on record that they may get it again."""
        query = (
            sa.select(subscribers.c.email)
            .join_from(deliveries, subscribers, subscribers.c.id == deliveries.c.subscriber_id)
            .where(deliveries.c.doubted_at.is_not(None))
        )
        with self.database.read() as connection:
            return set(connection.scalars(query))

    def mailed_again(self) -> int:
        """How many messages went out beside the first to each subscriber."""
        recipients = self.server.recipients
        return len(recipients) - len(set(recipients))

    def hold_the_accounts(self) -> None:
        """Everybody is accounted for, and whoever was mailed twice is on record."""
        # The record is written before the second message goes out: so it is read after the count.
        copies = Counter(self.server.recipients)
        with self.database.read() as connection:
            (record,) = issues.latest(connection, 1)
            accounts = draw_accounts(connection, record)
        assert list(accounts.faults()) == []
        assert sum(accounts.deliveries.values()) == len(self.subscribers)
        twice = {subscriber for subscriber, count in copies.items() if count > 1}
        assert twice <= self.doubted(), "mailed twice off the record"

    # What is waited for.

    def wait_for_messages(self, count: int, seconds: float = 30) -> None:
        """Until so many more were taken, or all is done."""
        target = self.accepted + count
        self.wait_until(lambda: self.accepted >= target or self.is_done, seconds)

    def wait_until(self, reached: Callable[[], object], seconds: float) -> float:
        """Wait for something; how long it took."""
        began = time.monotonic()
        while not reached():
            waited = time.monotonic() - began
            assert waited < seconds, f"stuck for {waited:.0f} s: {self.last_words()}"
            time.sleep(0.02)
        return time.monotonic() - began

    def last_words(self) -> str:
        """Where the deliveries are, who runs, what PostgreSQL does, and the ends of the logs."""
        with self.database.read() as connection:
            records = issues.latest(connection, 1)
            sums = [draw_accounts(connection, record).sentence for record in records]
            runs = [str(run) for run in workers.everyone(connection)]
            sessions = []
            if not self.database.is_sqlite:
                sessions = [str(tuple(row)) for row in connection.execute(_SESSIONS)]
            if self.has_workers:
                sessions += [str(tuple(row)) for row in connection.execute(_JOBS)]
        for daemon in self.daemons:
            if daemon.process is not None:
                daemon.process.send_signal(signal.SIGUSR1)
        time.sleep(0.5)
        logs = [f"{each.log.name}:\n{each.log.read_text()[-9000:]}" for each in self.daemons]
        return "\n".join([*sums, *runs, *sessions, *logs])

    @contextmanager
    def event(self, name: str, runs: int) -> Iterator[None]:
        """Something ends so many runs at most; then all move on within two ticks.

        In doubt is what they had on the wire, or were about to: the accounts are drawn.
        """
        doubted = len(self.doubted())
        yield
        self.database.engine.dispose()  # its connections may have been cut too
        target = self.accepted + 2 * BATCH  # more than what was in hand
        took = self.wait_until(
            lambda: (self.accepted >= target and self.no_ghosts()) or self.is_done,
            PATIENCE + self.slack,
        )
        self.hold_the_accounts()
        effect = Effect(name, took, len(self.doubted()) - doubted)
        # Of a worker's jobs one may just have left connections to the other.
        windows = JOBS * runs if self.has_workers else runs
        assert effect.in_doubt <= windows * CONNECTIONS * IN_DOUBT, f"{effect}: {self.last_words()}"
        self.effects.append(effect)

    def finish(self) -> None:
        """With a quick server all is sent; nobody was forgotten or mailed off the record.

        What a connection broke at is tried again some minutes later: on them the clock is put.
        """
        self.server.faults = []
        self.wait_until(lambda: self.is_done or not self.waiting(), 120)
        for daemon in self.daemons:
            daemon.kill()
        later = datetime.fromisoformat(NOON) + timedelta(hours=3)
        self.project.run("run", "--quiet", DIGEST_NOW=later.isoformat())
        assert self.is_done, self.last_words()
        self.hold_the_accounts()
        assert set(self.server.recipients) == set(self.subscribers)
        ids = Counter(taken.message_id for taken in self.server.accepted)
        assert len(ids) == len(self.subscribers), "one Message-ID a subscriber"
        in_doubt = sum(effect.in_doubt for effect in self.effects)
        assert self.mailed_again() <= in_doubt + CONNECTIONS * IN_DOUBT  # of the early death
        for daemon in self.daemons:
            assert "Traceback" not in daemon.log.read_text()

    def figures(self) -> str:
        """The effects, a line for each kind of event."""
        lines = []
        for name in sorted({effect.event for effect in self.effects}):
            of_kind = [effect for effect in self.effects if effect.event == name]
            in_doubt = [effect.in_doubt for effect in of_kind]
            lines.append(
                f"{name}: {len(of_kind)}; all moved on within "
                f"{max(effect.seconds for effect in of_kind):.1f} s; in doubt {sum(in_doubt)}, "
                f"at most {max(in_doubt)} at once"
            )
        return "\n".join(lines)


@contextmanager
def a_world(
    project: Project,
    server: FaultServer,
    port: int,
    database_url: str,
    count: int,
    pause: float,
    killed_after: float,
) -> Iterator[World]:
    """An issue sealed for so many subscribers, and two daemons that send it, or three with workers.

    The first that is started dies after some seconds: while it starts, collects, seals or sends.
    """
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.use_smtp(
        port,
        DIGEST_DATABASE_URL=database_url,
        DIGEST_DELIVERY_BATCH=str(BATCH),
        DIGEST_DELIVERY_SILENCE=str(SILENCE),
        DIGEST_SMTP_CONNECTIONS=str(CONNECTIONS),
        DIGEST_SMTP_TIMEOUT="5",
    )
    addresses = [f"subscriber{number}@example.org" for number in range(count)]
    with ExitStack() as stack:
        database = Database(database_url, project.root)
        stack.callback(database.close)
        with database.write() as connection:
            came = datetime(2026, 11, 1, tzinfo=UTC)
            for at in range(0, count, 1000):
                batch = [Subscription(address) for address in addresses[at : at + 1000]]
                put_all(connection, "science-daily", batch, came)

        async def think(_talk: Talk) -> None:
            await asyncio.sleep(pause)

        server.faults = [SmtpFault("message", think, times=10**9, instead=False)]
        world = World(project, database, server, addresses)
        apart = timedelta(0) if database.is_sqlite else APART
        hosts = [("one", timedelta(0), ("scheduler",)), ("two", apart, ("serve", "--port", "0"))]
        if world.has_workers:
            hosts[1:] = [("two", timedelta(0), ("worker",)), ("three", apart, ("worker",))]
        for name, fast, args in hosts:
            host = stack.enter_context(a_host(name, fast))
            began_at = datetime.fromisoformat(NOON) + fast
            daemon = Daemon(host, args, began_at, project.root / f"{name}.log")
            world.daemons.append(daemon)
            stack.callback(daemon.kill)
        first, *others = world.daemons
        world.start(first)
        time.sleep(killed_after)
        first.kill()
        world.start(first)
        *others, fast_one = others
        for daemon in others:
            world.start(daemon)
        # What the one with the fast clock seals is due to the others eleven minutes later.
        world.wait_until(lambda: world.accepted, 30)
        world.start(fast_one)
        yield world
