"""`digest serve` as an operator has it: its start, what it lets in, what it logs, its end."""

import re
import signal
import socket
import threading
import time

import psutil
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from digest.faulty_smtp import FaultServer, SmtpFault, Talk, serving, silence
from digest.new_project import create_project
from digest.scheduler import heeding_signals, run_scheduler
from digest.store.schema_revision import HEAD
from digest.web.app import make_app
from digest.web.server import listen, run_server
from tests.integration.conftest import DAY, serve, story_text
from tests.integration.website import settle, wait_until, website
from tests.pipelines import open_pipeline

CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"


def test_it_says_where_it_serves_answers_and_ends_cleanly_on_sigterm(project):
    with website(project) as site:
        assert site.get("/health").text == "ok\n"
        ready = site.get("/ready")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        wait_until(lambda: "scheduler runs" in site.log)
        children = psutil.Process(site.process.pid).children(recursive=True)
        log = site.stop()
        assert "scheduler stopped" in log
        assert "server stopped" in log
        assert "Traceback" not in log
        assert [child for child in children if child.is_running()] == []
        with pytest.raises(ConnectionRefusedError):
            site.connect()


def test_without_the_scheduler_it_serves_and_mails_nobody(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with website(project, "--no-scheduler") as site:
        assert site.get("/health").status_code == 200
        log = site.stop()
    assert "scheduler runs" not in log
    assert project.outbox == []


def test_it_sends_what_is_due_while_it_serves(project):
    subscribers = project.add_subscribers(2)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with website(project, DIGEST_NOW=f"{DAY}T05:58:00Z") as site:
        wait_until(lambda: "event=collected" in site.log)
        assert site.get("/health").status_code == 200
        site.stop()
    assert project.outbox == []
    with website(project, DIGEST_NOW=f"{DAY}T06:00:00Z") as site:
        wait_until(lambda: len(project.outbox) == len(subscribers))
        wait_until(lambda: "event=finished" in site.log)
        figures = site.get("/metrics").text
        site.stop()
    assert 'digest_deliveries{newsletter="science-daily",state="sent"} 2.0' in figures
    assert "digest_issues_sealed_total 1.0" in figures
    assert "digest_stories_collected 1.0" in figures
    for step in ("collect", "seal", "render", "deliver"):
        assert f'digest_step_seconds_count{{step="{step}"}} ' in figures


def test_told_to_stop_it_ends_a_delivery_after_the_message_in_hand(project, inbox):
    project.add_subscribers(150)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_DELIVERY_BATCH="20")
        reached = threading.Event()
        inbox.at_data = lambda box: reached.set() if len(box.messages) >= 20 else None
        with website(project) as site:
            assert reached.wait(timeout=60), site.log
            assert site.get("/health").status_code == 200
            site.stop()
        inbox.at_data = lambda _box: None
        assert len(inbox.messages) < 150
        (issue,) = project.json("run", DIGEST_NOW=f"{DAY}T13:00:00Z")["issues"]
    assert issue["deliveries"] == {"sent": 150}
    assert issue["in_doubt"] == 0
    assert len(inbox.recipients) == len(set(inbox.recipients)) == 150


def test_told_twice_it_ends_at_once(project):
    project.add_subscribers(3)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    reached = threading.Event()

    async def think_long(talk: Talk) -> None:
        reached.set()
        await silence(talk)

    server = FaultServer()
    server.faults = [SmtpFault("message", think_long)]
    with serving(server) as port:
        project.use_smtp(port)
        with website(project) as site:
            assert reached.wait(timeout=60), site.log
            site.process.terminate()
            wait_until(lambda: "event=stopping" in site.log)
            site.process.terminate()
            assert site.process.wait(timeout=5) == 143


def test_a_signal_that_came_while_it_started_is_heeded(tmp_path):
    create_project(tmp_path)
    with open_pipeline(tmp_path) as pipeline, listen("127.0.0.1", 0) as listener:
        pipeline.issue_sender.should_stop = lambda: True
        run_server(make_app(pipeline), pipeline, [listener], scheduler=True)
        pipeline.issue_sender.should_stop = lambda: True
        run_scheduler(pipeline)


@pytest.mark.parametrize("how", ["scheduler", "serve", "serve --no-scheduler"])
def test_with_the_schema_of_another_version_it_ends_and_says_so_once(tmp_path, how):
    create_project(tmp_path)
    with (
        open_pipeline(tmp_path, ticking=True) as pipeline,
        listen("127.0.0.1", 0) as listener,
        capture_logs() as logged,
    ):
        with pipeline.project.database.write() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        if how == "scheduler":
            status = run_scheduler(pipeline)
        else:
            app = make_app(pipeline)
            status = run_server(app, pipeline, [listener], scheduler=how == "serve")
    assert status == 1
    (line,) = [line for line in logged if line["log_level"] in ("warning", "error")]
    assert (line["event"], line["schema"], line["needed"]) == ("schema changed", "9999", HEAD)
    assert not [line for line in logged if line["event"] in ("stopping", "collected")]


