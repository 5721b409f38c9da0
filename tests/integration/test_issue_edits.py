"""An editor's morning by the command line: what was decided is what goes out."""

import email
import email.message
import email.policy
import sqlite3
from contextlib import closing

import pytest
from PIL import Image

from tests.integration.conftest import DAY, NOON, Project, new_project, serve, story_text
from tests.paths import ROOT

EARLY = f"{DAY}T05:00:00Z"


@pytest.fixture
def paper(project: Project) -> Project:
    return with_stories(project)


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One for all tests that change nothing."""
    return with_stories(new_project(tmp_path_factory.mktemp("undecided") / "project"))


def with_stories(project: Project) -> Project:
    """Four stories that were collected before the issue's hour, and a subscriber."""
    for name, sources in (("Moon", 5), ("Mars", 4), ("Sun", 3), ("Star", 2)):
        project.drop(f"{name}.txt", story_text(f"{name} Found", sources=sources))
    project.add_subscribers(1)
    project.env = {"DIGEST_NOW": EARLY}
    project.run("collect")
    return project


def numbers(paper: Project) -> dict[str, int]:
    document = paper.json("issue", "show")
    return {
        story["headline"].split()[0]: story["id"]
        for story in (*document["stories"], *document["more"])
    }


def mailed(paper: Project) -> tuple[str, str]:
    paper.env = {"DIGEST_NOW": NOON}
    paper.run("run")
    (file,) = paper.outbox
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    text = message.get_body(("plain",))
    assert text is not None
    return str(message["Subject"]), text.get_content()


def test_the_mail_is_what_was_decided_and_what_the_preview_showed(paper):
    number = numbers(paper)
    paper.run("issue", "lead", str(number["Star"]))
    paper.run("issue", "hide", str(number["Moon"]))
    paper.run("issue", "headline", str(number["Star"]), "A Star  Wakes")
    paper.run("issue", "bullets", str(number["Star"]), "It flared.", "Nobody knows why.")
    paper.run("issue", "preheader", "Written by hand")
    paper.run("preview", "--subscriber", "subscriber0@example.org")
    previewed = (paper.root / "preview" / "issue.txt").read_text()
    subject, text = mailed(paper)
    assert subject == "A Star Wakes"
    assert "Nobody knows why." in text
    assert "Moon" not in text
    assert text.replace("\r\n", "\n").strip() == previewed.strip()


def test_the_page_of_a_story_says_what_the_mail_does(paper):
    number = numbers(paper)["Star"]
    paper.run("issue", "headline", str(number), "A Star Wakes")
    listed = paper.json("stories", "list")["stories"]
    assert "Star Found" in [story["headline"] for story in listed]
    mailed(paper)
    listed = paper.json("stories", "list")["stories"]
    assert "A Star Wakes" in [story["headline"] for story in listed]


def test_another_topic_is_of_this_issue_alone(paper):
    number = numbers(paper)["Star"]
    paper.run("issue", "topic", str(number), "medicine")
    paper.run("issue", "headline", str(number), "A Star Wakes")
    mailed(paper)
    told = {story["id"]: story for story in paper.json("stories", "list")["stories"]}
    assert (told[number]["headline"], told[number]["topic"]) == ("A Star Wakes", "space")


def test_what_was_decided_of_a_story_goes_with_it_into_another(paper):
    number = numbers(paper)
    paper.run("issue", "headline", str(number["Star"]), "A Star Wakes")
    paper.run("issue", "hide", str(number["Sun"]))
    for name in ("Star", "Sun"):
        paper.run("stories", "merge", str(number["Moon"]), str(number[name]))
    shown = paper.json("issue", "show")["stories"]
    assert [story["headline"] for story in shown] == ["A Star Wakes", "Mars Found"]
    told = paper.run("explain", str(number["Moon"])).stdout
    assert f"Edit 1 for science-daily-{DAY}, " in told
    assert (
        f"headline of {number['Moon']} “Moon Found”: “A Star Wakes” (before: “Star Found”)" in told
    )


