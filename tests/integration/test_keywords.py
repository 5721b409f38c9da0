"""Keywords by the real command: of a subscriber, of a newsletter, and a list that is tried."""

import json
from email import message_from_bytes, policy

import pytest

from tests.integration.conftest import Project, story_text

HEADLINES = ("A galaxy far away", "The cup final is played", "A river runs dry")


@pytest.fixture
def stocked(project: Project) -> Project:
    for number, headline in enumerate(HEADLINES):
        project.drop(f"2026-11-21/{number}.txt", story_text(headline))
    return project


def mails(project: Project) -> dict[str, str]:
    """The text of each mail by its recipient."""
    found = {}
    for path in project.outbox:
        mail = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
        plain = mail.get_body(("plain",))
        assert plain is not None
        found[str(mail["To"]).split("@")[0]] = str(plain.get_content())
    return found


def test_a_subscribers_mail_has_no_story_with_their_keywords_and_explain_names_them(stocked):
    stocked.run("subscribers", "add", "ada@example.org", "--not-about", "football; CUP final")
    stocked.run("subscribers", "add", "ben@example.org", "--not-about", "point")
    stocked.run("subscribers", "add", "eve@example.org", "--not-about", "+title:river*")
    (stocked.root / "more.csv").write_text("email,keywords\nzoe@example.org,nothing;source:xy*\n")
    stocked.run("subscribers", "import", "more.csv")
    refused = stocked.run("subscribers", "add", "x@example.org", "--not-about", "a*b", status=2)
    assert "'a*b' has a * that is not at its end" in refused.stderr
    report = stocked.json("run")
    assert report["issues"][0]["deliveries"] == {"sent": 3, "skipped": 1}
    found = mails(stocked)
    assert {name: [h for h in HEADLINES if h in text] for name, text in found.items()} == {
        "ada": [HEADLINES[0], HEADLINES[2]],
        "eve": [HEADLINES[2]],
        "zoe": list(HEADLINES),
    }
    ada = stocked.run("explain", "ada@example.org").stdout
    assert "not about football, CUP final" in ada
    assert f"Left out by their keywords: “{HEADLINES[1]}”, blocked by the keyword CUP final." in ada
    ben = stocked.json("explain", "ben@example.org")["issues"][0]
    assert (ben["delivery"], ben["cause"]) == ("skipped", "keywords")
    assert "their keywords left no story of it" in ben["reason"]
    exported = stocked.run("subscribers", "export").stdout
    assert "football;CUP final" in exported
    assert "'+title:river*" in exported
    listed = stocked.json("deliveries", "list", "--issue", "2026-11-21", "--state", "skipped")
    assert "no story without their keywords" in json.dumps(listed)


def test_a_newsletters_list_leaves_a_story_out_and_a_list_is_tried_before(stocked):
    stocked.run("collect")
    tried = stocked.run("keywords", "test", "cup*;title:river").stdout
    assert "It would have blocked 2 of 3 items of the last 14 days, and kept 1." in tried
    assert "blocked by the keyword title:river" in tried
    kept = stocked.json("keywords", "test", "+galaxy")["items"]
    assert {item["headline"]: item["blocked"] for item in kept} == {
        HEADLINES[0]: False,
        HEADLINES[1]: True,
        HEADLINES[2]: True,
    }
    settings = stocked.root / "config" / "digest.toml"
    settings.write_text(settings.read_text() + '\nblock = ["cup*"]\n')
    stocked.run("subscribers", "add", "ada@example.org")
    stocked.run("run")
    assert HEADLINES[1] not in mails(stocked)["ada"]
    assert "(blocked by the keyword cup*)" in stocked.run("explain", "1.txt").stdout
    settings.write_text(settings.read_text().replace("cup*", "*"))
    assert "'*' has no word" in stocked.run("status", status=2).stderr


def test_a_list_is_saved_in_place_of_that_of_the_settings_and_undone(stocked):
    settings = stocked.root / "config" / "digest.toml"
    settings.write_text(settings.read_text() + '\nblock = ["cup*"]\n')
    stocked.run("collect")
    stocked.run("subscribers", "add", "ada@example.org")
    assert stocked.json("keywords", "list")["lists"][0]["from"] == "settings"
    saved = stocked.run("keywords", "save", "river").stdout
    assert (
        "1 keyword. Of the last 14 days it would have left out 1 more and let through 1." in saved
    )
    assert "saved by" in stocked.run("keywords", "list").stdout
    assert "saved count, not those of the settings" in stocked.run("check", status=None).stdout
    assert "of the settings counts: cup*" in stocked.run("keywords", "undo").stdout
    assert "saved counts: river" in stocked.run("keywords", "redo").stdout
    stocked.run("run")
    mail = mails(stocked)["ada"]
    assert [headline in mail for headline in HEADLINES] == [True, True, False]
    assert "of the settings counts: cup*" in stocked.run("keywords", "reset").stdout
    with (stocked.root / "config" / "sources.toml").open("a") as file:
        file.write(
            '\n[[sources]]\nid = "times"\nkind = "feed"\nurl = "https://times.example.org/feed"\n'
        )
    stocked.run("keywords", "save", "river", "--source", "times")
    assert "times: the keywords count that" in stocked.run("sources", "list").stdout
    nobody = stocked.run("keywords", "save", "river", "--source", "none", status=None)
    assert "there is no feed 'none'" in nobody.stderr


def test_a_mail_waits_for_so_many_stories_and_for_no_more_days_than_were_said(project):
    alone = project.run("subscribers", "add", "ada@example.org", "--longest-wait", "9", status=2)
    assert "says nothing without a number of stories" in alone.stderr
    project.run("subscribers", "add", "ada@example.org", "--at-least", "3")
    project.run("subscribers", "add", "ada@example.org", "--longest-wait", "9")
    project.run("subscribers", "add", "ben@example.org", "--at-least", "9", "--longest-wait", "2")
    project.run("subscribers", "add", "eve@example.org", "--at-least", "3", "--topics", "physics")
    told: dict[int, list[str]] = {}
    for day in (21, 22, 23):
        for number in range(1 if day < 23 else 2):
            project.drop(f"2026-11-{day}/{number}.txt", story_text(f"Story {number} of the {day}"))
        before = set(project.outbox)
        project.run("run", DIGEST_NOW=f"2026-11-{day}T07:00:00Z")
        told[day] = sorted(set(mails(project))) if set(project.outbox) - before else []
        if day == 22:
            waits = project.run("explain", "ada@example.org", DIGEST_NOW=f"2026-11-{day}T08:00:00Z")
            assert (
                "It waits for 3 stories on their topics, and has 2; the issue of 2026-11-30 tells "
                "them at the latest, or the next one after it." in waits.stdout
            )
            assert "when there are 3 stories, or after 9 days" in waits.stdout
    assert told == {21: [], 22: [], 23: ["ada", "ben"]}
    for text in mails(project).values():
        for headline in ("Story 0 of the 21", "Story 0 of the 22", "Story 1 of the 23"):
            assert text.count(headline) >= 1
