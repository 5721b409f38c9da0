"""Workers: the dead are told from the living, and what they held is in doubt (promise 4)."""

import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psutil
import pytest
import sqlalchemy as sa

from digest.model import DeliveryState, Result
from digest.services.delivery.ledger import StoreLedger, reap_dead_workers
from digest.store import deliveries, workers
from digest.store.schema import workers as table
from digest.store.workers import SILENCE, Worker, this_process
from tests.builders import NOON
from tests.contract.givens import claimants, delivery_rows, given_subscribers, laid_out
from tests.paths import ROOT

# Claims two deliveries, records one, and dies with the other in its hands.
DIE_AT_WORK = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from digest.model import DeliveryState, Result
from digest.store.database import Database
from digest.services.delivery.ledger import StoreLedger
from digest.store.workers import this_process
database = Database(sys.argv[1], Path(sys.argv[2]))
ledger = StoreLedger(
    database, int(sys.argv[3]), this_process(), lambda: datetime(2026, 11, 21, 12, tzinfo=UTC), 2,
    False,
)
claims = ledger.exchange([], ledger.batch)
ledger.exchange([(claims[0], Result(DeliveryState.SENT, "250 kept"))], 0)
os._exit(9)
"""


def put(connection, worker, silent=timedelta(0)):
    """Register a worker whose last beat was so long ago."""
    connection.execute(
        sa.insert(table).values(
            id=worker.id,
            host=worker.host,
            pid=worker.pid,
            born=worker.born,
            heartbeat_at=datetime.now(UTC) - silent,
        )
    )


def ledger_of(database, issue_id, worker=None, *, batch=2, resend=False):
    worker = worker or this_process()
    return StoreLedger(database, issue_id, worker, lambda: NOON, batch, resend)


def ended_process():
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def states(database, issue_id):
    rows = delivery_rows(database, issue_id)
    return [rows[number]["state"] for number in sorted(rows)]


def registered(database):
    with database.read() as connection:
        return set(connection.scalars(sa.select(table.c.id)))


# alive or dead


def test_this_very_process_is_alive(database):
    one, two = this_process(), this_process()
    assert one.id != two.id
    with database.write() as connection:
        workers.beat(connection, one)
        workers.beat(connection, two)
    with database.read() as connection:
        assert workers.dead(connection) == []


def test_a_silent_worker_whose_process_runs_here_is_alive(database):
    with database.write() as connection:
        put(connection, this_process(), silent=timedelta(days=9))
        assert workers.dead(connection) == []


def test_a_worker_whose_process_is_gone_is_dead_at_once(database):
    gone = replace(this_process(), id="gone", pid=ended_process())
    with database.write() as connection:
        put(connection, gone)
        put(connection, this_process())
        assert workers.dead(connection) == ["gone"]


def test_a_worker_whose_number_another_process_has_now_is_dead(database):
    alive = this_process()
    with database.write() as connection:
        put(connection, replace(alive, id="earlier", born=alive.born - 60))
        put(connection, replace(alive, id="later", born=alive.born + 60))
        put(connection, replace(alive, id="same", born=alive.born))
        assert sorted(workers.dead(connection)) == ["earlier", "later"]


def test_a_worker_that_ended_but_was_not_yet_waited_for_is_dead(database):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    seen = psutil.Process(process.pid)
    worker = Worker("child", this_process().host, process.pid, seen.create_time())
    with database.write() as connection:
        put(connection, worker)
        assert workers.dead(connection) == []
    process.kill()
    patience = time.monotonic() + 10
    while seen.status() != psutil.STATUS_ZOMBIE and time.monotonic() < patience:
        time.sleep(0.01)
    with database.read() as connection:
        assert workers.dead(connection) == ["child"]
    process.communicate()
    with database.read() as connection:
        assert workers.dead(connection) == ["child"]


@pytest.mark.parametrize("pid", ["same", "gone"])
def test_a_worker_on_another_host_is_dead_only_after_the_silence(database, pid):
    here = this_process()
    there = replace(here, host="elsewhere.example.org", pid=here.pid if pid == "same" else 999_999)
    with database.write() as connection:
        put(connection, replace(there, id="new", born=1.0))
        put(connection, replace(there, id="slow"), silent=SILENCE - timedelta(seconds=30))
        put(connection, replace(there, id="dead"), silent=SILENCE)
        put(connection, replace(there, id="long dead"), silent=timedelta(days=9))
        assert sorted(workers.dead(connection)) == ["dead", "long dead"]


def test_a_beat_registers_and_then_shows_life(database):
    there = Worker("there", "elsewhere.example.org", 1, 1.0)
    with database.write() as connection:
        put(connection, there, silent=timedelta(days=9))
        put(connection, replace(there, id="other"), silent=timedelta(days=9))
        workers.beat(connection, there)
        workers.beat(connection, there)
        assert workers.dead(connection) == ["other"]
        beaten = sa.select(table.c.heartbeat_at).where(table.c.id == "there")
        beat_at = connection.scalar(beaten)
    assert beat_at is not None
    assert abs(datetime.now(UTC) - beat_at) < timedelta(minutes=1)
    assert registered(database) == {"there", "other"}


def test_a_worker_comes_back_as_it_was(database):
    worker = this_process()
    with database.write() as connection:
        workers.beat(connection, worker)
        row = connection.execute(sa.select(table)).one()
    assert Worker(row.id, row.host, row.pid, row.born) == worker


def test_who_retires_is_forgotten_alone(database):
    one, two = this_process(), this_process()
    with database.write() as connection:
        workers.beat(connection, one)
        workers.beat(connection, two)
        workers.retire(connection, one.id)
        workers.retire(connection, "nobody")
    assert registered(database) == {two.id}


# the ledger


def test_a_ledger_claims_in_batches_until_nothing_is_left(database):
    issue_id, wanted = laid_out(database, *given_subscribers(5))
    ledger = ledger_of(database, issue_id)
    batches = [ledger.exchange([], ledger.batch) for _ in range(4)]
    assert [len(batch) for batch in batches] == [2, 2, 1, 0]
    assert [claim.subscriber.id for batch in batches for claim in batch] == wanted
    assert registered(database) == {ledger.worker.id}
    assert {row["worker"] for row in delivery_rows(database, issue_id).values()} == {
        ledger.worker.id
    }


def test_each_word_of_a_ledger_is_kept_at_once(database, open_database):
    issue_id, _ = laid_out(database, *given_subscribers(3))
    ledger = ledger_of(open_database(), issue_id, batch=3)
    one, two, three = ledger.exchange([], ledger.batch)
    assert states(database, issue_id) == ["sending"] * 3
    ledger.exchange([(one, Result(DeliveryState.SENT, "250 kept"))], 0)
    assert states(database, issue_id) == ["sent", "sending", "sending"]
    ledger.release([two, three])
    assert states(database, issue_id) == ["sent", "pending", "pending"]
    assert ledger.exchange([], ledger.batch) == [two, three]


@pytest.mark.parametrize("resend", [False, True])
def test_a_ledger_sends_again_what_is_in_doubt_only_where_told_so(database, resend):
    issue_id, _ = laid_out(database, *given_subscribers(1))
    ledger_of(database, issue_id).exchange([], 2)
    with database.write() as connection:
        deliveries.doubt(connection, sorted(claimants(connection)), NOON)
    assert len(ledger_of(database, issue_id, resend=resend).exchange([], 2)) == resend


def test_a_ledger_that_closes_is_in_doubt_of_what_it_still_holds(database):
    issue_id, _ = laid_out(database, *given_subscribers(4))
    mine, other = ledger_of(database, issue_id), ledger_of(database, issue_id)
    first, _ = mine.exchange([], mine.batch)
    other.exchange([], other.batch)
    mine.exchange([(first, Result(DeliveryState.SENT, "250 kept"))], 0)
    mine.close()
    assert states(database, issue_id) == ["sent", "in doubt", "sending", "sending"]
    assert registered(database) == {other.worker.id}
    mine.close()
    assert states(database, issue_id) == ["sent", "in doubt", "sending", "sending"]


def test_a_ledger_that_closes_with_nothing_in_hand_leaves_no_trace(database):
    issue_id, _ = laid_out(database, *given_subscribers(2))
    ledger = ledger_of(database, issue_id)
    ledger.release(ledger.exchange([], ledger.batch))
    ledger.close()
    assert states(database, issue_id) == ["pending", "pending"]
    assert registered(database) == set()
    ledger_of(database, issue_id).close()


# the dead


def test_the_dead_are_buried_and_the_living_are_left_alone(database):
    issue_id, _ = laid_out(database, *given_subscribers(5))
    gone = replace(this_process(), pid=ended_process())
    ledger_of(database, issue_id, gone).exchange([], 2)
    living = ledger_of(database, issue_id)
    living.exchange([], living.batch)
    assert reap_dead_workers(database, lambda: NOON) == 2
    assert states(database, issue_id) == ["in doubt", "in doubt", "sending", "sending", "pending"]
    assert registered(database) == {living.worker.id}
    assert reap_dead_workers(database, lambda: NOON) == 0


def test_with_nobody_registered_nothing_is_buried(database):
    issue_id, _ = laid_out(database, *given_subscribers(2))
    assert reap_dead_workers(database, lambda: NOON) == 0
    assert states(database, issue_id) == ["pending", "pending"]


def test_a_process_that_dies_at_work_leaves_one_delivery_in_doubt(database, url, tmp_path):
    issue_id, numbers = laid_out(database, *given_subscribers(3))
    command = [sys.executable, "-c", DIE_AT_WORK, url, str(tmp_path), str(issue_id)]
    died = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert died.returncode == 9, died.stderr
    assert states(database, issue_id) == ["sent", "sending", "pending"]
    assert reap_dead_workers(database, lambda: NOON) == 1
    assert states(database, issue_id) == ["sent", "in doubt", "pending"]
    row = delivery_rows(database, issue_id)[numbers[1]]
    assert (row["cause"], row["doubted_at"]) == ("worker-died", NOON)
    (left,) = ledger_of(database, issue_id).exchange([], 2)
    assert left.subscriber.id == numbers[2]


def test_many_results_are_written_in_one_turn(database):
    issue_id, _ = laid_out(database, *given_subscribers(4))
    ledger = ledger_of(database, issue_id, batch=4)
    taken = ledger.exchange([], 4)
    kinds = (
        DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DEFERRED, DeliveryState.IN_DOUBT,
    )  # fmt: skip
    done = [(c, Result(kind, f"about {kind}")) for c, kind in zip(taken, kinds, strict=True)]
    assert ledger.exchange(done, 0) == []
    rows = list(delivery_rows(database, issue_id).values())
    assert [row["state"] for row in rows] == list(kinds)
    assert [row["reply"] for row in rows] == [f"about {kind}" for kind in kinds]
    assert [row["finished_at"] is not None for row in rows] == [True, True, False, False]
    assert [row["doubted_at"] is not None for row in rows] == [False, False, False, True]
    late = ledger.exchange([(taken[0], Result(DeliveryState.DEFERRED, "late"))], 0)
    assert late == []
    assert delivery_rows(database, issue_id)[taken[0].subscriber.id]["state"] == "sent"