def test_a_story_by_hand_is_in_the_issue_of_its_date_as_long_as_the_edit_counts(paper):
    written = ["A Talk", "- On Friday.", "--topic", "space", "--link", "https://example.org/talk"]
    paper.run("issue", "write", *written)
    paper.run("issue", "undo", "1")
    assert "A" not in numbers(paper)
    redone = paper.run("issue", "redo", "1").stdout
    assert "It counts again." in redone
    number = numbers(paper)["A"]
    assert "has no report" in paper.run("stories", "merge", "1", str(number), status=2).stderr
    _, text = mailed(paper)
    assert "On Friday." in text
    assert "https://example.org/talk" in text
    tomorrow = paper.json("issue", "show", "--date", "2026-11-22")
    assert tomorrow["stories"] == []


def test_a_note_opens_the_mail_and_its_addresses_are_links(paper):
    paper.run("issue", "note", "- Away <b>soon</b>: [plans](https://example.org/plans).", "Bye")
    _, text = mailed(paper)
    assert text.index("Away <b>soon</b>: plans [1].") < text.index("Bye") < text.index("Moon Found")
    assert "[1] https://example.org/plans" in text
    shown = paper.run("issue", "show", "--date", DAY).stdout
    assert "sealed on 21 Nov 12:00 UTC: 3 stories" in shown
    assert "Note: Bye" in shown


def test_a_story_waits_for_its_first_day(paper):
    number = numbers(paper)["Moon"]
    paper.run("issue", "days", str(number), "--first", "2026-11-25")
    assert "Moon" not in numbers(paper)
    later = paper.json("issue", "show", "--date", "2026-11-25")["stories"]
    assert [story["headline"] for story in later] == ["Moon Found"]
    paper.run("issue", "undo", "1")
    assert "Moon" in numbers(paper)


def test_another_picture_of_the_reports_is_shown_or_none(paper):
    """The one that is chosen is made at once, and the mail has what an editor says of it."""
    folder = paper.root / "seeds" / DAY
    folder.mkdir(exist_ok=True)
    for name, colour in (("a", "red"), ("b", "blue")):
        Image.new("RGB", (1300, 700), colour).save(folder / f"{name}.png")
        content = f"---\nimage: {name}.png\n---\n# Comet {name}\n\n- It came.\n"
        (folder / f"comet-{name}.md").write_text(content)
    paper.run("collect")
    shown = paper.json("stories", "list")["stories"]
    first, second = (story["id"] for story in shown if story["headline"].startswith("Comet"))
    paper.run("stories", "merge", str(first), str(second))
    images = paper.run("issue", "picture", str(first)).stdout.split()
    assert sorted(images) == [f"{DAY}/a.png", f"{DAY}/b.png"]
    paper.run("issue", "picture", str(first), f"{DAY}/b.png")
    paper.run("issue", "alt", str(first), "A blue comet")
    paper.run("issue", "lead", str(first))
    paper.run("preview")
    html = (paper.root / "preview" / "issue.html").read_text()
    assert 'alt="A blue comet"' in html
    paper.run("issue", "picture", str(first), "none")
    paper.run("preview")
    assert "A blue comet" not in (paper.root / "preview" / "issue.html").read_text()
    refused = paper.run("issue", "picture", str(first), "https://example.org/c.png", status=2)
    assert "no report of story" in refused.stderr


def test_an_undo_says_what_counts_now(paper):
    for text in ("First", "Second"):
        paper.run("issue", "subject", text, "--by", "Ada")
    assert "Now counts edit 1, by Ada: subject: “First”" in paper.run("issue", "undo", "2").stdout
    assert "Now as the rules have it." in paper.run("issue", "undo", "1").stdout
    assert "It counts again." in paper.run("issue", "redo", "1").stdout
    assert "edit 1 was not undone" in paper.run("issue", "redo", "1", status=2).stderr


def test_a_decision_is_told_by_status_before_the_hour(paper):
    paper.run("issue", "hold")
    assert "22 Nov 06:00 UTC; 21 Nov is held" in paper.run("status").stdout
    paper.run("issue", "release")
    paper.run("issue", "skip")
    assert "22 Nov 06:00 UTC; 21 Nov is skipped" in paper.run("status").stdout


@pytest.mark.parametrize("stop", ["hold", "skip"])
def test_a_date_is_no_reason_to_stop_the_next_issue(paper, stop):
    refused = paper.run("issue", stop, "2026-12-03", status=2).stderr
    assert "name it with --date 2026-12-03" in " ".join(refused.split())
    assert paper.json("issue", "edits")["edits"] == []


