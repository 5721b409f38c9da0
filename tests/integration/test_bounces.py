"""What comes back, by the real command: from a Maildir, an mbox, a pipe, and IMAP."""

import mailbox as mail_boxes
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
import trustme

from digest.new_project import create_project
from tests.integration.conftest import Inbox, Project, serve, story_text
from tests.integration.imap_server import PASSWORD, USER, Mailbox, serve_imap

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} no

--b
Content-Type: message/rfc822

{original}
--b--
"""


class Sent(Inbox):
    """Keeps the envelope's sender with each message."""

    def __init__(self) -> None:
        super().__init__()
        self.senders: dict[str, str] = {}

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.senders[envelope.rcpt_tos[0]] = envelope.mail_from
        return await super().handle_DATA(server, session, envelope)

    def report(self, recipient: str, status: str = "5.1.1") -> bytes:
        """What a server would say of the message to a recipient, later."""
        original = dict(self.messages)[recipient]
        head = original.partition(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")
        return REPORT.format(
            to=self.senders[recipient], recipient=recipient, status=status, original=head
        ).encode()


MAILBOXES = {
    "DIGEST_BOUNCES_ADDRESS": "bounces@example.org",
    "DIGEST_UNSUBSCRIBE_MAILBOX": "leave@example.org",
}


@pytest.fixture(scope="module")
def sent_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sent]:
    """A project whose issue was sent to three subscribers, to be copied."""
    root = tmp_path_factory.mktemp("sent") / "project"
    create_project(root)
    project, inbox = Project(root), Sent()
    project.env |= MAILBOXES
    project.drop("a.txt", story_text("Stem cells let a man walk"))
    project.add_subscribers(3)
    with serve(inbox) as port:
        project.use_smtp(port)
        project.run("send")
    return root, inbox


@pytest.fixture
def sent(project: Project, sent_once: tuple[Path, Sent]) -> Sent:
    """The project is one whose issue was sent: to whom, and how."""
    root, inbox = sent_once
    shutil.copytree(root, project.root, dirs_exist_ok=True)
    project.env |= MAILBOXES
    return inbox


def maildir(root: Path, *contents: bytes) -> Path:
    for folder in ("new", "cur", "tmp"):
        (root / folder).mkdir(parents=True)
    for number, content in enumerate(contents):
        (root / "new" / f"1700000000.M{number}P1.host").write_bytes(content)
    return root


def suppressed(project: Project) -> dict[str, str]:
    found = project.json("suppressions", "list")["suppressions"]
    return {row["email"]: row["reason"] for row in found}


def pipe(project: Project, content: bytes, **env: str) -> subprocess.CompletedProcess[str]:
    process = project.popen("bounces", "-", "--json", **env)
    out, err = process.communicate(content.decode(), timeout=120)
    return subprocess.CompletedProcess((), process.wait(), out, err)


def test_each_message_goes_out_under_a_return_path_of_its_own(sent: Sent):
    assert len(set(sent.senders.values())) == 3
    for sender in sent.senders.values():
        assert re.fullmatch(r"bounces\+1\.[123]\.[0-9a-f]{20}@example\.org", sender)


def test_a_maildir_is_read_once_and_put_away(project: Project, sent: Sent, tmp_path):
    box = maildir(
        tmp_path / "box",
        sent.report("subscriber0@example.org"),
        sent.report("subscriber1@example.org", "5.2.2"),
        b"From: x@example.org\nSubject: cheap watches\n\nBuy!\n",
    )
    rehearsed = project.json("bounces", str(box), "--dry-run")
    assert len(list((box / "new").iterdir())) == 3
    assert not (project.root / "var" / "bounces").exists()
    done = project.json("bounces", str(box))
    assert done == rehearsed
    assert done["read"] == 3
    assert (done["counts"]["hard"], done["counts"]["soft"], done["counts"]["unreadable"]) == (
        1,
    ) * 3
    assert [each["address"] for each in done["suppressed"]] == ["s***@example.org"]
    assert suppressed(project) == {"subscriber0@example.org": "bounced"}
    (kept,) = done["kept"]
    assert Path(kept["file"]).read_bytes().endswith(b"Buy!\n")
    assert sorted(path.name[-4:] for path in (box / "cur").iterdir()) == [":2,S"] * 3
    assert project.json("bounces", str(box))["read"] == 0


