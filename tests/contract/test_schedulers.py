"""Whether a process runs that does what is due."""

from datetime import UTC, datetime

import sqlalchemy as sa

from digest.store import schedulers, schema
from digest.store.schedulers import SILENCE, Scheduler


def alive(database):
    with database.read() as connection:
        return schedulers.alive(connection)


def test_a_scheduler_lives_while_it_shows_so_and_until_it_ends(database):
    first, second = Scheduler(host="one"), Scheduler(host="two")
    with database.write() as connection:
        for scheduler in (first, second, first):
            schedulers.beat(connection, scheduler)
    assert {scheduler.host for scheduler in alive(database)} == {"one", "two"}
    with database.write() as connection:
        schedulers.retire(connection, first)
    assert alive(database) == [second]


def test_one_that_was_silent_for_long_is_dead_and_lives_again_with_its_next_beat(database):
    scheduler = Scheduler()
    long_ago = datetime.now(UTC) - SILENCE
    with database.write() as connection:
        schedulers.beat(connection, scheduler)
        connection.execute(sa.update(schema.schedulers).values(seen_at=long_ago))
    assert alive(database) == []
    with database.write() as connection:
        schedulers.beat(connection, scheduler)
    assert alive(database) == [scheduler]
