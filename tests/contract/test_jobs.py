"""Jobs in a real PostgreSQL: when they wait, and workers that do them (how they die: chaos)."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import sqlalchemy as sa

from digest.errors import DigestError
from digest.issue_edits import Edit, EditKind
from digest.jobs import job
from digest.jobs.procrastinate_queue import ProcrastinateQueue, worker_app
from digest.jobs.schema import bring_up_to_date, refuse_an_old_schema
from digest.new_project import create_project
from digest.services.issues.drafts import end_void_approvals
from digest.store.database import IDLE_SECONDS, Database
from tests.approval_world import ApprovalWorld
from tests.contract.postgres_databases import PostgresDatabases
from tests.integration.conftest import DAY, Inbox, Project, serve, story_text

WAITING = sa.text(
    "SELECT task_name, lock, priority, args FROM procrastinate.procrastinate_jobs ORDER BY id"
)


@pytest.fixture
def url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """The address of a PostgreSQL database of the test's own."""
    url = postgres_databases.migrated()
    yield url
    database = Database(url, Path())
    with database.write() as connection:  # the next test of this database begins without
        connection.execute(sa.text("DROP SCHEMA IF EXISTS procrastinate CASCADE"))
    database.close()
    postgres_databases.clean()


@pytest.fixture
def database(url: str, tmp_path: Path) -> Iterator[Database]:
    """It, with the tables of the queue."""
    database = Database(url, tmp_path)
    with database.write() as connection:
        bring_up_to_date(connection)
    yield database
    database.close()


def waiting(database: Database) -> list[sa.Row[Any]]:
    with database.read() as connection:
        return list(connection.execute(WAITING))


def test_a_job_waits_once_its_transaction_is_committed_and_not_before(database):
    queue = ProcrastinateQueue()
    with database.rehearsal() as connection:
        queue.defer(connection, [job.send_notices()])
    assert waiting(database) == []
    with database.write() as connection:
        queue.defer(connection, [job.seal("daily", date(2026, 11, 21))])
    assert waiting(database) == [
        ("seal", "digest/seal/daily", 10, {"newsletter": "daily", "day": "2026-11-21"})
    ]


def test_a_job_that_waits_is_not_put_there_again_and_harms_nothing_else(database):
    queue = ProcrastinateQueue()
    for _ in range(2):
        with database.write() as connection:
            queue.defer(connection, [job.merge(), *job.deliver(7, 2)])
            connection.execute(sa.text("SELECT 1"))
    assert [row.lock for row in waiting(database)] == [
        "digest/merge/",
        "digest/deliver/7/0",
        "digest/deliver/7/1",
    ]


def test_what_editors_are_told_waits_for_no_tick(database, tmp_path):
    create_project(tmp_path / "project")
    editors = {"approval": "required", "editors": ("ed@example.org",)}
    world = ApprovalWorld(tmp_path / "project", database, **editors)
    world.collect("A galaxy far away")
    world.approve()
    world.edit(Edit(EditKind.SUBJECT, ("Another galaxy",)))
    project = replace(world.project, jobs=ProcrastinateQueue())
    end_void_approvals(project, world.newsletter)
    assert [row.task_name for row in waiting(database)] == ["notices"]


def test_the_tables_of_the_queue_are_made_once_and_an_old_one_is_refused(url, tmp_path):
    database = Database(url, tmp_path)
    with database.read() as connection, pytest.raises(DigestError, match="no job queue"):
        refuse_an_old_schema(connection)
    with database.write() as connection:
        assert bring_up_to_date(connection) > 30
    with database.write() as connection:
        refuse_an_old_schema(connection)
        assert bring_up_to_date(connection) == 0
        connection.execute(
            sa.text(
                "DELETE FROM procrastinate.digest_applied WHERE file = "
                "'03.03.00_01_pre_priority_lock_fetch_job.sql'"
            )
        )
    with database.read() as connection, pytest.raises(DigestError, match="no job queue"):
        refuse_an_old_schema(connection)
    database.close()


def test_a_worker_finds_the_tables_by_the_address_alone(database, url):
    with database.write() as connection:
        ProcrastinateQueue().defer(connection, [job.tidy()])

    async def names() -> list[str]:
        async with worker_app(url, IDLE_SECONDS).open_async() as app:
            return [waits.task_name for waits in await app.job_manager.list_jobs_async()]

    assert asyncio.run(names()) == ["tidy"]


def test_postgresql_ends_a_transaction_in_which_a_worker_says_nothing(database, url):
    async def patience() -> str:
        async with worker_app(url, IDLE_SECONDS).open_async() as app:
            query = "SHOW idle_in_transaction_session_timeout"
            row = await app.connector.execute_query_one_async(query)
            return str(row["idle_in_transaction_session_timeout"])

    assert asyncio.run(patience()) == f"{IDLE_SECONDS // 60}min"


@pytest.fixture
def project(url: str, tmp_path: Path) -> Project:
    """A project whose work workers do."""
    create_project(tmp_path / "project")
    project = Project(tmp_path / "project")
    project.env |= {"DIGEST_DATABASE_URL": url, "DIGEST_WORKERS_ENABLED": "true"}
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    return project


def wait_until(reached: Callable[[], bool], what: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until, f"in {seconds:g} s not: {what}"
        time.sleep(0.05)


def test_commands_refuse_a_database_without_the_queue_until_it_is_migrated(project):
    refused = project.run("status", status=1)
    assert "no job queue" in refused.stderr
    assert "digest migrate" in refused.stderr
    assert "job queue" in project.run("migrate").stdout
    project.run("status")


def test_workers_collect_seal_and_send_what_the_scheduler_tells_them_of(project):
    """Two of them share an issue, of which each subscriber gets one mail; SIGTERM ends them."""
    project.run("migrate")
    subscribers = project.add_subscribers(300)
    inbox, figures = Inbox(), project.root / "figures"
    with socket.create_server(("127.0.0.1", 0)) as free:
        health = str(free.getsockname()[1])
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_DELIVERY_BATCH="20", DIGEST_SMTP_CONNECTIONS="2")
        daemons = [
            project.popen("worker", "--health-port", health),
            project.popen("worker", "--queues", "mail", "--concurrency", "1"),
            project.popen("scheduler"),
        ]
        try:
            wait_until(lambda: len(inbox.messages) >= 300, "everybody has their mail")
            status = project.json("status")
            (issue,) = status["issues"]
            project.run("status", "--metrics", str(figures))
            with urlopen(f"http://127.0.0.1:{health}/health", timeout=10) as answer:
                assert answer.status == 200
        finally:
            for daemon in daemons:
                daemon.terminate()
            said = [daemon.communicate(timeout=60)[1] for daemon in daemons]
    assert [daemon.returncode for daemon in daemons] == [0, 0, 0], "\n".join(said)
    assert sorted(inbox.recipients) == sorted(subscribers)
    assert issue["in_doubt"] == 0
    assert status["queue"]["workers"] == 2
    assert "digest_job_workers_alive 2.0" in figures.read_text()
    assert "Remedy: start a `digest worker`" in project.run("status").stdout
    assert not any("level=error" in text for text in said), said


def test_a_project_without_workers_says_so(tmp_path):
    create_project(tmp_path / "project")
    refused = Project(tmp_path / "project").run("worker", status=2)
    assert "workers.enabled" in refused.stderr


def test_workers_need_postgresql(tmp_path):
    create_project(tmp_path / "project")
    refused = Project(tmp_path / "project").run("status", status=2, DIGEST_WORKERS_ENABLED="true")
    assert "PostgreSQL" in refused.stderr
