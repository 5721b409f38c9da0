"""The day as an operator has it: cron that overlaps, crashes, and bad files among good ones."""

import sqlite3
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from digest.store.suppressions import address_hash
from tests.integration.conftest import DAY, Inbox, Project, serve, story_text


def dump(project: Project) -> list[str]:
    connection = sqlite3.connect(project.root / "var" / "digest.db")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def test_run_twice_is_one_issue_and_one_message_a_subscriber(project):
    subscribers = project.add_subscribers(5)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    first = project.json("run")
    assert first["collect"]["collected"] == 1
    (issue,) = first["issues"]
    assert issue["id"] == f"science-daily-{DAY}"
    assert (issue["newsletter"], issue["date"], issue["state"]) == ("science-daily", DAY, "sent")
    assert (issue["stories"], issue["deliveries"]) == (1, {"sent": 5})
    written = {path: path.stat().st_mtime_ns for path in project.outbox}
    assert len(written) == len(subscribers)
    second = project.json("run")
    assert second["collect"]["collected"] == 0
    assert second["issues"] == first["issues"]
    assert {path: path.stat().st_mtime_ns for path in project.outbox} == written


def test_runs_at_the_same_time_are_one_issue_and_one_message_a_subscriber(project, inbox):
    subscribers = project.add_subscribers(60)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with serve(inbox) as port:
        project.use_smtp(port)
        running = [project.popen("run") for _ in range(3)]
        ended = [(process.communicate(timeout=120), process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0, 0], ended
    assert sorted(inbox.recipients) == sorted(subscribers)
    (issue,) = project.json("status")["issues"]
    assert issue["deliveries"] == {"sent": 60}
    assert issue["in_doubt"] == 0


def test_killed_in_the_middle_of_sending_and_run_again_everyone_has_the_mail(project, inbox):
    subscribers = project.add_subscribers(200)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_DELIVERY_BATCH="20")
        process = project.popen("run")
        inbox.at_data = lambda box: process.kill() if len(box.messages) == 77 else None
        process.communicate(timeout=120)
        assert process.returncode == -9
        assert 77 <= len(inbox.messages) < 200
        inbox.at_data = lambda _box: None
        (issue,) = project.json("run")["issues"]
    assert set(inbox.recipients) == set(subscribers)
    assert issue["state"] == "sent"
    assert issue["deliveries"] == {"sent": 200}
    # At most the batch that was claimed is in doubt, and nobody outside of it had it twice.
    assert 1 <= issue["in_doubt"] <= 20
    twice = {r for r in subscribers if inbox.recipients.count(r) > 1}
    assert len(twice) <= issue["in_doubt"]
    ids: dict[str, set[str]] = {}
    for recipient, content in inbox.messages:
        message = message_from_bytes(content, policy=policy.SMTP)
        ids.setdefault(recipient, set()).add(str(message["Message-ID"]))
    assert all(len(found) == 1 for found in ids.values())
    doubted = twice.pop() if twice else inbox.recipients[76]
    assert "250" in project.run("explain", doubted).stdout


def test_in_doubt_is_left_alone_where_the_setting_says_so(project, inbox):
    project.add_subscribers(30)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_DELIVERY_IN_DOUBT="skip", DIGEST_DELIVERY_BATCH="5")
        process = project.popen("run")
        inbox.at_data = lambda box: process.kill() if len(box.messages) == 12 else None
        process.communicate(timeout=120)
        inbox.at_data = lambda _box: None
        (issue,) = project.json("run")["issues"]
    assert issue["state"] == "sent"
    assert issue["deliveries"]["sent"] + issue["deliveries"]["in doubt"] == 30
    assert 1 <= issue["deliveries"]["in doubt"] <= 5
    assert len(inbox.recipients) == len(set(inbox.recipients))


