"""Moving here from another service, by the real command: rehearsed, done, done again, mailed."""

import sqlite3
from contextlib import closing

from tests.integration.conftest import Project, story_text
from tests.paths import DATA

SAMPLES = DATA / "exports"
MAILCHIMP = sorted(SAMPLES.glob("*_email_audience_export_*.csv"))
IMPORT = ("subscribers", "import")


def dump(project: Project) -> bytes:
    return (project.root / "var" / "digest.db").read_bytes()


def rows(project: Project, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(project.root / "var" / "digest.db")) as connection:
        return connection.execute(query).fetchall()


def test_a_dry_run_says_in_the_same_words_what_the_import_then_does(project: Project):
    project.run("subscribers", "add", "ben@example.org", "--hour", "7")
    before = dump(project)
    for sample in (SAMPLES / "listmonk.csv", MAILCHIMP[0]):
        rehearsed = project.run(*IMPORT, str(sample), "--dry-run")
        assert dump(project) == before
        assert "nothing is changed" in rehearsed.stdout
    told = project.run(*IMPORT, str(SAMPLES / "members.example.csv"), "--dry-run").stdout
    done = project.run(*IMPORT, str(SAMPLES / "members.example.csv")).stdout
    assert told == done + "That was a dry run: nothing is changed.\n"
    assert done.splitlines()[0] == "An export of Ghost."
    assert done.splitlines()[2:] == [
        "1 subscriber added, 1 updated.",
        "1 unsubscribed there: they get nothing here either.",
    ]


def test_a_move_from_mailchimp_mails_only_those_who_are_subscribed(project: Project):
    for _ in range(2):  # the second time changes nothing
        for sample in MAILCHIMP:
            project.json(*IMPORT, str(sample))
        assert (
            rows(project, "SELECT how, words FROM consents ORDER BY id")
            == [("import", f"imported from Mailchimp: {MAILCHIMP[2].name}")] * 2
        )
        assert rows(project, "SELECT reason FROM suppressions ORDER BY reason") == [
            ("bounced",),
            ("unsubscribed",),
        ]
    project.drop("a.txt", story_text("Rover finds ice"))
    project.json("send")
    mailed = {path.read_text().partition("\nTo: ")[2].partition("\n")[0] for path in project.outbox}
    assert len(project.outbox) == 2
    assert all(("ada@" in to) or ("ben@" in to) for to in mailed)


def test_the_time_of_the_consent_is_the_other_services_own(project: Project):
    project.run(*IMPORT, str(SAMPLES / "email_list.example.csv"))
    given = rows(project, "SELECT given_at FROM consents ORDER BY given_at")
    assert [str(at)[:19] for (at,) in given] == ["2023-06-01 07:08:09", "2024-01-10 00:00:00"]


def test_a_list_of_those_who_left_is_taken_as_such(project: Project):
    project.run("subscribers", "add", "ada@example.org")
    (project.root / "left.csv").write_text("email\nada@example.org\nzoe@example.org\n")
    found = project.json(*IMPORT, "left.csv", "--as", "unsubscribed")
    assert (found["from"], found["unsubscribed"]) == ("own", 2)
    assert project.json("subscribers", "list")["subscribers"] == []
    refused = project.run("subscribers", "add", "zoe@example.org", status=1)
    assert "unsubscribed" in refused.stderr


def test_what_an_export_keeps_to_itself_is_said(project: Project):
    told = project.run(*IMPORT, str(SAMPLES / "listmonk.csv"), "--dry-run")
    assert "Beware: it does not say who left a list" in told.stderr
    assert project.json(*IMPORT, str(SAMPLES / "listmonk.csv"), "--dry-run")["beware"]


def test_broken_lines_are_named_the_first_few_to_a_person_and_more_to_a_program(project: Project):
    lines = ["email,subscribed_to_emails", *["nobody,true"] * 1_500, "ada@example.org,true"]
    (project.root / "ghost.csv").write_text("\n".join(lines))
    told = project.run(*IMPORT, "ghost.csv", "--dry-run", status=1)
    assert told.stderr.count("is not an address") == 20
    assert "ghost.csv:2: " in told.stderr
    assert "1,480 more lines" in told.stderr
    found = project.json(*IMPORT, "ghost.csv", status=1)
    assert (found["added"], found["rejected_lines"], len(found["rejected"])) == (1, 1_500, 1_000)


def test_an_export_may_come_by_standard_input(project: Project):
    process = project.popen(*IMPORT, "-", "--from", "ghost", "--json")
    out, err = process.communicate((SAMPLES / "members.example.csv").read_text(), timeout=60)
    assert process.returncode == 0, err
    assert '"added": 2' in out
    assert rows(project, "SELECT DISTINCT words FROM consents") == [
        ("imported from Ghost: standard input",)
    ]


def test_a_file_that_is_another_services_is_refused_with_a_remedy(project: Project):
    (project.root / "other.csv").write_text("E-Mail,Name\nada@example.org,Ada\n")
    refused = project.run(*IMPORT, "other.csv", "--from", "mailchimp", status=2)
    assert "no column named email address" in refused.stderr
    assert "rename the column of an export of Mailchimp" in refused.stderr


def test_what_of_a_line_was_left_out_is_named_and_the_subscriber_is_in(project: Project):
    file = project.root / "zones.csv"
    file.write_text(
        "sep=;\nemail;timezone\na@example.org;GMT+2\nb@example.org;Europe/Paris\n", "utf-8"
    )
    told = project.run(*IMPORT, str(file))
    assert "2 subscribers added" in told.stdout
    reason = "'GMT+2' is not a time zone such as Europe/Paris: left out"
    assert f"in part   {file}:3: {reason}" in told.stderr
    assert project.json(*IMPORT, str(file))["taken_in_part"] == [
        {"file": str(file), "line": 3, "reason": reason}
    ]
