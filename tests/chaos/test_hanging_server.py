"""A mail server that says nothing more at some step holds up nobody for longer than it lasts."""

import os
from collections import Counter

import pytest
import sqlalchemy as sa

from digest.faulty_smtp import FaultServer, SmtpFault, silence
from digest.services.delivery.accounts import draw_accounts
from digest.store import issues
from digest.store.database import Database
from digest.store.schema import attempts, subscribers
from tests.integration.conftest import DAY, Project, story_text
from tests.sampling import sample

STEPS = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "body", "message", "kept", "QUIT"]
CONNECTIONS = 2
SUBSCRIBERS = 16


def in_doubt_once(database: Database) -> set[str]:
    """Those of whom it is on record that they may get it again."""
    query = (
        sa.select(subscribers.c.email)
        .join_from(attempts, subscribers, subscribers.c.id == attempts.c.subscriber_id)
        .where(attempts.c.state == "in doubt")
    )
    with database.read() as connection:
        return set(connection.scalars(query))


@pytest.mark.parametrize("step", STEPS if "KILLS" in os.environ else sample(STEPS, 1))
def test_a_server_that_hangs_is_left_and_when_it_answers_again_everybody_is_mailed(
    project: Project, server: FaultServer, port: int, database_url: str, step: str
):
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.use_smtp(
        port,
        DIGEST_DATABASE_URL=database_url,
        DIGEST_SMTP_CONNECTIONS=str(CONNECTIONS),
        DIGEST_SMTP_TIMEOUT="0.3",
    )
    wanted = set(project.add_subscribers(SUBSCRIBERS))
    server.faults = [SmtpFault(step, silence)]
    project.run("run", "--quiet", status=None)
    server.faults = []
    database = Database(database_url, project.root)
    try:
        # The next tick mails all but those whose own message was hung up on; an hour later, these.
        for time, waiting in (("12:01", 4 * CONNECTIONS), ("13:01", 0)):
            project.run("run", "--quiet", DIGEST_NOW=f"{DAY}T{time}:00Z")
            assert len(set(server.recipients)) >= SUBSCRIBERS - waiting
            with database.read() as connection:
                (record,) = issues.latest(connection, 1)
                assert list(draw_accounts(connection, record).faults()) == []
        assert set(server.recipients) == wanted
        assert record.finished_at is not None
        copies = Counter(server.recipients)
        twice = {subscriber for subscriber, count in copies.items() if count > 1}
        assert twice <= in_doubt_once(database)
    finally:
        database.close()