def test_bad_files_among_good_ones_cost_themselves_alone(project):
    project.add_subscribers(1)
    good = [project.drop(f"{DAY}/good{n}.txt", story_text(f"Good story {n}")) for n in range(3)]
    project.drop(f"{DAY}/latin.txt", "Über\n\n- ein Punkt.\n".encode("latin-1"))
    project.drop(f"{DAY}/empty.txt", "")
    project.drop(f"{DAY}/no-headline.txt", "- only a bullet.\n")
    project.drop(f"{DAY}/no-bullet.txt", "Only a headline\n")
    project.drop(f"{DAY}/large.txt", b"x" * 1_000_001)
    (project.root / "secret.txt").write_text(story_text("A secret"))
    (project.root / "seeds" / DAY / "link.txt").symlink_to(project.root / "secret.txt")
    project.drop("2026-12-24/future.txt", story_text("A story of the future"))
    project.drop(f"{DAY}/copy.txt", story_text("Good story 0"))
    project.drop(f"{DAY}/control.txt", story_text("A \x1b[31mred\x00 head"))
    project.drop(f"{DAY}/rtl.txt", story_text("كوكب جديد 👩‍🚀"))
    before = {path: path.read_bytes() for path in (project.root / "seeds").rglob("*.txt")}
    found = project.json("run")
    collect = found["collect"]
    assert (collect["collected"], collect["duplicates"], collect["held"]) == (5, 1, 1)
    rejected = {Path(r["file"]).name: (r["line"], r["reason"]) for r in collect["rejected"]}
    assert set(rejected) == {
        "latin.txt",
        "empty.txt",
        "no-headline.txt",
        "no-bullet.txt",
        "large.txt",
        "link.txt",
    }
    assert rejected["latin.txt"][0] == 1
    assert "UTF-8" in rejected["latin.txt"][1]
    assert before == {path: path.read_bytes() for path in before}
    text = message_from_bytes(project.outbox[0].read_bytes(), policy=policy.SMTP)
    plain = text.get_body(("plain",))
    assert plain is not None
    body = plain.get_content()
    for wanted in ("Good story 0", "Good story 2", "كوكب جديد 👩‍🚀", "A [31mred head"):
        assert wanted in body, wanted
    assert "secret" not in body
    assert len(good) == 3


def test_a_held_story_is_taken_on_its_date(project):
    project.add_subscribers(1)
    project.drop("2026-11-23/a.txt", story_text("News of the day after tomorrow"))
    assert project.json("collect")["held"] == 1
    assert project.json("run")["issues"][0]["state"] == "skipped"
    (issue,) = project.json("run", DIGEST_NOW="2026-11-23T12:00:00Z")["issues"]
    assert (issue["date"], issue["state"], issue["stories"]) == ("2026-11-23", "sent", 1)


def test_a_story_of_tomorrow_is_in_tomorrows_issue_for_editors_and_in_none_of_today(project):
    project.add_subscribers(1)
    project.drop("2026-11-22/a.txt", story_text("Tomorrow's news"))
    project.drop("b.txt", story_text("Dated ahead").replace("November 20", "November 22"))
    collected = project.json("run")
    assert (collected["collect"]["collected"], collected["collect"]["held"]) == (2, 0)
    assert collected["issues"][0]["state"] == "skipped"
    shown = project.run("issue", "show", "--date", "2026-11-22").stdout
    assert "Tomorrow's news" in shown
    assert "Dated ahead" in shown
    (issue,) = project.json("run", DIGEST_NOW="2026-11-22T12:00:00Z")["issues"]
    assert (issue["date"], issue["state"], issue["stories"]) == ("2026-11-22", "sent", 2)


def test_a_collected_file_with_a_later_date_takes_its_story_along_till_it_is_told(project):
    project.add_subscribers(1)
    moved = project.drop("2026-11-21/a.txt", story_text("A galaxy far away"))
    dated = project.drop("b.txt", story_text("A comet nearby"))
    assert project.json("collect")["collected"] == 2
    later = project.drop("2026-11-30/a.txt", "")
    moved.rename(later)
    dated.write_text(dated.read_text().replace("November 20", "November 30"))

    assert project.json("collect")["held"] == 2
    assert project.json("run")["issues"][0]["state"] == "skipped"
    told = project.run("explain", "2026-11-30/a.txt").stdout
    assert "Held back: until 2026-11-30, the date of its file." in told
    (issue,) = project.json("run", DIGEST_NOW="2026-11-30T12:00:00Z")["issues"]
    assert (issue["state"], issue["stories"]) == ("sent", 2)

    project.drop("2026-12-05/a.txt", "")
    later.rename(later.parents[1] / "2026-12-05" / "a.txt")
    (issue,) = project.json("run", DIGEST_NOW="2026-12-05T12:00:00Z")["issues"]
    assert issue["state"] == "skipped"


def test_a_story_that_changed_is_an_update_and_another_story_in_its_file_is_new(project):
    path = project.drop("today.txt", story_text("A galaxy far away"))
    assert project.json("collect")["collected"] == 1
    path.write_text(story_text("A galaxy far away", sources=5))
    changed = project.json("collect")
    assert (changed["collected"], changed["updated"]) == (0, 1)
    path.write_text(
        "Vaccine trial ends well\n\n- Doctors report good results in patients.\n- A second fact.\n"
    )
    replaced = project.json("collect")
    assert (replaced["collected"], replaced["updated"]) == (1, 0)
    assert project.json("build")["issues"][0]["stories"] == 2


