"""Workers: the dead are told from the living, and what they handed out is in doubt (promise 4)."""

import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import psutil
import pytest
import sqlalchemy as sa

from digest.model import DeliveryState, Result
from digest.processes import this_process
from digest.services.delivery.dead_workers import reap_dead_workers, take_over
from digest.services.delivery.ledger import StoreLedger
from digest.services.delivery.shared_limits import StoreLimits
from digest.services.delivery.transactions import transact
from digest.services.delivery.worker_run import WorkerRun
from digest.store import history, workers
from digest.store.schema import deliveries as delivery_table
from digest.store.schema import workers as table
from digest.store.workers import SILENCE, Worker, new_worker
from tests.builders import NOON
from tests.contract.conftest import on_postgresql
from tests.contract.givens import at_once, delivery_rows, given_subscribers, laid_out
from tests.paths import ROOT

# Claims three deliveries, hands two out, records one, and dies with the other on the wire.
DIE_AT_WORK = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from digest.model import DeliveryState, Result
from digest.services.delivery.ledger import StoreLedger
from digest.services.delivery.worker_run import WorkerRun
from digest.services.delivery.transactions import transact
from digest.store.database import Database
noon = lambda: datetime(2026, 11, 21, 12, tzinfo=UTC)
with WorkerRun(Database(sys.argv[1], Path(sys.argv[2])), noon, int(sys.argv[3])) as run:
    ledger = StoreLedger(run, int(sys.argv[3]), noon, 3, False)
    claims = ledger.exchange([], 3)
    ledger.exchange([], 0, claims[:2])
    ledger.exchange([(claims[0], Result(DeliveryState.SENT, "250 kept"))], 0, claims[1:2])
    os._exit(9)
"""
ELSEWHERE = replace(this_process(), host="elsewhere.example.org", space="another boot")


def put(connection, worker_id, process, silent=0.0):
    """Register a worker whose last beat was so many seconds ago."""
    workers.register(connection, Worker(worker_id, process))
    beat_at = datetime.now(UTC) - timedelta(seconds=silent)
    connection.execute(sa.update(table).where(table.c.id == worker_id).values(heartbeat_at=beat_at))


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


def dead(database):
    with database.write() as connection:
        return sorted(workers.dead(connection))


def entered(database, issue_id, worker=None, *, silence=SILENCE):
    """A run under way."""
    run = WorkerRun(database, lambda: NOON, issue_id, silence)
    run.worker = worker or run.worker
    return run.__enter__()


def ledger_of(run, issue_id, *, batch=2, resend=False):
    return StoreLedger(run, issue_id, lambda: NOON, batch, resend)


def handed_out(ledger):
    """Claims of a batch, all of which may be on the wire."""
    claims = ledger.exchange([], ledger.batch)
    ledger.exchange([], 0, claims)
    return claims


# alive or dead


def test_the_runs_of_this_very_process_are_alive(database):
    one, two = new_worker(), new_worker()
    assert one.id != two.id
    with database.write() as connection:
        workers.register(connection, one)
        workers.register(connection, two)
    assert dead(database) == []


def test_a_silent_worker_is_dead_also_where_its_process_runs_here(database):
    with database.write() as connection:
        put(connection, "slow", this_process(), silent=SILENCE - 20)
        put(connection, "hangs", this_process(), silent=SILENCE)
    assert dead(database) == ["hangs"]


def test_a_worker_says_itself_how_long_it_may_be_silent(database):
    with database.write() as connection:
        for worker_id, silence in (("patient", 600.0), ("hasty", 30.0)):
            put(connection, worker_id, ELSEWHERE, silent=100)
            mine = table.c.id == worker_id
            connection.execute(sa.update(table).where(mine).values(silence=silence))
    assert dead(database) == ["hasty"]


def test_a_worker_whose_process_is_gone_is_dead_at_once(database):
    with database.write() as connection:
        put(connection, "gone", replace(this_process(), pid=ended_process()))
        put(connection, "here", this_process())
    assert dead(database) == ["gone"]


def test_a_worker_whose_number_another_process_has_now_is_dead(database):
    alive = this_process()
    with database.write() as connection:
        put(connection, "earlier", replace(alive, born=alive.born - 60))
        put(connection, "later", replace(alive, born=alive.born + 60))
        put(connection, "same", alive)
    assert dead(database) == ["earlier", "later"]


def test_a_worker_that_ended_but_was_not_yet_waited_for_is_dead(database):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    seen = psutil.Process(process.pid)
    ticks = float(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19])
    with database.write() as connection:
        put(connection, "child", replace(this_process(), pid=process.pid, born=ticks))
    assert dead(database) == []
    process.kill()
    patience = time.monotonic() + 10
    while seen.status() != psutil.STATUS_ZOMBIE and time.monotonic() < patience:
        time.sleep(0.01)
    assert dead(database) == ["child"]
    process.communicate()
    assert dead(database) == ["child"]


@pytest.mark.parametrize("pid", ["same", "gone"])
def test_a_worker_whose_process_cannot_be_seen_is_dead_only_after_the_silence(database, pid):
    """The host's name says nothing: two containers may have the same one."""
    here = this_process()
    there = replace(here, space="another", pid=here.pid if pid == "same" else 999_999, born=1.0)
    with database.write() as connection:
        put(connection, "new", there)
        put(connection, "slow", there, silent=SILENCE - 20)
        put(connection, "silent", there, silent=SILENCE)
        put(connection, "long silent", there, silent=9 * 24 * 3600)
    assert dead(database) == ["long silent", "silent"]


