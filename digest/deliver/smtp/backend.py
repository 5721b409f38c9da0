"""The `smtp` backend: connections to one server, as many at a time as it is to have."""

import asyncio
import ssl

from digest.deliver.backend import ConnectionEnd, Done, Ending, Source
from digest.deliver.smtp.access_token import TokenError
from digest.deliver.smtp.connection import SmtpConnection
from digest.deliver.smtp.server import SmtpServer
from digest.error_words import words_of
from digest.errors import UsageError
from digest.model import Envelope, Outcome

# Messages a connection: one on the wire, with PIPELINING the next one announced, and as many for
# the time until the claims' next turn.
_WINDOW = 4


class SmtpBackend:
    """Opens a connection for each session; remembers what the server cannot do."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self.name = server.name
        self.place = f"{server.name} ({server.host}:{server.port})"
        self.limits = server.limits
        self.window = _WINDOW * server.limits.connections
        self.weight = server.weight
        self._pipelining = True
        self._context = _context(server)
        self._open: set[SmtpConnection] = set()

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        """One connection, from the greeting to QUIT."""
        try:
            ask = self._server.ask_token
            token = await asyncio.to_thread(ask) if ask else ""
        except TokenError as error:
            return ConnectionEnd(Ending.LATER, str(error))
        connection = SmtpConnection(
            self._server,
            source=source,
            done=done,
            pipelining=self._pipelining,
            token=token,
            max_messages=self._server.limits.messages_per_connection,
            context=self._context,
            prepared=True,  # digest.render writes 7-bit lines, and none begins with a dot
        )
        self._open.add(connection)
        try:
            end = await connection.run()
        finally:
            self._open.discard(connection)
        # A box between us and the server swallowed what it had not asked for: go step by step.
        self._pipelining &= not end.pipelining_failed
        return end

    def hang_up(self) -> None:
        """End all connections at once."""
        for connection in tuple(self._open):
            connection.hang_up()

    def probe(self) -> str | None:
        """Connect and log in without sending: what is wrong, or None."""

        def told(_envelope: Envelope, _outcome: Outcome) -> None:
            raise AssertionError("nothing was sent")

        end = asyncio.run(self.session(lambda: None, told))
        return None if end.ending is Ending.DONE else end.detail


def _context(server: SmtpServer) -> ssl.SSLContext | None:
    """One for all connections: it takes a while to read all authorities of a system."""
    if server.security == "none":
        return None
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:
        raise UsageError(
            f"{server.ca_file} holds no certificates: {words_of(error)}",
            remedy="mend smtp.ca_file, a file of certificates in PEM",
        ) from error