def test_what_was_not_put_away_counts_once(project: Project, sent: Sent, tmp_path):
    """As after a kill between the two."""
    box = maildir(tmp_path / "box", sent.report("subscriber0@example.org"))
    project.run("bounces", str(box))
    (name,) = (box / "cur").iterdir()
    name.rename(box / "new" / "1700000000.again")
    project.run("suppressions", "lift", "subscriber0@example.org")
    done = project.json("bounces", str(box))
    assert (done["read"], done["known"], done["suppressed"]) == (1, 1, [])
    assert suppressed(project) == {}


def test_whoever_bounced_gets_no_mail_the_next_day(project: Project, sent: Sent, tmp_path):
    project.run("bounces", str(maildir(tmp_path / "box", sent.report("subscriber0@example.org"))))
    project.drop("b.txt", story_text("A second story"))
    project.run("send", DIGEST_NOW="2026-11-22T12:00:00Z")
    names = [message_from_bytes(path.read_bytes())["To"] for path in project.outbox]
    assert names == ["subscriber1@example.org", "subscriber2@example.org"]


def test_an_mbox_stays_as_it_is_and_is_known_again(project: Project, sent: Sent, tmp_path):
    path = tmp_path / "mbox"
    box = mail_boxes.mbox(path)
    for number in range(2):
        box.add(message_from_bytes(sent.report(f"subscriber{number}@example.org")))
    box.close()
    before = path.read_bytes()
    assert project.json("bounces", str(path))["counts"]["hard"] == 2
    again = project.json("bounces", str(path))
    assert (again["read"], again["known"], again["counts"]["hard"]) == (2, 2, 0)
    assert path.read_bytes() == before


def test_an_mbox_that_is_locked_is_told(project: Project, sent: Sent, tmp_path):
    path = tmp_path / "mbox"
    box = mail_boxes.mbox(path)
    box.add(message_from_bytes(sent.report("subscriber0@example.org")))
    box.flush()
    box.lock()
    try:
        assert "cannot be locked" in project.run("bounces", str(path), status=1).stderr
    finally:
        box.close()


def test_a_pipe_takes_one_message_whatever_it_is(project: Project, sent: Sent):
    done = pipe(
        project, b"From MAILER-DAEMON Sat Nov 21\n" + sent.report("subscriber2@example.org")
    )
    assert done.returncode == 0
    assert suppressed(project) == {"subscriber2@example.org": "bounced"}
    assert pipe(project, b"no report at all").returncode == 0
    assert len(list((project.root / "var" / "bounces" / "unreadable").iterdir())) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"DIGEST_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        {"DIGEST_BOUNCES_SOFT_LIMIT": "nonsense"},
    ],
)
def test_a_pipe_that_cannot_be_taken_is_to_be_tried_again(project: Project, sent: Sent, fault):
    done = pipe(project, sent.report("subscriber2@example.org"), **fault)
    assert done.returncode == 75
    assert suppressed(project) == {}


def test_a_database_that_breaks_in_the_middle_is_to_be_tried_again(project: Project, sent: Sent):
    connection = sqlite3.connect(project.root / "var" / "digest.db")
    connection.execute("ALTER TABLE bounces RENAME TO away")
    connection.close()
    assert pipe(project, sent.report("subscriber2@example.org")).returncode == 75


def test_who_writes_to_the_mailbox_in_list_unsubscribe_is_out(project: Project, sent: Sent):
    message = message_from_bytes(dict(sent.messages)["subscriber1@example.org"])
    found = re.search(r"subject=unsubscribe%20([^>]+)>", message["List-Unsubscribe"])
    assert found is not None
    mail = f"From: a@example.net\nTo: leave@example.org\nSubject: unsubscribe {found[1]}\n\n"
    assert pipe(project, mail.encode()).returncode == 0
    assert suppressed(project) == {"subscriber1@example.org": "unsubscribed"}
    assert len(project.json("subscribers", "list")["subscribers"]) == 2


