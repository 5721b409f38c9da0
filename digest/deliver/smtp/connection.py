"""One SMTP connection: sockets, TLS and time under `digest.deliver.smtp.wire`.

All work is done where bytes arrive: no task is switched to, and one write is made, a message.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from digest.deliver.backend import ConnectionEnd, Done, Ending, Source
from digest.deliver.smtp.auth import Credentials
from digest.deliver.smtp.server import SmtpServer
from digest.deliver.smtp.wire import MOST_BEHIND_DOT, ClientOptions, Conversation
from digest.error_words import words_of

_T = TypeVar("_T")

# The server's time to answer a message, in timeouts: of 30 s, the ten minutes of RFC 5321, section
# 4.5.3.2.6.
_MESSAGE_TIMEOUTS = 20
# The kernel takes a whole message in one go, in bytes: what it does not take costs another turn.
_SEND_BUFFER = 256 * 1024
# To take leave of TLS and TCP, once all is said.
_CLOSING_TIMEOUT = 1.0


class SmtpConnection(asyncio.Protocol):
    """Opens one connection, sends what `source` gives until it gives None, and closes.

    `done` is told each outcome, on the event loop's thread, from within the reading of replies:
    both had better be quick. An exception of theirs ends the connection and leaves `run`. In any
    case, cancelled or not, `end` is the account afterwards.
    """

    def __init__(
        self,
        server: SmtpServer,
        *,
        source: Source,
        done: Done,
        pipelining: bool = True,
        max_messages: int = 0,
        prepared: bool = False,
        token: str = "",
        client: str = "",
        message_timeout: float | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._timeout = server.timeout
        self._message_timeout = message_timeout or _MESSAGE_TIMEOUTS * server.timeout
        self._context = context
        credentials = Credentials(server.username, server.password, token)
        terms = ClientOptions(
            place=f"{server.host}:{server.port}",
            client=client or _own_name(),
            security=server.security,
            credentials=credentials if server.username else None,
            pipelining=pipelining,
            max_messages=max_messages,
            prepared=prepared,
        )
        self._conversation = Conversation(terms, source, done)
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard = 0.0
        self._listens = False  # for the source's signal
        self._error: Exception | None = None

    @property
    def end(self) -> ConnectionEnd | None:
        """The account, once the connection has ended."""
        return self._conversation.end

    async def run(self) -> ConnectionEnd:
        """Work until the source is empty or the connection ends; the account of it."""
        self._loop = asyncio.get_running_loop()
        self._turn = self._loop.create_future()
        self._closed = self._loop.create_future()
        try:
            await self._open()
            await self._turn
            if self._conversation.wants_tls and self.end is None:
                await self._secure()
                await self._turn
        except (OSError, UnicodeError) as error:
            self._guard(self._explain, error)
        except asyncio.CancelledError:
            self._guard(self._conversation.lost, "was left, as the run is to stop")
            raise
        finally:
            await self._close()
        if self._error is not None:
            raise self._error
        assert self.end is not None
        return self.end

    def hang_up(self) -> None:
        """End at once: what is in flight has its outcome, in doubt, and `run` returns."""
        self._lose("was left, as the run is to stop")

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected (and secure, with implicit TLS): the server greets first."""
        assert isinstance(transport, asyncio.Transport)
        self._use(transport)
        self._heard = self._loop.time()
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Replies came: everything follows from them."""
        if self.end is not None:
            return
        conversation = self._conversation
        pending = conversation.pending
        try:
            out = conversation.receive(data)
        except Exception as error:  # noqa: BLE001 - raised again by run
            self._fail(error)
            return
        if out:
            self._write(out)
        if out or conversation.pending != pending:
            # Not for single bytes: a server that drips must not live for ever.
            self._heard = self._loop.time()
        self._pause()
        if conversation.end is not None or conversation.wants_tls:
            self._wake()

    def _pause(self) -> None:
        """Where the source has nothing for the moment, wait for its signal."""
        signal = self._conversation.idle
        if signal is not None and not self._listens:
            self._listens = True
            signal.call(self._resume)

    def _resume(self) -> None:
        """There may be another message."""
        self._listens = False
        if self.end is not None:
            return
        try:
            out = self._conversation.resume()
        except Exception as error:  # noqa: BLE001 - raised again by run
            self._fail(error)
            return
        if out:
            self._write(out)
            self._heard = self._loop.time()
        self._pause()

    def eof_received(self) -> None:
        """The server says no more; what is not written by now is not to go out any more."""
        self._lose("closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by whomever."""
        # While TLS begins, `run` learns more of it from start_tls.
        if not self._conversation.wants_tls:
            self._lose(f"broke the connection: {words_of(exc)}" if exc else "closed the connection")
        if not self._closed.done():
            self._closed.set_result(None)

    def pause_writing(self) -> None:
        """More is unwritten than what lies behind a final dot: the dot is not out yet."""
        self._conversation.dot_out = False

    def resume_writing(self) -> None:
        """So little is unwritten that the final dot may be out."""
        self._conversation.dot_out = True

    # Opening and closing.

    async def _open(self) -> None:
        server, implicit = self._server, self._server.security == "tls"
        async with asyncio.timeout(self._timeout):
            await self._loop.create_connection(
                lambda: self,
                server.host,
                server.port,
                ssl=self._tls() if implicit else None,
                server_hostname=server.host if implicit else None,
                ssl_shutdown_timeout=_CLOSING_TIMEOUT if implicit else None,
            )

    async def _secure(self) -> None:
        """STARTTLS was agreed to: from here on all is said under TLS (RFC 3207)."""
        assert self._transport is not None
        self._turn = self._loop.create_future()
        transport = await self._loop.start_tls(
            self._transport,
            self,
            self._tls(),
            server_hostname=self._server.host,
            ssl_handshake_timeout=self._timeout,
            ssl_shutdown_timeout=_CLOSING_TIMEOUT,
        )
        assert transport is not None
        self._use(transport)
        if self.end is None:
            self._write(self._conversation.secured())
        else:
            self._wake()

    def _tls(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context(cafile=self._server.ca_file)

    def _use(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        link: socket.socket | None = transport.get_extra_info("socket")
        if link is not None:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        # Both limits alike, so that pause_writing and resume_writing tell of the final dot.
        transport.set_write_buffer_limits(high=MOST_BEHIND_DOT, low=MOST_BEHIND_DOT)

    def _explain(self, error: OSError | UnicodeError) -> None:
        """Why there is no connection, or no TLS: what will not mend itself stops the run."""
        match error:
            case ssl.SSLCertVerificationError():
                reason = f"has a certificate that does not verify: {words_of(error)}"
                self._conversation.refused(reason)
            case ssl.SSLError():
                self._conversation.refused(f"does not speak TLS as it should: {words_of(error)}")
            case TimeoutError():
                self._conversation.lost(f"cannot be reached within {self._timeout:g} s")
            case _:
                self._conversation.lost(f"cannot be used: {words_of(error)}")

    async def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is None:
            return
        if self.end is None or self.end.ending in (Ending.LOST, Ending.LATER):
            # Nothing more is to go out: of what was not, the account says so.
            self._transport.abort()
            return
        self._transport.close()
        try:
            async with asyncio.timeout(_CLOSING_TIMEOUT):
                await self._closed
        except TimeoutError:
            self._transport.abort()

    # Small things.

    def _write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)
        if self._transport.is_closing():
            # The write itself failed, at its first byte.
            self._conversation.dot_out = False

    def _watch(self) -> None:
        """Look, at least once in each timeout, whether the server still answers."""
        patience = self._message_timeout if self._conversation.awaits_message else self._timeout
        now = self._loop.time()
        if self._conversation.idle and not self._conversation.pending:
            self._heard = now  # it is we who are silent
        due = self._heard + patience
        if now < due:
            self._timer = self._loop.call_at(min(due, now + self._timeout), self._watch)
        else:
            self._guard(self._conversation.timed_out, patience)

    def _lose(self, detail: str) -> None:
        if self.end is None:
            self._guard(self._conversation.lost, detail)

    def _guard(self, end: Callable[[_T], None], argument: _T) -> None:
        """End the conversation, although the caller's `done` may fail on the way."""
        try:
            end(argument)
        except Exception as error:  # noqa: BLE001 - raised again by run
            self._fail(error)
        self._wake()

    def _fail(self, error: Exception) -> None:
        """The caller's `source` or `done` failed: account for the rest, and let `run` raise it."""
        self._error = self._error or error
        while self.end is None:
            with contextlib.suppress(Exception):
                self._conversation.lost("was left, as the run failed")
        self._wake()

    def _wake(self) -> None:
        """Give the turn to `run`."""
        if self._conversation.wants_tls and self._transport is not None:
            # What comes from here on, and be it the end, is for TLS to see.
            self._transport.pause_reading()
        if not self._turn.done():
            self._turn.set_result(None)


def _own_name() -> str:
    """What EHLO says: the host's full name, or an address (RFC 5321, section 4.1.4)."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
