"""Approval by the command line, and what cron is told."""

import re

import pytest

from tests.integration.conftest import DAY, NOON, Project, story_text

EARLY = f"{DAY}T05:00:00Z"


@pytest.fixture
def letter(project: Project) -> Project:
    """A newsletter that needs approval, with two stories, before its hour."""
    settings = project.root / "config" / "digest.toml"
    text = settings.read_text()
    needed = 'id = "science-daily"\napproval = "required"'
    settings.write_text(text.replace('id = "science-daily"', needed))
    for name in ("Moon", "Mars"):
        project.drop(f"{name}.txt", story_text(f"{name} Found"))
    project.add_subscribers(2)
    project.env = {"DIGEST_NOW": EARLY}
    project.run("collect")
    return project


def test_what_is_approved_goes_out_and_an_edit_between_voids_it(letter):
    assert "Nobody approved it yet" in letter.run("issue", "show").stdout
    told = letter.run("issue", "approve", "--by", "pia").stdout
    assert re.search(r"approved, 2 stories, [0-9a-f]{12}\.", told)
    assert "It goes out at 21 Nov 06:00 UTC, to 2 subscribers." in told
    letter.run("issue", "subject", "TK", "--by", "ed")
    shown = letter.run("issue", "show").stdout
    assert "The approval of pia is void: ed changed the issue after that." in shown
    refused = letter.run("issue", "approve", "--by", "pia", status=2).stderr
    assert "cannot be approved: subject: has a placeholder, 'TK': TK" in refused
    (finding,) = re.findall(r"'TK': TK  \[(\w{8})\]", letter.run("check-issue", status=1).stdout)
    letter.run("issue", "waive", finding, "that is the joke", "--by", "pia")
    assert "pia lets it pass: that is the joke" in letter.run("check-issue").stdout
    approved = letter.json("issue", "approve", "--by", "pia")
    letter.run("issue", "approve", "--hash", "0" * 12, status=2)
    assert "is not the hash" in letter.run("issue", "approve", "--hash", "zzz", status=2).stderr
    letter.run("issue", "pull-back")
    letter.run("issue", "approve", "--by", "pia", "--hash", approved["content_hash"][:8])
    letter.env = {"DIGEST_NOW": NOON}
    assert letter.json("run")["issues"][0]["deliveries"] == {"sent": 2}
    assert "nobody missed it" in letter.run("deliveries", "list").stdout
    named = letter.run("deliveries", "list", "--issue", f"science-daily-{DAY}", status=2).stderr
    assert f"give its date, {DAY}" in named
    (first, *rows) = letter.run("deliveries", "list", "--state", "sent", "--csv").stdout.split()
    assert first.startswith("email,state,why,attempts,server")
    assert [row.split(",")[0] for row in rows if "@example.org" in row] == [
        "subscriber0@example.org",
        "subscriber1@example.org",
    ]
    listed = letter.json("deliveries", "list", "--issue", DAY, "--state", "sent")
    assert [one["state"] for one in listed["deliveries"]] == ["sent", "sent"]
    letter.run("stories", "correct", "1", "--headline", "Moon Lost", "--note", "It is not found.")
    assert "Moon Lost" in letter.run("stories", "list").stdout


def test_status_says_how_the_approval_of_the_next_issue_stands(letter):
    assert "21 Nov 06:00 UTC, not approved" in letter.run("status").stdout
    letter.run("issue", "approve", "--by", "pia")
    assert "21 Nov 06:00 UTC, approved" in letter.run("status").stdout
    letter.run("issue", "subject", "Another", "--by", "ed")
    assert "21 Nov 06:00 UTC, approval void" in letter.run("status").stdout


def test_cron_is_told_that_a_day_ended_without_an_issue(letter):
    letter.env = {"DIGEST_NOW": NOON}
    held = letter.run("run", "--quiet", status=1).stderr
    assert f"science-daily-{DAY} is held: nobody approved it" in held
    assert f"`digest issue approve --newsletter science-daily --date {DAY}` lets it go" in held
    letter.env = {"DIGEST_NOW": "2026-11-22T00:30:00Z"}
    over = letter.run("run", "--quiet", status=1).stderr
    why = "did not go out: it was held until its day was over: nobody approved it"
    assert f"science-daily-{DAY} {why}" in over
    letter.env = {"DIGEST_NOW": "2026-11-22T00:31:00Z"}
    assert letter.run("run", "--quiet").stderr == "", "once"