def test_a_forged_report_suppresses_nobody_and_is_kept(project: Project, sent: Sent):
    forged = sent.report("subscriber0@example.org")
    forged = re.sub(rb"bounces\+\S+@", b"bounces+1.1.0123456789abcdef0123@", forged)
    forged = re.sub(rb"(?m)^List-Unsubscribe:.*\n", b"", forged)
    assert pipe(project, forged).returncode == 0
    assert suppressed(project) == {}
    (kept,) = (project.root / "var" / "bounces" / "unreadable").iterdir()
    done = project.json("bounces", str(kept))
    assert done["counts"]["unsigned"] == 1
    trusted = project.json("bounces", str(kept), DIGEST_BOUNCES_TRUST_UNSIGNED="true")
    assert trusted["counts"]["hard"] == 1
    assert suppressed(project) == {"subscriber0@example.org": "bounced"}


@pytest.fixture
def imap(project: Project, tmp_path) -> Iterator[Mailbox]:
    box = Mailbox()
    with serve_imap(box, tmp_path / "ca.pem") as port:
        project.env |= {
            "DIGEST_BOUNCES_IMAP_HOST": "localhost",
            "DIGEST_BOUNCES_IMAP_PORT": str(port),
            "DIGEST_BOUNCES_IMAP_USERNAME": USER,
            "DIGEST_BOUNCES_IMAP_PASSWORD": PASSWORD,
            "DIGEST_BOUNCES_IMAP_FOLDER": box.folder,
            "DIGEST_BOUNCES_IMAP_CA_FILE": str(tmp_path / "ca.pem"),
        }
        yield box


def test_imap_is_read_as_the_settings_say_and_marked_as_seen(
    project: Project, sent: Sent, imap: Mailbox
):
    for number in range(2):
        imap.add(sent.report(f"subscriber{number}@example.org").replace(b"\n", b"\r\n"))
    imap.seen.add(imap.add(b"seen before"))
    project.json("bounces", "--dry-run")
    assert len(imap.seen) == 1
    assert project.json("bounces")["counts"]["hard"] == 2
    assert imap.seen == set(imap.messages)
    assert imap.commands[-1] == "LOGOUT"
    assert project.json("bounces")["read"] == 0


def test_a_maildir_of_the_settings_is_read_with_the_rest(
    project: Project, sent: Sent, imap: Mailbox
):
    imap.add(sent.report("subscriber0@example.org"))
    maildir(project.root / "box", sent.report("subscriber1@example.org"))
    assert project.json("bounces", DIGEST_BOUNCES_MAILDIR="box")["counts"]["hard"] == 2


def test_imap_that_does_not_do_as_asked_is_told(
    project: Project, sent: Sent, imap: Mailbox, tmp_path
):
    imap.add(sent.report("subscriber0@example.org"))
    another = tmp_path / "another.pem"
    trustme.CA().cert_pem.write_to_path(another)
    wrong = {
        "wrong password": {"DIGEST_BOUNCES_IMAP_PASSWORD": "wrong"},
        "no such folder": {"DIGEST_BOUNCES_IMAP_FOLDER": "Elsewhere"},
        "the certificate is of an authority that this machine does not know": {
            "DIGEST_BOUNCES_IMAP_CA_FILE": str(another)
        },
        "nobody listens there": {"DIGEST_BOUNCES_IMAP_PORT": "1"},
    }
    for message, env in wrong.items():
        assert message in project.run("bounces", status=1, **env).stderr
    imap.refuse = "STORE"
    assert "refused by the test" in project.run("bounces", status=1).stderr
    imap.refuse = ""
    assert project.json("bounces")["known"] == 1


def test_a_source_that_is_none_is_told(project: Project, tmp_path):
    assert "nothing says where" in project.run("bounces", status=2).stderr
    assert "is not there" in project.run("bounces", "nowhere", status=2).stderr
    assert "is no Maildir" in project.run("bounces", str(tmp_path), status=2).stderr


def test_a_suppression_is_lifted_by_hand(project: Project):
    project.run("subscribers", "add", "ada@example.org")
    project.run("subscribers", "remove", "ada@example.org")
    assert "unsubscribed" in project.run("suppressions", "list").stdout
    project.run("suppressions", "lift", "Ada@example.org")
    assert "None" in project.run("suppressions", "list").stdout
    refused = project.run("suppressions", "lift", "ada@example.org", status=1)
    assert "is not suppressed" in refused.stderr