def test_nothing_new_is_recorded_as_skipped_and_nobody_is_mailed(project):
    project.add_subscribers(2)
    (issue,) = project.json("run")["issues"]
    assert (issue["state"], issue["reason"]) == ("skipped", "nothing new")
    assert project.outbox == []
    project.drop(f"{DAY}/late.txt", story_text("A late story"))
    assert project.json("run")["issues"][0]["state"] == "skipped"
    assert project.json("send")["issues"][0]["state"] == "sent", "an admin may send all the same"


def test_before_its_hour_no_issue_is_due(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    assert project.json("run", DIGEST_NOW=f"{DAY}T05:59:59Z")["issues"] == []
    assert project.json("run", DIGEST_NOW=f"{DAY}T06:00:00Z")["issues"][0]["state"] == "sent"


def test_a_story_is_mailed_once_and_not_again_tomorrow(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.json("run")
    project.drop("2026-11-22/b.txt", story_text("Another galaxy"))
    (issue,) = project.json("run", DIGEST_NOW="2026-11-22T12:00:00Z")["issues"]
    assert (issue["subject"], issue["stories"]) == ("Another galaxy", 1)


@pytest.mark.parametrize("command", [("preview",), ("send", "--dry-run"), ("status",), ("check",)])
def test_looking_changes_nothing(project, command):
    project.add_subscribers(2)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.run("collect")
    project.drop(f"{DAY}/b.txt", story_text("Another galaxy"))
    before = dump(project)
    project.run(*command)
    assert dump(project) == before
    assert project.outbox == []


def test_a_preview_holds_what_was_not_collected_yet_and_writes_three_files(project):
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    found = project.json("preview", "--out", "look")
    assert [Path(f).name for f in found["files"]] == ["issue.html", "issue.txt", "issue.eml"]
    assert "A galaxy far away" in (project.root / "look" / "issue.html").read_text()
    message = message_from_bytes(
        (project.root / "look" / "issue.eml").read_bytes(), policy=policy.SMTP
    )
    assert message["Subject"] == "A galaxy far away"


def test_date_makes_any_day_repeatable(project):
    project.env.clear()
    project.add_subscribers(1)
    project.drop("2025-03-24/a.txt", story_text("A galaxy far away").replace("2026", "2024"))
    (issue,) = project.json("run", "--date", "2025-03-24")["issues"]
    assert (issue["date"], issue["state"]) == ("2025-03-24", "sent")


def test_a_failed_run_takes_no_story(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    own = project.root / "templates" / "email"
    own.mkdir(parents=True)
    (own / "issue.mjml.j2").write_text("<mjml>\n{{ issue.nothing }}\n</mjml>")
    failed = project.run("run", status=1)
    assert "issue.mjml.j2" in failed.stderr
    (own / "issue.mjml.j2").unlink()
    assert project.json("run")["issues"][0]["deliveries"] == {"sent": 1}


def test_subscribers_get_their_own_topics_and_one_without_stories_gets_no_mail(project):
    for email, topics in (
        ("a@example.org", "space"),
        ("b@example.org", "medicine"),
        ("c@example.org", "oceans"),
    ):
        project.run("subscribers", "add", email, "--topics", topics)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away", topic="Space"))
    project.drop(f"{DAY}/b.txt", story_text("A new vaccine", topic="Medicine"))
    (issue,) = project.json("run")["issues"]
    assert issue["deliveries"] == {"sent": 2, "skipped": 1}
    subjects = [
        str(message_from_bytes(path.read_bytes(), policy=policy.SMTP)["Subject"])
        for path in project.outbox
    ]
    assert sorted(subjects) == ["A galaxy far away", "A new vaccine"]
    assert "no story today" in project.run("explain", "c@example.org").stdout


def test_the_daemon_sends_what_is_due_and_ends_cleanly_on_sigterm(project):
    project.add_subscribers(2)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    process = project.popen("scheduler")
    try:
        for _ in range(300):
            if len(project.outbox) == 2:
                break
            time.sleep(0.1)
        assert len(project.outbox) == 2
        process.terminate()
        _, err = process.communicate(timeout=30)
    except BaseException:
        process.kill()
        raise
    assert process.returncode == 0, err
    assert "scheduler stopped" in err


def test_sigterm_ends_a_run_after_the_message_in_hand(project, inbox):
    project.add_subscribers(150)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_DELIVERY_BATCH="20")
        process = project.popen("run")
        inbox.at_data = lambda box: process.terminate() if len(box.messages) == 20 else None
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0
        assert "asked to stop" in err
        assert len(inbox.messages) < 150
        inbox.at_data = lambda _box: None
        (issue,) = project.json("run")["issues"]
    assert issue["deliveries"] == {"sent": 150}
    assert issue["in_doubt"] == 0
    assert len(inbox.recipients) == len(set(inbox.recipients)) == 150


def test_whoever_leaves_in_the_middle_of_a_run_gets_nothing_more(project, inbox):
    project.add_subscribers(120)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))

    def leave(box: Inbox) -> None:
        if len(box.messages) == 3:
            project.run("subscribers", "remove", "subscriber110@example.org")

    with serve(inbox) as port:
        project.use_smtp(port, DIGEST_DELIVERY_BATCH="20")
        inbox.at_data = leave
        (issue,) = project.json("run")["issues"]
    assert "subscriber110@example.org" not in inbox.recipients
    assert issue["deliveries"] == {"sent": 119, "suppressed": 1}
    assert "unsubscribed" in project.run("explain", "subscriber110@example.org").stdout


