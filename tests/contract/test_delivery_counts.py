"""The counts that are kept of deliveries are theirs, whoever moves them.

tests/contract/test_model.py holds it after walks through all that may happen to an issue: a wrong
count is a fault of its accounts.
"""

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from digest.model import Claim, DeliveryState, IssueState, Result
from digest.services.delivery.accounts import draw_accounts, recount
from digest.services.delivery.ledger import StoreLedger
from digest.services.delivery.report import report
from digest.services.delivery.worker_run import WorkerRun
from digest.store import deliveries, delivery_counts, issues
from digest.store.schema import deliveries as delivery_table
from digest.store.schema import delivery_counts as count_table
from tests.builders import NOON
from tests.contract.givens import at_once, given_subscribers, laid_out, lay_out

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def issue_id(database):
    return laid_out(database, *given_subscribers(60))[0]


def send(database, issue_id, batch, *outcomes):
    """One run that takes a batch after the other; its attempts end so in turn."""
    with WorkerRun(database, lambda: NOON, issue_id) as run:
        ledger = StoreLedger(run, issue_id, lambda: NOON, batch, resend_in_doubt=True)
        done: list[tuple[Claim, Result]] = []
        while claims := ledger.exchange(done, batch):
            done = [
                (claim, Result(outcomes[at % len(outcomes)], "", next_attempt_at=LATER))
                for at, claim in enumerate(claims)
            ]
        ledger.exchange(done, 0)


def test_several_who_send_at_once_count_together_what_each_of_them_moved(database, issue_id):
    outcomes = (DeliveryState.SENT, DeliveryState.IN_DOUBT, DeliveryState.DEFERRED)
    at_once([partial(send, database, issue_id, batch, *outcomes) for batch in (4, 5, 6)])
    with database.read() as connection:
        assert not delivery_counts.differing(connection, issue_id)
        counts = deliveries.counts(connection, issue_id)
        assert sum(counts.values()) == 60
        assert set(counts) == set(map(str, outcomes))
        assert deliveries.doubted(connection, issue_id) == counts["in doubt"]


def test_what_is_undone_is_not_counted(database, issue_id):
    with database.rehearsal() as connection:
        deliveries.stop_waiting(connection, issue_id, NOON)
        assert deliveries.counts(connection, issue_id) == {"skipped": 60}
    with database.read() as connection:
        assert deliveries.counts(connection, issue_id) == {"pending": 60}


def test_a_wrong_count_is_a_fault_of_the_accounts_until_it_is_counted_anew(database, issue_id):
    with database.write() as connection:
        connection.execute(sa.update(count_table).values(count=count_table.c.count + 2))
    with database.read() as connection:
        record = issues.get(connection, issue_id)
        (fault,) = draw_accounts(connection, record).faults()
        assert fault.endswith("the counts that are kept of its deliveries are not theirs")
    assert recount(database, record)
    assert not recount(database, record)
    with database.read() as connection:
        assert list(draw_accounts(connection, record).faults()) == []
        assert deliveries.counts(connection, issue_id) == {"pending": 60}


def test_where_nothing_is_due_nobody_counts_deliveries_to_tell_of_an_issue(database, issue_id):
    with database.write() as connection:
        connection.execute(sa.update(delivery_table).values(due_at=LATER))
        delivery_counts.recount(connection, issue_id)
        lay_out(connection, issue_id, missing=True)
    statements = []
    with database.read() as connection:
        record = issues.get(connection, issue_id)
        assert record.state is IssueState.SENDING
        sa.event.listen(
            database.engine, "before_cursor_execute", lambda *about: statements.append(about[2])
        )
        told = report(connection, record, NOON)
        assert deliveries.waiting(connection, issue_id, NOON, resend_in_doubt=True) == 0
    assert (told.deliveries, told.later_on, told.last_due_at) == ({"pending": 60}, 60, LATER)
    of_deliveries = [text for text in statements if "FROM deliveries" in text]
    # What was put off once is looked for by an index; it is few, and here nothing.
    assert all("deliveries.state = " in text for text in of_deliveries)
    assert len(of_deliveries) <= 1
