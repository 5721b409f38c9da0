"""The days of a rehearsal: from one moment at which something is due to the next."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from digest.app import make_pipeline, open_project
from digest.clock import system_clock
from digest.compose.due_issues import next_issue_time
from digest.config import Config
from digest.errors import DigestError, UsageError
from digest.faulty_smtp import Accepted, FaultServer, serving
from digest.pipeline import Pipeline
from digest.project import Project
from digest.services.delivery.accounts import draw_accounts
from digest.services.installation.adopt import adopt
from digest.services.subscribers import manage
from digest.simulation.faults import Faulty, make_faults
from digest.simulation.made_up import made_subscribers, write_stories
from digest.simulation.report import Rehearsed, TakenMessage, judge
from digest.simulation.workspace import (
    STORIES,
    copy_database,
    copy_project,
    environment,
    settings_of,
)
from digest.store import deliveries, delivery_outcomes, edits, issues, subscribers

# As cron on its page runs it.
EVERY = timedelta(minutes=5)
# After the last day, until nothing is left that could still be sent.
_AFTER = timedelta(days=3)
# Of a hundred subscribers so many leave a day.
_LEAVE = 0.3
# A run is killed where at least so many are due, after some of them.
_WORTH_A_KILL = 5
_LONGEST_RUN = 300.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is rehearsed; `subscribers` are made up where there is a number, else the project's.

    `stories` is a folder of story files to take, without one they are made up; `kills` of runs.
    """

    days: int = 30
    subscribers: int | None = None
    stories: Path | None = None
    seed: int = 1
    kills: int = 10
    faults: bool = True


@dataclass(slots=True)
class SimulatedClock:
    """A clock that stands until it is put on."""

    now: datetime

    def __call__(self) -> datetime:
        """The time that is believed."""
        return self.now


