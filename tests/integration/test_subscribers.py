"""Subscribers by the command line, one at a time and by the thousand."""

import csv
import json

from tests.integration.conftest import DAY, Project, story_text


def test_one_broken_line_among_ten_thousand_is_named_and_the_others_are_in(project: Project):
    lines = [
        f"subscriber{n}@example.org,Subscriber {n},space;medicine,Europe/Paris"
        for n in range(10_000)
    ]
    lines[4_711] = 'subscriber4711@example.org,"Subscriber 4711,space'
    (project.root / "subscribers.csv").write_text("\n".join(["email,name,topics,timezone", *lines]))
    found = project.json("subscribers", "import", "subscribers.csv", status=1)
    assert found["added"] == 9_999
    (bad,) = found["rejected"]
    assert (bad["file"], bad["line"]) == ("subscribers.csv", 4_713)
    again = project.json("subscribers", "import", "subscribers.csv", status=1)
    assert (again["added"], again["updated"]) == (0, 9_999)
    rows = project.json("subscribers", "list")["subscribers"]
    assert len(rows) == 9_999
    assert rows[0]["topics"] == ["space", "medicine"]
    assert rows[0]["timezone"] == "Europe/Paris"


def test_what_a_spreadsheet_would_run_is_no_formula_unless_it_is_asked_for(project: Project):
    rows = [
        ("+ann@example.org", "=cmd|' /C calc'!A0"),
        ("bob@example.org", "@SUM(A1)"),
        ("eve@example.org", "'Eve"),
    ]
    (project.root / "in.csv").write_text(
        "email,name\n" + "".join(f'{email},"{name}"\n' for email, name in rows)
    )
    project.run("subscribers", "import", "in.csv")
    raw = project.run("subscribers", "export", "--raw").stdout
    project.run("subscribers", "export", "out.csv")
    with (project.root / "out.csv").open(newline="") as file:
        written = {cell for row in csv.reader(file) for cell in row}
    assert written >= {"'+ann@example.org", "'=cmd|' /C calc'!A0", "'@SUM(A1)", "'Eve"}
    assert not [cell for cell in written if cell[:1] in {"=", "+", "-", "@"}]
    assert "+ann@example.org,=cmd|' /C calc'!A0," in raw
    project.run("subscribers", "import", "out.csv")
    assert project.run("subscribers", "export", "--raw").stdout == raw


def test_what_is_exported_can_be_imported(project: Project):
    project.run("subscribers", "add", "ada@example.org", "--name", 'Ada "the first", Countess')
    project.run("subscribers", "add", "ben@example.org", "--topics", "Space; medicine", "--alerts")
    (project.root / "away.csv").write_text(
        "email,hour,paused_until\nada@example.org,0,2026-12-01\n"
    )
    project.run("subscribers", "import", "away.csv")
    project.run("subscribers", "export", "out.csv")
    exported = (project.root / "out.csv").read_text()
    assert exported.splitlines() == [
        "email,name,topics,timezone,hour,paused_until,layout,days,keywords,at_least,longest_wait,alerts",
        'ada@example.org,"Ada ""the first"", Countess",,,0,2026-12-01,,,,,,no',
        "ben@example.org,,space;medicine,,,,,,,,,yes",
    ]
    assert project.run("subscribers", "export").stdout == exported
    assert project.json("subscribers", "import", "out.csv")["updated"] == 2
    assert project.run("subscribers", "export").stdout == exported
    for email in ("ada@example.org", "ben@example.org"):
        project.run("subscribers", "remove", email)
    found = project.json("subscribers", "import", "out.csv")
    assert (found["added"], found["suppressed"], found["rejected"]) == (0, 2, [])


def test_what_is_not_named_stays_and_what_is_empty_is_put_back(project: Project):
    def ada():
        (row,) = project.json("subscribers", "list")["subscribers"]
        return row["topics"], row["hour"], row["timezone"]

    add = ("subscribers", "add", "ada@example.org")
    project.run(*add, "--hour", "7", "--topics", "space", "--timezone", "Europe/Paris")
    assert ada() == (["space"], 7, "Europe/Paris")
    project.run(*add, "--hour", "9")
    assert ada() == (["space"], 9, "Europe/Paris")
    project.run(*add, "--hour", "", "--topics", "")
    assert ada() == ([], None, "Europe/Paris")


