"""What the daemon logs of something that is wrong tick after tick."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from structlog.testing import capture_logs

from digest.new_project import create_project
from digest.scheduler import Tick
from digest.services.subscribers.signup_limits import limits_of
from digest.store.schema import rate_usage
from tests.pipelines import open_pipeline


def lines_of(ticks, tick):
    with capture_logs() as logged:
        for _ in range(ticks):
            tick()
    return [
        line for line in logged if line["event"] in ("tick failed", "sign-ups held back", "over")
    ]


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


def test_that_sign_ups_are_held_back_is_told_by_the_daemon_the_run_and_status(project):
    project.env["DIGEST_WEB_SIGNUPS_PER_HOUR"] = "2"
    assert project.json("status")["signups"] == {"last_hour": 0, "most": 2}
    assert "held back" not in project.run("run", "--quiet").stderr
    with open_pipeline(project.root) as pipeline:
        limits = replace(limits_of(pipeline.project), per_hour=2)
        with pipeline.project.database.write() as connection:
            now = datetime.fromisoformat(project.env["DIGEST_NOW"])
            admitted = [
                limits.admit(connection, (), f"r{number}@example.org", now).count
                for number in range(3)
            ]
    assert admitted == [1, 1, 0]
    told = project.run("status").stdout
    assert "Sign-ups are held back: 2 sign-ups in the last hour" in told
    assert "Remedy: where they are people, raise it" in told
    assert "Sign-ups are held back: 2 in the last hour" in project.run("run", "--quiet").stderr
    assert project.run("run", "--quiet").stderr == ""


def test_the_daemon_tells_once_that_sign_ups_are_held_back(tmp_path, monkeypatch):
    create_project(tmp_path)
    monkeypatch.setenv("DIGEST_WEB_SIGNUPS_PER_HOUR", "1")
    with open_pipeline(tmp_path) as pipeline:
        tick, database = Tick(pipeline, lambda: True), pipeline.project.database
        with database.write() as connection:
            now = pipeline.project.clock()
            limits_of(pipeline.project).admit(connection, (), "ann@example.org", now)
        (held_back,) = lines_of(3, tick)
        with database.write() as connection:
            connection.execute(sa.delete(rate_usage))
        (over,) = lines_of(2, tick)
    assert (held_back["last_hour"], held_back["most"]) == (1, 1)
    assert over["what"].startswith("sign-ups held back")