def test_what_the_gate_finds_of_a_held_issue_is_told_too(paper):
    paper.run("issue", "hold", "not yet")
    paper.env = {"DIGEST_NOW": NOON}
    template = paper.root / "templates" / "email" / "issue.mjml.j2"
    template.parent.mkdir(parents=True)
    text = (ROOT / "templates" / "email" / "issue.mjml.j2").read_text()
    template.write_text(text.replace("{{ newsletter.postal_address }}", ""))
    held = paper.run("run", status=1).stderr
    assert "held: not yet; " in held
    assert "postal address" in held


def test_an_edit_is_undone_alone_and_what_is_hidden_is_new_tomorrow(paper):
    number = numbers(paper)
    hidden = [str(number["Moon"]), str(number["Mars"]), str(number["Moon"])]
    paper.run("issue", "hide", *hidden)
    paper.run("issue", "lead", str(number["Star"]))
    paper.run("issue", "undo", "1", "--by", "Ben")
    assert "was undone already, by Ben" in paper.run("issue", "undo", "1", status=2).stderr
    assert list(numbers(paper)) == ["Star", "Moon", "Sun"]
    mailed(paper)
    tomorrow = paper.json("issue", "show")
    assert tomorrow["date"] == "2026-11-22"
    assert [story["headline"] for story in tomorrow["stories"]] == ["Mars Found"]


def test_a_held_issue_goes_out_once_it_is_released(paper):
    paper.run("issue", "hold", "the lead is not confirmed")
    paper.env = {"DIGEST_NOW": NOON}
    held = paper.run("run", status=1)
    assert "held: the lead is not confirmed" in held.stderr
    assert "`digest send`" not in held.stdout
    assert f"`digest issue release --date {DAY}` lets it go" in held.stderr
    assert paper.outbox == []
    assert "released" in paper.run("issue", "release").stdout
    mailed(paper)
    assert "nobody holds" in paper.run("issue", "release").stdout


