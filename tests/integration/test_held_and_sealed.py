"""What holds an issue, what a seal freezes, and what `check-issue` tells of both."""

import sqlite3
from contextlib import closing

from tests.integration.conftest import DAY, Project, serve, story_text

NO_FOOTER = '<p class="soft" style="margin:0px;">{{ newsletter.postal_address }}</p>'


def own_template(project: Project, old: str, new: str) -> None:
    folder = project.root / "templates"
    if not folder.exists():
        project.run("init", "elsewhere", "--templates")
        (project.root / "elsewhere" / "templates").rename(folder)
    template = folder / "email" / "issue.mjml.j2"
    assert old in template.read_text()
    template.write_text(template.read_text().replace(old, new))


def test_an_error_of_the_gate_holds_the_issue_until_it_is_mended(project):
    project.add_subscribers(2)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    own_template(project, NO_FOOTER, "")
    held = project.json("run", status=1)["issues"][0]
    assert held["state"] == "held"
    assert "has no postal address" in held["reason"]
    assert project.outbox == []
    told = project.run("check-issue", status=1).stdout
    assert "put {{ newsletter.postal_address }} back into the footer" in told
    assert "it would be held" in told
    own_template(
        project,
        '<mj-raw>{{ part("foot") }}</mj-raw>',
        '<mj-raw>{{ part("foot") }}</mj-raw>'
        f"<mj-section><mj-column><mj-text>{NO_FOOTER}</mj-text></mj-column></mj-section>",
    )
    assert project.json("run")["issues"][0]["deliveries"] == {"sent": 2}


def test_a_sealed_issue_does_not_change_when_a_template_does(project, inbox):
    project.add_subscribers(2)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    inbox.answer = {"subscriber1@example.org": "451 later"}
    with serve(inbox) as port:
        project.use_smtp(port)
        project.run("run")
        inbox.answer = {}
        own_template(
            project, "{{ newsletter.name }}{% endif %}</h1>", "Another name{% endif %}</h1>"
        )
        project.drop(f"{DAY}/a.txt", story_text("A galaxy far away", sources=9))
        project.run("run", DIGEST_NOW=f"{DAY}T12:30:00Z")
    first, second = (dict(inbox.messages)[f"subscriber{n}@example.org"] for n in (0, 1))
    assert b"Another name" not in second
    assert b"9 sources" not in second
    assert len(first) == len(second)


def test_a_day_of_two_hundred_stories_fits_and_loses_none(project):
    project.add_subscribers(1)
    for number in range(200):
        topic = ("Space", "Medicine", "Oceans", "Physics")[number % 4]
        project.drop(
            f"{DAY}/{number}.txt", story_text(f"Story number {number} of a long day", topic=topic)
        )
    (issue,) = project.json("run")["issues"]
    assert issue["state"] == "sent"
    assert issue["stories"] <= 114
    assert project.outbox[0].stat().st_size < 130_000
    left = project.json("status", DIGEST_NOW="2026-11-22T05:00:00Z")["newsletters"][0][
        "new_stories"
    ]
    assert left == min(200 - issue["stories"], 112), "what was not named is news tomorrow"


def test_a_sealed_issue_of_the_first_version_is_previewed_as_it_was_sealed(project, inbox):
    with serve(inbox) as port:
        project.use_smtp(port)
        project.add_subscribers(1)
        project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
        project.run("send", "--date", DAY)
    with closing(sqlite3.connect(project.root / "var" / "digest.db")) as database, database:
        database.execute("UPDATE issues SET rendered = NULL")  # it kept the issue alone
    project.drop(f"{DAY}/b.txt", story_text("A river runs dry"))
    project.run("preview", "--date", DAY)
    text = (project.root / "preview" / "issue.txt").read_text()
    assert "A galaxy far away" in text
    assert "A river runs dry" not in text
