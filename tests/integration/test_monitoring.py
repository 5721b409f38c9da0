"""What can be seen from outside: a heartbeat, a file of figures, /health without a site."""

import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.commands import start
from tests.integration.conftest import DAY, Project, story_text
from tests.integration.website import wait_until


@contextmanager
def watcher() -> Iterator[tuple[str, list[str]]]:
    """The address of somebody who watches, and the paths that were asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/ping/1?rid=a", asked
        server.shutdown()
        thread.join()


def test_a_watcher_is_told_that_a_round_begins_and_how_it_ended(project: Project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with watcher() as (url, asked):
        project.env["DIGEST_HEARTBEAT_URL"] = url
        project.use_smtp(1)
        project.run("run", "--quiet", status=1)
        assert asked == ["/ping/1/start?rid=a", "/ping/1/fail?rid=a"]
        asked.clear()
        project.env["DIGEST_BACKEND"] = "outbox"
        project.run("run", "--quiet", DIGEST_NOW=f"{DAY}T13:00:00Z")
        assert asked == ["/ping/1/start?rid=a", "/ping/1?rid=a"]
    assert len(project.outbox) == 1


def test_a_watcher_that_is_away_costs_a_line_of_the_log_and_no_mail(project: Project):
    done = project.run("run", DIGEST_HEARTBEAT_URL="http://127.0.0.1:1/ping")
    assert done.stderr.count("event=heartbeat") == 2
    assert "no connection" in done.stderr


def test_the_figures_are_written_for_a_collector_of_files(project: Project, tmp_path: Path):
    file = tmp_path / "digest.prom"
    project.run("run")
    project.run("backup", str(tmp_path / "copy.db"))
    assert project.run("status", "--metrics", str(file)).stdout == ""
    figures = dict(re.findall(r"^(digest_\w+) (\S+)$", file.read_text(), re.MULTILINE))
    assert figures["digest_database_up"] == "1.0"
    assert float(figures["digest_last_good_round_timestamp_seconds"]) > 1.7e9
    assert float(figures["digest_last_backup_timestamp_seconds"]) > 1.7e9
    assert file.stat().st_mode & 0o777 == 0o644
    failed = project.run("status", "--metrics", str(tmp_path / "no" / "file"), status=1)
    assert "cannot be written" in failed.stderr


def test_a_backup_by_other_means_is_noted(project: Project, tmp_path: Path):
    project.run("backup", "--made")
    project.run("status", "--metrics", str(tmp_path / "f"))
    assert "digest_last_backup_timestamp_seconds 1" in (tmp_path / "f").read_text()
    assert "name a file, or say --made" in project.run("backup", status=2).stderr


def test_a_scheduler_answers_health_without_a_site(project: Project, tmp_path: Path):
    log = tmp_path / "log"
    with log.open("w") as errors:
        words = ["scheduler", "--health-port", "0"]
        process = start(words, project.root, project.environment(), errors)
        try:
            wait_until(lambda: "/health" in log.read_text())
            (address,) = re.findall(r"http://\S+/health", log.read_text())
            with urllib.request.urlopen(address, timeout=10) as answer:
                assert answer.status == 200
        finally:
            process.terminate()
        process.communicate(timeout=30)
        assert process.returncode == 0


@pytest.mark.parametrize("url", ["hc.example.org/1", "ftp://hc.example.org/1"])
def test_what_is_no_address_is_refused(project: Project, url):
    told = project.run("run", DIGEST_HEARTBEAT_URL=url, status=2).stderr
    assert "heartbeat_url: must be an address such as https://" in told