def test_a_beat_shows_life(database):
    with database.write() as connection:
        for worker_id in ("there", "other"):
            put(connection, worker_id, ELSEWHERE, silent=SILENCE)
        assert workers.beat(connection, "there")
        assert not workers.beat(connection, "nobody")
    assert dead(database) == ["other"]
    assert registered(database) == {"there", "other"}


@on_postgresql
def test_who_lives_is_told_by_the_clock_of_the_server_whatever_that_of_the_hosts_says(database):
    with database.write() as connection:
        for statement in (
            "CREATE SCHEMA fast",
            """CREATE FUNCTION fast.clock_timestamp() RETURNS timestamptz LANGUAGE sql
            AS $$SELECT pg_catalog.clock_timestamp() + interval '11 minutes'$$""",
            "SET LOCAL search_path = fast, public, pg_catalog",
        ):
            connection.execute(sa.text(statement))
        workers.register(connection, Worker("there", ELSEWHERE))
        assert workers.dead(connection) == []
        beat_at = connection.scalar(sa.select(table.c.heartbeat_at))
    assert beat_at is not None
    assert beat_at - datetime.now(UTC) > timedelta(minutes=10)


def test_who_retires_is_forgotten_alone(database):
    one, two = new_worker(), new_worker()
    with database.write() as connection:
        workers.register(connection, one)
        workers.register(connection, two)
        workers.retire(connection, [one.id, "nobody"])
    assert registered(database) == {two.id}


# the ledger


def test_a_ledger_claims_in_batches_until_nothing_is_left(database):
    issue_id, wanted = laid_out(database, *given_subscribers(5))
    run = entered(database, issue_id)
    ledger = ledger_of(run, issue_id)
    batches = [ledger.exchange([], ledger.batch) for _ in range(4)]
    assert [len(batch) for batch in batches] == [2, 2, 1, 0]
    assert [claim.subscriber.id for batch in batches for claim in batch] == wanted
    assert registered(database) == {run.worker.id}
    assert {row["worker"] for row in delivery_rows(database, issue_id).values()} == {run.worker.id}


def test_each_word_of_a_ledger_is_kept_at_once(database, open_database):
    issue_id, _ = laid_out(database, *given_subscribers(3))
    ledger = ledger_of(entered(open_database(), issue_id), issue_id, batch=3)
    one, _, _ = ledger.exchange([], ledger.batch)
    assert states(database, issue_id) == ["sending"] * 3
    ledger.exchange([(one, Result(DeliveryState.SENT, "250 kept"))], 0)
    assert states(database, issue_id) == ["sent", "sending", "sending"]


@pytest.mark.parametrize("resend", [False, True])
def test_a_ledger_sends_again_what_is_in_doubt_only_where_told_so(database, resend):
    issue_id, _ = laid_out(database, *given_subscribers(1))
    first = entered(database, issue_id)
    handed_out(ledger_of(first, issue_id))
    first.__exit__(None, None, None)
    again = ledger_of(entered(database, issue_id), issue_id, resend=resend)
    assert len(again.exchange([], 2)) == resend