def test_on_a_skipped_date_there_is_no_issue_until_that_is_taken_back(paper):
    paper.run("issue", "skip", "a holiday", "--date", DAY)
    paper.env = {"DIGEST_NOW": NOON}
    assert "skipped, a holiday" in paper.run("run").stdout
    assert paper.outbox == []
    told = paper.run("issue", "release").stdout
    assert f"science-daily-{DAY} is skipped: a holiday." in told
    assert f"`digest issue release --date {DAY}` lets it go" in told
    paper.run("issue", "release", "--date", DAY)
    mailed(paper)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["lead", "999"], "story 999 is not in the issue"),
        (["order", "1", "999"], "story 999 is not in the issue"),
        (["hide", "1", "999"], "story 999 is not in the issue"),
        (["headline", "1", " \u200b "], "a line without a word"),
        (["subject", "x" * 301], "a line has 301 characters"),
        (["bullets", "1", "x" * 2_001], "a line has 2,001 characters"),
        (["subject", "Moon", "--by", ""], "--by names nobody"),
        (["subject", "Moon", "--by", "x" * 101], "--by holds 101 characters"),
        (["topic", "1", "No Such"], "there is no topic 'No Such'"),
        (["undo", "7"], "there is no edit 7"),
        (["bullets", "1", *"abcdefghijk"], "11 bullets are too many"),
        (["undo", "9" * 20], "is not a whole number from 1"),
        (["note", "x" * 600, "y" * 600], "the note has 1,200 characters"),
        (["days", "1", "--first", "2026-11-22", "--last", DAY], f"{DAY} is before 2026-11-22"),
        (["days", "1", "--first", "2027-11-22"], "is too far from"),
        (["days", "999"], "there is no story '999'"),
        (["picture", "999", "none"], "story 999 is not in the issue"),
        (["write", "A", "b", "--topic", "space", "--link", "javascript:x"], "is not a web address"),
        (["test", "nonsense"], "'nonsense' is not an address"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(undecided, args, words):
    assert words in undecided.run("issue", *args, status=2).stderr
    assert "nothing was decided" in undecided.run("issue", "edits").stdout


def test_a_bullet_is_as_long_as_in_a_file_and_who_decides_is_one_line(paper):
    paper.run("issue", "bullets", "1", "x" * 2_000, "--by", "Ada\n\u202eLovelace")
    (edit,) = paper.json("issue", "edits")["edits"]
    assert (edit["lines"], edit["made_by"]) == (["x" * 2_000], "Ada Lovelace")


def test_a_sealed_issue_is_not_edited(paper):
    number = numbers(paper)["Star"]
    mailed(paper)
    refused = paper.run("issue", "lead", str(number), "--date", DAY, status=2).stderr
    assert "was sealed, and does not change any more" in refused


def test_what_was_decided_of_an_issue_is_told_when_it_is_sealed(paper):
    paper.run("issue", "subject", "Decided by hand", "--by", "Ada")
    mailed(paper)
    (edit,) = paper.json("issue", "edits", "--date", DAY)["edits"]
    assert (edit["lines"], edit["made_by"]) == (["Decided by hand"], "Ada")


def test_a_test_goes_to_one_address_is_marked_and_counts_for_nobody(paper, inbox):
    paper.run("subscribers", "add", "ada@example.org", "--topics", "medicine")
    with serve(inbox) as port:
        paper.use_smtp(port)
        paper.run("issue", "test", "me@example.org", "--as", "subscriber0@example.org")
        nobody = paper.run("issue", "test", "me@example.org", "--topics", "Medicine", status=1)
        nothing = paper.run("issue", "test", "me@example.org", "--as", "ada@example.org", status=1)
        inbox.answer["gone@example.org"] = "550 5.1.1 no such user"
        refused = paper.run("issue", "test", "gone@example.org", status=1)
    assert "holds nothing for ada@example.org" in nothing.stderr
    assert "holds nothing for reader@example.org" in nobody.stderr
    assert "was not sent to gone@example.org: 550 5.1.1 no such user" in refused.stderr
    ((recipient, content),) = inbox.messages
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert (recipient, message["To"]) == ("me@example.org", "me@example.org")
    assert message["Subject"] == "[Test] Moon Found"
    assert "test-" in message["Message-ID"]
    status = paper.json("status")
    assert status["issues"] == []
    assert paper.json("suppressions", "list")["suppressions"] == []


def test_each_of_several_newsletters_says_in_a_sentence_when_it_comes_next(paper):
    config = paper.root / "config" / "digest.toml"
    text = config.read_text()
    table = text[text.index("[[newsletters]]") :]
    config.write_text(f"{text}\n{table.replace('science-daily', 'weekly')}")
    told = paper.run("run").stdout
    assert "UTC. Next: weekly, " in told
    assert "name one of: science-daily, weekly" in paper.run("issue", "show", status=2).stderr


def test_an_answer_to_a_test_is_a_comment_at_the_draft_once(paper, inbox):
    config = paper.root / "config" / "digest.toml"
    config.write_text(f'{config.read_text()}\n[bounces]\naddress = "bounces@example.org"\n')
    with serve(inbox) as port:
        paper.use_smtp(port)
        paper.run("issue", "test", "ben@example.org")
    ((_, content),) = inbox.messages
    test = email.message_from_bytes(content, policy=email.policy.default)
    reply = email.message.EmailMessage()
    reply["From"], reply["To"] = "ben@example.org", test["Reply-To"]
    reply["Subject"] = f"Re: {test['Subject']}"
    reply.set_content("The lead is <b>old</b>.\n\n> Moon Found\n")
    file = paper.root / "answer.eml"
    file.write_bytes(reply.as_bytes())
    assert "1 message read: 1 comment." in paper.run("bounces", str(file)).stdout
    assert "1 read before" in paper.run("bounces", str(file)).stdout
    with closing(sqlite3.connect(paper.root / "var" / "digest.db")) as database:
        rows = database.execute("SELECT newsletter, date, text, made_by FROM comments").fetchall()
    assert rows == [("science-daily", DAY, "The lead is <b>old</b>.", "ben@example.org")]


def test_a_story_by_hand_is_said_to_be_written_for_its_issue_and_never_dropped(paper):
    paper.run("issue", "write", "A Comet", "It came.", "--topic", "space")
    number = next(
        str(s["id"]) for s in paper.json("issue", "show")["stories"] if "Comet" in s["headline"]
    )
    issue = f"science-daily-{DAY}"
    assert f"written for {issue}" in paper.run("stories", "list").stdout
    said = paper.run("explain", number).stdout
    assert f"Written by hand for {issue}" in said
    assert "Dropped" not in said
    refused = paper.run("stories", "restore", number, status=2).stderr
    assert "`digest issue undo 1` takes it out" in " ".join(refused.split())
    paper.run("issue", "undo", "1")
    assert f"taken out of {issue}" in paper.run("stories", "list").stdout
    assert "`digest issue redo 1` puts it back" in paper.run("explain", number).stdout
