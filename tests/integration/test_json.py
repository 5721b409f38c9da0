"""What each command prints for programs, held against tests/golden/; a key lost is a break.

After a change that is meant: GOLDEN=write pytest tests/integration/test_json.py
"""

import io
import json
import os
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import typer

from digest.cli.commands import app
from digest.new_project import create_project
from tests.integration.conftest import DAY, NOON, Project, story_text

GOLDEN = Path(__file__).parents[1] / "golden"

BOUNCE = b"""\
From: mailer-daemon@example.net
To: bounces@example.org
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: text/plain

It could not be delivered.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; subscriber1@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user
--B--
"""
OPML = """\
<opml version="2.0"><body>
<outline type="rss" text="Times" xmlUrl="https://news.example.org/feed.xml"/>
<outline type="rss" text="Bad" xmlUrl="ftp://news.example.org/feed.xml"/>
</body></opml>
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Project:
    """Two subscribers, two stories, one rejected file, one suppressed address."""
    root = tmp_path_factory.mktemp("golden") / "project"
    create_project(root)
    project = Project(root)
    project.drop("one.txt", story_text("Moon Found"))
    project.drop("two.txt", story_text("Mars Found", sources=1))
    project.drop("bad.txt", "")
    project.add_subscribers(2)
    (root / "bounce.eml").write_bytes(BOUNCE)
    (root / "feeds.opml").write_text(OPML)
    (root / "more.csv").write_text("email,hour\nnew@example.org,7\nbroken,\n")
    return project


# In this order: each finds what those before it left.
COMMANDS = {
    "status-before": ["status"],
    "collect": ["collect"],
    "build": ["build", "--date", DAY],
    "preview": ["preview", "--date", DAY],
    "check-issue": ["check-issue", "--date", DAY],
    "check": ["check"],
    "issue-show": ["issue", "show", "--date", DAY],
    "issue-edits": ["issue", "edits", "--date", DAY],
    "send-dry-run": ["send", "--dry-run"],
    "send": ["send"],
    "run": ["run"],
    "status": ["status"],
    "figures": ["figures"],
    "explain-address": ["explain", "subscriber0@example.org"],
    "explain-story": ["explain", "1"],
    "bounces": ["bounces", "bounce.eml"],
    "suppressions-list": ["suppressions", "list"],
    "subscribers-list": ["subscribers", "list"],
    "subscribers-import": ["subscribers", "import", "more.csv", "--dry-run"],
    "sources-list": ["sources", "list"],
    "sources-import": ["sources", "import", "feeds.opml"],
    "stories-list": ["stories", "list"],
    "topics-list": ["topics", "list"],
}
FAILS = {"subscribers-import", "sources-import"}


def plain(text: str, project: Project) -> str:
    """Without what other changes bring: the folder, a size, the number of the schema."""
    text = text.replace(str(project.root), "PROJECT")
    text = re.sub(r"\d[\d,.]* characters", "SIZE", text)
    return re.sub(r"schema \d+", "schema NUMBER", text)


def printed_by(project: Project, args: list[str], status: int) -> str:
    """What a command prints, in this process: it is the document that counts here."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        patch.chdir(project.root)
        patch.setenv("DIGEST_NOW", NOON)
        command = typer.main.get_command(app)
        try:
            found = command.main([*args, "--json"], prog_name="digest", standalone_mode=False)
        except typer.Exit as end:
            found = end.exit_code
    assert (found or 0) == status
    return out.getvalue()


def test_each_document_is_as_it_was(small):
    wrong = {}
    for name, args in COMMANDS.items():
        document = plain(printed_by(small, args, 1 if name in FAILS else 0), small)
        json.loads(document)
        file = GOLDEN / f"{name}.json"
        if os.environ.get("GOLDEN") == "write":
            file.write_text(document)
        elif document != file.read_text():
            wrong[name] = document
    assert not wrong
