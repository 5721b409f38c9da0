"""SMTP connections over real sockets: TLS, log-in, silence, resets, PIPELINING."""

import asyncio
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from digest.deliver.backend import ConnectionEnd, Ending
from digest.deliver.smtp.connection import SmtpConnection
from digest.deliver.smtp.server import SmtpServer
from digest.model import Envelope, Outcome, Verdict
from tests.integration.conftest import Inbox, serve

MESSAGE = b"Subject: x\r\n\r\nHello\r\n.\r\n..two\r\nend\r\n"
SENT, RETRY, REJECTED, IN_DOUBT = (
    Verdict.SENT,
    Verdict.RETRY,
    Verdict.REJECTED,
    Verdict.IN_DOUBT,
)


def envelope(name: str = "a", message: bytes = MESSAGE) -> Envelope:
    return Envelope("daily@example.org", f"{name}@example.org", message, name)


class Work:
    """Envelopes to send over one connection, and what came of them."""

    def __init__(self, port: int, *envelopes: Envelope, **options: Any) -> None:
        server = {"host": "127.0.0.1", "port": port, "security": "none", "timeout": 5.0}
        changes = {key: options.pop(key) for key in [*options] if key in SmtpServer.__slots__}
        self.waiting = list(envelopes or [envelope("a")])
        self.outcomes: list[tuple[str, Outcome]] = []
        self.connection = SmtpConnection(
            SmtpServer(**{**server, **changes}),
            source=lambda: self.waiting.pop(0) if self.waiting else None,
            done=lambda envelope, outcome: self.outcomes.append((envelope.name, outcome)),
            **options,
        )

    async def run(self) -> ConnectionEnd:
        return await self.connection.run()

    @property
    def verdicts(self) -> list[tuple[str, Verdict]]:
        return [(name, outcome.verdict) for name, outcome in self.outcomes]


def work(port: int, *envelopes: Envelope, **options: Any) -> tuple[Work, ConnectionEnd]:
    worker = Work(port, *envelopes, **options)
    return worker, asyncio.run(worker.run())


# Against aiosmtpd.


def test_many_messages_arrive_as_they_were_without_pipelining(inbox: Inbox):
    messages = [b"Subject: %d\r\n\r\n.%s\r\n" % (n, b"x" * n) for n in range(50)]
    with serve(inbox) as port:
        worker, end = work(port, *(envelope(f"r{n}", m) for n, m in enumerate(messages)))
    assert inbox.messages == [(f"r{n}@example.org", m) for n, m in enumerate(messages)]
    assert worker.verdicts == [(f"r{n}", SENT) for n in range(50)]
    assert end == ConnectionEnd(Ending.DONE, "", 50)


