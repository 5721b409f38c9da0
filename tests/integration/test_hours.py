"""The command at several hours of a day, with subscribers on several clocks."""

from email import message_from_bytes, policy

import pytest

from tests.integration.conftest import Project, story_text

# The newsletter's time is 06:00 UTC.
SUBSCRIBERS = (
    "email,timezone,hour,paused_until\n"
    "soon@example.org,,,\n"
    "paris@example.org,Europe/Paris,8,\n"
    "tokyo@example.org,Asia/Tokyo,7,\n"
    "dawn@example.org,UTC,5,\n"
    "away@example.org,Europe/Paris,8,2026-11-24\n"
)
HEADLINES = {21: "A galaxy far away", 22: "A river runs dry", 23: "A bridge is mended"}


@pytest.fixture
def subscribers(project: Project) -> Project:
    for day, headline in HEADLINES.items():
        project.drop(f"2026-11-{day}/a.txt", story_text(headline))
    (project.root / "subscribers.csv").write_text(SUBSCRIBERS)
    project.run("subscribers", "import", "subscribers.csv")
    return project


def run(project: Project, at: str) -> list[tuple[str, str]]:
    """Who got a mail in a run at a time, with its subject."""
    before = set(project.outbox)
    project.json("run", DIGEST_NOW=f"2026-11-{at}:00Z")
    found = []
    for path in sorted(set(project.outbox) - before):
        mail = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
        found.append((str(mail["To"]).split("@")[0], str(mail["Subject"])))
    return sorted(found)


def test_each_subscriber_gets_the_issue_when_their_own_clock_shows_their_hour(subscribers):
    galaxy, river = HEADLINES[21], HEADLINES[22]
    assert run(subscribers, "21T06:00") == [("soon", galaxy)]
    (issue,) = subscribers.json("status", DIGEST_NOW="2026-11-21T06:30:00Z")["issues"]
    assert issue["state"] == "sending"
    assert issue["deliveries"] == {"paused": 1, "pending": 3, "sent": 1}
    assert (issue["later_on"], issue["last_due_at"]) == (3, "2026-11-22 05:00:00+00:00")
    # Where nothing is due no backend is opened: nobody listens at this one.
    nobody = {"BACKEND": "smtp", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1"}
    before = dict(subscribers.env)
    subscribers.env |= {f"DIGEST_{name}": value for name, value in nobody.items()}
    assert run(subscribers, "21T06:59") == []
    subscribers.env = before
    assert run(subscribers, "21T07:00") == [("paris", galaxy)]
    assert run(subscribers, "21T07:01") == []
    assert run(subscribers, "21T22:00") == [("tokyo", galaxy)]
    assert run(subscribers, "22T05:00") == [("dawn", galaxy)]
    (issue,) = subscribers.json("status", DIGEST_NOW="2026-11-22T05:30:00Z")["issues"]
    assert issue["state"] == "sent"
    assert run(subscribers, "22T06:00") == [("soon", river)]


def test_a_mail_that_waited_into_the_next_issues_day_tells_both(subscribers):
    galaxy, river = HEADLINES[21], HEADLINES[22]
    assert run(subscribers, "21T06:00") == [("soon", galaxy)]
    # Nothing ran for a day: who had none yet, and would get two today, gets one of two days.
    assert run(subscribers, "22T07:30") == [
        ("dawn", galaxy),
        ("paris", river),
        ("soon", river),
        ("tokyo", galaxy),
    ]
    assert run(subscribers, "22T22:00") == [("tokyo", river)]
    text = _text(subscribers, "science-daily-2026-11-22-2")
    assert galaxy in text
    assert river in text
    told = subscribers.run("explain", "paris@example.org", DIGEST_NOW="2026-11-22T23:00:00Z").stdout
    assert "at 08:00 in Europe/Paris" in told
    assert "It tells what was sealed since 2026-11-21." in told
    assert "It was merged: two mails would have come on one date." in told
    assert "science-daily-2026-11-22 tells it too." in told


def test_who_was_away_gets_one_mail_of_all_that_was(subscribers):
    for at in ("21T07:00", "22T07:00", "23T07:00"):
        assert "away" not in dict(run(subscribers, at))
    told = subscribers.run("explain", "away@example.org", DIGEST_NOW="2026-11-23T07:00:00Z").stdout
    assert "paused until 2026-11-24" in told
    assert "The next mail tells it too." in told
    subscribers.drop("2026-11-24/a.txt", story_text("A library opens"))
    run(subscribers, "24T06:00")
    found = dict(run(subscribers, "24T07:00"))
    assert found["away"] == "While you were away: A library opens"
    assert found["paris"] == "A library opens"
    text = _text(subscribers, "science-daily-2026-11-24-5")
    assert all(headline in text for headline in HEADLINES.values())


def test_by_hand_nobody_waits_for_their_hour(subscribers):
    subscribers.json("run", DIGEST_NOW="2026-11-21T06:00:00Z")
    told = subscribers.run("explain", "tokyo@example.org", DIGEST_NOW="2026-11-21T06:30:00Z").stdout
    assert "It waits for its subscriber's hour: it is due at 21 Nov 22:00 UTC" in told
    assert "07:00 in Asia/Tokyo" in told
    (issue,) = subscribers.json("send", DIGEST_NOW="2026-11-21T07:00:00Z")["issues"]
    assert issue["deliveries"] == {"paused": 1, "sent": 4}


def test_what_is_too_late_is_told_with_the_next_issue_where_the_setting_says_so(subscribers):
    subscribers.env |= {"DIGEST_DELIVERY_WHEN_LATE": "merge", "DIGEST_DELIVERY_LATE_LIMIT": "3"}
    assert run(subscribers, "21T06:00") == [("soon", HEADLINES[21])]
    assert run(subscribers, "21T10:30") == []
    told = subscribers.run("explain", "paris@example.org", DIGEST_NOW="2026-11-21T11:00:00Z").stdout
    assert "It was merged: it was too late for its day. The next mail tells it too." in told
    assert ("paris", HEADLINES[22]) in run(subscribers, "22T07:00")
    assert HEADLINES[21] in _text(subscribers, "science-daily-2026-11-22-2")


def _text(project: Project, name: str) -> str:
    (path,) = [path for path in project.outbox if path.stem == name]
    plain = message_from_bytes(path.read_bytes(), policy=policy.SMTP).get_body(("plain",))
    assert plain is not None
    return str(plain.get_content())
