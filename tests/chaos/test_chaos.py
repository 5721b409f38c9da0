"""Whatever happens to hosts, database, disk and mail server: nobody is lost or mailed twice off the
record, the accounts balance, and all moves on by itself (promises 4 and 11, promise 16).

Two daemons on two hosts, with clocks that are eleven minutes apart, send one issue. `make soak`
draws a hundred kills and twenty of each other event; what is drawn follows from SEED.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from functools import partial

import pytest

from digest.faulty_smtp import FaultServer
from tests.chaos.disk import Disk
from tests.chaos.host import namespaces
from tests.chaos.world import BATCH, PATIENCE, World, a_world
from tests.integration.conftest import Project
from tests.postgres import PostgresServer
from tests.sampling import SEED

KILLS = int(os.environ.get("KILLS", "1"))
OTHERS = max(1, KILLS // 5)
# Messages to an event, those that go out while it lasts among them.
MESSAGES = {"kill": 350, "stop": 900, "restart": 600, "cut": 400, "full disk": 700}
# Seconds for which the server thinks about a message: so many that an issue outlasts its events.
PAUSE = 0.04
Event = Callable[[World, random.Random], None]


def kill(world: World, dice: random.Random) -> None:
    """A process dies, and is started again."""
    daemon = dice.choice(world.daemons)
    with world.event("kill", runs=1):
        daemon.kill()
        world.start(daemon)


def stop(world: World, dice: random.Random) -> None:
    """A machine is suspended for longer than the silence, and wakes up.

    The other one goes on meanwhile; but a SQLite file that it was just writing stays locked.
    """
    daemon = dice.choice(world.daemons)
    with world.event("stop", runs=1):
        assert daemon.process is not None
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(PATIENCE)
        if not world.database.is_sqlite:
            world.wait_for_messages(2 * BATCH, world.slack)
        daemon.process.send_signal(signal.SIGCONT)


def restart(world: World, _dice: random.Random, postgres: PostgresServer) -> None:
    """PostgreSQL crashes and comes back."""
    with world.event("restart", runs=2):
        postgres.restart_at_once()


def cut(world: World, _dice: random.Random, postgres: PostgresServer) -> None:
    """All connections to the database are cut."""
    with world.event("cut", runs=2):
        name = world.database.engine.url.database
        assert name is not None
        postgres.cut_connections(name)


def fill_disk(
    world: World, dice: random.Random, disk: Disk, postgres: PostgresServer | None
) -> None:
    """The disk is full for some seconds, in which each tick may try."""
    with world.event("full disk", runs=8):
        disk.fill()
        time.sleep(dice.uniform(1, 3))
        disk.make_room()
        if postgres is not None:
            postgres.keep_running()


@pytest.fixture
def events(
    request: pytest.FixtureRequest, database_url: str, disk: Disk
) -> dict[str, tuple[int, Event]]:
    """How often what happens."""
    events: dict[str, tuple[int, Event]] = {"kill": (KILLS, kill), "stop": (OTHERS, stop)}
    postgres = None
    if database_url.startswith("postgresql"):
        postgres = request.getfixturevalue("postgres")
        events["restart"] = OTHERS, partial(restart, postgres=postgres)
        events["cut"] = OTHERS, partial(cut, postgres=postgres)
    if disk.is_small:
        events["full disk"] = OTHERS, partial(fill_disk, disk=disk, postgres=postgres)
    return events


def test_whatever_happens_everybody_gets_it_and_all_moves_on(
    project: Project, server: FaultServer, port: int, database_url: str, events
):
    print(f"SEED={SEED}, {'own' if namespaces() else 'no'} namespaces, {sorted(events)}")
    dice = random.Random(SEED)
    deck = [name for name, (count, _) in events.items() for _ in range(count)]
    dice.shuffle(deck)
    subscribers = 500 + sum(MESSAGES[name] for name in deck)
    early = dice.uniform(0.1, 1)
    with a_world(project, server, port, database_url, subscribers, PAUSE, early) as world:
        try:
            for name in deck:
                world.wait_for_messages(dice.randrange(20, 120))
                assert not world.is_done, "all is sent before all has happened"
                time.sleep(dice.uniform(0, 0.05))
                events[name][1](world, dice)
            world.finish()
            print(
                f"{subscribers:,} subscribers: {world.mailed_again():,} mailed again, each on "
                "record; lost 0, mailed again off the record 0, stuck 0"
            )
        finally:
            print(world.figures())
    checked = project.run("check", status=None, DIGEST_DATABASE_URL=database_url)
    assert f"{subscribers:,} deliveries = {subscribers:,} sent" in checked.stdout