def test_progress_is_plain_lines_where_nobody_watches(project):
    project.add_subscribers(2)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    done = project.run("run")
    assert f"science-daily-{DAY}: 2 messages to send" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_quiet_says_only_what_failed(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.drop(f"{DAY}/bad.txt", "")
    done = project.run("run", "--quiet")
    assert done.stdout == ""
    assert f"/seeds/{DAY}/bad.txt:1: the file is empty" in done.stderr
    assert len(project.outbox) == 1
    done = project.run("run", "--quiet")
    assert (done.stdout, done.stderr) == ("", "")
    project.drop("2026-11-22/b.txt", story_text("Another galaxy"))
    failed = project.run(
        "run", "--quiet", status=1, DIGEST_NOW="2026-11-22T12:00:00Z", DIGEST_BACKEND="smtp",
        DIGEST_SMTP_PORT="1", DIGEST_SMTP_HOST="127.0.0.1",
    )  # fmt: skip
    assert "Sending stopped: 127.0.0.1:1 cannot be used" in failed.stderr
    assert "digest check" in failed.stderr


def test_a_dry_run_says_who_would_get_what_and_who_nothing(project):
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away", topic="space"))
    project.drop(f"{DAY}/b.txt", story_text("A brain is mapped", topic="neuroscience"))
    (project.root / "list.csv").write_text(
        "email,topics\nall@example.org,\nmore@example.org,\nbrain@example.org,neuroscience\n"
        "dig@example.org,archaeology\ngone@example.org,\n"
    )
    project.run("subscribers", "import", "list.csv")
    with sqlite3.connect(project.root / "var" / "digest.db") as database:
        database.execute(
            "INSERT INTO suppressions VALUES (?, 'bounced', '2026-11-20 00:00:00.000000')",
            [address_hash("gone@example.org")],
        )
    before = project.run("status", "--json").stdout
    (planned,) = project.json("send", "--dry-run")["recipients"]
    assert planned["issue"] == f"science-daily-{DAY}"
    mails = {tuple(mail["addresses"]): mail for mail in planned["mails"]}
    assert set(mails) == {("all@example.org", "more@example.org"), ("brain@example.org",)}
    whole, brain = mails["all@example.org", "more@example.org"], mails["brain@example.org",]
    assert sorted(whole["stories"]) == ["A brain is mapped", "A galaxy far away"]
    assert (brain["subject"], brain["stories"]) == ("A brain is mapped", ["A brain is mapped"])
    assert {tuple(group["addresses"]): group["reason"] for group in planned["nobody"]} == {
        ("dig@example.org",): "no story on their topics",
        ("gone@example.org",): "suppressed: bounced",
    }
    told = project.run("send", "--dry-run").stdout
    assert f"  2 subscribers: 2 stories\n    {whole['subject']}\n" in told
    assert "  1 subscriber: 1 story\n    A brain is mapped\n" in told
    assert "  1 subscriber: nothing (no story on their topics)\n" in told
    assert project.run("status", "--json").stdout == before

    project.json("send")
    project.run("subscribers", "add", "late@example.org")
    (planned,) = project.json("send", "--only-missing", "--dry-run")["recipients"]
    assert [mail["addresses"] for mail in planned["mails"]] == [["late@example.org"]]
    assert {group["reason"] for group in planned["nobody"]} == {
        "have it already", "no story on their topics", "suppressed: bounced",
    }  # fmt: skip
    assert "recipients" not in project.json("send")


def test_sending_by_hand_collects_first_and_refuses_to_send_to_nobody(project):
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    refused = project.run("send", status=1)
    assert "nobody gets science-daily yet" in refused.stderr
    project.add_subscribers(1)
    assert project.json("send", "--dry-run")["issues"][0]["deliveries"] == {"pending": 1}
    found = project.json("send")
    assert found["collect"]["collected"] == 1
    assert found["issues"][0]["deliveries"] == {"sent": 1}
