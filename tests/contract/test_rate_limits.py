"""Limits hold for all processes on one database: rates in every window, slots at every moment."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from threading import Lock

import pytest
import sqlalchemy as sa

from digest.processes import this_process
from digest.rate_limits import RateLimits, Reservation
from digest.services.delivery.dead_workers import reap_dead_workers
from digest.store import rate_limits, workers
from digest.store.schema import connection_slots, rate_usage
from digest.store.workers import Worker, new_worker
from tests.builders import NOON
from tests.contract.givens import at_once
from tests.paths import ROOT
from tests.shared_clock import BEGIN, SharedClock

SECOND = timedelta(seconds=1)

RESERVE_AT_THE_SIGNAL = """
import json, sys
from datetime import timedelta
from pathlib import Path
import sqlalchemy.dialects.postgresql.psycopg
from digest.rate_limits import RateLimits
from digest.store import rate_limits
from digest.store.database import Database
from tests.shared_clock import BEGIN, SharedClock
database, clock = Database(sys.argv[1], Path(sys.argv[2])), SharedClock(Path(sys.argv[3]))
print("ready", flush=True)
sys.stdin.readline()
now = BEGIN
while now < BEGIN + timedelta(seconds=2.5):
    with database.write() as connection:
        rate_limits.in_turn(connection)
        now = clock()
        grant = rate_limits.reserve(connection, "relay", RateLimits(per_second=40), now, 7)
    print(json.dumps([grant.at.timestamp(), grant.count]))
