"""No number, no type and no Python spelling of an error reaches a person."""

import asyncio
import errno
import imaplib
import os
import re
import socket
import sqlite3
import ssl
import subprocess
import urllib.error
import urllib.request
from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa
import trustme

from digest import error_words
from digest.error_words import first_cause, words_of
from tests.paths import ROOT

SPELLING = re.compile(
    r"Errno|\bError\b|Exception|urlopen|Connect call|<class|b['\"]|bytearray|_ssl|\.c:\d"
)


def error_of(call, *args, **named):
    with pytest.raises(Exception) as raised:
        call(*args, **named)
    return raised.value


@pytest.fixture
def closed_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_where_nobody_listens_every_library_says_it_in_the_same_words(closed_port):
    url = f"http://127.0.0.1:{closed_port}/"
    engine = sa.create_engine(f"postgresql+psycopg://x@127.0.0.1:{closed_port}/x")
    errors = [
        error_of(socket.create_connection, ("127.0.0.1", closed_port)),
        error_of(asyncio.run, open_connection(closed_port)),
        error_of(urllib.request.urlopen, url),
        error_of(imaplib.IMAP4, "127.0.0.1", closed_port),
        error_of(psycopg.connect, f"postgresql://x@127.0.0.1:{closed_port}/x"),
        error_of(engine.connect),
    ]
    assert {words_of(error) for error in errors} == {"nobody listens there"}


async def open_connection(port):
    await asyncio.open_connection("127.0.0.1", port)


def test_what_several_addresses_of_a_host_came_to_is_told_once():
    text = "Multiple exceptions: [Errno 111] Connect call failed ('::1', 25, 0, 0), [Errno 111] ..."
    assert words_of(OSError(text)) == "nobody listens there"


def test_a_name_that_nobody_knows():
    unknown = error_of(socket.getaddrinfo, "nowhere.invalid", 25)
    assert words_of(unknown) in ("the name is not known", "the name cannot be looked up now")
    assert words_of(urllib.error.URLError(socket.gaierror(socket.EAI_NONAME, "x"))) == (
        "the name is not known"
    )
    assert words_of(UnicodeError("label empty or too long")) == "the name cannot be that of a host"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the space that this user may fill is used up"),
        (errno.EROFS, "the disk can only be read"),
        (errno.EIO, "the disk fails"),
        (errno.EMFILE, "too many files are open"),
        (errno.EADDRINUSE, "another program listens there"),
        (errno.EHOSTUNREACH, "no way leads there from this machine"),
        (errno.ECONNRESET, "the other side broke the connection"),
        (errno.ETIMEDOUT, "no answer came in time"),
        (errno.EACCES, "Permission denied"),
        (errno.ENOENT, "No such file or directory"),
    ],
)
def test_what_the_system_says_by_number(number, words):
    assert words_of(OSError(number, os.strerror(number), "/some/file")) == words


def test_a_real_disk_that_is_full():
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - a device
        assert words_of(error_of(full.write, b"x")) == "the disk is full"


def test_every_number_of_the_system_has_words_without_the_number():
    for number in errno.errorcode:
        words = words_of(OSError(number, "[Errno 1] said", "/some/file"))
        assert words, number
        assert not SPELLING.search(words), words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (62, "the certificate is of another name"),
        (10, "the certificate is out of date"),
        (18, "the certificate is signed by itself"),
        (20, "the certificate is of an authority that this machine does not know"),
    ],
)
def test_a_certificate_that_is_not_to_be_trusted(code, words):
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] (_ssl.c:1000)")
    error.verify_code, error.verify_message = code, "as OpenSSL says it"
    assert words_of(error) == words


def test_a_real_certificate_of_another_name_and_a_server_without_tls():
    authority, server = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    client = ssl.create_default_context()
    assert handshake(client, server, "localhost") == (
        "the certificate is of an authority that this machine does not know"
    )
    authority.configure_trust(client)
    assert handshake(client, server, "localhost") == "done"
    assert handshake(client, server, "other.example.org") == "the certificate is of another name"
    assert first_reply(b"220 mail.example.org ESMTP\r\n") == "it does not speak TLS on this port"


def handshake(client, server, name):
    """What a client says of a server's certificate, in memory."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (ours, theirs) * 3:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLError as error:
            return words_of(error)
    return "done"


def first_reply(data):
    incoming = ssl.MemoryBIO()
    incoming.write(data)
    client = ssl.create_default_context().wrap_bio(incoming, ssl.MemoryBIO(), server_hostname="x")
    return words_of(error_of(client.do_handshake))


def test_what_a_file_of_sqlite_says(tmp_path):
    file = tmp_path / "x.db"
    file.write_bytes(b"no database" * 100)
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        error = error_of(connection.execute, sa.text("SELECT * FROM sqlite_master"))
    assert words_of(error) == "the file is no database of SQLite"
    with closing(sqlite3.connect(tmp_path / "y.db", timeout=0)) as first:
        first.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(tmp_path / "y.db", timeout=0)) as second:
            error = error_of(second.execute, "CREATE TABLE x (y)")
    assert words_of(error) == "it is locked by another process"


def test_what_postgresql_says_by_code():
    for state, words in [("53100", "no space left on its disk"), ("57P01", "it was shut down")]:
        assert words_of(psycopg.errors.lookup(state)("FATAL: whatever")) == words
    refused = (
        'connection to server at "db", port 5432 failed: FATAL: password authentication failed'
    )
    assert words_of(psycopg.OperationalError(refused)) == "the password is wrong"
    for state in ("is starting up", "is not yet accepting connections", "is in recovery mode"):
        error = psycopg.OperationalError(f"connection failed: FATAL:  the database system {state}")
        assert words_of(error) == "it is starting or stopping"


def test_a_reply_of_a_mail_server_is_told_as_it_came():
    refused = imaplib.IMAP4.error(b"[AUTHENTICATIONFAILED] Invalid credentials")
    assert words_of(refused) == "[AUTHENTICATIONFAILED] Invalid credentials"


def test_what_only_a_programmer_reads_is_left_out():
    assert words_of(ValueError("illegal status line: bytearray(b'220 mail')")) == (
        "what came cannot be read"
    )
    assert words_of(ValueError()) == "no reason was given"
    late = error_of(subprocess.run, ["sleep", "5"], timeout=0.1)
    assert words_of(late) == "no answer came in time"
    assert words_of(error_of(b"\xff".decode)) == "it is not UTF-8 from byte 1 on"


def test_the_first_cause_is_found_below_groups_wrappings_and_what_went_wrong_after_it():
    wrapped = ExceptionGroup("tasks", [RuntimeError("later")])
    wrapped.__cause__ = OSError(errno.ENOSPC, "full")
    assert words_of(first_cause(wrapped)) == "the disk is full"
    group = ExceptionGroup("tasks", [ExceptionGroup("more", [KeyError("a")]), ValueError("b")])
    assert isinstance(first_cause(group), KeyError)


def test_the_words_are_explained_in_the_docs():
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    tables = (error_words._SYSTEM, error_words._CERTIFICATE, error_words._TLS)
    databases = (error_words._SQLITE, error_words._SQLSTATE, error_words._SAID)
    words = {text for table in (*tables, *databases) for text in table.values()}
    assert [text for text in words if f"| `{text}` |" not in page] == []
