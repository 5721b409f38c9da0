"""Why somebody did not get the mail, and the mail for those who missed it."""

from tests.integration.conftest import DAY, serve, story_text

KEY = f"science-daily-{DAY}"
TWO_DAYS_LATER = "2026-11-23T12:00:00Z"


def explained(project, email, *args, **env):
    (case,) = project.json("explain", email, "--date", DAY, *args, **env)["issues"]
    return case


def test_each_subscriber_is_told_why_the_mail_came_or_did_not(project, inbox):
    project.env["DIGEST_TIMEZONE"] = "Europe/Paris"
    ada, ben, *_ = project.add_subscribers(2)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    assert explained(project, ada)["reason"].startswith("The issue is due since ")
    inbox.answer = {ben: f"450 4.2.0 <{ben}> later"}
    with serve(inbox) as port:
        project.use_smtp(port)
        project.run("run")
        inbox.answer = {}
        put_off = explained(project, ben)
        assert (put_off["verdict"], put_off["delivery"]) == ("waiting", "deferred")
        project.run("run", DIGEST_NOW=f"{DAY}T13:00:00Z")
    told = project.run("explain", ben, "--date", DAY).stdout
    lines = told.splitlines()
    noon = "21 Nov 13:00 CET"
    assert lines[0] == (
        f"{ben} gets science-daily since {noon}: all topics; agreed to by an import, at {noon}."
    )
    assert lines[2].startswith(f"{KEY}: sent. ")
    assert f"127.0.0.1:{port}" in lines[2]
    assert lines[2].endswith(" took it at 21 Nov 14:00 CET: 250 2.0.0 kept.")
    assert [line.split("  ")[1:4] for line in lines[3:]] == [
        ["21 Nov 13:00 CET", "attempt 1", "deferred"],
        ["21 Nov 14:00 CET", "attempt 2", "sent"],
    ]
    assert lines[3].endswith(f"450 4.2.0 <{ben}> later")
    (first, second) = explained(project, ben)["attempts"]
    assert (first["number"], first["state"]) == (1, "deferred")
    assert (second["number"], second["state"]) == (2, "sent")


def test_an_address_that_nobody_knows_has_an_answer_too(project):
    told = project.run("explain", "nobody@example.org")
    assert told.stdout == "nobody@example.org never subscribed, as far as the records go.\n"
    assert explained(project, "nobody@example.org")["verdict"] == "not sent"


def test_an_address_is_found_in_any_of_its_forms(project):
    project.run("subscribers", "add", "Ada@Bücher.example")
    for form in ("ada@bücher.example", "ADA@xn--bcher-kva.example"):
        assert project.json("explain", form)["subscriptions"]


def test_only_missing_mails_those_who_have_not_got_it_and_nobody_twice(project, inbox):
    first, put_off, left, _ = project.add_subscribers(4)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    refused = project.run("send", "--only-missing", status=1)
    assert f"there is no sealed issue of science-daily on {DAY}" in refused.stderr
    missing = ("send", "--only-missing", "--date", DAY)
    with serve(inbox) as port:
        project.use_smtp(port)
        inbox.answer = {put_off: "450 4.2.0 later", left: "450 4.2.0 later"}
        project.run("run")
        project.run("run", status=1, DIGEST_NOW=TWO_DAYS_LATER)
        assert ", after 24 hours: the last reply" in explained(project, put_off)["reason"]
        project.run("subscribers", "add", "late@example.org")
        project.run("subscribers", "remove", left)
        assert "--only-missing" in explained(project, "late@example.org")["reason"]
        inbox.answer = {"late@example.org": "450 4.2.0 later"}
        inbox.messages.clear()
        project.env["DIGEST_NOW"] = TWO_DAYS_LATER
        (dry,) = project.json(*missing, "--dry-run")["issues"]
        assert dry["deliveries"] == {"deferred": 1, "failed": 1, "pending": 1, "sent": 2}
        (issue,) = project.json(*missing)["issues"]
        assert inbox.recipients == [put_off]
        assert issue["state"] == "sending", "its life began anew"
        inbox.answer = {}
        (issue,) = project.json(*missing)["issues"]
        (again,) = project.json(*missing)["issues"]
    assert inbox.recipients == [put_off, "late@example.org"]
    assert issue["deliveries"] == {"failed": 1, "sent": 4}
    assert issue == again
    assert issue["state"] == "sent"
    assert first not in inbox.recipients


def test_who_wants_alerts_is_told_of_each_in_words_and_for_programs(project):
    settings = project.root / "config" / "digest.toml"
    text = settings.read_text()
    settings.write_text(text.replace("[[newsletters]]", "[[newsletters]]\nalert_sources = 1", 1))
    project.run("subscribers", "add", "ada@example.org", "--alerts", DIGEST_NOW=f"{DAY}T08:00:00Z")
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.run("run", DIGEST_NOW=f"{DAY}T09:00:00Z")
    found = project.json("explain", "ada@example.org", "--date", DAY)
    (subscription,) = found["subscriptions"]
    assert (subscription["alerts"], subscription["newsletter_has_alerts"]) == (True, True)
    (alert,) = found["alerts"]
    assert (alert["headline"], alert["verdict"]) == ("A galaxy far away", "sent")
    words = project.run("explain", "ada@example.org").stdout
    assert "all topics, with alerts" in words
    assert "science-daily, alert at 21 Nov 09:00 UTC: sent. “A galaxy far away”. " in words
