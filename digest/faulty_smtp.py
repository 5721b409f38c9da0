"""An SMTP server over real sockets that fails as it is told, and remembers what it accepted.

A script is made of faults. Each says at which step it strikes, what it does there, whom it strikes
and how often. Without a fault the server is a good one, with PIPELINING, and quick.

    greeting  EHLO  STARTTLS  handshake  AUTH  MAIL  RCPT  DATA  body  message  kept  QUIT

`body` strikes between 354 and the final dot, `message` instead of taking the message, and `kept`
when it was taken and only the answer is missing.
"""

import asyncio
import re
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

OFFERS = ("PIPELINING", "8BITMIME", "SIZE 10000000", "AUTH PLAIN", "ENHANCEDSTATUSCODES")
_MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.MULTILINE | re.IGNORECASE)
_LONGEST_MESSAGE = 2**24


class Accepted(NamedTuple):
    """What was taken: from the moment of the final dot it is the server's to deliver."""

    recipient: str
    message_id: str


class HangUp(Exception):  # noqa: N818 - no error: the script wants it so
    """The server ends the connection."""


Act = Callable[["Talk"], Awaitable[None]]


@dataclass
class SmtpFault:
    """`whom` is a recipient, or empty for everyone; `skip` passes by before the first strike.

    With `instead` the act stands for the server's answer; else the answer follows it.
    """

    step: str
    act: Act
    whom: str = ""
    times: int = 1_000_000
    skip: int = 0
    instead: bool = True

    def strikes(self, step: str, recipient: str) -> bool:
        """Whether it strikes now; that counts as one time."""
        if step != self.step or self.whom not in ("", recipient) or not self.times:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass
