"""What an outage leaves: who is told later, who is given up, and what the operator hears of it."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.conftest import DAY, Project, serve, story_text
from tests.integration.test_held_and_sealed import NO_FOOTER, own_template

KEY = f"science-daily-{DAY}"
ADA, BEN = "subscriber0@example.org", "subscriber1@example.org"
DOWN = {"DIGEST_SMTP_CONNECTIONS": "2"}
SEVEN, NEXT_NIGHT, NEXT_MORNING = f"{DAY}T07:00:00Z", "2026-11-22T12:30:00Z", "2026-11-23T07:00:00Z"


@contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that refuses connections, and that nobody else gets."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def weekday(project: Project) -> Project:
    """No issue on the 22nd, a Sunday; two subscribers, and a story for the 21st and the 23rd."""
    settings = project.root / "config" / "digest.toml"
    days = 'days = ["mon", "tue", "wed", "thu", "fri", "sat"]\n'
    settings.write_text(settings.read_text() + days)  # the newsletter comes last in it
    project.add_subscribers(2)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.drop("2026-11-23/b.txt", story_text("A river runs dry"))
    return project


def down(project: Project, at: str, *args: str, status: int = 1) -> str:
    """A quiet run while the server is away; what it says."""
    with nobody_listens() as port:
        project.use_smtp(port, **DOWN)
        return project.run("run", "--quiet", *args, status=status, DIGEST_NOW=at).stderr


def explained(project: Project, email: str, at: str, *args: str) -> str:
    return project.run("explain", email, "--date", DAY, *args, DIGEST_NOW=at).stdout


@pytest.mark.parametrize("back", [NEXT_NIGHT, NEXT_MORNING])
def test_what_was_never_attempted_is_told_with_the_next_issue_whenever_one_comes_back(
    weekday, inbox, back
):
    assert "Sending stopped" in down(weekday, SEVEN)
    with serve(inbox) as port:
        weekday.use_smtp(port)
        for at in dict.fromkeys([back, NEXT_MORNING]):
            done = weekday.run("run", "--quiet", DIGEST_NOW=at)
            over = "It is over, after it began at 21 Nov 07:00 UTC: Sending stopped: "
            assert (done.stdout, over in done.stderr) == ("", at == back)
    assert sorted(inbox.recipients) == [ADA, BEN]
    assert all(b"galaxy" in mail and b"river" in mail for _, mail in inbox.messages)
    told = explained(weekday, ADA, NEXT_MORNING)
    assert f"{KEY}: not sent. It was merged: " in told
    assert "science-daily-2026-11-23 tells it too." in told


def test_what_no_issue_came_to_tell_for_a_week_is_given_up_and_said(weekday, inbox):
    (weekday.root / "seeds" / "2026-11-23" / "b.txt").unlink()
    down(weekday, SEVEN)
    with serve(inbox) as port:
        weekday.use_smtp(port)
        assert "It is over" in weekday.run("run", "--quiet", DIGEST_NOW=NEXT_NIGHT).stderr
        assert weekday.run("run", "--quiet", DIGEST_NOW="2026-11-28T07:00:00Z").stderr == ""
        said = weekday.run("run", "--quiet", status=1, DIGEST_NOW="2026-11-29T07:00:00Z").stderr
        again = f"send --only-missing --newsletter science-daily --date {DAY}"
        assert said == (
            f"2 subscribers of {KEY} were given up after 7 days; `digest {again}` sends it.\n"
        )
        assert weekday.run("run", "--quiet", DIGEST_NOW="2026-11-29T07:01:00Z").stderr == ""
        weekday.run(*again.split(), DIGEST_NOW="2026-11-29T08:00:00Z")
    assert sorted(inbox.recipients) == [ADA, BEN]


def test_what_was_attempted_and_is_given_up_is_said_once_with_what_sends_it(weekday, inbox):
    inbox.answer = {BEN: "450 4.2.0 later"}
    with serve(inbox) as port:
        weekday.use_smtp(port)
        weekday.run("run", DIGEST_NOW=SEVEN)
        found = weekday.json("run", status=1, DIGEST_NOW=NEXT_NIGHT)
        (given_up,) = found["given_up"]
        assert (given_up["issue"], given_up["subscribers"], given_up["after"]) == (
            KEY,
            1,
            "24 hours",
        )
        assert weekday.run("run", "--quiet", DIGEST_NOW=NEXT_NIGHT).stderr == ""
    told = explained(weekday, BEN, NEXT_NIGHT)
    assert "The sender gave up at 22 Nov 12:30 UTC, after 24 hours: the last reply was" in told


# What cron mails.


def test_an_outage_of_two_hours_is_three_mails_of_cron_and_one_for_its_end(weekday, inbox):
    times = [f"{DAY}T{7 + minute // 60:02}:{minute % 60:02}:00Z" for minute in range(0, 121, 30)]
    with nobody_listens() as port:
        weekday.use_smtp(port, **DOWN)
        said = [weekday.run("run", "--quiet", status=1, DIGEST_NOW=at).stderr for at in times]
    assert [bool(mail) for mail in said] == [True, False, True, False, True]
    assert f"127.0.0.1:{port} cannot be used: nobody listens there; 2 messages are left" in said[0]
    assert "Errno" not in said[0]
    with serve(inbox) as port:
        weekday.use_smtp(port)
        (over,) = weekday.run("run", "--quiet", DIGEST_NOW=f"{DAY}T10:01:00Z").stderr.splitlines()
        assert over.startswith("It is over, after it began at 21 Nov 07:00 UTC: Sending stopped")
        assert weekday.run("run", "--quiet", DIGEST_NOW=f"{DAY}T10:02:00Z").stderr == ""


def test_a_database_that_cannot_be_used_is_said_once_too(weekday):
    (weekday.root / "var").mkdir(exist_ok=True)
    lost = {"DIGEST_DATABASE_URL": "sqlite:////nowhere/digest.db"}
    first = weekday.run("run", "--quiet", status=1, DIGEST_NOW=SEVEN, **lost).stderr
    assert first.startswith("Error: the database's folder /nowhere is not there\nRemedy: mount or")
    assert weekday.run("run", "--quiet", status=1, DIGEST_NOW=SEVEN, **lost).stderr == ""


# A newsletter that was taken out.


def test_the_open_issue_of_a_newsletter_that_is_gone_ends_with_its_life(weekday, inbox):
    down(weekday, SEVEN)
    settings = weekday.root / "config" / "digest.toml"
    settings.write_text(settings.read_text().replace('id = "science-daily"', 'id = "other"'))
    with serve(inbox) as port:
        weekday.use_smtp(port)
        said = weekday.run("run", "--quiet", status=1, DIGEST_NOW=f"{DAY}T08:00:00Z").stderr
        said, _, over = said.partition("It is over")
        assert "Sending stopped" in over
        assert said == (
            f"{KEY} is not sent, and 2 subscribers wait for it: config/digest.toml has no "
            f"newsletter "
            "'science-daily' any more.\n"
            "Remedy: put it back, or leave it: what waits is given up by 22 Nov 07:00 UTC.\n"
        )
        told = explained(weekday, ADA, f"{DAY}T08:00:00Z", "--newsletter", "science-daily")
        assert "nobody sends it, and at 22 Nov 07:00 UTC it is given up." in told
        found = weekday.json("check")["findings"]
        (waiting,) = [each for each in found if each["place"] == f"issue {KEY}"]
        assert waiting["detail"].startswith(
            "2 wait for it, and config/digest.toml has no newsletter"
        )
        said = weekday.run("run", "--quiet", status=1, DIGEST_NOW=NEXT_NIGHT).stderr
        said, _, over = said.partition("It is over")
        assert f"{KEY} is not sent" in over
        assert said == f"2 subscribers of {KEY} were given up after 24 hours.\n"
        assert weekday.run("run", "--quiet", DIGEST_NOW="2026-11-22T12:31:00Z").stderr == ""
    assert inbox.messages == []
    issues = weekday.json("status", DIGEST_NOW=NEXT_NIGHT)["issues"]
    assert [(each["id"], each["state"]) for each in issues if each["id"] == KEY] == [
        (KEY, "failed")
    ]
    unknown = weekday.run("explain", ADA, "--newsletter", "nowhere", status=2)
    assert "nowhere" in unknown.stderr


# While the server is down.


def test_what_is_overdue_is_told_with_the_reason_until_it_is_out(weekday, inbox):
    down(weekday, SEVEN)
    at = f"{DAY}T08:00:00Z"
    told = weekday.run("status", status=3, DIGEST_NOW=at).stdout
    assert f"2 messages of {KEY} are overdue since 21 Nov 07:00 UTC: 127.0.0.1:" in told
    assert "Remedy: run `digest check` and mend what it names; no `digest serve`" in told
    assert re.search(
        r"2 pending; 2 overdue since 21 Nov 07:00 UTC \(127\.0\.0\.1:\d+ cannot be used", told
    )
    assert "at their hour" not in told
    why = explained(weekday, ADA, at)
    assert "It is due since 21 Nov 07:00 UTC; no attempt was made yet. Nobody sends it now" in why
    assert "the last run stopped (127.0.0.1:" in why
    with serve(inbox) as port:
        weekday.use_smtp(port)
        weekday.run("run", DIGEST_NOW=at)
    (issue,) = weekday.json("status", DIGEST_NOW=at)["issues"]
    assert (issue["overdue"], issue["overdue_since"], issue["reason"]) == (0, None, "")


def test_while_a_daemon_runs_nobody_is_told_that_nobody_sends_it(weekday):
    at, later = f"{DAY}T08:00:00Z", f"{DAY}T08:05:00Z"
    with nobody_listens() as port:
        weekday.use_smtp(port, **DOWN)
        process = weekday.popen("scheduler", DIGEST_NOW=at)
        try:
            for _ in range(300):
                found = weekday.run("status", status=None, DIGEST_NOW=later)
                if found.returncode == 3 and "cannot be used" in found.stdout:
                    break
                time.sleep(0.2)
            why = explained(weekday, ADA, later)
        finally:
            process.terminate()
            _, log = process.communicate(timeout=60)
    assert f"it is tried again within a minute (process {process.pid} on " in found.stdout
    assert "It is tried again within a minute: the last run stopped (127.0.0.1:" in why
    assert "Nobody sends it now" not in why
    (line,) = [line for line in log.splitlines() if "sending stopped" in line]
    assert "nobody listens there" in line
    assert "Traceback" not in log
    told = weekday.run("status", status=3, DIGEST_NOW=later).stdout
    assert "no `digest serve` or `digest scheduler` runs" in told


def test_a_server_that_is_down_is_asked_once_a_round_and_told_of_once(project):
    settings = project.root / "config" / "digest.toml"
    text = settings.read_text()
    table = text[text.index("[[newsletters]]") :]
    more = [table.replace('"science-daily"', f'"{name}"') for name in ("second", "third")]
    settings.write_text("\n".join([text, *more]))
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    for name in ("science-daily", "second", "third"):
        project.run("subscribers", "add", "ada@example.org", "--newsletter", name)
    with nobody_listens() as port:
        project.use_smtp(port, DIGEST_SMTP_CONNECTIONS="8")
        began = time.monotonic()
        said = project.run("run", "--quiet", status=1).stderr.splitlines()
        took = time.monotonic() - began
    assert [line for line in said if "session ended" in line] == said[:1], said
    assert said[1].endswith("; 3 messages are left")
    assert len(said) == 3
    assert took < 3 * 4, "each of the three issues would wait for four seconds"


def test_who_stopped_a_run_and_how_much_is_left_is_said(project, inbox):
    project.add_subscribers(150)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_DELIVERY_BATCH="20")
        process = project.popen("run", "--quiet")
        inbox.at_data = lambda box: process.terminate() if len(box.messages) == 20 else None
        _, err = process.communicate(timeout=120)
    left = 150 - len(inbox.messages)
    assert f"Sending stopped: asked to stop by SIGTERM; {left} messages are left" in err


# A held issue.


def test_a_held_issue_ends_with_its_day_and_the_next_one_tells_its_stories(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    own_template(project, NO_FOOTER, "")
    said = project.run("run", "--quiet", status=1).stderr
    assert "run this again before 22 Nov 00:00 UTC: then the day is over" in said
    assert "Each run until 22 Nov 00:00 UTC tries it again." in explained(
        project, ADA, f"{DAY}T13:00:00Z"
    )
    template = project.root / "templates" / "email" / "issue.mjml.j2"
    foot = '<mj-raw>{{ part("foot") }}</mj-raw>'
    footer = f"<mj-section><mj-column><mj-text>{NO_FOOTER}</mj-text></mj-column></mj-section>"
    template.write_text(template.read_text().replace(foot, foot + footer))
    over = project.run("run", "--quiet", status=1, DIGEST_NOW="2026-11-22T00:00:30Z").stderr
    assert "did not go out: it was held until its day was over" in over
    (issue,) = project.json("status", DIGEST_NOW="2026-11-22T00:01:00Z")["issues"]
    assert issue["state"] == "skipped"
    assert issue["reason"].startswith("held until its day was over: ")
    told = explained(project, ADA, "2026-11-22T00:01:00Z")
    assert "There was no issue: held until its day was over: " in told
    project.run("run", "--quiet", DIGEST_NOW="2026-11-22T06:30:00Z")
    assert "A galaxy far away" in project.outbox[0].read_text()