database.close()
"""


def reserve(database, limits, now=NOON, want=1000, backend="relay") -> Reservation:
    with database.write() as connection:
        return rate_limits.reserve(connection, backend, limits, now, want)


def give_back(database, limits, reservation, count, backend="relay"):
    with database.write() as connection:
        rate_limits.give_back(connection, backend, limits, reservation, count)


def register(database, count=1) -> list[str]:
    """Workers that have shown life."""
    made = [replace(new_worker(), id=f"worker {number}") for number in range(count)]
    with database.write() as connection:
        for worker in made:
            workers.register(connection, worker)
    return [worker.id for worker in made]


def sit(database, worker, *, held=0, want=10, limit=4, now=NOON, resource="connections"):
    with database.write() as connection:
        return rate_limits.take_slots(
            connection, "relay", resource, limit, worker=worker, held=held, want=want, now=now
        )


def most_in_a_second(uses: list[tuple[float, int]]) -> int:
    uses = sorted(uses)
    return max(
        sum(count for at, count in uses[first:] if at - begin <= 1)
        for first, (begin, _) in enumerate(uses)
    )


# rates


def test_a_rate_is_one_for_all_who_send_through_a_backend(database, open_database):
    limits, other = RateLimits(per_minute=10), open_database()
    assert reserve(database, limits, want=6).count == 6
    last = reserve(other, limits, want=6)
    assert (last.count, last.next_at) == (4, NOON + 61 * SECOND)
    assert reserve(database, limits, want=6).count == 0
    assert reserve(database, limits, want=6, backend="another").count == 6
    assert reserve(other, limits, last.next_at - timedelta(microseconds=1)).count == 0
    assert reserve(database, limits, last.next_at).count == 10


def test_each_span_is_counted(database):
    limits = RateLimits(per_second=2, per_minute=5, per_hour=7, per_day=8)
    got, now = [], NOON
    for _ in range(7):
        reservation = reserve(database, limits, now, 3)
        got.append((reservation.count, (now - NOON).total_seconds()))
        now = reservation.next_at
    hour, day = 3660, 24 * 3600 + 900  # with a slice
    assert got == [
        (2, 0), (2, 1.05), (1, 2.1), (2, 61), (1, hour), (2, day), (2, day + 1.05),
    ]  # fmt: skip


def test_without_a_rate_nothing_is_written(database):
    assert reserve(database, RateLimits(per_domain=1), want=7).count == 7
    with database.read() as connection:
        assert connection.execute(sa.select(rate_usage)).all() == []


def test_what_is_given_back_can_be_had_again(database):
    limits = RateLimits(per_second=5, per_day=20)
    reservation = reserve(database, limits)
    give_back(database, limits, reservation, 3)
    assert reserve(database, limits, NOON + timedelta(milliseconds=10)).count == 3
    assert reserve(database, limits, NOON + timedelta(milliseconds=20)).count == 0


def test_what_is_given_back_when_its_slice_is_gone_counts_where_it_is_remembered(database):
    limits = RateLimits(per_second=5, per_day=20)
    reservation = reserve(database, limits)
    later = NOON + 10 * SECOND
    assert reserve(database, limits, later, 1).count == 1
    give_back(database, limits, reservation, 5)
    with database.read() as connection:
        rows = connection.execute(sa.select(rate_usage.c.span, rate_usage.c.used)).all()
    assert sorted(map(tuple, rows)) == [(1, 1), (86_400, 1)]


def test_the_past_is_forgotten(database):
    limits = RateLimits(per_second=5, per_minute=100)
    for seconds in range(100):
        reserve(database, limits, NOON + seconds * SECOND, 1)
    with database.read() as connection:
        spans = Counter(connection.scalars(sa.select(rate_usage.c.span)))
    assert spans == {1: 2, 60: 61}


def test_threads_that_race_never_exceed_the_rate_and_get_most_of_it(open_database, tmp_path):
    limits, uses, lock = RateLimits(per_second=60), list[tuple[float, int]](), Lock()

    def send(seed):
        database, random, now = open_database(), Random(seed), BEGIN
        clock = SharedClock(tmp_path / "clock")
        while now < BEGIN + 3 * SECOND:
            with database.write() as connection:
                rate_limits.in_turn(connection)
                now = clock()
                reservation = rate_limits.reserve(
                    connection, "relay", limits, now, random.randint(1, 20)
                )
            unused = random.randint(0, reservation.count // 2)
            give_back(database, limits, reservation, unused)
            with lock:
                uses.append((reservation.at.timestamp(), reservation.count - unused))
        clock.close()

    at_once([partial(send, seed) for seed in range(4)])
    assert most_in_a_second(uses) <= 60
    assert sum(count for _, count in uses) >= 60 * 3 * 0.8


def test_processes_that_race_never_exceed_the_rate(database, url, tmp_path):
    command = [
        sys.executable,
        "-c",
        RESERVE_AT_THE_SIGNAL,
        url,
        str(tmp_path),
        str(tmp_path / "clock"),
    ]
    racing = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    try:
        for process in racing:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in racing:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        told = [process.communicate(timeout=60)[0] for process in racing]
    finally:
        for process in racing:
            process.kill()
            process.wait()
    assert [process.returncode for process in racing] == [0, 0, 0]
    uses = [tuple(json.loads(line)) for output in told for line in output.splitlines()]
    assert most_in_a_second(uses) <= 40
    assert sum(count for _, count in uses) >= 80


# slots


def test_a_worker_alone_has_all_slots_that_it_wants(database):
    (one,) = register(database)
    assert sit(database, one, want=10) == 4
    assert sit(database, one, held=4, want=3) == 3
    assert sit(database, one, held=3, want=0) == 0


def test_another_worker_gets_its_share_when_the_first_has_made_room(database):
    one, two = register(database, 2)
    assert sit(database, one) == 4
    assert sit(database, two) == 0
    assert sit(database, one, held=4) == 2
    assert sit(database, two) == 0
    assert sit(database, one, held=3) == 2
    assert sit(database, two) == 1
    assert sit(database, one, held=2) == 2
    assert sit(database, two, held=1) == 2


def test_who_wants_few_leaves_the_rest_to_the_others(database):
    one, two = register(database, 2)
    assert sit(database, two, want=1) == 1
    assert sit(database, one, want=10) == 3
    assert sit(database, two, held=1, want=0) == 0
    assert sit(database, two, held=0, want=0) == 0
    assert sit(database, one, held=3, want=10) == 4


def test_slots_are_counted_by_backend_and_resource(database):
    one, two = register(database, 2)
    assert sit(database, one) == 4
    assert sit(database, two, resource="domain", limit=1) == 1


def test_with_one_slot_for_three_each_has_it_in_turn(database):
    names, held = register(database, 3), Counter[str]()
    had = []
    for minute in range(6):
        now = NOON + minute * timedelta(minutes=1)
        for _ in range(3):  # to hear of it, to leave, and for another to find it free
            for name in names:
                held[name] = sit(database, name, held=held[name], limit=1, now=now)
        had += [name for name in names if held[name]]
    assert had[:3] == had[3:]
    assert sorted(had[:3]) == names


@pytest.mark.parametrize("way", ["retires", "dies"])
def test_the_slots_of_a_worker_that_is_no_more_are_free(database, way):
    living, gone = register(database, 2)
    if way == "dies":
        with database.write() as connection:
            process = replace(this_process(), pid=2**22 + 1)
            workers.register(connection, Worker("dead", process))
        gone = "dead"
    assert sit(database, gone) == 4
    assert sit(database, living) == 0
    if way == "dies":
        reap_dead_workers(database, lambda: NOON)
    else:
        with database.write() as connection:
            workers.retire(connection, [gone])
    assert sit(database, living) == 4
    with database.read() as connection:
        assert connection.scalars(sa.select(connection_slots.c.worker)).all() == [living]


def test_a_limit_that_was_lowered_is_reached_as_slots_are_left(database):
    one, two = register(database, 2)
    assert sit(database, one, limit=6) == 6
    assert sit(database, one, held=6, limit=2) == 2
    assert sit(database, two, limit=2) == 0
    assert sit(database, one, held=1, limit=2) == 1
    assert sit(database, two, limit=2) == 1


def test_workers_that_race_never_fill_more_slots_than_there_are(database, open_database):
    names, lock = register(database, 5), Lock()
    filled: Counter[str] = Counter()
    most, served = 0, Counter[str]()

    def work(name):
        nonlocal most
        own, random, held = open_database(), Random(name), 0
        for step in range(60):
            now = NOON + step * timedelta(seconds=7)
            want = random.choice([0, 1, 5, 5, 5])
            may = sit(own, name, held=held, want=want, limit=7, now=now)
            # Those over the number are left one by one, as a connection ends its message.
            held = may if may >= held else random.randint(may, held)
            with lock:
                filled[name] = held
                most = max(most, sum(filled.values()))
                served[name] += held
        # Left first, told then: once it is told, another may fill them.
        with lock:
            filled[name] = 0
        sit(own, name, held=0, want=0, limit=7)

    at_once([partial(work, name) for name in names])
    # Who gets them is for the order of the threads to say; a waiter's share is tested above.
    assert most <= 7
    assert sum(served.values())
