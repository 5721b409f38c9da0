"""Notices keep the promises of deliveries: claimed before, written after, in doubt in between."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from digest.model import DeliveryState, NoticeClaim, Result, SuppressionReason
from digest.services.delivery.notice_ledger import NoticeLedger
from digest.services.delivery.worker_run import WorkerRun
from digest.store import notices, suppressions, workers
from digest.store.schema import notices as table
from digest.store.workers import new_worker
from tests.builders import NOON
from tests.contract.conftest import on_sqlite
from tests.contract.givens import at_once

SENT = Result(DeliveryState.SENT, "250 ok", 250, server="relay")


def queue(database, email="ann@example.org", kind="confirm", now=NOON, **details: Any) -> int:
    with database.write() as connection:
        return notices.queue(connection, kind, "daily", email, "", None, details, now)


def claim(database, worker="me", *, now=NOON, limit=10, resend=True) -> list[NoticeClaim]:
    with database.write() as connection:
        return notices.claim(
            connection, worker=worker, now=now, limit=limit, resend_in_doubt=resend
        )


def record(database, claimed: NoticeClaim, result: Result = SENT, now=NOON) -> None:
    with database.write() as connection:
        notices.record(connection, [(claimed, result)], now)


def take_from(database, worker: str) -> None:
    with database.write() as connection:
        notices.take_from(connection, worker, NOON)


def is_work(database, now=NOON, *, resend=True) -> bool:
    with database.read() as connection:
        return notices.is_work(connection, now, resend_in_doubt=resend)


def rows(database) -> dict[int, Any]:
    with database.read() as connection:
        return {row.id: row for row in connection.execute(sa.select(table))}


def test_a_notice_is_claimed_once_and_its_result_stays(database):
    number = queue(database, signup=7, topics=["space"])
    [claimed] = claim(database)
    notice = claimed.notice
    assert (notice.id, notice.kind, dict(notice.details)) == (
        number, "confirm", {"signup": 7, "topics": ["space"]},
    )  # fmt: skip
    assert (claimed.recipient, claimed.attempt) == ("ann@example.org", 1)
    assert claim(database, "another") == []
    record(database, claimed)
    row = rows(database)[number]
    assert (row.state, row.server, row.code, row.finished_at) == ("sent", "relay", 250, NOON)
    assert row.worker is None
    assert claim(database) == []
    assert not is_work(database)


def test_how_many_notices_a_server_accepted_lately_is_known(database):
    queue(database)
    [claimed] = claim(database)
    with database.read() as connection:
        assert notices.sent_since(connection, NOON) == 0
    record(database, claimed)
    with database.read() as connection:
        assert notices.sent_since(connection, NOON) == 1
        assert notices.sent_since(connection, NOON + timedelta(seconds=1)) == 0


def test_a_kind_that_there_is_not_is_refused(database):
    with pytest.raises(ValueError, match="advert"):
        queue(database, kind="advert")


def test_what_is_deferred_comes_again_at_its_time(database):
    queue(database)
    [claimed] = claim(database)
    later = NOON + timedelta(minutes=5)
    record(database, claimed, Result(DeliveryState.DEFERRED, "451 wait", 451, later))
    assert not is_work(database)
    assert claim(database) == []
    assert is_work(database, later)
    [again] = claim(database, now=later)
    assert again.attempt == 2


def test_what_a_worker_that_is_no_more_had_in_hand_is_in_doubt_and_resent(database):
    number = queue(database)
    [claimed] = claim(database, "gone")
    with database.write() as connection:
        workers.register(connection, new_worker())
    assert is_work(database)  # somebody has to look whether its worker lives
    take_from(database, "gone")
    assert rows(database)[number].state == "in doubt"
    assert claim(database, resend=False) == []
    assert not is_work(database, resend=False)
    [again] = claim(database, "me")
    assert again.attempt == 2
    record(database, claimed)  # the first one lived after all: it speaks of another attempt
    assert rows(database)[number].state == "sending"


def test_what_a_living_worker_has_in_hand_is_left_to_it(database):
    me = new_worker()
    with database.write() as connection:
        workers.register(connection, me)
    queue(database)
    claim(database, me.id)
    take_from(database, "another")
    assert [row.state for row in rows(database).values()] == ["sending"]


def test_what_was_claimed_and_not_handed_out_waits_as_before(database):
    me = new_worker()
    with database.write() as connection:
        workers.register(connection, me)
    fresh = queue(database)
    [_] = claim(database, me.id)
    take_from(database, me.id)
    row = rows(database)[fresh]
    assert (row.state, row.attempts, row.worker) == ("pending", 0, None)


@pytest.mark.parametrize(
    ("kind", "reason", "state"),
    [
        ("confirm", "unsubscribed", "sending"),
        ("confirm", "bounced", "sending"),
        ("confirm", "complained", "suppressed"),
        ("address", "erased", "sending"),
        ("address", "complained", "suppressed"),
        ("known", "unsubscribed", "suppressed"),
        ("welcome", "erased", "suppressed"),
        ("address-changed", "bounced", "sending"),
        ("address-changed", "complained", "suppressed"),
    ],
)
def test_whoever_is_out_gets_nothing_but_an_answer_to_what_was_asked(database, kind, reason, state):
    number, other = queue(database, kind=kind), queue(database, "bob@example.org", kind=kind)
    with database.write() as connection:
        suppressions.suppress(connection, "Ann@example.org", reason, NOON)
    claim(database)
    states = {key: row.state for key, row in rows(database).items()}
    assert states == {number: state, other: "sending"}


def test_a_batch_of_blocked_ones_does_not_look_like_the_end(database):
    for number in range(3):
        queue(database, f"ann{number}@example.org", kind="known")
    last = queue(database, "bob@example.org", kind="known")
    with database.write() as connection:
        for number in range(3):
            suppressions.suppress(
                connection, f"ann{number}@example.org", SuppressionReason.ERASED, NOON
            )
    [claimed] = claim(database, limit=2)
    assert claimed.notice.id == last


def test_a_notice_lives_for_a_day(database):
    old, new = queue(database), queue(database, now=NOON + timedelta(hours=1))
    with database.write() as connection:
        assert notices.expire(connection, NOON + timedelta(hours=24)) == 1
    found = rows(database)
    assert (found[old].state, found[new].state) == ("failed", "pending")
    assert (found[old].cause, found[old].reply) == ("gave-up", None)


def test_an_erased_person_is_forgotten_in_whatever_case(database):
    queue(database, "Ann@Example.org")
    other = queue(database, "bob@example.org")
    with database.write() as connection:
        assert notices.forget(connection, "ann@example.ORG") == 1
    assert list(rows(database)) == [other]


def test_what_is_old_is_forgotten_but_for_what_is_in_somebodys_hands(database):
    kept = queue(database)
    claim(database)
    queue(database)
    with database.write() as connection:
        assert notices.forget_old(connection, NOON + timedelta(days=1)) == 1
    assert list(rows(database)) == [kept]


def test_workers_at_once_share_the_notices_and_none_is_sent_twice(database, open_database):
    wanted = {queue(database, f"subscriber{number}@example.org") for number in range(30)}
    databases = [open_database() for _ in range(3)]

    def work(opened) -> list[int]:
        with WorkerRun(opened, lambda: NOON) as run:
            ledger = NoticeLedger(run, lambda: NOON, 4, resend_in_doubt=True)
            seen, claims = [], ledger.exchange([], 4)
            while claims:
                seen += [claimed.notice.id for claimed in claims]
                claims = ledger.exchange([(claimed, SENT) for claimed in claims], 4)
            return seen

    taken = at_once([lambda opened=opened: work(opened) for opened in databases])  # type: ignore[misc]
    assert sorted(number for part in taken for number in part) == sorted(wanted)
    assert {row.state for row in rows(database).values()} == {"sent"}


def test_a_run_that_ends_leaves_in_doubt_what_it_had_handed_out(database):
    numbers = [queue(database, f"subscriber{number}@example.org") for number in range(2)]
    with WorkerRun(database, lambda: NOON) as run:
        ledger = NoticeLedger(run, lambda: NOON, 4, resend_in_doubt=True)
        claims = ledger.exchange([], 4) or []
        ledger.exchange([], 0, claims[:1])
    assert [rows(database)[number].state for number in numbers] == ["in doubt", "pending"]


@on_sqlite
def test_a_look_where_nothing_waits_steps_into_the_index_alone(database):
    for _ in range(50):
        queue(database)
    for claimed in claim(database, limit=100):
        record(database, claimed)
    seen: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *a: seen.append(str(a[2])))
    assert not is_work(database)
    [query] = [one for one in seen if "EXISTS" in one]
    waiting = ("pending", "deferred", "in doubt")
    with database.read() as connection:
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {query}",
            ("sending", *(part for state in waiting for part in (state, NOON, NOON))),
        ).all()
    steps = [row.detail for row in plan if "notices" in row.detail]
    assert steps
    assert all("USING" in step and "ix_notices_turn" in step for step in steps)