def test_a_run_that_ends_is_in_doubt_of_what_it_handed_out_and_gives_the_rest_back(database):
    issue_id, _ = laid_out(database, *given_subscribers(5))
    other = entered(database, issue_id)
    with WorkerRun(database, lambda: NOON, issue_id) as run:
        ledger = ledger_of(run, issue_id, batch=3)
        first, second, _ = ledger.exchange([], 3)
        ledger_of(other, issue_id).exchange([], 2)
        ledger.exchange([(first, Result(DeliveryState.SENT, "250 kept"))], 0, [second])
    assert states(database, issue_id) == ["sent", "in doubt", "pending", "sending", "sending"]
    assert registered(database) == {other.worker.id}


# the dead


def test_the_dead_are_reaped_and_the_living_are_left_alone(database):
    issue_id, _ = laid_out(database, *given_subscribers(5))
    gone = Worker("gone", replace(this_process(), pid=ended_process()))
    handed_out(ledger_of(entered(database, issue_id, gone), issue_id))
    living = entered(database, issue_id)
    ledger_of(living, issue_id).exchange([], 2)
    assert reap_dead_workers(database, lambda: NOON) == 2
    assert states(database, issue_id) == ["in doubt", "in doubt", "sending", "sending", "pending"]
    assert registered(database) == {living.worker.id}
    assert reap_dead_workers(database, lambda: NOON) == 0


def test_with_nobody_registered_nothing_is_reaped(database):
    issue_id, _ = laid_out(database, *given_subscribers(2))
    assert reap_dead_workers(database, lambda: NOON) == 0
    assert states(database, issue_id) == ["pending", "pending"]


def test_a_process_that_dies_at_work_leaves_in_doubt_what_was_on_the_wire(database, url, tmp_path):
    issue_id, numbers = laid_out(database, *given_subscribers(4))
    command = [sys.executable, "-c", DIE_AT_WORK, url, str(tmp_path), str(issue_id)]
    died = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert died.returncode == 9, died.stderr
    assert states(database, issue_id) == ["sent", "sending", "sending", "pending"]
    assert reap_dead_workers(database, lambda: NOON) == 1
    assert states(database, issue_id) == ["sent", "in doubt", "pending", "pending"]
    row = delivery_rows(database, issue_id)[numbers[1]]
    assert (row["cause"], row["doubted_at"]) == ("worker-died", NOON)
    left = ledger_of(entered(database, issue_id), issue_id).exchange([], 2)
    assert [(claim.subscriber.id, claim.attempt) for claim in left] == [
        (numbers[2], 1), (numbers[3], 1),
    ]  # fmt: skip


def test_a_run_that_could_not_take_leave_is_dead_while_its_process_lives(database, open_database):
    issue_id, _ = laid_out(database, *given_subscribers(3))
    other = open_database()
    run = entered(other, issue_id)
    handed_out(ledger_of(run, issue_id))
    with database.write() as connection:  # nobody else can write: as if the server were away
        if database.is_sqlite:
            with other.engine.connect() as driver:
                driver.exec_driver_sql("PRAGMA busy_timeout = 50")
        else:
            connection.execute(sa.text("LOCK TABLE workers"))
            other.engine.dispose()
            sa.event.listen(
                other.engine, "begin",
                lambda begun: begun.exec_driver_sql("SET LOCAL lock_timeout = 50"),
            )  # fmt: skip
        with pytest.raises(sa.exc.OperationalError):
            run.__exit__(None, None, None)
    assert registered(database) == {run.worker.id}
    assert reap_dead_workers(database, lambda: NOON) == 2
    assert states(database, issue_id) == ["in doubt", "in doubt", "pending"]
    assert registered(database) == set()


def test_many_results_are_written_in_one_turn(database):
    issue_id, _ = laid_out(database, *given_subscribers(4))
    ledger = ledger_of(entered(database, issue_id), issue_id, batch=4)
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


# one that was silent for too long


def test_a_worker_that_was_taken_for_dead_claims_nothing_until_it_has_begun_anew(database):
    issue_id, _ = laid_out(database, *given_subscribers(4))
    run = entered(database, issue_id)
    ledger = ledger_of(run, issue_id)
    handed_out(ledger)
    assert ledger.may_hand_out
    before = run.worker.id
    with database.write() as connection:
        take_over(connection, [before], NOON)
    assert ledger.exchange([], 2) is None
    assert states(database, issue_id) == ["in doubt", "in doubt", "pending", "pending"]
    assert registered(database) == {run.worker.id} != {before}
    assert not ledger.may_hand_out
    assert len(ledger.exchange([], 2)) == 2
    assert ledger.may_hand_out


