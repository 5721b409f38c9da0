"""What the daemon logs of something that is wrong tick after tick."""

import sqlalchemy as sa
from structlog.testing import capture_logs

from digest.new_project import create_project
from digest.scheduler import Tick
from tests.pipelines import open_pipeline


def lines_of(ticks, tick):
    with capture_logs() as logged:
        for _ in range(ticks):
            tick()
    return [line for line in logged if line["event"] in ("tick failed", "over")]


def test_a_tick_that_fails_again_and_again_is_one_line_and_one_for_its_end(tmp_path):
    create_project(tmp_path)
    with open_pipeline(tmp_path) as pipeline:
        tick, database = Tick(pipeline, lambda: True), pipeline.project.database
        with database.write() as connection:
            connection.execute(sa.text("ALTER TABLE workers RENAME TO elsewhere"))
        (failed,) = lines_of(5, tick)
        with database.write() as connection:
            connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO workers"))
        (over,) = lines_of(2, tick)
    assert failed["cause"] == "a fault in this program: OperationalError: no such table: workers"
    assert "workers.py:" in failed["at"]
    assert len(str(failed)) < 500
    assert over["event"] == "over"
    assert over["what"].startswith("tick failed: a fault in this program")


def test_a_database_that_is_locked_is_told_in_words_with_what_helps(tmp_path):
    create_project(tmp_path)
    with open_pipeline(tmp_path) as pipeline:
        tick, database = Tick(pipeline, lambda: True), pipeline.project.database

        @sa.event.listens_for(database.engine, "connect")
        def hurry(connection, _record):
            connection.execute("PRAGMA busy_timeout = 10")

        database.engine.dispose()
        with database.write():
            (failed,) = lines_of(1, tick)
    assert failed["reason"] == "the database cannot go on: it is locked by another process"
    assert failed["remedy"].startswith("see which process has held it for a minute")