def test_the_handler_of_a_signal_writes_no_log_since_it_may_come_amid_a_line_of_it(tmp_path):
    create_project(tmp_path)
    with open_pipeline(tmp_path) as pipeline, capture_logs() as logged:
        with heeding_signals(pipeline) as sign:
            signal.raise_signal(signal.SIGTERM)
            assert sign.by is signal.SIGTERM
            assert pipeline.issue_sender.should_stop()
            assert pipeline.notice_sender.should_stop()
        assert logged == []


def test_told_to_stop_it_answers_the_request_under_way(project):
    form = b"email=ada%40example.org&newsletter=science-daily"
    with website(project, "--no-scheduler") as site, site.connect() as connection:
        head = (
            f"POST /sign-up HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(form)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        connection.sendall(head.encode() + form[:10])
        time.sleep(0.5)
        site.process.terminate()
        wait_until(lambda: "event=stopping" in site.log)
        connection.sendall(form[10:])
        assert connection.recv(100).startswith(b"HTTP/1.1 ")
        assert site.process.wait(timeout=10) == 0
        assert "route=/sign-up" in site.log
        assert "status=499" not in site.log


def test_a_port_in_use_and_an_unknown_host_are_told_with_a_remedy(project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = project.run("serve", "--port", str(port), status=1).stderr
    assert f"127.0.0.1 port {port} cannot be listened on: another program listens there" in told
    assert "Remedy: stop what holds it" in told
    told = project.run("serve", "--host", "no-such-host.invalid", status=1).stderr
    assert "no address is known for the host no-such-host.invalid" in told
    assert "Remedy: set web.host" in told


def test_links_that_lead_elsewhere_are_warned_of(project):
    with website(project) as site:
        assert "links in mails and pages begin with http://localhost:8000" in site.log
        assert "Remedy: set site_url" in site.log
    settle(project)
    with website(project) as site:
        assert "Warning" not in site.log


def test_a_name_that_is_not_ours_is_refused(project):
    with website(project, "--no-scheduler", DIGEST_WEB_HOSTS='["news.example.org"]') as site:
        hosts = ("localhost", "127.0.0.1", "news.example.org:8000", "evil.example", "[::1]", "")
        answers = [site.get("/health", Host=host).status_code for host in hosts]
    assert answers == [200, 200, 200, 400, 200, 400]


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_refused(project, announced):
    told = b"Content-Length: 70000" if announced else b"Transfer-Encoding: chunked"
    with website(project, "--no-scheduler") as site, site.connect() as connection:
        connection.sendall(
            b"POST /sign-up HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n" + told + b"\r\n\r\n"
        )
        if not announced:
            connection.sendall(CHUNK + CHUNK)
        answer = connection.recv(100)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_client_that_never_ends_its_head_is_left(project):
    with website(project, "--no-scheduler") as site, site.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        began = time.monotonic()
        assert connection.recv(100) == b""
        assert 5 < time.monotonic() - began < 20


def test_the_log_names_neither_a_person_nor_a_token(project):
    secret = "WyJwcmVmZXJlbmNlcyIsMSwiYSJd.c2lnbmF0dXJlb2ZhdG9rZW4"
    with website(project, "--no-scheduler") as site:
        for path in (
            f"/preferences/{secret}",
            f"/unsubscribe/{secret}",
            f"/confirm/{secret}",
            f"/nowhere/{secret}",
            "/sign-up?email=ada@example.org",
        ):
            site.get(path, **{"User-Agent": "Spy/1.0", "Referer": "https://spy.example/"})
        site.client.post(f"{site.url}/sign-up", data={"email": "grace@example.org"})
        log = site.stop()
    assert log.count("event=request") == 6
    for trace in (secret, "ada", "grace", "Spy", "spy", "127.0.0.1"):
        assert trace not in log, trace
    lines = [line for line in log.splitlines() if "event=request" in line]
    for key in ("method", "route", "status", "ms", "bytes"):
        assert all(re.search(rf"\b{key}=\S+", line) for line in lines)


def test_the_figures_are_for_this_machine_alone_until_the_settings_say_otherwise(project):
    with website(project, "--no-scheduler") as site:
        assert "digest_database_up 1.0" in site.get("/metrics").text
        assert site.get("/metrics", **{"X-Forwarded-For": "127.0.0.1"}).status_code == 404
        assert site.get("/metrics", Via="1.1 proxy").status_code == 404
    with website(project, "--no-scheduler", DIGEST_WEB_METRICS="all") as site:
        assert site.get("/metrics", **{"X-Forwarded-For": "192.0.2.1"}).status_code == 200
    with website(project, "--no-scheduler", DIGEST_WEB_METRICS="off") as site:
        assert site.get("/metrics").status_code == 404