@dataclass
class Simulation:
    """One rehearsal under way."""

    plan: Plan
    pipeline: Pipeline
    clock: SimulatedClock
    server: FaultServer
    faults: list[Faulty]
    random: Random
    started_at: datetime
    mails: list[TakenMessage] = field(default_factory=list)
    left: dict[int, datetime] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    rounds: int = 0
    kills: int = 0

    @property
    def project(self) -> Project:
        """The copy."""
        return self.pipeline.project

    def run(self) -> None:
        """All days, and what is left after them with a server that is well."""
        end = self.started_at + timedelta(days=self.plan.days)
        kills = self._moments_of_kills()
        day = None
        while self.clock.now < end:
            if self.clock.now.date() != day:
                day = self.clock.now.date()
                self._begin(day)
            if kills and self.clock.now >= kills[0] and self._kill_a_run():
                kills.pop(0)
                self._draw_accounts()
            else:
                self._round()
            self.clock.now = self._next_moment()
        self.server.faults = []
        while self.clock.now < end + _AFTER and self._is_anything_left():
            self._round()
            self.clock.now = self._next_moment()
        if self._is_anything_left():
            self.broken.append("mail still waits days after the last fault")
        self._draw_accounts()

    def take(self, accepted: Accepted) -> None:
        """Note a message that the server took; called in the server's thread."""
        self.mails.append(TakenMessage(accepted.message_id, self.clock.now))

    def _begin(self, day: date) -> None:
        """A day: its stories come, and some people leave."""
        project = self.project
        if self.plan.stories is None:
            topics = [topic for topic in project.config.topics.topics if topic.keywords]
            write_stories(project.config.root / STORIES, day, topics, self.random)
        with project.database.read() as connection:
            people = delivery_outcomes.addresses(connection)
        for number, email in people:
            if self.random.random() < _LEAVE / 100:
                manage.remove(project.database, email, None, self.clock.now, who="digest rehearse")
                self.left[number] = self.clock.now
        self._draw_accounts()

    def _round(self) -> None:
        self.rounds += 1
        self.pipeline.run(telling=False)

    def _kill_a_run(self) -> bool:
        """Do this round in a process that is killed amid its mails; whether it came to that."""
        if self._due() < _WORTH_A_KILL:
            return False
        self.rounds += 1
        before = len(self.mails)
        target = before + self.random.randrange(1, self._due())
        command = [sys.executable, "-m", "digest", "run", "--quiet"]
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=self.project.config.root,
            env={**os.environ, "DIGEST_NOW": self.clock.now.isoformat()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            began = time.monotonic()
            while process.poll() is None and len(self.mails) < target:
                if time.monotonic() - began > _LONGEST_RUN:
                    self.broken.append(f"a run hung for {_LONGEST_RUN:.0f} seconds")
                    break
                time.sleep(0.001)
            was_killed = process.poll() is None
        finally:
            process.kill()
            process.wait()
        self.kills += was_killed
        return was_killed

    def _moments_of_kills(self) -> list[datetime]:
        span = timedelta(days=self.plan.days)
        return sorted(self.started_at + span * self.random.random() for _ in range(self.plan.kills))

    def _due(self) -> int:
        """How many are to be sent now."""
        now = self.clock.now
        with self.project.database.read() as connection:
            return sum(
                deliveries.waiting(connection, record.id, now, resend_in_doubt=True)
                for record in issues.unfinished(connection)
            )

    def _next_moment(self) -> datetime:
        """The next of cron's moments at which something is due, at the latest the next day."""
        now = self.clock.now
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        moments = [tomorrow]
        with self.project.database.read() as connection:
            hours = edits.changed_hours(connection, now.date() - timedelta(days=1))
        for newsletter in self.project.config.settings.newsletters:
            at = next_issue_time(newsletter, hours, now)
            moments += [at] if at is not None else []
        with self.project.database.read() as connection:
            for record in issues.unfinished(connection):
                turn = delivery_outcomes.next_turn(connection, record.id)
                moments += [turn] if turn is not None else []
        return _in_steps(max(min(moments), now + EVERY))

    def _is_anything_left(self) -> bool:
        with self.project.database.read() as connection:
            return bool(issues.unfinished(connection))

    def _draw_accounts(self) -> None:
        """Whether everybody is accounted for in the last issues."""
        with self.project.database.read() as connection:
            for record in issues.latest(connection, 2 * len(self.project.config.newsletters())):
                if record.sealed_at is not None:
                    faults = draw_accounts(connection, record).faults()
                    self.broken += [fault for fault in faults if fault not in self.broken]


def rehearse(config: Config, plan: Plan) -> Rehearsed:
    """Rehearse a project; what came of it, and which promises were broken.

    Nothing of the project is changed, and nobody is mailed. DigestError where there is nobody to
    mail, or no newsletter.
    """
    if not config.settings.newsletters:
        raise UsageError("there is no newsletter", remedy="add [[newsletters]] to the settings")
    began = time.monotonic()
    with begun(config, plan) as rehearsal:
        rehearsal.run()
        result = judge(
            rehearsal.project,
            rehearsal.mails,
            rehearsal.left,
            since=rehearsal.started_at,
            broken=rehearsal.broken,
        )
    result.days, result.rounds, result.kills = plan.days, rehearsal.rounds, rehearsal.kills
    result.faults = {fault.name: fault.struck for fault in rehearsal.faults}
    result.seconds = time.monotonic() - began
    result.peak_memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return result


@contextmanager
def begun(config: Config, plan: Plan) -> Iterator[Simulation]:
    """A rehearsal before its first moment, the next midnight of UTC."""
    tomorrow = system_clock().date() + timedelta(days=1)
    start = datetime.combine(tomorrow, datetime.min.time(), UTC)
    clock, server = SimulatedClock(start), FaultServer()
    with TemporaryDirectory(prefix="digest-rehearsal-") as folder, serving(server) as port:
        root, variables = Path(folder), settings_of(config, port)
        copy_project(config, root, variables)
        if plan.subscribers is None:
            copy_database(config, root / "var" / "digest.db")
        with environment(variables), open_project(root, clock=clock) as project:
            adopt(project, None)
            faults = make_faults(plan.seed, clock, start, plan.days) if plan.faults else []
            server.faults = [*faults]
            random = Random(plan.seed)  # noqa: S311 - chance that can be had again
            _subscribe(project, plan, random)
            pipeline = make_pipeline(project)
            rehearsal = Simulation(plan, pipeline, clock, server, faults, random, start)
            if plan.stories is not None:
                _spread(plan.stories, root / STORIES, start.date(), plan.days)
            server.on_accept = lambda: rehearsal.take(server.accepted[-1])
            yield rehearsal


def _subscribe(project: Project, plan: Plan, random: Random) -> None:
    """Make subscribers up where a number is given; else there have to be some."""
    topics = [topic.id for topic in project.config.topics.topics]
    with project.database.write() as connection:
        if plan.subscribers is not None:
            for newsletter in project.config.settings.newsletters:
                made = made_subscribers(plan.subscribers, topics, random)
                subscribers.put_all(connection, newsletter.id, made, project.clock())
        elif not any(
            subscribers.count(connection, newsletter.id)
            for newsletter in project.config.settings.newsletters
        ):
            raise DigestError(
                "nobody is subscribed", remedy="make some up: digest rehearse --subscribers 500"
            )


def _spread(stories: Path, folder: Path, first: date, days: int) -> None:
    """Put the files of a folder into those of the days, as many into each."""
    files = sorted(path for path in stories.rglob("*") if path.is_file())
    if not files:
        raise UsageError(f"{stories} holds no files", remedy="name a folder with story files")
    for number, file in enumerate(files):
        day = first + timedelta(days=number * days // len(files))
        target = folder / f"{day}" / f"{number:05}-{file.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())


def _in_steps(moment: datetime) -> datetime:
    """The first of cron's moments at or after another."""
    seconds = EVERY.total_seconds()
    return datetime.fromtimestamp(-(-moment.timestamp() // seconds) * seconds, UTC)