def test_a_refused_recipient_costs_itself_alone(inbox: Inbox):
    inbox.answer = {"gone@example.org": "550 5.1.1 unknown", "slow@example.org": "450 4.2.1 later"}
    names = ("a", "gone", "slow", "b")
    with serve(inbox) as port:
        worker, _ = work(port, *map(envelope, names))
    assert worker.verdicts == [("a", SENT), ("gone", REJECTED), ("slow", RETRY), ("b", SENT)]
    assert inbox.recipients == ["a@example.org", "b@example.org"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_only_a_certificate_that_verifies_is_used(inbox: Inbox, tmp_path: Path, security: str):
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    options = {"tls_context": context, "require_starttls": True} if security == "starttls" else {}
    with serve(inbox, tls=context if security == "tls" else None, **options) as port:
        at = {"host": "localhost", "security": security}
        unknown, refused = work(port, **at)
        worker, end = work(port, envelope("a"), envelope("b"), **at, ca_file=trusted)
        _, wrong_name = work(port, security=security, ca_file=trusted)
    assert refused.ending is wrong_name.ending is Ending.REFUSED
    assert f"localhost:{port} has a certificate that does not verify" in refused.detail
    assert refused.outcome == Outcome(Verdict.STOP, refused.detail)
    assert len(unknown.waiting) == 1, "nothing was pulled"
    assert worker.verdicts == [("a", SENT), ("b", SENT)]
    assert end.ending is Ending.DONE
    assert inbox.recipients == ["a@example.org", "b@example.org"]


def test_starttls_that_is_not_offered_and_tls_that_is_not_spoken(inbox: Inbox):
    with serve(inbox) as port:
        for security, said in (("starttls", "offers no STARTTLS"), ("tls", "does not speak TLS")):
            worker, end = work(port, security=security, username="daily", password="hush")
            assert end.ending is Ending.REFUSED
            assert said in end.detail
            assert len(worker.waiting) == 1
    assert inbox.messages == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("excluded", [(), ("PLAIN",)])
def test_a_password_that_is_right_and_one_that_is_wrong(inbox: Inbox, excluded: tuple[str]):
    def check(_server, _session, _envelope, _mechanism, data) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    options = {"authenticator": check, "auth_required": True, "auth_require_tls": False}
    with serve(inbox, **options, auth_exclude_mechanism=excluded) as port:
        bad, refused = work(port, username="daily", password="wrong")
        _, taken = work(port, username="daily", password="right")
    assert refused.ending is Ending.REFUSED
    assert f"127.0.0.1:{port} refused the log-in: 535" in refused.detail
    assert len(bad.waiting) == 1
    assert (taken.ending, taken.messages) == (Ending.DONE, 1)


def test_nobody_at_the_port_is_tried_again_later():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    worker, end = work(port)
    assert (end.ending, end.outcome) == (Ending.LATER, None)
    assert f"127.0.0.1:{port} cannot be used" in end.detail
    assert len(worker.waiting) == 1


@pytest.mark.parametrize("host", ["a..b", "no-such-host.invalid"])
def test_a_name_that_leads_nowhere_is_tried_again_later(host: str):
    _, end = work(25, host=host)
    assert end.ending is Ending.LATER


# Against a server that offers PIPELINING, and that fails as it is told.

Hook = Callable[["Session", str], Awaitable[bool]]


@dataclass
class Session:
    """One connection of the server; `hook` sees each step first, and says whether to go on."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    hook: Hook
    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME", "AUTH PLAIN LOGIN XOAUTH2")
    messages: list[tuple[str, bytes]] = field(default_factory=list)

    async def serve(self) -> None:
        recipient = ""
        if await self.hook(self, "greeting"):
            self.say("220 test")
        while line := (await self.reader.readline()).decode():
            verb = line[:4].strip().upper()
            if verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
            if not await self.hook(self, verb):
                continue
            if verb == "EHLO":
                self.say("\r\n".join(f"250-{offer}" for offer in ("test", *self.offers)))
                self.say("250 HELP")
            elif verb == "DATA":
                self.say("354 go")
                await self.take(recipient)
            else:
                self.say({"AUTH": "235 in", "QUIT": "221 bye"}.get(verb, "250 ok"))

    async def take(self, recipient: str) -> None:
        content = []
        while (line := await self.reader.readline()) not in (b".\r\n", b""):
            content.append(line[1:] if line.startswith(b".") else line)
        if await self.hook(self, "message"):
            self.messages.append((recipient, b"".join(content)))
            self.say("250 kept")

    def say(self, line: str) -> None:
        self.writer.write(f"{line}\r\n".encode())

    def reset(self) -> None:
        """End the connection with RST."""
        raw: socket.socket = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def well(_session: Session, _step: str) -> bool:
    return True


def silent_at(step: str) -> Hook:
    async def hook(_session: Session, at: str) -> bool:
        if at == step:
            await asyncio.Event().wait()
        return True

    return hook


@asynccontextmanager
async def serving(
    hook: Hook = well, **options: Any
) -> AsyncIterator[tuple[int, list[tuple[str, bytes]]]]:
    """Serve on a free port; the port, and all messages that were taken."""
    messages: list[tuple[str, bytes]] = []
    tasks = set[asyncio.Task[None]]()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await Session(reader, writer, hook, messages=messages, **options).serve()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=2**20)
    try:
        yield server.sockets[0].getsockname()[1], messages
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def against(
    hook: Hook, *envelopes: Envelope, offers: tuple[str, ...] | None = None, **options: Any
) -> tuple[Work, ConnectionEnd]:
    async def run() -> tuple[Work, ConnectionEnd]:
        kept = {"offers": offers} if offers is not None else {}
        async with serving(hook, **kept) as (port, _):
            worker = Work(port, *envelopes, **options)
            return worker, await worker.run()

    return asyncio.run(run())


@pytest.mark.parametrize("prepared", [True, False])
def test_300_messages_over_one_connection_arrive_as_they_were(prepared: bool):
    line = b"x.y" * 25 + b"\r\n"
    sent = [envelope(f"r{n}", b"Subject: %d\r\n\r\n" % n + line * (n * 3)) for n in range(300)]

    async def run() -> tuple[Work, ConnectionEnd, list[tuple[str, bytes]]]:
        async with serving() as (port, messages):
            worker = Work(port, *sent, prepared=prepared)
            return worker, await worker.run(), messages

    worker, end, messages = asyncio.run(run())
    assert messages == [(e.recipient, e.message) for e in sent]
    assert worker.verdicts == [(e.name, SENT) for e in sent]
    assert end == ConnectionEnd(Ending.DONE, "", 300)


def test_a_message_of_many_buffers_arrives_as_it_was():
    big = envelope("big", (b"x" * 998 + b"\r\n") * 20_000)

    async def run() -> list[tuple[str, bytes]]:
        async with serving() as (port, messages):
            worker = Work(port, big, envelope("b"))
            await worker.run()
            assert worker.verdicts == [("big", SENT), ("b", SENT)]
            return messages

    assert [message for _, message in asyncio.run(run())] == [big.message, MESSAGE]


def test_a_connection_carries_no_more_than_it_may():
    worker, end = against(well, *map(envelope, "abc"), max_messages=2)
    assert (end.ending, end.messages, len(worker.waiting)) == (Ending.LIMIT, 2, 1)


def test_a_token_is_preferred_to_a_password():
    said = []

    async def hook(session: Session, step: str) -> bool:
        said.append(step)
        if step == "AUTH":
            session.say("334 eyJzdGF0dXMiOiI0MDEifQ==")
        elif step == "":
            session.say("535 5.7.8 expired")
        return step not in ("AUTH", "")

    _, end = against(hook, username="daily", password="p", token="t")
    assert said[:4] == ["greeting", "EHLO", "AUTH", ""]
    assert "refused the log-in: 535 5.7.8 expired" in end.detail


@pytest.mark.parametrize("offers", [("PIPELINING", "AUTH PLAIN"), ("AUTH PLAIN",)])
@pytest.mark.parametrize(
    ("step", "ending", "said", "verdict"),
    [
        ("greeting", Ending.LATER, "the greeting", None),
        ("EHLO", Ending.LATER, "EHLO", None),
        ("AUTH", Ending.LATER, "the log-in", None),
        ("MAIL", Ending.LOST, "MAIL", RETRY),
        ("RCPT", Ending.LOST, "RCPT", RETRY),
        ("DATA", Ending.LOST, "DATA", RETRY),
        ("message", Ending.LOST, "the message", IN_DOUBT),
        ("QUIT", Ending.DONE, "", SENT),
    ],
)
def test_a_server_that_falls_silent_costs_no_more_than_its_connection(
    step: str, ending: Ending, said: str, verdict: Verdict | None, offers: tuple[str, ...]
):
    began = time.monotonic()
    worker, end = against(
        silent_at(step),
        offers=offers,
        timeout=0.15,
        message_timeout=0.3,
        username="daily",
        password="p",
    )
    assert time.monotonic() - began < 10
    assert end.ending is ending
    if said:
        assert f"gave no answer to {said} within 0.{3 if step == 'message' else 15} s" in end.detail
    assert [v for _, v in worker.verdicts] == ([] if verdict is None else [verdict])
    assert end.not_attempted == ()


def test_a_server_that_drips_is_no_server():
    async def hook(session: Session, step: str) -> bool:
        if step == "MAIL":
            session.writer.write(b"250-")
            for _ in range(1000):
                session.writer.write(b"x")
                await asyncio.sleep(0.03)
        return True

    began = time.monotonic()
    worker, end = against(hook, offers=(), timeout=0.2)
    assert time.monotonic() - began < 10
    assert end.ending is Ending.LOST
    assert worker.verdicts == [("a", RETRY)]


def test_a_server_has_longer_for_the_message_than_for_a_command():
    async def hook(_session: Session, step: str) -> bool:
        if step == "message":
            await asyncio.sleep(0.4)
        return True

    worker, _ = against(hook, timeout=0.2)
    assert worker.verdicts == [("a", SENT)]


def test_a_reset_before_the_final_dot_was_written_leaves_no_doubt():
    async def hook(session: Session, step: str) -> bool:
        if step == "DATA":
            session.say("354 go")
            await session.reader.readexactly(100_000)
            session.reset()
        return True

    big = envelope("big", b"x" * 98 + b"\r\n")
    big = envelope("big", big.message * 400_000)
    worker, end = against(hook, big, envelope("b"))
    assert worker.verdicts == [("big", RETRY)]
    assert [e.name for e in end.not_attempted] == ["b"]
    assert end.ending is Ending.LOST


def test_a_write_that_fails_at_its_first_byte_leaves_no_doubt():
    async def hook(session: Session, step: str) -> bool:
        if step == "DATA":
            session.say("354 go")
            session.reset()
            return False
        return True

    worker, _ = against(hook)
    assert worker.verdicts == [("a", RETRY)]


def test_after_a_run_is_cancelled_no_final_dot_goes_out():
    big = envelope("big", (b"x" * 998 + b"\r\n") * 40_000)

    async def run() -> tuple[Work, list[tuple[str, bytes]]]:
        reached, left = asyncio.Event(), asyncio.Event()

        async def hook(session: Session, step: str) -> bool:
            if step == "DATA":
                session.say("354 go")
                reached.set()
                await left.wait()
                await session.take("big")
                return False
            return True

        async with serving(hook) as (port, messages):
            worker = Work(port, big)
            task = asyncio.create_task(worker.run())
            await reached.wait()
            await asyncio.sleep(0.05)
            task.cancel()
            left.set()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.2)
            return worker, [taken for taken in messages if taken[1] == big.message]

    worker, taken = asyncio.run(run())
    assert worker.verdicts == [("big", RETRY)]
    assert taken == []


@pytest.mark.parametrize("how", ["reset", "close"])
def test_the_end_of_the_line_after_the_final_dot_is_doubt(how: str):
    async def hook(session: Session, step: str) -> bool:
        if step == "message":
            session.reset() if how == "reset" else session.writer.close()
            return False
        return True

    worker, end = against(hook, envelope("a"), envelope("b"))
    assert worker.verdicts == [("a", IN_DOUBT)]
    assert [e.name for e in end.not_attempted] == ["b"]
    assert end.ending is Ending.LOST
    assert not end.pipelining_failed


def test_a_server_that_drops_what_was_pipelined_is_found_out_and_used_without():
    async def hook(session: Session, step: str) -> bool:
        if step == "message":
            # As if a box before it threw away all that came before its reply.
            session.reader._buffer.clear()  # type: ignore[attr-defined]
        return True

    worker, end = against(hook, envelope("a"), envelope("b"), timeout=0.2)
    assert worker.verdicts == [("a", SENT)]
    assert end.pipelining_failed
    assert [e.name for e in end.not_attempted] == ["b"]
    worker, end = against(hook, envelope("a"), envelope("b"), pipelining=False)
    assert worker.verdicts == [("a", SENT), ("b", SENT)]
    assert not end.pipelining_failed


def test_421_in_the_middle_gives_back_what_was_announced():
    count = 0

    async def hook(session: Session, step: str) -> bool:
        nonlocal count
        count += step == "MAIL"
        if count < 3:
            return True
        session.say("421 4.7.0 enough")
        session.writer.close()
        return False

    worker, end = against(hook, *map(envelope, "abcd"))
    assert worker.verdicts == [("a", SENT), ("b", SENT)]
    assert [e.name for e in end.not_attempted] == ["c"]
    assert end.ending is Ending.LATER
    assert "answered 421 4.7.0 enough" in end.detail


def test_what_comes_in_the_clear_behind_starttls_is_not_believed():
    async def hook(session: Session, step: str) -> bool:
        if step == "STAR":
            session.writer.write(b"220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n")
            return False
        return True

    worker, end = against(hook, offers=("STARTTLS",), security="starttls")
    assert end.ending is Ending.LATER
    assert "in the clear behind STARTTLS" in end.detail
    assert len(worker.waiting) == 1


def test_what_comes_in_the_clear_while_tls_begins_is_not_believed():
    async def hook(session: Session, step: str) -> bool:
        if step == "STAR":
            session.writer.write(b"220 go\r\n")
            await asyncio.sleep(0.1)
            session.writer.write(b"250-injected\r\n250 AUTH PLAIN\r\n")
            return False
        return True

    worker, end = against(hook, offers=("STARTTLS",), security="starttls")
    assert end.ending is Ending.REFUSED
    assert "does not speak TLS" in end.detail
    assert len(worker.waiting) == 1


@pytest.mark.parametrize("step", ["greeting", "EHLO", "STAR", "RCPT", "message"])
def test_a_run_that_is_cancelled_leaves_a_clean_account(step: str):
    async def run() -> Work:
        reached = asyncio.Event()

        async def hook(session: Session, at: str) -> bool:
            if at == step:
                if step == "STAR":
                    session.say("220 go")
                reached.set()
                await asyncio.Event().wait()
            return True

        offers = ("PIPELINING", "STARTTLS")
        async with serving(hook, offers=offers) as (port, _):
            security = "starttls" if step == "STAR" else "none"
            worker = Work(port, envelope("a"), envelope("b"), security=security)
            task = asyncio.create_task(worker.run())
            await reached.wait()
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return worker

    worker = asyncio.run(run())
    end = worker.connection.end
    assert end is not None
    fate = {"RCPT": [("a", RETRY)], "message": [("a", IN_DOUBT)]}.get(step, [])
    assert worker.verdicts == fate
    assert [e.name for e in end.not_attempted] == (["b"] if step == "message" else [])


def test_an_error_of_the_callers_ends_the_connection_and_is_raised():
    async def run() -> SmtpConnection:
        waiting = [envelope("a"), envelope("b"), envelope("c")]

        def done(_envelope: Envelope, _outcome: Outcome) -> None:
            raise LookupError("the database is gone")

        async with serving() as (port, _):
            server = SmtpServer("127.0.0.1", port, "none")
            connection = SmtpConnection(server, source=lambda: waiting.pop(0), done=done)
            with pytest.raises(LookupError, match="gone"):
                await connection.run()
            return connection

    end = asyncio.run(run()).end
    assert end is not None
    assert [e.name for e in end.not_attempted] == ["b"]
    assert end.ending is Ending.LOST