def test_alerts_stay_as_they_are_until_they_are_named(project: Project):
    def wishes(*options):
        project.run("subscribers", "add", "ada@example.org", *options)
        return project.run("subscribers", "export").stdout.rsplit(",", 1)[1].strip()

    assert [wishes(), wishes("--alerts"), wishes("--hour", "7")] == ["no", "yes", "yes"]
    assert wishes("--no-alerts") == "no"


def test_a_subscriber_gets_a_mail_as_long_as_they_like_it(project: Project):
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    for name, layout in (("ada", ""), ("ben", "brief"), ("eve", "headlines")):
        project.run("subscribers", "add", f"{name}@example.org", "--layout", layout)
    exported = project.run("subscribers", "export").stdout
    assert "eve@example.org,,,,,,headlines" in exported
    project.run("send")
    mails = [file.read_bytes() for file in project.outbox]
    assert all(b"A galaxy far away" in mail for mail in mails)
    short = [mail for mail in mails if b"  * The first point" not in mail]
    assert [b"To: eve@example.org" in mail for mail in short] == [True]
    assert "as headlines" in project.run("explain", "eve@example.org").stdout
    project.run("subscribers", "add", "eve@example.org", "--layout", "")
    assert ",headlines" not in project.run("subscribers", "export").stdout


def test_an_address_that_left_comes_back_only_when_it_asked(project: Project):
    project.run("subscribers", "add", "ada@example.org")
    project.run("subscribers", "remove", "ADA@example.org")
    refused = project.run("subscribers", "add", "Ada@Example.org", status=1)
    assert "unsubscribed" in refused.stderr
    assert "--resubscribe" in refused.stderr
    project.run("subscribers", "add", "ada@example.org", "--resubscribe")
    assert len(project.json("subscribers", "list")["subscribers"]) == 1


def test_each_wrong_input_is_told_with_its_remedy(project: Project):
    wrong = {
        ("add", "no-address"): "is not an address",
        ("add", "a@example.org", "--topics", "cooking"): "'cooking' is not a topic",
        ("add", "a@example.org", "--timezone", "Mars"): "'Mars' is not a time zone",
        (
            "add",
            "a@example.org",
            "--layout",
            "long",
        ): "'long' is none of magazine, brief, headlines",
        ("add", "a@example.org", "--hour", "24"): "'24' is not an hour from 0 to 23",
        ("add", "a@example.org", "--newsletter", "weekly"): "known ids: science-daily",
        ("import", "nowhere.csv"): "nowhere.csv cannot be read",
    }
    for arguments, message in wrong.items():
        assert message in project.run("subscribers", *arguments, status=2).stderr
    (project.root / "odd.csv").write_text("name,mail\nAda,ada@example.org\n")
    assert (
        "no column named email" in project.run("subscribers", "import", "odd.csv", status=2).stderr
    )
    assert (
        "is not subscribed"
        in project.run("subscribers", "remove", "x@example.org", status=1).stderr
    )


def test_the_list_is_printed_in_pages(project: Project):
    emails = [f"subscriber{number}@example.org" for number in range(1, 4)]
    for email in emails:
        project.run("subscribers", "add", email)
    page = project.run("subscribers", "list", "--limit", "2", "--json")
    assert page.stderr == ""  # what is not read is closed in order
    found = [row["email"] for row in json.loads(page.stdout)["subscribers"]]
    assert found == emails[:2]
    rest = project.run("subscribers", "list", "--after", found[-1]).stdout
    assert [email in rest for email in emails] == [False, False, True]
    unknown = project.run("subscribers", "list", "--after", "ada@example.org", status=2)
    assert "nobody has the address ada@example.org" in unknown.stderr