class FaultServer:
    """`cut` sends replies byte by byte; with `tls` it offers STARTTLS.

    `on_accept` is called in the server's thread, before the answer to each message.
    """

    faults: list[SmtpFault] = field(default_factory=list)
    offers: tuple[str, ...] = OFFERS
    tls: ssl.SSLContext | None = None
    cut: bool = False
    accepted: list[Accepted] = field(default_factory=list)
    on_accept: Callable[[], None] = lambda: None

    @property
    def recipients(self) -> list[str]:
        """Those whose messages were taken, in that order."""
        return [taken.recipient for taken in self.accepted]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        try:
            await Talk(self, reader, writer).serve()
        except (HangUp, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@dataclass
class Talk:
    """One connection of the server."""

    server: FaultServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    secure: bool = False
    sender: bool = False
    recipient: str = ""

    async def serve(self) -> None:
        """Answer one command after the other."""
        if not await self.strike("greeting"):
            await self.say("220 faults.example ESMTP")
        while line := await self.reader.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            answer = getattr(self, f"_do_{verb.lower()}", None)
            if answer is None:
                await self.say("500 5.5.2 what?")
            else:
                await answer(rest)

    async def strike(self, step: str) -> bool:
        """Whether a fault stands for the answer to this step."""
        for fault in self.server.faults:
            if fault.strikes(step, self.recipient):
                await fault.act(self)
                return fault.instead
        return False

    async def say(self, lines: str) -> None:
        """Send a reply."""
        await self.send(lines.replace("\n", "\r\n").encode() + b"\r\n")

    async def send(self, data: bytes) -> None:
        """Send bytes; one by one where the server is told to cut."""
        step = 1 if self.server.cut else len(data)
        for at in range(0, len(data), step):
            self.writer.write(data[at : at + step])
            await self.writer.drain()
            await asyncio.sleep(0)

    async def _do_ehlo(self, _rest: str) -> None:
        if not await self.strike("EHLO"):
            offers = [*self.server.offers]
            if self.server.tls and not self.secure:
                offers.append("STARTTLS")
            await self.say("\n".join(f"250-{each}" for each in ["faults", *offers]) + "\n250 HELP")

    async def _do_helo(self, _rest: str) -> None:
        await self.say("250 faults")

    async def _do_starttls(self, _rest: str) -> None:
        if not await self.strike("STARTTLS"):
            await self.say("220 go on")
            await self.strike("handshake")
            assert self.server.tls is not None
            await self.writer.start_tls(self.server.tls)
            self.secure = True

    async def _do_auth(self, _rest: str) -> None:
        if not await self.strike("AUTH"):
            await self.say("235 2.7.0 in")

    async def _do_mail(self, _rest: str) -> None:
        self.recipient, self.sender = "", False
        if not await self.strike("MAIL"):
            self.sender = True
            await self.say("250 2.1.0 ok")

    async def _do_rcpt(self, rest: str) -> None:
        self.recipient = rest.partition("<")[2].partition(">")[0]
        if not self.sender:
            await self.say("503 5.5.1 MAIL first")
        elif await self.strike("RCPT"):
            self.recipient = ""
        else:
            await self.say("250 2.1.5 ok")

    async def _do_data(self, _rest: str) -> None:
        if not (self.sender and self.recipient):
            await self.say("554 5.5.1 no valid recipients")
        elif not await self.strike("DATA"):
            await self.say("354 go on")
            await self.strike("body")
            await self.take(await self.reader.readuntil(b"\r\n.\r\n"))

    async def take(self, message: bytes) -> None:
        """Keep a message, and say so."""
        if await self.strike("message"):
            return
        message_id = _MESSAGE_ID.search(message)
        assert message_id is not None
        self.server.accepted.append(Accepted(self.recipient, message_id[1].decode()))
        self.server.on_accept()
        if not await self.strike("kept"):
            await self.say("250 2.0.0 kept")

    async def _do_rset(self, _rest: str) -> None:
        self.recipient, self.sender = "", False
        await self.say("250 2.0.0 ok")

    async def _do_quit(self, _rest: str) -> None:
        if not await self.strike("QUIT"):
            await self.say("221 2.0.0 bye")
        raise HangUp


# What may happen.


def says(lines: str, *, then: Act | None = None) -> Act:
    """A reply, such as 450; `then` for what follows it."""

    async def act(talk: Talk) -> None:
        await talk.say(lines)
        if then is not None:
            await then(talk)

    return act


def sends(data: bytes, *, then: Act | None = None) -> Act:
    """Bytes that need be no reply, or not a whole one."""

    async def act(talk: Talk) -> None:
        await talk.send(data)
        if then is not None:
            await then(talk)

    return act


async def silence(talk: Talk) -> None:
    """Say nothing more until the client goes."""
    while await talk.reader.read(65536):
        pass
    raise HangUp


async def close(_talk: Talk) -> None:
    """End the connection in good order, in the middle of things."""
    raise HangUp


async def reset(talk: Talk) -> None:
    """End the connection with RST."""
    raw: socket.socket = talk.writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    talk.writer.transport.abort()
    raise HangUp


async def reset_in_the_body(talk: Talk) -> None:
    """Take a part of the message, and break the connection."""
    await talk.reader.readexactly(1000)
    await reset(talk)


async def swallow(talk: Talk) -> None:
    """Forget what was sent ahead of the reply, as a box without PIPELINING does."""
    try:
        async with asyncio.timeout(0.02):
            await talk.reader.read(65536)
    except TimeoutError:
        pass


def endlessly(data: bytes) -> Act:
    """Repeat some bytes for as long as the client listens."""

    async def act(talk: Talk) -> None:
        while not talk.writer.transport.is_closing():
            await talk.send(data)
        raise HangUp

    return act


@contextmanager
def serving(server: FaultServer) -> Iterator[int]:
    """Serve on a free port of loopback, in a thread; the port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="faults", daemon=True)
    talks = set[asyncio.Task[None]]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        task.add_done_callback(talks.discard)
        await server.talk(reader, writer)

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(accept, "127.0.0.1", 0, limit=_LONGEST_MESSAGE)

    async def leave(listener: asyncio.Server) -> None:
        listener.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    thread.start()
    listener = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(leave(listener), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
