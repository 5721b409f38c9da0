"""What an error of the system, of TLS, of a socket or of a database means, in a person's words.

Nobody should have to read `[Errno 111] Connect call failed` or `<urlopen error ...>` at night.
"""

import errno
import os
import re
from collections.abc import Iterator

# Where there are longer words for it, a number's own (`Permission denied`) are plain enough.
_SYSTEM = {
    errno.ECONNREFUSED: "nobody listens there",
    errno.ECONNRESET: "the other side broke the connection",
    errno.ECONNABORTED: "the other side broke the connection",
    errno.EPIPE: "the other side broke the connection",
    errno.ETIMEDOUT: "no answer came in time",
    errno.EHOSTUNREACH: "no way leads there from this machine",
    errno.ENETUNREACH: "no way leads there from this machine",
    errno.ENETDOWN: "the network is down",
    errno.EADDRINUSE: "another program listens there",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the space that this user may fill is used up",
    errno.EROFS: "the disk can only be read",
    errno.EIO: "the disk fails",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.ENOMEM: "the memory is full",
}
# X509_V_ERR_... of OpenSSL.
_CERTIFICATE = {
    9: "the certificate is not valid yet",
    10: "the certificate is out of date",
    18: "the certificate is signed by itself",
    19: "the certificate is of an authority that this machine does not know",
    20: "the certificate is of an authority that this machine does not know",
    21: "the certificate is of an authority that this machine does not know",
    23: "the certificate was withdrawn",
    62: "the certificate is of another name",
    64: "the certificate is of another name",
}
_TLS = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS on this port",
    "RECORD_LAYER_FAILURE": "it does not speak TLS on this port",
    "HTTP_REQUEST": "it does not speak TLS on this port",
    "UNSUPPORTED_PROTOCOL": "it speaks no version of TLS that is safe",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it speaks no version of TLS that is safe",
    "NO_SHARED_CIPHER": "it has no way of encrypting in common with us",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it has no way of encrypting in common with us",
    "UNEXPECTED_EOF_WHILE_READING": "the other side broke off while TLS began",
    "NO_CERTIFICATE_OR_CRL_FOUND": "no certificate stands in the file",
}
_SQLITE = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk is full or fails",
    "SQLITE_READONLY": "this user may not write it",
    "SQLITE_BUSY": "it is locked by another process",
    "SQLITE_LOCKED": "it is locked by another process",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_CORRUPT": "the file is malformed",
    "SQLITE_NOTADB": "the file is no database of SQLite",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_SQLSTATE = {
    "28P01": "the password is wrong",
    "28000": "it does not let this user in",
    "3D000": "it has no database of this name",
    "53100": "no space left on its disk",
    "53200": "its memory is full",
    "53300": "it has too many connections",
    "57P01": "it was shut down",
    "57P02": "it was restarted",
    "57P03": "it is starting or stopping",
    "25006": "it can only be read",
    "25P03": "it ended a transaction in which nothing was done for a minute",
    "40001": "another process changed the same rows",
    "40P01": "two processes waited for each other",
    "55P03": "it is locked by another process",
    "57014": "it took too long",
}
# What a client library says before there is a code, in lower case.
_SAID = {
    "connection refused": "nobody listens there",
    "no such file or directory": "nobody listens there",
    "could not translate host name": "the name is not known",
    "failed to resolve host": "the name is not known",
    "name or service not known": "the name is not known",
    "no address associated with hostname": "the name is not known",
    "temporary failure in name resolution": "the name cannot be looked up now",
    "timeout expired": "no answer came in time",
    "connection timeout": "no answer came in time",
    "timed out": "no answer came in time",
    "no route to host": "no way leads there from this machine",
    "network is unreachable": "no way leads there from this machine",
    "password authentication failed": "the password is wrong",
    "no password supplied": "it wants a password",
    "no pg_hba.conf entry": "it does not let this user in",
    "server closed the connection unexpectedly": "the other side broke the connection",
    "terminating connection": "it was shut down",
    "connection is lost": "the other side broke the connection",
    "starting up": "it is starting or stopping",
    "shutting down": "it is starting or stopping",
    "not yet accepting connections": "it is starting or stopping",
    "in recovery mode": "it is starting or stopping",
    "too many clients": "it has too many connections",
    "ssl error: certificate verify failed": "the certificate cannot be verified",
    "server does not support ssl": "it does not speak TLS on this port",
    "no space left on device": "the disk is full",
    "socket error: eof": "the other side broke the connection",
}
_NUMBERED = re.compile(r"\[Errno (-?\d+)\]")
_LONGEST = 200


def words_of(error: BaseException) -> str:
    """Half a sentence that says what an error means; no number, no type, no address of memory."""
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, UnicodeDecodeError):
        return f"it is not {error.encoding.upper()} from byte {error.start + 1:,} on"
    if isinstance(error, UnicodeError):
        return "the name cannot be that of a host"
    cause = getattr(error, "orig", None) or _cause(error)  # SQLAlchemy's name for the driver's
    if cause is not None:
        return words_of(cause)
    return _of_code(error) or _of_said(error)


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came of: below groups, below what wrapped it, before what followed."""
    cause: BaseException | None = error
    while cause is not None:
        error = cause
        yield error
        cause = getattr(error, "orig", None) or _cause(error)
        if cause is None and isinstance(error, BaseExceptionGroup):
            cause = error.exceptions[0]


def first_cause(error: BaseException) -> BaseException:
    """Where it began."""
    *_, first = causes_of(error)
    return first


def _cause(error: BaseException) -> Exception | None:
    """What an error came of; that a task was cancelled on the way says nothing."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return cause if isinstance(cause, Exception) else None


def _of_system(error: OSError) -> str:
    # Loaded with the first error: most commands meet none.
    import socket
    import ssl

    reason = getattr(error, "reason", None)
    if isinstance(reason, Exception):  # urllib's, around another
        return words_of(reason)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(error.verify_code, f"the certificate: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        plain = (error.reason or "").lower().replace("_", " ")
        return _TLS.get(error.reason or "", plain or "TLS failed")
    if isinstance(error, socket.gaierror):
        again = error.errno == socket.EAI_AGAIN
        return "the name cannot be looked up now" if again else "the name is not known"
    return _of_number(error)


def _of_number(error: OSError) -> str:
    number = error.errno
    if number is None:
        # asyncio puts what several addresses of a host came to into one text.
        numbered = _NUMBERED.search(str(error))
        number = int(numbered[1]) if numbered else None
    if number is not None:
        return _SYSTEM.get(number) or os.strerror(number)
    return _SYSTEM[errno.ETIMEDOUT] if isinstance(error, TimeoutError) else _of_said(error)


def _of_code(error: BaseException) -> str:
    """By the code that a database's driver gives its errors; empty where there is none."""
    name = getattr(error, "sqlite_errorname", None) or ""
    state = getattr(error, "sqlstate", None) or ""
    of_sqlite = (words for sign, words in _SQLITE.items() if name.startswith(sign))
    return _SQLSTATE.get(state, "") or next(of_sqlite, "")


def _of_said(error: BaseException) -> str:
    said = str(error).lower()
    return next((words for sign, words in _SAID.items() if sign in said), "") or _text_of(error)


def _text_of(error: BaseException) -> str:
    """The error's own text: its first line, without what only a programmer reads."""
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = _NUMBERED.sub("", line).strip()
    if re.search(r"bytearray\(|\bb['\"]|<[\w.]+ object at ", line):
        return "what came cannot be read"
    return line[:_LONGEST] or "no reason was given"
