"""What another shell sees of a run, and what its log does not show."""

import json
import sqlite3
import time

from tests.integration.conftest import DAY, NOON, serve, story_text


def test_status_in_another_shell_tells_how_far_a_run_has_come(project, inbox):
    project.add_subscribers(60)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    seen = []

    def look(box) -> None:
        if len(box.messages) == 40:
            time.sleep(0.5)  # what was answered so far is on record
            seen.append(project.run("status", "--json").stdout)
            seen.append(project.run("status").stdout)

    inbox.at_data = look
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_SMTP_CONNECTIONS="1", DIGEST_DELIVERY_BATCH="10")
        project.run("run")
    found, text = json.loads(seen[0]), seen[1]
    (sending,) = found["sending"]
    assert sending["issue"] == f"science-daily-{DAY}"
    assert sending["total"] == 60
    assert 20 <= sending["done"] <= 40
    assert sending["rate"] > 0
    assert sending["seconds_left"] > 0
    assert f"science-daily-{DAY}: {sending['done']} of 60 messages, " in text
    assert " a second, " in text
    assert text.rstrip().endswith(" left")
    assert project.json("status")["sending"] == []


def test_a_run_that_died_is_not_at_work(project, inbox):
    project.add_subscribers(10)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_DELIVERY_BATCH="2")
        process = project.popen("run")
        inbox.at_data = lambda box: process.kill() if len(box.messages) == 5 else None
        process.communicate(timeout=120)
    found = project.json("status")
    assert found["sending"] == []
    assert found["issues"][0]["state"] == "sending"


def test_the_log_of_a_run_that_fails_names_no_subscriber(project, inbox):
    subscriber, *_ = project.add_subscribers(3)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    inbox.answer = {subscriber: f"421 4.3.2 <{subscriber}> come back later"}
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_SMTP_CONNECTIONS="1")
        process = project.popen("scheduler", DIGEST_NOW=NOON)
        try:
            for _ in range(600):
                if len(inbox.messages) == 2:
                    break
                time.sleep(0.1)
        finally:
            process.terminate()
            _, err = process.communicate(timeout=60)
    assert "scheduler stopped" in err
    assert "s***@example.org> come back later" in err
    assert "subscriber0" not in err


def test_a_crash_names_no_subscriber_either(project):
    project.run("subscribers", "add", "ada@example.org")
    connection = sqlite3.connect(project.root / "var" / "digest.db")
    connection.execute("ALTER TABLE subscriptions RENAME COLUMN topics TO chosen")
    connection.close()
    crashed = project.run("subscribers", "add", "ben@example.org", "--topics", "space", status=1)
    assert "Traceback" in crashed.stderr
    assert "no such column" in crashed.stderr or "no column named topics" in crashed.stderr
    assert "ben@" not in crashed.stderr
