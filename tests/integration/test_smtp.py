"""The `smtp` backend against a real server: log-in, certificates, refusals, broken connections."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from digest.deliver.backend import ConnectionEnd
from digest.deliver.smtp.backend import SmtpBackend
from digest.deliver.smtp.server import SmtpServer
from digest.model import Envelope, Outcome, Verdict
from tests.integration.conftest import DAY, Inbox, Project, serve, story_text

MESSAGE = b"Subject: x\r\n\r\nHello\r\nend\r\n"


def envelope(recipient: str = "ada@example.org") -> Envelope:
    return Envelope("daily@example.org", recipient, MESSAGE, "x")


def backend(port: int, **changes) -> SmtpBackend:
    return SmtpBackend(
        SmtpServer(
            **{"host": "127.0.0.1", "port": port, "security": "none", "timeout": 5.0, **changes}
        )
    )


def send(delivery_options: SmtpBackend, *envelopes: Envelope) -> list[Outcome]:
    """The outcome of each; what a connection ends with stands for those that it did not attempt."""
    waiting = list(envelopes)
    outcomes: dict[str, Outcome] = {}

    async def session() -> ConnectionEnd:
        return await delivery_options.session(
            lambda: waiting.pop(0) if waiting else None,
            lambda envelope, outcome: outcomes.update({envelope.recipient: outcome}),
        )

    end = asyncio.run(session())
    rest = end.outcome or Outcome(Verdict.STOP, end.detail)
    return [outcomes.get(envelope.recipient, rest) for envelope in envelopes]


@contextmanager
def scripted(*replies: bytes | None) -> Iterator[int]:
    """A server that greets, then answers each line with the next reply; None cuts the line."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"220 scripted\r\n")
                for reply in replies:
                    line = lines.readline()
                    while line and reply is not None and line.startswith(b"body"):
                        line = lines.readline()
                    if reply is None:
                        return
                    connection.sendall(reply)

        thread = threading.Thread(target=talk)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=10)


def test_one_connection_carries_many_messages(inbox):
    with serve(inbox) as port:
        outcomes = send(backend(port), *(envelope(f"{n}@example.org") for n in range(3)))
    assert [outcome.verdict for outcome in outcomes] == [Verdict.SENT] * 3
    assert [content for _, content in inbox.messages] == [MESSAGE] * 3


def test_a_refused_recipient_costs_itself_alone(inbox):
    inbox.answer = {"gone@example.org": "550 5.1.1 unknown", "slow@example.org": "450 4.2.1 later"}
    names = ("a", "gone", "slow", "b")
    with serve(inbox) as port:
        outcomes = send(backend(port), *(envelope(f"{name}@example.org") for name in names))
    verdicts = [outcome.verdict for outcome in outcomes]
    assert verdicts == [Verdict.SENT, Verdict.REJECTED, Verdict.RETRY, Verdict.SENT]
    assert inbox.recipients == ["a@example.org", "b@example.org"]


def test_nobody_at_the_port_stops_the_run():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (outcome,) = send(backend(port), envelope())
    assert outcome.verdict is Verdict.STOP
    assert f"127.0.0.1:{port} cannot be used" in outcome.reply


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_does_not_verify_stops_the_run_and_one_that_does_is_used(
    inbox, tmp_path, security
):
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    options = {"tls_context": context, "require_starttls": True} if security == "starttls" else {}
    with serve(inbox, tls=context if security == "tls" else None, **options) as port:
        (refused,) = send(backend(port, host="localhost", security=security), envelope())
        trusting = {"security": security, "ca_file": trusted}
        (taken,) = send(backend(port, host="localhost", **trusting), envelope())
        (wrong_name,) = send(backend(port, host="127.0.0.1", **trusting), envelope())
    assert refused.verdict is Verdict.STOP
    assert "certificate that does not verify" in refused.reply
    assert taken.verdict is Verdict.SENT
    assert wrong_name.verdict is Verdict.STOP
    assert len(inbox.messages) == 1


def test_starttls_that_is_not_offered_stops_the_run(inbox):
    with serve(inbox) as port:
        (outcome,) = send(backend(port, security="starttls"), envelope())
    assert outcome.verdict is Verdict.STOP
    assert inbox.messages == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_fails_nobody_and_the_run_can_be_resumed(project: Project, inbox: Inbox):
    project.add_subscribers(5)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))

    def check(_server, _session, _envelope, _mechanism, data) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    options = {"authenticator": check, "auth_required": True, "auth_require_tls": False}
    with serve(inbox, **options) as port:
        project.use_smtp(
            port,
            DIGEST_SMTP_USERNAME="daily",
            DIGEST_SMTP_PASSWORD="wrong",
            DIGEST_SMTP_TIMEOUT="60",
        )
        failed = project.json("run", status=1)
        assert "535" in failed["stopped"]
        assert failed["issues"][0]["deliveries"] == {"pending": 5}
        checked = project.run("check", status=1)
        assert "refused the log-in: 535" in checked.stdout
        assert "DIGEST_SMTP_" in checked.stdout
        project.env["DIGEST_SMTP_PASSWORD"] = "right"
        (issue,) = project.json("run")["issues"]
    assert issue["deliveries"] == {"sent": 5}
    assert len(inbox.messages) == 5


