"""Limits and several backends, by the real command over real SMTP."""

import sqlite3
from collections import Counter

from tests.integration.conftest import Inbox, Project, serve, story_text

DAY = "2026-11-21"


def sealed(project: Project, subscribers: int) -> None:
    project.add_subscribers(subscribers)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))


def configure(project: Project, text: str) -> None:
    path = project.root / "config" / "digest.toml"
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def test_a_limit_that_is_used_up_is_no_error_and_the_next_run_goes_on(project, inbox):
    sealed(project, 8)
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_SMTP_PER_DAY="5")
        first = project.run("run")
        assert len(inbox.messages) == 5
        assert "has sent all that its limits allow until" in first.stderr
        assert "The next run goes on" in first.stderr
        again = project.json("run")
        assert len(inbox.messages) == 5
        assert again["stopped_by"] == "limited"
        project.use_smtp(port, DIGEST_SMTP_PER_DAY="0")
        (issue,) = project.json("run")["issues"]
    assert issue["state"] == "sent"
    assert issue["deliveries"] == {"sent": 8}
    assert max(Counter(inbox.recipients).values()) == 1


def test_two_runs_at_once_keep_to_one_limit(project, inbox):
    sealed(project, 30)
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_SMTP_PER_HOUR="12", DIGEST_SMTP_CONNECTIONS="2")
        runs = [project.popen("run", "--json") for _ in range(2)]
        for run in runs:
            run.communicate(timeout=60)
        assert len(inbox.messages) == 12
        assert [run.returncode for run in runs] == [0, 0]


def test_a_backend_that_refuses_the_log_in_leaves_all_to_the_other(project, inbox):
    sealed(project, 6)
    with serve(inbox) as port:
        configure(
            project,
            f"""
            [backends.main]
            host = "127.0.0.1"
            port = {port}
            security = "none"

            [backends.spare]
            host = "127.0.0.1"
            port = {port}
            security = "none"
            username = "nobody"
            weight = 5
            """,
        )
        (issue,) = project.json(
            "run", DIGEST_BACKEND="smtp", DIGEST_BACKENDS_SPARE_PASSWORD="wrong"
        )["issues"]
        assert issue["deliveries"] == {"sent": 6}
    assert f"main (127.0.0.1:{port})" in project.run("explain", "subscriber1@example.org").stdout


def test_an_address_that_does_not_exist_gets_nothing_tomorrow(project: Project, inbox: Inbox):
    sealed(project, 3)
    inbox.answer = {
        "subscriber1@example.org": "550 5.1.1 no such user",
        "subscriber2@example.org": "550 5.7.1 not from you",
    }
    with serve(inbox) as port:
        project.use_smtp(port)
        project.json("run")
        project.drop("2026-11-22/b.txt", story_text("Another galaxy"))
        found = project.json("run", DIGEST_NOW="2026-11-22T12:00:00Z")["issues"]
    (new,) = (issue for issue in found if issue["date"] == "2026-11-22")
    assert new["deliveries"] == {"failed": 1, "sent": 1, "suppressed": 1}
    told = project.run("explain", "subscriber1@example.org").stdout
    assert "mail to it came back" in told
    with sqlite3.connect(project.root / "var" / "digest.db") as database:
        kinds = dict(database.execute("SELECT kind, count(*) FROM bounces GROUP BY kind"))
    assert kinds == {"hard": 1, "soft": 2}
