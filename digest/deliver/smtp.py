"""The `smtp` backend: one connection, kept for many messages, every reply looked at.

RFC 5321 for the conversation, RFC 3207 for STARTTLS, RFC 8314 for implicit TLS, RFC 6531 for
addresses beyond ASCII.
"""

import contextlib
import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path

from digest.deliver.replies import Stage, judge
from digest.model import Envelope, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """How to reach the server; `security` is none, starttls or tls, `timeout` in seconds."""

    host: str
    port: int
    security: str = "starttls"
    username: str = ""
    password: str = ""
    timeout: float = 30.0
    ca_file: Path | None = None


class _ConnectionFailedError(Exception):
    """The server cannot be talked to at all: nothing was sent."""


class SmtpBackend:
    """Hands messages to one server; a lost connection is opened again for the next message."""

    name = "smtp"

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def open(self) -> None:
        """Nothing yet: the first message opens the connection, and its outcome tells."""

    def probe(self) -> str | None:
        """Connect and log in without sending: what is wrong, or None."""
        try:
            self._connect()
        except _ConnectionFailedError as error:
            return str(error)
        finally:
            self.close()
        return None

    def send(self, envelope: Envelope) -> Outcome:
        """One message to one recipient; the outcome of whichever reply decided it."""
        try:
            connection = self._connection or self._connect()
        except _ConnectionFailedError as error:
            return Outcome(Verdict.STOP, str(error))
        try:
            outcome = self._converse(connection, envelope)
        except (OSError, smtplib.SMTPException) as error:
            # Before DATA was answered, the server cannot have taken the message.
            self._drop()
            return Outcome(Verdict.RETRY, f"the connection broke: {error}")
        if outcome.code == 421:
            self._drop()
        elif outcome.verdict is not Verdict.SENT and self._connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.rset()
        return outcome

    def close(self) -> None:
        """Take leave of the server."""
        if self._connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._connection.quit()
            self._drop()

    def _converse(self, connection: smtplib.SMTP, envelope: Envelope) -> Outcome:
        international = not envelope.recipient.isascii()
        if international and not connection.has_extn("smtputf8"):
            reason = "the server takes no address beyond ASCII (it offers no SMTPUTF8)"
            return Outcome(Verdict.REJECTED, reason)
        options = ("SMTPUTF8",) if international else ()
        code, text = connection.mail(envelope.sender, options)
        if code != 250:
            return judge(Stage.SENDER, code, _decode(text))
        code, text = connection.rcpt(envelope.recipient)
        if code not in (250, 251):
            return judge(Stage.RECIPIENT, code, _decode(text))
        connection.putcmd("data")
        code, text = connection.getreply()
        if code != 354:
            return judge(Stage.DATA, code, _decode(text))
        return self._hand_over(connection, envelope.message)

    def _hand_over(self, connection: smtplib.SMTP, message: bytes) -> Outcome:
        """The body and the final dot. Without an answer nobody knows: the message is in doubt."""
        body = message if message.endswith(b"\r\n") else message + b"\r\n"
        stuffed = body.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        try:
            connection.send(stuffed + b".\r\n")
            code, text = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(Verdict.IN_DOUBT, f"no answer to the message: {error}")
        return judge(Stage.MESSAGE, code, _decode(text))

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        place = f"{server.host}:{server.port}"
        connection: smtplib.SMTP | None = None
        try:
            context = ssl.create_default_context(cafile=server.ca_file)
            if server.security == "tls":
                connection = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=server.timeout, context=context
                )
            else:
                connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
            if server.security == "starttls":
                connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
            if server.username:
                connection.login(server.username, server.password)
        except (OSError, smtplib.SMTPException) as error:
            _abandon(connection)
            raise _ConnectionFailedError(f"{place} {_explain(error)}") from error
        self._connection = connection
        return connection

    def _drop(self) -> None:
        _abandon(self._connection)
        self._connection = None


def _abandon(connection: smtplib.SMTP | None) -> None:
    if connection is not None:
        connection.close()


def _decode(reply: bytes | str) -> str:
    return (
        reply.decode("utf-8", "replace").replace("\n", " ") if isinstance(reply, bytes) else reply
    )


def _explain(error: OSError | smtplib.SMTPException) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"refused the log-in: {error.smtp_code} {_decode(error.smtp_error)}"
        case smtplib.SMTPResponseException():
            return f"answered {error.smtp_code} {_decode(error.smtp_error)}"
        case ssl.SSLCertVerificationError():
            return f"has a certificate that does not verify: {error.verify_message}"
        case _:
            return f"cannot be used: {error}"