def test_a_check_tries_each_server_and_names_the_one_that_is_wrong(project: Project, inbox: Inbox):
    with serve(inbox) as port, socket.create_server(("127.0.0.1", 0)) as bound:
        nobody = bound.getsockname()[1]
        bound.close()
        table = '[backends.{}]\nhost = "127.0.0.1"\nport = {}\nsecurity = "none"\n'
        settings = project.root / "config" / "digest.toml"
        tables = table.format("one", port) + table.format("relay-two", nobody)
        settings.write_text(settings.read_text() + tables)
        checked = project.run("check", status=1, DIGEST_BACKEND="smtp").stdout
    assert f"backend one: smtp, 127.0.0.1:{port}, none" in checked
    assert "error    backend relay-two: " in checked
    assert "DIGEST_BACKENDS_RELAY_TWO_*" in checked


def test_4yz_is_tried_again_later_and_5yz_is_final(project: Project, inbox: Inbox):
    project.add_subscribers(3)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    inbox.answer = {
        "subscriber1@example.org": "451 4.7.1 greylisted",
        "subscriber2@example.org": "550 no",
    }
    with serve(inbox) as port:
        project.use_smtp(port)
        (issue,) = project.json("run")["issues"]
        assert issue["state"] == "sending"
        assert issue["deliveries"] == {"deferred": 1, "failed": 1, "sent": 1}
        inbox.answer = {}
        (issue,) = project.json("run")["issues"]
        assert issue["deliveries"]["deferred"] == 1, "its time has not come"
        (issue,) = project.json("run", DIGEST_NOW=f"{DAY}T12:10:00Z")["issues"]
    assert issue["state"] == "sent"
    assert issue["deliveries"] == {"failed": 1, "sent": 2}
    assert sorted(inbox.recipients) == ["subscriber0@example.org", "subscriber1@example.org"]
    assert "550 no" in project.run("explain", "subscriber2@example.org").stdout


def test_what_is_deferred_for_longer_than_its_life_fails(project: Project, inbox: Inbox):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    inbox.answer = {"subscriber0@example.org": "450 mailbox full"}
    with serve(inbox) as port:
        project.use_smtp(port)
        project.json("run")
        found = project.json("run", status=1, DIGEST_NOW="2026-11-22T12:00:00Z")["issues"]
    old = next(issue for issue in found if issue["date"] == DAY)
    assert (old["state"], old["deliveries"]) == ("failed", {"failed": 1})
    told = project.run(
        "explain", "subscriber0@example.org", DIGEST_NOW="2026-11-22T12:00:00Z"
    ).stdout
    assert "The sender gave up at 22 Nov 12:00 UTC, after 24 hours: the last reply was " in told


def test_a_connection_lost_before_the_message_is_tried_again(inbox):
    with scripted(b"250 hello\r\n", b"250 ok\r\n", None) as port:
        assert send(backend(port), envelope())[0].verdict is Verdict.RETRY


def test_no_answer_to_the_message_is_doubt():
    with scripted(b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n", None) as port:
        (outcome,) = send(backend(port), envelope())
    assert outcome.verdict is Verdict.IN_DOUBT
    assert "no answer" in outcome.reply


def test_421_closes_the_connection_and_the_next_message_opens_another(inbox):
    with scripted(b"250 hello\r\n", b"421 4.3.2 closing\r\n", None) as port:
        assert send(backend(port), envelope())[0].verdict is Verdict.RETRY


def test_an_address_beyond_ascii_needs_a_server_that_takes_it(inbox):
    with serve(inbox, enable_SMTPUTF8=True) as port:
        (taken,) = send(backend(port), envelope("jösé@example.org"))
    assert taken.verdict is Verdict.SENT
    with serve(inbox, enable_SMTPUTF8=False) as port:
        (refused,) = send(backend(port), envelope("jösé@example.org"))
    assert refused.verdict is Verdict.REJECTED
    assert "SMTPUTF8" in refused.reply


def test_a_file_without_certificates_is_told_before_anything_is_claimed(project: Project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.use_smtp(25, DIGEST_SMTP_SECURITY="tls", DIGEST_SMTP_CA_FILE="nowhere.pem")
    told = project.run("run", status=2).stderr
    assert f"smtp.ca_file: {project.root / 'nowhere.pem'} cannot be read" in told