def test_slots_are_asked_for_by_nobody_who_was_taken_over(database):
    issue_id, _ = laid_out(database, *given_subscribers(2))
    run = entered(database, issue_id)
    limits = StoreLimits(run)
    assert limits.slots("relay", "connections", 2, 0, 2) == 2
    with database.write() as connection:
        take_over(connection, [run.worker.id], NOON)
    assert limits.slots("relay", "connections", 2, 2, 2) == 0
    assert ledger_of(run, issue_id).exchange([], 2) is None
    assert limits.slots("relay", "connections", 2, 2, 2) == 2


def test_a_worker_hands_nothing_out_after_half_of_its_silence(database):
    issue_id, _ = laid_out(database, *given_subscribers(2))
    ledger = ledger_of(entered(database, issue_id, silence=1.0), issue_id)
    ledger.exchange([], 2)
    assert ledger.may_hand_out
    time.sleep(0.5)
    assert not ledger.may_hand_out
    ledger.exchange([], 0)
    assert ledger.may_hand_out


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.FAILED])
def test_a_result_that_comes_after_another_took_the_delivery_over_is_kept(database, state):
    issue_id, (number, _) = laid_out(database, *given_subscribers(2))
    run = entered(database, issue_id)
    slow = ledger_of(run, issue_id)
    other = ledger_of(entered(database, issue_id), issue_id, resend=True)
    old, _ = handed_out(slow)
    with database.write() as connection:
        take_over(connection, [run.worker.id], NOON)
    taken = handed_out(other)
    other.exchange([(claim, Result(DeliveryState.SENT, "250 other")) for claim in taken], 0)
    slow.exchange([(old, Result(state, "the late answer", 250, server="relay"))], 0)
    row = delivery_rows(database, issue_id)[number]
    assert (row["state"], row["attempts"], row["reply"]) == ("sent", 2, "250 other")
    with database.read() as connection:
        (attempt,) = history.attempts_at(connection, issue_id, number)
    assert (attempt["attempt"], attempt["state"], attempt["cause"], attempt["reply"]) == (
        1, state, "came-late", "the late answer",
    )  # fmt: skip


def test_a_late_result_counts_where_nobody_attempted_the_delivery_again(database):
    issue_id, _ = laid_out(database, *given_subscribers(1))
    run = entered(database, issue_id)
    ledger = ledger_of(run, issue_id)
    (claimed,) = handed_out(ledger)
    with database.write() as connection:
        take_over(connection, [run.worker.id], NOON)
    assert ledger.exchange([(claimed, Result(DeliveryState.SENT, "250 kept"))], 2) is None
    assert states(database, issue_id) == ["sent"]


# several at once


def test_workers_that_take_slots_and_reap_at_once_do_not_wait_for_each_other(
    database, open_database
):
    """Each takes the limits' lock before its own row, and thinks the others dead."""
    issue_id, _ = laid_out(database, *given_subscribers(1))
    runs = [entered(open_database(), issue_id, silence=0.02) for _ in range(3)]

    def ask(run):
        limits, ledger = StoreLimits(run), ledger_of(run, issue_id)
        for _ in range(40):
            limits.slots("relay", "connections", 2, 0, 2)
            time.sleep(0.001)
            ledger.exchange([], 1)

    at_once([partial(ask, run) for run in runs])


@on_postgresql
def test_what_postgresql_gave_up_in_a_deadlock_is_done_again(database, open_database):
    _, numbers = laid_out(database, *given_subscribers(2))
    both = Barrier(2, timeout=10)

    def touch(opened, order):
        tries = []

        def work(connection):
            tries.append(1)
            for place in order:
                of_subscriber = delivery_table.c.subscriber_id == numbers[place]
                connection.execute(
                    sa.update(delivery_table).where(of_subscriber).values(reply="touched")
                )
                if place == order[0] and len(tries) == 1:
                    both.wait()

        transact(opened, work)
        return len(tries)

    one, two = open_database(), open_database()
    tries = at_once([lambda: touch(one, (0, 1)), lambda: touch(two, (1, 0))])
    assert sorted(tries) == [1, 2]
