"""A rejected story file is told where somebody reads it: once by cron, always by `status`."""

import os

from structlog.testing import capture_logs

from digest.scheduler import Pulse, StopSign, ticking
from tests.integration.conftest import DAY, story_text
from tests.integration.website import wait_until
from tests.pipelines import open_pipeline

HUGE = "word " * 20_000 + "\n- A bullet.\n"


def quiet(project):
    done = project.run("run", "--quiet")
    assert done.stdout == ""
    return done.stderr


def test_a_headline_that_would_fill_the_mail_costs_its_file_alone(project):
    project.add_subscribers(1)
    for number in range(12):
        project.drop(f"{DAY}/{number}.txt", story_text(f"Good story {number}"))
    huge = project.drop(f"{DAY}/huge.txt", HUGE)
    found = project.json("run")
    (rejected,) = found["collect"]["rejected"]
    assert (rejected["file"], rejected["line"]) == (str(huge), 1)
    assert rejected["reason"].startswith("the headline has 99,999 characters, at most 300 fit")
    (issue,) = found["issues"]
    assert (issue["state"], issue["stories"]) == ("sent", 12)


def test_cron_is_told_once_of_each_rejection_that_is_new_or_changed(project):
    project.add_subscribers(1)
    bad = project.drop(f"{DAY}/bad.txt", HUGE)
    told = quiet(project)
    assert f"Rejected: {bad}:1: the headline has 99,999 characters" in told
    assert "Remedy: mend it or take it out" in told
    assert quiet(project) == ""
    assert str(bad) in project.run("run").stderr, "without --quiet it is always named"
    bad.write_text("Only a headline, and another fault\n")
    assert f"Rejected: {bad}:1: no bullet" in quiet(project)
    bad.write_text(story_text("A mended story"))
    assert quiet(project) == ""
    assert project.json("status")["rejected"] == []


def test_looking_does_not_use_up_the_news(project):
    project.drop(f"{DAY}/bad.txt", "")
    project.add_subscribers(1)
    for command in (("preview",), ("status",), ("check",), ("send", "--dry-run")):
        project.run(*command)
    assert "Rejected: " in quiet(project)


def test_a_run_that_fails_later_has_told_it(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A story"))
    project.drop(f"{DAY}/bad.txt", "")
    template = project.root / "templates" / "email" / "issue.mjml.j2"
    template.parent.mkdir(parents=True)
    template.write_text("{{ nothing.at.all }}")
    assert "Rejected: " in project.run("run", "--quiet", status=1).stderr


def test_status_and_explain_say_what_is_rejected_and_why(project):
    bad = project.drop(f"{DAY}/bad.txt", "Only a headline\n")
    project.drop(f"{DAY}/worse.txt", "")
    project.run("run")
    told = project.run("status").stdout
    assert "2 story files are rejected:" in told
    assert f"  {bad}:1: no bullet: begin each point of the story with • or -" in told
    assert "    since 21 Nov 12:00 UTC" in told
    first, _ = project.json("status")["rejected"]
    assert (first["file"], first["line"], first["source"]) == (str(bad), 1, "seeds")
    assert "raw_hash" not in first
    assert f"Rejected: {bad}:1: no bullet" in project.run("explain", f"seeds/{DAY}/bad.txt").stdout
    assert project.json("explain", "bad.txt")["rejected"] == first
    assert "there is no story 'good.txt'" in project.run("explain", "good.txt", status=2).stderr


def test_a_story_whose_file_was_spoilt_is_told_with_both(project):
    path = project.drop(f"{DAY}/a.txt", story_text("A story"))
    project.run("collect")
    path.write_text("")
    project.run("collect")
    told = project.run("explain", "a.txt").stdout
    assert f"Rejected: {path}:1: the file is empty" in told
    assert "Story: 1, A story" in told


def test_a_folder_that_is_missing_is_told_once_and_stays_a_source_in_trouble(project):
    project.add_subscribers(1)
    seeds = project.root / "seeds"
    for path in seeds.iterdir():
        path.unlink()
    seeds.rmdir()
    assert f"Rejected: {seeds}: no such folder" in quiet(project)
    assert quiet(project) == ""
    told = project.run("status").stdout
    assert "1 source in trouble:" in told
    assert "rejected" not in told
    assert project.json("status")["rejected"] == []


def test_the_log_of_the_scheduler_says_it_once(project, monkeypatch):
    bad = project.drop(f"{DAY}/bad.txt", "")
    for name in [name for name in os.environ if name.startswith("DIGEST_")]:
        monkeypatch.delenv(name)
    with open_pipeline(project.root) as pipeline, capture_logs() as logged:
        with ticking(pipeline, StopSign(), pulse=Pulse()):
            wait_until(lambda: any(line["event"] == "rejected" for line in logged))
        pipeline.collect()
    (line,) = [line for line in logged if line["event"] == "rejected"]
    assert line["log_level"] == "warning"
    assert (line["file"], line["line"], line["reason"]) == (str(bad), 1, "the file is empty")
